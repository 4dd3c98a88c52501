import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunClaim } from "laurel/papers";
import { Problem } from "../http/problem.ts";
import type { FromPaper, ToPaper } from "./paper-process.ts";

/** How a paper's run stands. */
export interface PaperRun {
  slug: string;
  /** All seeds, or a look at the first eight. */
  full: boolean;
  state: "running" | "done" | "failed" | "cancelled";
  done: number;
  total: number;
  /** What was checked last. */
  at: string;
  /** Epoch milliseconds. */
  began: number;
  ended: number | null;
  /** Seeds that an earlier run had left in the journal. */
  kept: number;
  claims: RunClaim[] | null;
  error: string | null;
}

function start(message: ToPaper): ChildProcess {
  const source = import.meta.url.endsWith(".ts");
  const script = fileURLToPath(new URL(source ? "./paper-process.ts" : "./paper-process.js", import.meta.url));
  const child = fork(script, {
    execArgv: source ? ["--conditions=source"] : [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    detached: true,
  });
  child.send(message);
  return child;
}

/** Runs papers' checks, one at a time, each in a process of its own. What is done stays in a journal, as with `laurel papers run`. */
export class PaperRuns implements Disposable {
  readonly #folder: string;
  readonly #runs = new Map<string, PaperRun>();
  #child: ChildProcess | undefined;
  #places: Promise<Record<string, string>> | undefined;

  /** @param folder whose `.laurel/papers` keeps the journals */
  constructor(folder: string) {
    this.#folder = folder;
  }

  get(slug: string): PaperRun | undefined {
    return this.#runs.get(slug);
  }

  /** Starts a run. @throws Problem (409) while another one is under way */
  run(slug: string, full: boolean): PaperRun {
    const busy = [...this.#runs.values()].find(({ state }) => state === "running");
    if (busy !== undefined)
      throw new Problem(409, "paper-running", `${busy.slug} is being checked; wait for it or cancel it`);
    const run: PaperRun = {
      slug,
      full,
      state: "running",
      done: 0,
      total: 0,
      at: "",
      began: Date.now(),
      ended: null,
      kept: 0,
      claims: null,
      error: null,
    };
    this.#runs.set(slug, run);
    const child = start({ run: { slug, full, journal: join(this.#folder, ".laurel", "papers", `${slug}.jsonl`) } });
    this.#child = child;
    const end = (state: PaperRun["state"], error: string | null = null): void => {
      if (run.state !== "running") return;
      Object.assign(run, { state, error, ended: Date.now() });
      if (this.#child === child) this.#child = undefined;
    };
    child.on("message", (message: FromPaper) => {
      if ("progress" in message) {
        const { done, total, claim, setting } = message.progress;
        if (run.total === 0) run.kept = done - 1;
        Object.assign(run, { done, total, at: `${claim}, ${setting} setting` });
      } else if ("claims" in message) {
        run.claims = message.claims;
        end("done");
      } else if ("failed" in message) end("failed", message.failed);
    });
    child.on("error", (error) => end("failed", error.message));
    child.on("exit", (code, signal) => end("failed", `its process ended with ${signal ?? code}`));
    return run;
  }

  /** Ends a run; its finished seeds stay. */
  cancel(slug: string): PaperRun | undefined {
    const run = this.#runs.get(slug);
    if (run?.state === "running") {
      Object.assign(run, { state: "cancelled", ended: Date.now() });
      this.#child?.kill("SIGKILL");
      this.#child = undefined;
    }
    return run;
  }

  /** Which module exports each of some names; those that nothing exports are left out. Found once. */
  places(names: readonly string[]): Promise<Record<string, string>> {
    this.#places ??= new Promise<Record<string, string>>((resolve, reject) => {
      const child = start({ use: [...names] });
      child.on("message", (message: FromPaper) => {
        if ("places" in message) resolve(message.places);
        else if ("failed" in message) reject(new Error(message.failed));
      });
      child.on("error", reject);
      child.on("exit", () => reject(new Error("the process that looks for names ended")));
    });
    return this.#places;
  }

  [Symbol.dispose](): void {
    this.#child?.kill("SIGKILL");
  }
}
