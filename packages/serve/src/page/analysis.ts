import { Worker } from "node:worker_threads";
import { sha256 } from "laurel/core";
import { Problem } from "../http/problem.ts";
import type { Analyses } from "./analysis-worker.ts";

/** What the worker is asked. */
export type Asked<K extends keyof Analyses = keyof Analyses> = { what: K; options: Parameters<Analyses[K]>[0] };
/** What it answers. */
export type Answered = { result: unknown } | { error: { code: string; message: string; known: boolean } };

const kept = 64;

/**
 * Statistics of whole files, each on a thread of its own, so that the rewards that are served do not wait for them. What was computed
 * is kept as long as the files stay the same.
 */
export class Analysis {
  readonly #done = new Map<string, Promise<unknown>>();
  readonly #running = new Set<Worker>();

  /**
   * One of the worker's analyses.
   * @param stamp what must be the same for an earlier result to do, such as the sizes and times of the files
   * @throws Problem (422) with the library's own message
   */
  async of<K extends keyof Analyses>(
    what: K,
    options: Parameters<Analyses[K]>[0],
    stamp: string,
  ): Promise<Awaited<ReturnType<Analyses[K]>>> {
    const key = sha256(JSON.stringify([what, options, stamp]));
    let known = this.#done.get(key);
    if (known === undefined) {
      known = this.#run({ what, options } as Asked);
      this.#done.set(key, known);
      known.catch(() => this.#done.delete(key));
      for (const old of this.#done.keys()) {
        if (this.#done.size <= kept) break;
        this.#done.delete(old);
      }
    }
    return (await known) as Awaited<ReturnType<Analyses[K]>>;
  }

  /** Ends what still computes. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((worker) => worker.terminate()));
  }

  #run(asked: Asked): Promise<unknown> {
    // the same file name with the ending of this module: .ts in the repository, where packages are their sources, .js in the package
    const source = import.meta.url.endsWith(".ts");
    const worker = new Worker(new URL(`./analysis-worker.${source ? "ts" : "js"}`, import.meta.url), {
      workerData: asked,
      ...(source ? { execArgv: ["--conditions=source"] } : {}),
    });
    this.#running.add(worker);
    return new Promise<unknown>((resolve, reject) => {
      worker.once("message", (answer: Answered) => {
        if ("result" in answer) resolve(answer.result);
        else if (answer.error.known) reject(new Problem(422, answer.error.code, answer.error.message));
        else reject(new Error(answer.error.message));
      });
      worker.once("error", reject);
      worker.once("exit", () => reject(new Problem(503, "ending", "the server ended before this was computed")));
    }).finally(() => {
      this.#running.delete(worker);
      void worker.terminate();
    });
  }
}
