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

function number(low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!(Number.isFinite(value) && value >= low && value <= high))
      throw new InvalidArgumentError(
        Number.isFinite(low) ? `expected a number from ${low} to ${high}.` : "expected a number.",
      );
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
    .option("--threshold <T>", "by labels: the value from which a candidate counts as right", number())
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
    .option("--margin <DIFFERENCE>", "the margin of --no-worse-than (default: 0.02)", number())
    .addOption(new Option("--by <BASIS>", "which labels to hold them against").choices(bases))
    .option("--threshold <T>", "by labels: the value from which a candidate counts as right", number())
    .option("--subset <KEY>", "only this subset key (default: all of them)")
    .option("--json", "print one object of JSON")
    .action(async (file, a, b, options) => (await import("./compare.ts")).compare([file, a, b], options));
};

const convert: Add = (program) => {
  program
    .command("convert")
    .description("rows of one format as rows of another; says what is lost. Without a file: the formats")
    .argument("[FILE]", "rows as JSON lines, JSON, CSV or Parquet")
    .option("--to <FORMAT>", "the format to write")
    .option("--from <FORMAT>", "the row format by name (default: recognised by its columns)")
    .option("--out <FILE>", "where the rows go, as JSON lines (default: standard output)")
    .option("--overwrite", "write over an output that is there")
    .option("--strict-loss", "write nothing and exit with 2 if anything would be lost")
    .addOption(
      new Option("--on-bad-row <WHAT>", "what to do with rows that cannot be read")
        .choices(["stop", "skip", "report"])
        .default("stop"),
    )
    .option("--json", "print the account as JSON")
    .action(async (file: string | undefined, options) => (await import("./convert.ts")).convert(file, options));
};

const stats: Add = (program) => {
  program
    .command("stats")
    .description("one statistic of a table: interval, test, agreement, ranking, power. Without a method: the list")
    .argument("[METHOD]", "such as mean, paired, krippendorff, bradley-terry; laurel stats METHOD shows its options")
    .argument(
      "[TABLE]",
      "CSV, TSV, JSON lines, JSON or Parquet, and settings as NAME=VALUE: value=score cluster=prompt",
    )
    .argument("[SETTINGS...]")
    .option("--seed <SEED>", "seed of everything random", "0")
    .option("--level <LEVEL>", "confidence of the intervals", number(), 0.95)
    .option("--json", "print one object of JSON")
    .action(async (method, file, more, options) =>
      (await import("./stats.ts")).stats(method, file === undefined ? [] : [file, ...more], options),
    );
};

const conform: Add = (program) => {
  program
    .command("conform")
    .description("a verifier's errors on cases that are right or wrong by construction")
    .argument("<SPEC>", "a reward; or a kind or suite for --cmd: math, constraints, tools or code")
    .option("--suite <NAME>", "the suite, where the reward's kind has none: math, constraints, tools or code")
    .option("--cmd <COMMAND>", "test this command instead of a reward")
    .option("--n <N>", "how many cases (default: 10,000 math, 2,000 constraints and tools, 40 code)", count(1))
    .option("--seed <SEED>", "seed of the cases", "1")
    .option("--threshold <VALUE>", "the least value that counts as right (default: the range's top, else 1)", number())
    .option("--max-false-positive <RATE>", "exit 1 if the bound of this rate is above RATE", number(0, 1))
    .option("--max-false-negative <RATE>", "exit 1 if the bound of this rate is above RATE", number(0, 1))
    .option("--workers <N>", "threads for rewards that compute", count(1))
    .option("--json", "print one object of JSON")
    .addHelpText(
      "after",
      `
The protocol of --cmd: the command reads lines of JSON from its standard input,
  {"gold": "1/2", "candidate": "The answer is $\\\\boxed{0.5}$."}
and writes one line of JSON for each, in the same order, and flushes it:
  {"value": 1}   or a number, true, false, or null for no verdict.
The candidate is right if the value is at least --threshold. Logs go to standard error.
gold is an answer (math), a list of IFEval instructions (constraints), of calls
{ name, input } (tools) or of tests (code); candidate is always a text.
`,
    )
    .action(async (spec: string, options) => (await import("./conform.ts")).conform(spec, options));
};

const audit: Add = (program) => {
  const command = program.command("audit").description("what may be wrong with data, rewards and judges");
  withInput(
    command
      .command("data")
      .description("confounds of length, position and format, duplicates, leaks across a split, label disagreement")
      .argument("<FILE>", "labelled rows: JSON lines, JSON, CSV or Parquet"),
  )
    .option("--from <FORMAT>", "the row format by name (default: recognised by its columns)")
    .option("--split <KEY>", "the subset key or column that holds the split (default: split, where there is one)")
    .option("--strict", "exit with 1 if a finding exceeds its threshold")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("./audit.ts")).auditData(file, options));
  withRun(
    withInput(
      command
        .command("reward")
        .description("errors on labelled answers, sensitivity to formats, and what known exploits earn")
        .argument("[FILE]", "tasks with labels.correct; without it the cases of `laurel conform` are used")
        .requiredOption("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL"),
    ),
  )
    .option("--suite <NAME>", "the generated cases to use without a FILE: math, constraints, tools or code")
    .option("--n <N>", "how many generated cases (default 2,000)", count(2))
    .option("--probes <N>", "tasks on which formats and exploits are tried", count(2), 100)
    .option("--threshold <VALUE>", "the least value that counts as right (default: the range's top, else 1)", number())
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .addHelpText("after", "\nExits with 1 if more than 0.1 % of an exploit's answers are unscored.\n")
    .action(async (file: string | undefined, options) =>
      (await import("./audit-reward.ts")).auditRewardCommand(file, options),
    );
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
    .option("--min <VALUE>", "the least mean, on the reward's own scale", number())
    .option("--baseline <RUN>", "scored rows of an earlier run, or the run's id; tasks are paired by id")
    .option("--margin <DIFFERENCE>", "how much worse than the baseline is too much (default: 2 % of the range)", number())
    .option("--confidence <LEVEL>", "confidence of the interval", number(), 0.95)
    .option("--allow-unscored <SHARE>", "share of tasks that may be left out as unscored", number(), 0)
    .option("--subset <KEY>", "only this subset key (default: all of them)")
    .option("--worst <K>", "show the K worst tasks", count(0), 5)
    .option("--junit <FILE>", "also write JUnit XML")
    .option("--markdown <FILE>", "also write Markdown, such as for a comment or a job's summary")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("./gate.ts")).gate(file, options));
};

/** All commands, in the order of the help. */
export const commands: readonly Add[] = [
  demo,
  score,
  rank,
  evaluate,
  compare,
  stats,
  audit,
  conform,
  convert,
  gate,
  report,
  inspect,
  runs,
  kinds,
  papers,
];
