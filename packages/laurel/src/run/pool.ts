import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import {
  type Fault,
  type FaultDraft,
  fault,
  messageOf,
  type Reward,
  type Score,
  type Scores,
  type Seed,
  settle,
  type Task,
  unscored,
} from "../core/index.ts";
import { type ThreadTime, timeOf } from "./thread.ts";
import { slot, tasksText, type WorkerAnswer, type WorkerRequest, type WorkerSetup } from "./worker-message.ts";

interface PendingCall {
  request: Omit<WorkerRequest, "skip">;
  reward: Reward;
  tasks: readonly Task[];
  /** Unit -> the fault that ended its worker. */
  killed: Map<number, Fault>;
  settle: (scores: Scores) => void;
}

interface Hand {
  worker: Worker;
  shared: Int32Array;
  calls: PendingCall[];
  /** Path of the thread's scheduler statistics, where the system has one. */
  schedstat: string | undefined;
  seen: { sequence: number; time: ThreadTime | undefined; waited: number };
  ready: boolean;
  gone: boolean;
}

const tick = 10;
const callsAhead = 2;
/** A candidate that sleeps or waits uses no processor time; it is stopped after this many times its limit. Time in which the thread only lacked a processor does not count. */
const wallFactor = 20;

/** How many units a task list has under a reward that sees this. */
function unitsOf(sees: Reward["sees"], tasks: readonly Task[]): number {
  return sees === "candidate" ? tasks.reduce((sum, task) => sum + task.candidates.length, 0) : tasks.length;
}

/**
 * Worker threads for rewards with `work: "cpu"` and a spec.
 *
 * A counter in shared memory names the unit in work. A unit that uses more than the reward's `timeLimit` (milliseconds
 * of processor time where the system tells it, of waiting otherwise) loses its thread: that unit alone faults with
 * `time-limit` (`memory-limit` if the thread ran out of memory, `crashed` if it died otherwise) and everything else
 * that the thread had not answered runs again on a spare that is kept warm.
 */
export class Pool implements AsyncDisposable {
  readonly #size: number;
  readonly #nice: number;
  readonly #hands = new Set<Hand>();
  readonly #queue: PendingCall[] = [];
  #spare: Hand | undefined;
  /** Threads that died and have no successor yet. */
  #lost = 0;
  /** Is the start of a successor scheduled? */
  #scheduled = false;
  /** The successor that is starting: one at a time, since a start takes more of a processor than most candidates. */
  #starting: Hand | undefined;
  #watch: NodeJS.Timeout | undefined;
  #lastTick = 0;
  #nextId = 0;
  #disposed = false;

  /**
   * @param options `workers`: threads (default: one a processor); `nice`: how far below the calling thread their priority
   * lies, 0 to 19 (default 0), so that a server's thread gets a processor at once while all of them are busy (Linux only)
   */
  constructor(options: { workers?: number | undefined; nice?: number | undefined } = {}) {
    this.#size = Math.max(1, options.workers ?? availableParallelism());
    this.#nice = Math.min(19, Math.max(0, options.nice ?? 0));
  }

  /** Threads in use, for tests and `/health`. */
  get size(): number {
    return this.#size;
  }

  /** Scores tasks on a worker; the same scores as calling the reward directly. */
  score(reward: Reward, tasks: readonly Task[], seed: Seed, repeat: number, signal?: AbortSignal): Promise<Scores> {
    if (reward.spec === undefined) throw new TypeError(`${reward.name} has no spec and cannot run in a worker`);
    if (this.#disposed) throw new TypeError("the pool is closed");
    const spec = reward.spec;
    return new Promise((resolve) => {
      const cancel = (): void => {
        const at = this.#queue.indexOf(call);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        const cancelled = unscored("cancelled", "cancelled before it began");
        resolve(tasks.map((task) => task.candidates.map(() => cancelled)));
      };
      const call: PendingCall = {
        request: {
          id: this.#nextId++,
          spec,
          specKey: reward.fingerprint ?? JSON.stringify(spec),
          seed,
          repeat,
          tasks: tasksText(tasks),
        },
        reward,
        tasks,
        killed: new Map(),
        settle: (scores) => {
          // a run's signal outlives its calls and would keep their tasks
          signal?.removeEventListener("abort", cancel);
          resolve(scores);
        },
      };
      signal?.addEventListener("abort", cancel, { once: true });
      this.#queue.push(call);
      this.#dispatch();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    clearInterval(this.#watch);
    this.#watch = undefined;
    const hands = [...this.#hands, this.#spare, this.#starting].filter((hand) => hand !== undefined);
    this.#hands.clear();
    this.#spare = undefined;
    this.#starting = undefined;
    for (const hand of hands) hand.gone = true;
    await Promise.all(hands.map((hand) => hand.worker.terminate()));
  }

  #hire(): Hand {
    const shared = new Int32Array(new SharedArrayBuffer(slot.size * 4));
    // the same file name with the ending of this module: .ts in the repository, .js in the package
    const url = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
    const worker = new Worker(url, {
      workerData: { shared, nice: this.#nice } satisfies WorkerSetup,
      resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 8 },
    });
    const hand: Hand = {
      worker,
      shared,
      calls: [],
      schedstat: undefined,
      seen: { sequence: -1, time: undefined, waited: 0 },
      ready: false,
      gone: false,
    };
    worker.on("message", (answer: WorkerAnswer) => this.#receive(hand, answer));
    worker.on("error", (error: NodeJS.ErrnoException) =>
      this.#bury(hand, error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "memory-limit" : "crashed"),
    );
    worker.on("exit", () => this.#bury(hand, "crashed"));
    worker.unref();
    return hand;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      let hand: Hand | undefined;
      for (const one of this.#hands) if (hand === undefined || one.calls.length < hand.calls.length) hand = one;
      if ((hand === undefined || hand.calls.length > 0) && this.#hands.size + this.#lost < this.#size) {
        hand = this.#spare ?? this.#hire();
        this.#spare = undefined;
        this.#hands.add(hand);
      }
      if (hand === undefined || hand.calls.length >= callsAhead) break;
      const call = this.#queue.shift()!;
      hand.calls.push(call);
      hand.worker.ref();
      hand.worker.postMessage({ ...call.request, skip: [...call.killed.keys()] } satisfies WorkerRequest);
    }
    if (this.#watch === undefined && this.#hands.size > 0) {
      this.#lastTick = performance.now();
      this.#watch = setInterval(() => this.#look(), tick);
      this.#watch.unref();
    }
  }

  #receive(hand: Hand, answer: WorkerAnswer): void {
    if (hand.gone) return;
    if ("ready" in answer) {
      hand.schedstat = answer.ready === "" ? undefined : answer.ready;
      hand.ready = true;
      if (hand === this.#starting) this.#succeed(hand);
      return;
    }
    const at = hand.calls.findIndex((call) => call.request.id === answer.id);
    if (at < 0) return;
    const [call] = hand.calls.splice(at, 1) as [PendingCall];
    if (hand.calls.length === 0) hand.worker.unref();
    if ("error" in answer) {
      const failed = unscored("bug", `${call.reward.name} could not be built in a worker: ${answer.error}`);
      call.settle(call.tasks.map((task) => task.candidates.map(() => failed)));
    } else call.settle(this.#withFaults(call, JSON.parse(answer.scores) as Score[][]));
    this.#dispatch();
  }

  /** Puts the faults of units that were left out in their places. */
  #withFaults(call: PendingCall, scores: Score[][]): Scores {
    if (call.killed.size === 0) return scores;
    let unit = 0;
    return scores.map((row) => {
      if (call.reward.sees !== "candidate") {
        const kind = call.killed.get(unit++);
        return kind === undefined ? row : row.map(() => settle(this.#draft(kind, call.reward), call.reward));
      }
      return row.map((score) => {
        const kind = call.killed.get(unit++);
        return kind === undefined ? score : settle(this.#draft(kind, call.reward), call.reward);
      });
    });
  }

  #draft(kind: Fault, reward: Reward): FaultDraft {
    return fault(
      kind,
      kind === "time-limit" && reward.timeLimit !== undefined ? { facts: { timeLimit: reward.timeLimit } } : {},
    );
  }

  /** Stops the threads whose unit has used up its time. */
  #look(): void {
    const now = performance.now();
    // a late tick means that this process did not run: no more than two ticks of it are held against a candidate
    const passed = Math.min(now - this.#lastTick, 2 * tick);
    this.#lastTick = now;
    let anyBusy = false;
    for (const hand of this.#hands) {
      const first = hand.calls[0];
      if (first === undefined) continue;
      anyBusy = true;
      const limit = first.reward.timeLimit;
      if (limit === undefined || Atomics.load(hand.shared, slot.busy) === 0) continue;
      const sequence = Atomics.load(hand.shared, slot.sequence);
      const seen = hand.seen;
      if (seen.sequence !== sequence) {
        hand.seen = { sequence, time: timeOf(hand.schedstat), waited: 0 };
        continue;
      }
      seen.waited += passed;
      if (seen.waited < limit) continue;
      const now = timeOf(hand.schedstat);
      const known = now !== undefined && seen.time !== undefined;
      const used = known ? now.used - seen.time!.used : seen.waited;
      const starved = known ? now.starved - seen.time!.starved : 0;
      if (used >= limit || seen.waited - starved >= limit * wallFactor) this.#bury(hand, "time-limit");
    }
    if (!anyBusy && this.#queue.length === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
  }

  /** Takes a dead or condemned thread out of service; the unit in work faults, the rest of its calls runs again. */
  #bury(hand: Hand, kind: Fault): void {
    if (hand.gone) return;
    hand.gone = true;
    const worked = this.#hands.delete(hand);
    if (this.#spare === hand) this.#spare = undefined;
    const [first, ...rest] = hand.calls;
    const busy = Atomics.load(hand.shared, slot.busy) === 1;
    const unit = Atomics.load(hand.shared, slot.unit);
    hand.worker
      .terminate()
      .catch((thrown: unknown) => process.emitWarning(`a worker did not end: ${messageOf(thrown)}`));
    if (this.#disposed) return;
    if (this.#starting === hand) {
      this.#failStart(kind);
      return;
    }
    if (first !== undefined) {
      if (busy && unit < unitsOf(first.reward.sees, first.tasks)) {
        first.killed.set(unit, kind);
        this.#queue.unshift(...rest);
        // where every unit has ended a thread, no other needs to look at the call
        if (first.killed.size === unitsOf(first.reward.sees, first.tasks)) {
          const ended = unscored("bug", "left out");
          first.settle(
            this.#withFaults(
              first,
              first.tasks.map((task) => task.candidates.map(() => ended)),
            ),
          );
        } else this.#queue.unshift(first);
      } else {
        // the thread died outside any candidate: the reward itself is at fault, not a candidate
        const failed = unscored("bug", `${first.reward.name}: its worker died outside any candidate (${kind})`);
        first.settle(first.tasks.map((task) => task.candidates.map(() => failed)));
        this.#queue.unshift(...rest);
      }
    }
    if (worked) {
      this.#lost++;
      if (this.#spare !== undefined) {
        this.#hands.add(this.#spare);
        this.#spare = undefined;
        this.#lost--;
      }
    }
    this.#replace();
    this.#dispatch();
  }

  /** Starts a successor, if one is missing, in a later turn of the event loop: never in the one that has answers to give. */
  #replace(): void {
    if (this.#scheduled || this.#starting !== undefined || (this.#lost === 0 && this.#spare !== undefined)) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#disposed) return;
      this.#starting = this.#hire();
      // nothing else may keep the process alive while calls wait for this thread
      this.#starting.worker.ref();
    });
  }

  /** A successor is ready: it takes the place of a lost thread, or stands by. */
  #succeed(hand: Hand): void {
    this.#starting = undefined;
    hand.worker.unref();
    if (this.#lost > 0) {
      this.#lost--;
      this.#hands.add(hand);
    } else this.#spare = hand;
    this.#replace();
    this.#dispatch();
  }

  /** A successor died while starting: whoever waits for it and for nothing else is told, and the next call tries again. */
  #failStart(kind: Fault): void {
    this.#starting = undefined;
    this.#lost = 0;
    if (this.#hands.size > 0) return;
    for (const call of this.#queue.splice(0)) {
      const failed = unscored("bug", `${call.reward.name}: a worker thread could not be started (${kind})`);
      call.settle(call.tasks.map((task) => task.candidates.map(() => failed)));
    }
  }
}
