import {
  type Comparer,
  type Comparisons,
  type Job,
  promptHash,
  type Reward,
  type Score,
  type Scores,
  sha256,
  type Task,
} from "laurel/core";
import { type Engine, Overloaded } from "./engine.ts";
import { GroupHold, type GroupSetting } from "./groups.ts";
import { type Exchange, noteScores } from "./http/exchange.ts";
import { Problem } from "./http/problem.ts";
import type { Metrics } from "./metrics.ts";
import { NoNumber, type Numbered, Numbers, type UnscoredPolicy } from "./numbers.ts";
import type { Tracing } from "./tracing.ts";
import type { Watch } from "./watch/watch.ts";

/** One sample of a protocol that sends them one by one. */
export interface Sample {
  /** A task with one candidate, whose id is the hash of its prompt (`sampleTask`). */
  task: Task;
  /** The client's id of its group, where it sends one. */
  uid?: string | undefined;
}

/** What the service is made of. */
export interface ServiceParts {
  rewards: ReadonlyMap<string, Reward>;
  comparers: ReadonlyMap<string, Comparer>;
  engine: Engine;
  metrics: Metrics;
  tracing: Tracing;
  /** Who is told what was scored, after the answer. */
  watch?: Watch | undefined;
  /** Grouping where the client's address names none. */
  group?: GroupSetting | undefined;
  /** The number for samples without a score where the client's address names none. */
  unscored?: number | undefined;
}

const defaultWait = 30_000;

/** What all protocols share: which reward is meant, scoring it, holding groups, and numbers for wires without words. */
export class Service {
  readonly rewards: ReadonlyMap<string, Reward>;
  readonly comparers: ReadonlyMap<string, Comparer>;
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly holds = new GroupHold();
  readonly #watch: Watch | undefined;
  readonly #numbers = new Numbers();
  readonly #group: GroupSetting | undefined;
  readonly #unscored: number | undefined;

  constructor(parts: ServiceParts) {
    this.rewards = parts.rewards;
    this.comparers = parts.comparers;
    this.engine = parts.engine;
    this.metrics = parts.metrics;
    this.tracing = parts.tracing;
    this.#watch = parts.watch;
    this.#group = parts.group;
    this.#unscored = parts.unscored;
  }

  /**
   * The reward that a request means: `?reward=`, else the body's reward or `model` if it names one, else the only one.
   * @throws Problem (404)
   */
  reward(exchange: Exchange, model?: string | undefined, strict = false): Reward {
    const asked = (exchange.query["reward"] as string | undefined) ?? (strict ? model : undefined);
    const name = asked ?? model;
    const found = name === undefined ? undefined : this.rewards.get(name);
    if (found !== undefined) return found;
    const names = [...this.rewards.keys()];
    if (asked !== undefined)
      throw new Problem(
        404,
        "no-such-reward",
        `there is no reward "${asked.slice(0, 100)}"; there is ${names.join(", ")}`,
      );
    // a trainer sends its own model's name here; with one reward there is no doubt
    if (names.length === 1) return this.rewards.get(names[0]!)!;
    throw new Problem(404, "which-reward", `several rewards are served (${names.join(", ")}); name one with ?reward=`);
  }

  /** Scores whole tasks. @throws Problem (429) */
  async scores(
    exchange: Exchange,
    protocol: string,
    reward: Reward,
    tasks: readonly Task[],
    seed?: string,
  ): Promise<Scores> {
    const scores = await this.#scored(exchange, protocol, reward, tasks, exchange.signal, seed);
    const flat = scores.flat();
    noteScores(exchange, reward, flat);
    this.metrics.count(protocol, reward, flat, () => "reason");
    return scores;
  }

  /** Verdicts on pairs. @throws Problem (429) */
  async compare(exchange: Exchange, comparer: Comparer, jobs: readonly Job[], seed?: string): Promise<Comparisons> {
    try {
      const { signal, deadline } = exchange;
      exchange.notes.reward = comparer.name;
      exchange.notes.candidates = jobs.reduce((sum, job) => sum + job.pairs.length, 0);
      return await this.engine.compare(comparer, jobs, { signal, deadline, seed });
    } catch (thrown) {
      throw asProblem(thrown);
    }
  }

  async #scored(
    exchange: Exchange,
    protocol: string,
    reward: Reward,
    tasks: readonly Task[],
    signal: AbortSignal,
    seed?: string,
  ): Promise<Scores> {
    const began = performance.now();
    try {
      const scores = await this.tracing.scoring(protocol, reward, tasks, () =>
        this.engine.score(reward, tasks, { signal, deadline: exchange.deadline, seed }),
      );
      // what people try out on the page is no part of a training
      if (protocol !== "page") this.#watch?.saw(reward, tasks, scores, performance.now() - began);
      return scores;
    } catch (thrown) {
      throw asProblem(thrown);
    }
  }

  /** As `scores`, with numbers in place of scores: for protocols that send whole groups but read numbers only. */
  async groupNumbers(
    exchange: Exchange,
    protocol: string,
    reward: Reward,
    tasks: readonly Task[],
    policy: UnscoredPolicy,
  ): Promise<Numbered[][]> {
    const scores = await this.#scored(exchange, protocol, reward, tasks, exchange.signal);
    const groups = tasks.flatMap((task) => {
      const key = promptHash(task);
      return task.candidates.map(() => key);
    });
    const flat = this.#give(exchange, protocol, reward, scores.flat(), groups, policy);
    let at = 0;
    return tasks.map((task) => {
      const row = flat.slice(at, at + task.candidates.length);
      at += task.candidates.length;
      return row;
    });
  }

  /**
   * Numbers for samples that come one by one. Where a group size is set, samples are held until their group is whole.
   * @throws Problem (422) for a reward that sees groups where no size is set
   */
  async samples(
    exchange: Exchange,
    protocol: string,
    reward: Reward,
    samples: readonly Sample[],
    policy: UnscoredPolicy,
  ): Promise<Numbered[]> {
    const setting = this.#setting(exchange);
    if (reward.sees === "group" && setting === undefined)
      throw new Problem(422, "needs-group", `${reward.name} ${needsGroup}`);
    const groups = samples.map((sample) => sample.task.id);
    let scores: Score[];
    if (setting === undefined || reward.sees !== "group") {
      const rows = await this.#scored(
        exchange,
        protocol,
        reward,
        samples.map((sample) => sample.task),
        exchange.signal,
      );
      scores = rows.map((row) => row[0]!);
    } else {
      if (!this.holds.takes(samples.length))
        throw new Problem(429, "too-many-held", "too many samples wait for their groups", { "retry-after": "5" });
      if (setting.key === "uid" && samples.some((sample) => sample.uid === undefined))
        throw new Problem(422, "needs-uid", "?key=uid needs an id of its group with each sample (uid or uids)");
      scores = await Promise.all(
        samples.map((sample, i) => {
          const key = setting.key === "uid" ? sample.uid! : groups[i]!;
          return this.holds.join(
            reward,
            key,
            sample.task,
            setting,
            (task, signal) => this.#scored({ ...exchange, deadline: undefined }, protocol, reward, [task], signal),
            exchange.signal,
          );
        }),
      );
    }
    return this.#give(exchange, protocol, reward, scores, groups, policy);
  }

  #setting(exchange: Exchange): GroupSetting | undefined {
    const { group, key, wait } = exchange.query as { group?: number; key?: GroupSetting["key"]; wait?: number };
    const size = group ?? this.#group?.size;
    if (size === undefined) return undefined;
    const own = wait ?? this.#group?.wait ?? defaultWait;
    // a client that gives up before the group's wait is over is told in time
    const left = exchange.deadline === undefined ? own : Math.max(1, exchange.deadline - Date.now());
    return { size, key: key ?? this.#group?.key ?? "prompt", wait: Math.min(own, left) };
  }

  #give(
    exchange: Exchange,
    protocol: string,
    reward: Reward,
    scores: readonly Score[],
    groups: readonly string[],
    policy: UnscoredPolicy,
  ): Numbered[] {
    noteScores(exchange, reward, scores);
    const named = (exchange.query["unscored"] as number | undefined) ?? this.#unscored;
    try {
      const numbers = this.#numbers.give(reward, scores, groups, {
        policy,
        request: () => sha256(`${exchange.url.pathname}${exchange.url.search}\n${exchange.text}`),
        named,
      });
      this.metrics.count(protocol, reward, scores, (i) => numbers[i]!.filled ?? "score");
      return numbers;
    } catch (thrown) {
      if (!(thrown instanceof NoNumber)) throw thrown;
      const status = thrown.retry ? 503 : 422;
      this.metrics.count(protocol, reward, scores, () => String(status));
      throw new Problem(
        status,
        `unscored-${thrown.reason}`,
        thrown.message,
        thrown.retry
          ? { "retry-after": "1", "x-laurel-unscored": thrown.reason }
          : { "x-laurel-unscored": thrown.reason },
      );
    }
  }
}

function asProblem(thrown: unknown): unknown {
  if (!(thrown instanceof Overloaded)) return thrown;
  return new Problem(429, "queue-full", "the queue is full", { "retry-after": String(thrown.retryAfter) });
}

/** Why a reward that sees groups is not served one sample at a time. */
export const needsGroup =
  "sees the whole group of a prompt, but this protocol sends its samples one by one, so it would see groups of one; add ?group=G to the address (G samples a prompt), or --group G to the server";
