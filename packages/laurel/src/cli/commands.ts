import { type Command, InvalidArgumentError, Option } from "commander";

/** Adds one command to the program. Descriptions stand here so that `--help` loads no command's code. */
type Add = (program: Command) => void;

function count(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`expected a whole number of at least ${least}.`);
    return value;
  };
}

/** Options of every command that reads tasks from a file. */
function withInput(command: Command): Command {
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
function withRun(command: Command): Command {
  return command
    .option("--concurrency <N>", "calls at a time of rewards that wait for others (models, servers)", count(1))
    .option("--workers <N>", "threads for rewards that compute", count(1))
    .option("--repeat <R>", "score each task R times; a row each", count(1))
    .option("--seed <SEED>", "seed of everything random", "0")
    .option("--deadline <MS>", "milliseconds that a call may take", count(1))
    .addOption(
      new Option("--cache <WHAT>", "which scores to keep in the store").choices(["paid", "all", "off"]).default("paid"),
    )
    .option("--store <DIR>", "directory of runs and paid-for scores", ".laurel");
}

const score: Add = (program) => {
  withRun(
    withInput(
      program
        .command("score")
        .description("score a file of tasks; resumes where it was interrupted")
        .argument("<FILE>", "tasks as JSON lines (plain or gzip), or - for standard input")
        .requiredOption("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL"),
    ),
  )
    .option("--out <FILE>", "where the scored rows go (default: its name with .scored.jsonl, here)")
    .option("--overwrite", "write over an output of another run")
    .addOption(new Option("--order <ORDER>", "order of the rows").choices(["input", "completion"]).default("input"))
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print the rows instead of a summary")
    .action(async (file: string, options) => (await import("./score.ts")).score(file, options));
};

const rank: Add = (program) => {
  withRun(
    withInput(
      program
        .command("rank")
        .description("best of n: the best candidate of each task, with its margin")
        .argument("<FILE>", "tasks as JSON lines (plain or gzip), or - for standard input")
        .requiredOption("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL"),
    ),
  )
    .option("--top <K>", "show the first K candidates of each task", count(1), 1)
    .option("--json", "print one line of JSON a task")
    .action(async (file: string, options) => (await import("./rank.ts")).rank(file, options));
};

const report: Add = (program) => {
  program
    .command("report")
    .description("a self-contained HTML report of scored rows")
    .argument("<SCORED>", "rows that `laurel score --out` wrote")
    .option("--input <FILE>", "the tasks that were scored, to show their texts")
    .option("--map <TARGET=COLUMN,…>", "the mapping that the tasks were read with")
    .option("--out <FILE>", "where the report goes (default: SCORED with .html)")
    .action(async (file: string, options) => (await import("./report.ts")).report(file, options));
};

const runs: Add = (program) => {
  program
    .command("runs")
    .description("what ran in this directory, newest first")
    .option("--store <DIR>", "directory of runs and paid-for scores", ".laurel")
    .option("--limit <N>", "show the first N", count(1), 20)
    .option("--json", "print an array of JSON")
    .action(async (options) => (await import("./runs.ts")).runs(options));
};

const inspect: Add = (program) => {
  withInput(
    program
      .command("inspect")
      .description("what is in a file: columns, counts, lengths, duplicates")
      .argument("<FILE>", "tasks as JSON lines (plain or gzip), or - for standard input"),
  )
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("./inspect.ts")).inspect(file, options));
};

const kinds: Add = (program) => {
  program
    .command("kinds")
    .description("the kinds of reward, or one of them with its options and an example")
    .argument("[NAME]", "a kind, such as verify.math")
    .option("--json", "print JSON (of all kinds: their JSON Schema)")
    .action(async (name: string | undefined, options) => (await import("./kinds.ts")).kinds(name, options));
};

const papers: Add = (program) => {
  program
    .command("papers")
    .description("the 91 papers and how far each one is")
    .option("--state <STATE>", "only planned, component or checked")
    .option("--json", "print an array of JSON")
    .action(async (options) => (await import("./papers.ts")).papers(options));
};

const demo: Add = (program) => {
  program
    .command("demo")
    .description("generate a sample file, score it and write a report")
    .option("--dir <DIR>", "where the files go", "laurel-demo")
    .option("--tasks <N>", "how many tasks to generate", count(2), 200)
    .option("--seed <SEED>", "seed of the sample", "0")
    .option("--json", "print the figures as JSON")
    .action(async (options) => (await import("./demo.ts")).demo(options));
};

function several(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number.");
  return value;
}

const serve: Add = (program) => {
  program
    .command("serve")
    .description("serve rewards over HTTP, in Laurel's own protocol and in those of trainers and model servers")
    .option("--reward <[NAME=]SPEC>", "a reward to serve, as for laurel score; may be given several times", several, [])
    .option("--port <PORT>", "port; 0 takes any free one", count(0), 8000)
    .option("--host <HOST>", "address to listen on; another than loopback needs --keys", "127.0.0.1")
    .option("--protocol <NAME>", "speak only this one besides Laurel's own; may be given several times", several)
    .option("--group <G>", "samples a group, for trainers that send samples one by one", count(1))
    .addOption(new Option("--group-key <KEY>", "what a group's samples share").choices(["prompt", "uid"]))
    .option("--group-wait <MS>", "milliseconds that a group waits for its last sample", count(1))
    .option("--unscored <NUMBER>", "the number for samples without a score where the wire has only numbers", decimal)
    .option("--keys <FILE>", "who may call: JSON list of keys as hashes")
    .option("--new-key <NAME>", "add a key to --keys, print its token and end")
    .option("--data <DIR>", "folder for jobs, which survive a restart; without it there are none")
    .option("--workers <N>", "threads for rewards that compute", count(1))
    .option("--concurrency <N>", "calls at a time of rewards that wait for others", count(1))
    .option("--max-queue <N>", "candidates queued or in work before 429 is answered", count(1))
    .option("--deadline <MS>", "milliseconds that a request may take where its client names none", count(1))
    .option("--specs", "let clients make rewards from specs that neither run code, read files nor call out")
    .option("--seed <SEED>", "seed of everything random", "0")
    .option("--quiet", "no log of requests on standard error")
    .option("--log-texts", "write prompts and answers into the log")
    .action(async (options) => (await import("./serve.ts")).serve(options));
};

const shim: Add = (program) => {
  program
    .command("shim")
    .description("print the Python file that makes a Laurel server a trainer's reward function")
    .argument("<TRAINER>", "trl, openrlhf or verl")
    .action(async (trainer: string) => (await import("./serve.ts")).shim(trainer));
};

/** All commands, in the order of the help. */
export const commands: readonly Add[] = [demo, score, rank, report, inspect, runs, kinds, papers, serve, shim];
