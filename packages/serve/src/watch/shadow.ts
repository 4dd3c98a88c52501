import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { answerText, type JsonObject, promptText, type Task, UsageError } from "laurel/core";
import type { Budget } from "laurel/models";
import type { FromShadow, ToShadow } from "./shadow-process.ts";

/** One task that the reward in use has scored. */
export interface Offered {
  task: Task;
  /** Stands for its prompt and round. */
  key: string;
  /** Its values by the reward in use. */
  used: readonly (number | null)[];
}

/** What a shadow tells. */
export interface ShadowEvents {
  /** Values of the shadow, in the task's order. */
  scored(offered: Offered, values: readonly (number | null)[]): void;
  /** So many answers will not be looked at. */
  dropped(answers: number): void;
  warn(message: string): void;
}

/** Options of a shadow. */
export interface ShadowOptions {
  spec: string | JsonObject;
  seed?: string | undefined;
  budget?: Budget | undefined;
  /** Answers that may wait. Default 2000; more are dropped. */
  most?: number | undefined;
  /** Milliseconds that a batch may take before the process is ended. Default 60 000. */
  patience?: number | undefined;
}

const tasksABatch = 16;
const startTime = 30_000;
/** Longer tasks cost the server's thread too much to hand over. */
const longest = 200_000;

/**
 * A second reward that scores what the first one has scored, after the answer has left.
 *
 * It runs in a process of its own at the lowest priority. One batch is under way at a time; what does not fit into the queue is dropped, and
 * a process that does not answer is ended and started again. So a shadow that is slow, hangs, blocks or crashes costs the reward in use
 * nothing but the handing over.
 */
export class Shadow implements Disposable {
  readonly #options: ShadowOptions;
  readonly #events: ShadowEvents;
  readonly #most: number;
  readonly #patience: number;
  #child: ChildProcess | undefined;
  #ready = false;
  #queue: Offered[] = [];
  #waiting = 0;
  #running: { batch: number; offered: Offered[]; timer: NodeJS.Timeout } | undefined;
  #batch = 0;
  #again: NodeJS.Timeout | undefined;
  /** Milliseconds until the next start; doubles while starts fail. */
  #pause = 1000;
  #ended = false;
  #about: { name: string; sees: string } | undefined;

  constructor(options: ShadowOptions, events: ShadowEvents) {
    this.#options = options;
    this.#events = events;
    this.#most = options.most ?? 2000;
    this.#patience = options.patience ?? 60_000;
  }

  /** Its reward's name, once it has started. */
  get name(): string | undefined {
    return this.#about?.name;
  }

  /** Answers that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Starts the process. @throws UsageError where the reward cannot be built */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new UsageError(`shadow: not ready after ${startTime / 1000} s`)), startTime);
      this.#start(
        () => {
          clearTimeout(late);
          resolve();
        },
        (why) => {
          clearTimeout(late);
          reject(new UsageError(`shadow: ${why}`));
        },
      );
    });
  }

  /** Takes a task if there is room. Never waits. */
  offer(offered: Offered): void {
    const { task } = offered;
    const size = task.candidates.length;
    const length = promptText(task).length + task.candidates.reduce((sum, one) => sum + answerText(one).length, 0);
    const unfit = this.#about?.sees === "group" && size < 2;
    if (this.#ended || unfit || length > longest || this.#waiting + size > this.#most) {
      this.#events.dropped(size);
      return;
    }
    this.#queue.push(offered);
    this.#waiting += size;
    this.#pump();
  }

  #start(ready: () => void, refused: (why: string) => void): void {
    const source = import.meta.url.endsWith(".ts");
    const script = fileURLToPath(new URL(source ? "./shadow-process.ts" : "./shadow-process.js", import.meta.url));
    // a group of its own keeps a terminal's Ctrl-C from it
    const child = fork(script, {
      execArgv: source ? ["--conditions=source"] : [],
      serialization: "advanced",
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child = child;
    this.#ready = false;
    child.on("message", (message: FromShadow) => {
      if (child !== this.#child) return;
      if ("ready" in message) {
        this.#about = message.ready;
        this.#ready = true;
        this.#pause = 1000;
        // it must not keep a server alive that is otherwise done
        child.unref();
        child.channel?.unref();
        ready();
        this.#pump();
      } else if ("refused" in message) {
        refused(message.refused);
        child.kill();
      } else this.#finish(message.batch, message.values);
    });
    child.on("error", (error) => refused(error.message));
    child.on("exit", (code, signal) => {
      refused(`its process ended with ${signal ?? code}`);
      if (child === this.#child) this.#lost(`its process ended with ${signal ?? code}`);
    });
    child.send({
      setup: { spec: this.#options.spec, seed: this.#options.seed, budget: this.#options.budget },
    } satisfies ToShadow);
  }

  #pump(): void {
    if (!this.#ready || this.#running !== undefined || this.#queue.length === 0) return;
    const offered = this.#queue.splice(0, tasksABatch);
    const batch = ++this.#batch;
    const timer = setTimeout(() => {
      this.#child?.kill("SIGKILL");
      this.#lost(`no answer within ${this.#patience} ms`);
    }, this.#patience);
    timer.unref();
    this.#running = { batch, offered, timer };
    this.#child?.send({ batch, tasks: offered.map(({ task }) => task) } satisfies ToShadow, (error) => {
      if (error !== null) this.#lost(error.message);
    });
  }

  #finish(batch: number, values: readonly (number | null)[][]): void {
    if (this.#running?.batch !== batch) return;
    const { offered, timer } = this.#running;
    clearTimeout(timer);
    this.#running = undefined;
    for (const [i, one] of offered.entries()) {
      this.#waiting -= one.task.candidates.length;
      this.#events.scored(one, values[i] ?? []);
    }
    this.#pump();
  }

  /** The process is gone: its batch is dropped, and another one starts after a pause. */
  #lost(why: string): void {
    if (this.#child === undefined) return;
    this.#child = undefined;
    this.#ready = false;
    if (this.#running !== undefined) {
      clearTimeout(this.#running.timer);
      const answers = this.#running.offered.reduce((sum, { task }) => sum + task.candidates.length, 0);
      this.#running = undefined;
      this.#waiting -= answers;
      this.#events.dropped(answers);
    }
    if (this.#ended) return;
    this.#events.warn(`the shadow is started again: ${why}`);
    this.#again = setTimeout(
      () =>
        this.#start(
          () => {},
          () => {},
        ),
      this.#pause,
    );
    this.#again.unref();
    this.#pause = Math.min(60_000, this.#pause * 2);
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    clearTimeout(this.#again);
    clearTimeout(this.#running?.timer);
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
  }
}
