import type { Reward, Score } from "laurel/core";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** The server's figures, for Prometheus. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests: Counter<"route" | "status">;
  readonly seconds: Histogram<"route">;
  readonly scored: Counter<"reward">;
  readonly faults: Counter<"reward" | "fault">;
  readonly unscored: Counter<"protocol" | "reward" | "reason" | "answered">;
  readonly batches: Histogram<"reward">;
  readonly cancelled: Counter;

  /** @param state what the gauges read */
  constructor(state: { queued: () => number; held: () => number; jobs: () => number }) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Counter({
      name: "laurel_requests_total",
      help: "requests by route and status",
      labelNames: ["route", "status"],
      registers,
    });
    this.seconds = new Histogram({
      name: "laurel_request_seconds",
      help: "time from the request's head to its answer",
      labelNames: ["route"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.scored = new Counter({
      name: "laurel_candidates_total",
      help: "candidates scored, faults and unscored ones included",
      labelNames: ["reward"],
      registers,
    });
    this.faults = new Counter({
      name: "laurel_faults_total",
      help: "candidates that faulted, by kind",
      labelNames: ["reward", "fault"],
      registers,
    });
    this.unscored = new Counter({
      name: "laurel_unscored_total",
      help: "candidates without a score, by reason and by what the client was told",
      labelNames: ["protocol", "reward", "reason", "answered"],
      registers,
    });
    this.batches = new Histogram({
      name: "laurel_batch_tasks",
      help: "tasks in each micro-batch that a worker was given",
      labelNames: ["reward"],
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers,
    });
    this.cancelled = new Counter({
      name: "laurel_clients_left_total",
      help: "requests whose client left before the answer",
      registers,
    });
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    gauge("laurel_queued_candidates", "candidates queued or in work", state.queued);
    gauge("laurel_held_samples", "samples that wait for the rest of their group", state.held);
    gauge("laurel_jobs_open", "jobs that are queued or running", state.jobs);
  }

  /** Counts scores; `answered` says what a client was told for those without one. */
  count(protocol: string, reward: Reward, scores: readonly Score[], answered: (index: number) => string): void {
    this.scored.inc({ reward: reward.name }, scores.length);
    for (const [i, score] of scores.entries()) {
      if (score.unscored !== undefined)
        this.unscored.inc({ protocol, reward: reward.name, reason: score.unscored.reason, answered: answered(i) });
      else if (score.fault !== undefined) this.faults.inc({ reward: reward.name, fault: score.fault });
    }
  }
}
