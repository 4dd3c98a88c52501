import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hashJson, type JsonObject, StoppedError, sha256, UsageError } from "laurel";
import { type Journal, openJournal } from "./journal.ts";
import { type ClaimFigures, type ClaimOutcome, judgePaper } from "./judge.ts";
import { loadPaper, runSeed, type SeedDone, type SeedJob, type Setting, settingsOf } from "./seed-run.ts";
import type { Phase } from "./seeds.ts";
import type { Paper } from "./types.ts";
import { inWorkers } from "./workers.ts";

/** How far a run is. */
export interface LabProgress {
  done: number;
  total: number;
  /** What just ended. */
  claim: string;
  setting: Setting;
  index: number;
  cpuSeconds: number;
}

export interface RunOptions {
  /** The stream of seeds, default "record". */
  phase?: Phase | undefined;
  /** Only these claims. */
  claims?: readonly string[] | undefined;
  /** Take at most this many seeds of each claim: a look, not a verdict of record. */
  seeds?: number | undefined;
  /** Worker processes, default 1; 0 runs in this process. */
  workers?: number | undefined;
  /** File of finished seeds, from which an interrupted run goes on; left out, nothing is kept. */
  journal?: string | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: LabProgress) => void) | undefined;
}

/** A run's figures, by claim and seed, and what they come to. */
export interface PaperRun {
  paper: Paper;
  phase: Phase;
  figures: Readonly<Record<string, ClaimFigures>>;
  /** What the first seed of each claim's main setting noted. */
  notes: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  cpuSeconds: Readonly<Record<string, number>>;
  outcomes: readonly ClaimOutcome[];
}

/**
 * Runs a paper's claims over their seeds, in worker processes, and judges them.
 *
 * @param module URL of the paper's module
 * @throws StoppedError on an abort (a journal keeps what is done) or where a worker dies; UsageError where a seed throws
 * @example await runPaper(import.meta.resolve("./mine.ts"), { workers: 2, journal: "mine.journal.jsonl" })
 */
export async function runPaper(module: string, options: RunOptions = {}): Promise<PaperRun> {
  const whole = await loadPaper(module);
  const chosen = options.claims;
  const paper =
    chosen === undefined ? whole : { ...whole, claims: whole.claims.filter(({ id }) => chosen.includes(id)) };
  if (paper.claims.length === 0) throw new UsageError(`${whole.slug} has none of these claims: ${chosen?.join(", ")}`);
  const phase = options.phase ?? "record";
  const jobs = jobsOf(paper, module, phase, options.seeds);
  using journal = openJournal<SeedDone>(options.journal);
  const results = await runJobs(paper, jobs, journal, options);
  const figures: Record<string, { main: SeedDone["figures"][]; boundary?: SeedDone["figures"][] }> = {};
  const notes: Record<string, Readonly<Record<string, JsonObject>>> = {};
  const cpuSeconds: Record<string, number> = {};
  for (const [i, job] of jobs.entries()) {
    const done = results[i]!;
    const own = (figures[job.claim] ??= { main: [] });
    if (job.setting === "main") own.main.push(done.figures);
    else (own.boundary ??= []).push(done.figures);
    if (job.setting === "main" && job.index === 0) notes[job.claim] = done.notes;
    cpuSeconds[job.claim] = (cpuSeconds[job.claim] ?? 0) + done.cpuSeconds;
  }
  return { paper, phase, figures, notes, cpuSeconds, outcomes: judgePaper(paper, figures) };
}

function jobsOf(paper: Paper, module: string, phase: Phase, most = Number.POSITIVE_INFINITY): SeedJob[] {
  const jobs: SeedJob[] = [];
  for (const claim of paper.claims) {
    if (claim.evidence === "untestable") continue;
    const settings: Setting[] = claim.boundary === undefined ? ["main"] : ["main", "boundary"];
    for (const setting of settings)
      for (let index = 0; index < Math.min(claim.seeds, most); index++)
        jobs.push({ module, claim: claim.id, setting, phase, index });
  }
  return jobs;
}

async function runJobs(
  paper: Paper,
  jobs: readonly SeedJob[],
  journal: Journal<SeedDone>,
  options: RunOptions,
): Promise<SeedDone[]> {
  const keys = keysOf(paper, jobs);
  const results: SeedDone[] = [];
  const waiting: number[] = [];
  let done = 0;
  for (const [i, key] of keys.entries()) {
    const kept = journal.get(key);
    if (kept === undefined) waiting.push(i);
    else {
      results[i] = kept;
      done++;
    }
  }
  const finish = (i: number, result: SeedDone): void => {
    results[i] = result;
    journal.put(keys[i]!, result);
    const { claim, setting, index } = jobs[i]!;
    options.onProgress?.({ done: ++done, total: jobs.length, claim, setting, index, cpuSeconds: result.cpuSeconds });
  };
  const workers = Math.min(options.workers ?? 1, waiting.length);
  if (options.workers === 0) {
    for (const i of waiting) {
      if (options.signal?.aborted === true) throw stoppedOf(options);
      finish(i, await runSeed(paper, jobs[i]!, options.signal ?? new AbortController().signal));
    }
  } else
    await inWorkers<SeedJob, never, SeedDone>(
      workers,
      waiting.map((i) => ({ kind: "paper", job: jobs[i]! })),
      {
        finish: (index, result) => finish(waiting[index]!, result),
        name(index) {
          const { claim, setting, index: seed } = jobs[waiting[index]!]!;
          return `${claim}, ${setting} setting, seed ${seed}`;
        },
        stopped: () => stoppedOf(options),
        signal: options.signal,
      },
    );
  return results;
}

/**
 * What a finished seed is filed under: the settings, the paper's own file and the laboratory's code that papers share (worlds,
 * policies, training), so that a run which goes on after a change of either does not mix old seeds with new ones.
 */
function keysOf(paper: Paper, jobs: readonly SeedJob[]): string[] {
  const file = jobs.length > 0 && jobs[0]!.module.startsWith("file:") ? fileURLToPath(jobs[0]!.module) : undefined;
  const source = file !== undefined && existsSync(file) ? readFileSync(file, "utf8") : "";
  const shared = sharedCode();
  const settings = new Map<string, string>();
  for (const claim of paper.claims)
    for (const setting of ["main", "boundary"] as const)
      settings.set(`${claim.id}/${setting}`, hashJson([paper.slug, source, shared, settingsOf(claim, setting)]));
  return jobs.map(({ claim, setting, phase, index }) =>
    [claim, setting, phase, index, settings.get(`${claim}/${setting}`)].join("/"),
  );
}

/** A hash of the code beside the papers. */
export function sharedCode(): string {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const files = globSync("{worlds,policy,train,nets}/**/*.{ts,js}", { cwd: root })
    .filter((file) => !/\.(?:test|d)\.ts$/.test(file))
    .sort();
  return sha256(files.map((file) => `${file}\n${readFileSync(join(root, file), "utf8")}`).join("\n"));
}

function stoppedOf({ journal }: RunOptions): StoppedError {
  return new StoppedError(
    "the run was stopped",
    journal === undefined ? undefined : `the same call goes on from ${journal}`,
  );
}
