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

/** Options of commands that read rows of any known format. */
function withFormat(command: Command): Command {
  return command
    .option("--from <FORMAT>", "the row format by name (default: recognised by its columns)")
    .option("--metric <NAME>", "of lm-evaluation-harness results: which metric")
    .option("--filter <NAME>", "of lm-evaluation-harness results: which filter");
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number.");
  return value;
}

const bases = ["preferences", "best-of-k", "labels"];

const evaluate: Add = (program) => {
  withRun(
    withFormat(
      withInput(
        program
          .command("eval")
          .description("accuracy of a reward or a score file on labelled rows, with intervals and calibration")
          .argument("<FILE>", "labelled rows: JSON lines, JSON, CSV or Parquet, or - for JSON lines on standard input"),
      ),
    ),
  )
    .option("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL")
    .option("--scores <FILE>", "scores that were made elsewhere, instead of a reward")
    .addOption(
      new Option("--by <BASIS>", "which labels to hold it against (default: what most rows have)").choices(bases),
    )
    .option("--threshold <T>", "by labels: the value from which a candidate counts as right", number)
    .option("--subset <KEY>", "only this subset key (default: all of them)")
    .addOption(
      new Option("--scale <SCALE>", "how margins become probabilities").choices(["fitted", "logit"]).default("fitted"),
    )
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("./eval.ts")).evalCommand(file, options));
};

const compare: Add = (program) => {
  withRun(
    withFormat(
      withInput(
        program
          .command("compare")
          .description(
            "is A better than B? A paired comparison of two rewards or score files, with what could be found",
          )
          .usage("FILE A B [options]   or, for two score files without labels: A.jsonl B.jsonl")
          .argument("[FILE]", "labelled rows, as for eval")
          .argument("[A]", "a reward as after --reward, or a score file (.jsonl, .csv or .parquet)")
          .argument("[B]", "what A is held against, in the same forms"),
      ),
    ),
  )
    .option("--scores-a <FILE>", "a score file in A's place, whatever its name")
    .option("--scores-b <FILE>", "a score file in B's place, whatever its name")
    .option("--no-worse-than", "ask whether A is worse than B by more than the margin: 0 no, 1 yes, 3 undecided")
    .option("--margin <DIFFERENCE>", "the margin of --no-worse-than (default: 0.02)", number)
    .addOption(new Option("--by <BASIS>", "which labels to hold them against").choices(bases))
    .option("--threshold <T>", "by labels: the value from which a candidate counts as right", number)
    .option("--subset <KEY>", "only this subset key (default: all of them)")
    .option("--json", "print one object of JSON")
    .action(async (file, a, b, options) => (await import("./compare.ts")).compare([file, a, b], options));
};

const gate: Add = (program) => {
  withRun(
    withFormat(
      withInput(
        program
          .command("gate")
          .description(
            "for CI: is a reward's mean high enough, or no worse than a baseline? Exit 0 yes, 1 no, 3 too few",
          )
          .argument("<FILE>", "rows with candidates: JSON lines, JSON, CSV or Parquet, or - for standard input")
          .requiredOption("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL"),
      ),
    ),
  )
    .option("--min <VALUE>", "the least mean, on the reward's own scale", number)
    .option("--baseline <RUN>", "scored rows of an earlier run, or the run's id; tasks are paired by id")
    .option("--margin <DIFFERENCE>", "how much worse than the baseline is too much (default: 2 % of the range)", number)
    .option("--confidence <LEVEL>", "confidence of the interval", number, 0.95)
    .option("--allow-unscored <SHARE>", "share of tasks that may be left out as unscored", number, 0)
    .option("--subset <KEY>", "only this subset key (default: all of them)")
    .option("--worst <K>", "show the K worst tasks", count(0), 5)
    .option("--junit <FILE>", "also write JUnit XML")
    .option("--markdown <FILE>", "also write Markdown, such as for a comment or a job's summary")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("./gate.ts")).gate(file, options));
};

const replay: Add = (program) => {
  withRun(
    program
      .command("replay")
      .description("logged roll-outs under another reward: what changes in rewards and in group advantages")
      .argument("<ROLLOUTS...>", "TRL's completions (parquet), verifiers traces (JSON lines), or rows with candidates")
      .requiredOption("--reward <SPEC>", "the new reward: a kind, inline YAML, a file, ./mine.ts#name, or a URL")
      .requiredOption("--against <OLD>", "the old one: a reward, a score file, or `recorded` for what the log holds"),
  )
    .option("--recorded <COLUMNS>", "the log's reward columns, separated by commas (default: recognised)")
    .option("--group <G>", "roll-outs a group, where one prompt may follow itself", count(1))
    .option("--tasks <FILE>", "rows with the references, found by their prompts")
    .option("--rows <K>", "show the K rows that change sign most", count(0), 20)
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .action(async (files: string[], options) => (await import("./replay.ts")).replayCommand(files, options));
};

const imports: Add = (program) => {
  program
    .command("import")
    .description("files of other tools as rewards and rows")
    .command("promptfoo")
    .description("assertions of a promptfoo configuration or results file, each mapped or listed with the reason")
    .argument("<FILE>", "promptfooconfig.yaml, or the JSON that promptfoo eval --output wrote")
    .option("--out <NAME>", "writes NAME.reward.yaml and NAME.rows.jsonl", "promptfoo")
    .option("--overwrite", "write over files that exist")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("./import.ts")).importPromptfooCommand(file, options));
};

/** All commands, in the order of the help. */
export const commands: readonly Add[] = [
  demo,
  score,
  rank,
  evaluate,
  compare,
  gate,
  replay,
  imports,
  report,
  inspect,
  runs,
  kinds,
  papers,
];
