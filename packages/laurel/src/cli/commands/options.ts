import { type Command, InvalidArgumentError, Option } from "commander";

/** What a command that reads tasks or labelled rows takes for its file. */
export const anyTable =
  "JSON lines, JSON, CSV, TSV or Parquet, a dataset's folder, hub:owner/name, or - for standard input";

/** Adds one command to the program. Descriptions stand here so that `--help` loads no command's code. */
export type Add = (program: Command) => void;

/** A whole number of at least `least`. */
export function count(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`expected a whole number of at least ${least}.`);
    return value;
  };
}

/** A number from `low` to `high`. */
export function number(low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!(Number.isFinite(value) && value >= low && value <= high))
      throw new InvalidArgumentError(
        Number.isFinite(low) ? `expected a number from ${low} to ${high}.` : "expected a number.",
      );
    return value;
  };
}

/** Collects the values of an option that may be given several times. */
export function several(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Options of every command that reads tasks from a file. */
export function withInput(command: Command): Command {
  return command
    .option("--map <TARGET=COLUMN,…>", "read other columns, such as prompt=question,answer=ground_truth")
    .addOption(
      new Option("--on-bad-row <WHAT>", "what to do with rows that cannot be read")
        .choices(["stop", "skip", "report"])
        .default("stop"),
    )
    .option("--limit <N>", "take the first N rows", count(0));
}

/** Options of every command that scores. */
export function withRun(command: Command): Command {
  return command
    .option("--concurrency <N>", "calls at a time of rewards that wait for others (models, servers)", count(1))
    .option("--workers <N>", "threads for rewards that compute", count(1))
    .option("--repeat <R>", "score each task R times; a row each", count(1))
    .option("--seed <SEED>", "seed of everything random", "0")
    .option("--deadline <MS>", "milliseconds that a call may take", count(1))
    .addOption(
      new Option("--cache <WHAT>", "which scores to keep in the store (off: no answers of models either)")
        .choices(["paid", "all", "off"])
        .default("paid"),
    )
    .option(
      "--budget <AMOUNT>",
      "most that calls of models may cost in this go, as 2usd or 1e6tok; then stop, to be gone on with",
    )
    .option("--store <DIR>", "directory of runs and paid-for scores", ".laurel");
}

/** Options of commands that read rows of any known format. */
export function withFormat(command: Command): Command {
  return command
    .option("--from <FORMAT>", "the row format by name (default: recognised by its columns)")
    .option("--metric <NAME>", "of lm-evaluation-harness results: which metric")
    .option("--filter <NAME>", "of lm-evaluation-harness results: which filter");
}
