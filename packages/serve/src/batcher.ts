import { type Reward, type Score, type Seed, type Task, unscored } from "laurel/core";
import type { Pool } from "laurel/run";

interface Waiting {
  task: Task;
  seed: Seed;
  owner: object;
  settle: (scores: readonly Score[]) => void;
}

/** What the batcher tells its owner about each batch that it sends to a worker. */
export type OnBatch = (reward: Reward, tasks: number) => void;

/**
 * Dynamic micro-batching of one CPU reward onto the shared pool.
 *
 * An idle pool is given what arrives at once; while all its threads are busy, tasks of all requests collect and leave
 * together, at most `most` at a time. So batches grow with the load and nobody waits for a timer.
 */
export class Batcher {
  readonly #reward: Reward;
  readonly #pool: Pool;
  readonly #most: number;
  readonly #onBatch: OnBatch;
  #waiting: Waiting[] = [];
  #running = 0;
  #scheduled = false;

  constructor(reward: Reward, pool: Pool, most: number, onBatch: OnBatch) {
    this.#reward = reward;
    this.#pool = pool;
    this.#most = most;
    this.#onBatch = onBatch;
  }

  /** Scores of one task. `owner` is what `drop` names when its request ends early. */
  add(task: Task, seed: Seed, owner: object): Promise<readonly Score[]> {
    return new Promise((resolve) => {
      this.#waiting.push({ task, seed, owner, settle: resolve });
      if (this.#scheduled) return;
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#flush();
      });
    });
  }

  /** Takes back what an owner still has waiting; what a worker already holds is let run. */
  drop(owner: object): void {
    const gone = unscored("cancelled", "the request ended before this was scored");
    this.#waiting = this.#waiting.filter((one) => {
      if (one.owner !== owner) return true;
      one.settle(one.task.candidates.map(() => gone));
      return false;
    });
  }

  #flush(): void {
    const slots = this.#pool.size * 2;
    while (this.#waiting.length > 0 && this.#running < slots) {
      // an even share for each free place, so that two threads share what came in one request
      const share = Math.min(this.#most, Math.max(1, Math.ceil(this.#waiting.length / (slots - this.#running))));
      const seed = this.#waiting[0]!.seed;
      let size = 1;
      while (size < share && this.#waiting[size]!.seed === seed) size++;
      this.#send(this.#waiting.splice(0, size), seed);
    }
  }

  #send(batch: readonly Waiting[], seed: Seed): void {
    this.#running++;
    this.#onBatch(this.#reward, batch.length);
    const tasks = batch.map((one) => one.task);
    this.#pool.score(this.#reward, tasks, seed, 0).then(
      (scores) => {
        this.#running--;
        for (const [i, one] of batch.entries()) one.settle(scores[i]!);
        this.#flush();
      },
      (thrown: unknown) => {
        this.#running--;
        const failed = unscored("bug", thrown instanceof Error ? thrown.message : String(thrown));
        for (const one of batch) one.settle(one.task.candidates.map(() => failed));
        this.#flush();
      },
    );
  }
}
