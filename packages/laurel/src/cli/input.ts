import { basename, resolve } from "node:path";
import { type InputError, type Reward, UsageError } from "../core/index.ts";
import { parseMap, type RowMap } from "../io/index.ts";
import { type Budget, parseBudget } from "../models/budget.ts";
import type { OnBadRow } from "../run/index.ts";
import { rewardFromText } from "../spec/index.ts";
import { openStore, type Store } from "../store/index.ts";

/** Options of a command that reads tasks, as commander gives them. */
export interface InputOptions {
  map?: string;
  onBadRow: OnBadRow;
  limit?: number;
}

/** Options of a command that scores, as commander gives them. */
export interface RunOptions {
  concurrency?: number;
  workers?: number;
  repeat?: number;
  seed: string;
  deadline?: number;
  cache: "paid" | "all" | "off";
  budget?: string;
  store: string;
}

/** The compiled `--map`, if there is one. */
export function mapOf(options: { map?: string }): RowMap | undefined {
  return options.map === undefined ? undefined : parseMap(options.map);
}

/** The reward after `--reward`. */
export async function rewardOf(text: string): Promise<Reward> {
  return rewardFromText(text);
}

/** The store of a command, unless its cache is off and it writes no output. */
export async function storeOf(options: RunOptions): Promise<Store> {
  return openStore(resolve(options.store));
}

/** The budget and the models' identities of a command, which all of its runs share. */
const shared = new WeakMap<RunOptions, { budget: Budget | undefined; identities: Map<string, string> }>();

/** What a command's run options mean to the runner. */
export function runOptions(options: RunOptions, store: Store) {
  const known = shared.get(options) ?? {
    budget: options.budget === undefined ? undefined : parseBudget(options.budget),
    identities: new Map<string, string>(),
  };
  shared.set(options, known);
  return {
    ...known,
    concurrency: options.concurrency,
    workers: options.workers,
    repeats: options.repeat,
    seed: options.seed,
    deadline: options.deadline,
    cache: store,
    calls: store,
    cached: ({ all: "all", paid: "io", off: "none" } as const)[options.cache],
  };
}

/** A bad row in one line for people. */
export function badRowText(bad: InputError): string {
  return `laurel: skipped: ${bad.message}`;
}

/** What a command that keeps no journal does with a bad row: throw, or show it and go on. */
export function onBadRow(options: InputOptions): (bad: InputError) => void {
  return (bad) => {
    if (options.onBadRow === "stop") throw bad;
    process.stderr.write(`${badRowText(bad)}\n`);
  };
}

/** The default output of a command: in the working directory, named after the input. */
export function outputName(file: string, ending: string): string {
  if (file === "-") return `stdin${ending}`;
  const name = basename(file)
    .replace(/\.gz$/, "")
    .replace(/\.jsonl?$/, "");
  return `${name}${ending}`;
}

/** Signals that ask for an end: the first lets rows in flight finish, the second ends at once. */
export function onInterrupt(stop: AbortController, doing = "finishing the rows in flight"): Disposable {
  let asked = false;
  const handler = (): void => {
    if (asked) process.exit(130);
    asked = true;
    stop.abort();
    process.stderr.write(`\nlaurel: ${doing}; press Ctrl-C again to end at once\n`);
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return {
    [Symbol.dispose]: () => {
      process.off("SIGINT", handler);
      process.off("SIGTERM", handler);
    },
  };
}

/** An error for a command that needs a file where standard input was given. */
export function needsFile(what: string): UsageError {
  return new UsageError(`${what} reads its file twice, so standard input will not do`, "write it to a file first");
}
