import { Option } from "commander";
import { type Add, anyTable, count, number, several, withFormat, withInput, withRun } from "./options.ts";

/** `laurel conform`. */
export const conform: Add = (program) => {
  program
    .command("conform")
    .description("a verifier's errors on cases that are right or wrong by construction")
    .argument("<SPEC>", "a reward; or a kind or suite for --cmd (the suites are listed below)")
    .option("--suite <NAME>", "another suite than the one of the reward's kind and options")
    .option("--rows <FILE>", "rows of a Berkeley leaderboard file, from which the suite bfcl draws its cases")
    .option("--cmd <COMMAND>", "test this command instead of a reward")
    .option(
      "--n <N>",
      "how many cases (default: 10,000 math, 2,000 constraints and tools, 600 code, 300 javascript)",
      count(1),
    )
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
The suites, with what gold is; candidate is always a text:
  math         an answer, in LaTeX or plain
  constraints  a list of IFEval instructions
  tools        a list of calls { name, input }
  toolrl       the same, in ToolRL's grammar ({ kind: verify.tools, rule: toolrl })
  bfcl         { functions, calls } of a Berkeley leaderboard row (rule: bfcl; --rows FILE for its rows)
  code         a list of tests of a Python program
  javascript   a list of tests of a JavaScript program ({ kind: verify.code, language: javascript })
`,
    )
    .action(async (spec: string, options) => (await import("../conform.ts")).conform(spec, options));
};

/** `laurel audit`. */
export const audit: Add = (program) => {
  const command = program.command("audit").description("what may be wrong with data, rewards and judges");
  withInput(
    command
      .command("data")
      .description("confounds, duplicates, leaks, label noise, and what would spoil training a reward")
      .argument("<FILE>", `labelled rows: ${anyTable}`),
  )
    .option("--from <FORMAT>", "the row format by name (default: recognised by its columns)")
    .option("--split <KEY>", "the subset key or column that holds the split (default: split, where there is one)")
    .option(
      "--benchmark <FILE>",
      "rows of a benchmark that must not be trained on: leaks are looked for in its prompts",
    )
    .option("--tokenizer <PATH>", "a tokenizer's folder, or its tokenizer_config.json: is padding safe?")
    .option("--strict", "exit with 1 if a finding exceeds its threshold or training needs care")
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("../audit.ts")).auditData(file, options));
  withRun(
    withInput(
      command
        .command("reward")
        .description("errors on labelled answers, formats and known exploits; with --stress what its accuracy hides")
        .argument("[FILE]", "tasks with labels.correct; without it the cases of `laurel conform` are used")
        .option("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL"),
    ),
  )
    .option(
      "--stress",
      "accuracy by subset and difficulty, calibration, partial effects, perturbations and more; see below",
    )
    .option("--scores <FILE>", "with --stress: scores made elsewhere in place of a reward")
    .option("--against <SPEC|FILE>", "with --stress: another reward or score file, for the distance between the two")
    .option("--contrast <FILE>", "with --stress: items of Contrast Instructions (default: made from FILE)")
    .option("--shift <KEY[=VALUE]>", "with --stress: the subset key that names sources, and the one trained on")
    .option("--world", "with --stress: best-of-n on texts of the preference world, whose gold is known")
    .option("--write-probes <FILE>", "with --stress: write the texts that a score file must have scores of, and end")
    .option("--from <FORMAT>", "the row format by name (default: recognised by its columns)")
    .option("--metric <NAME>", "of lm-evaluation-harness results: which metric")
    .option("--filter <NAME>", "of lm-evaluation-harness results: which filter")
    .option("--suite <NAME>", "the generated cases to use without a FILE: a suite of laurel conform")
    .option("--n <N>", "how many generated cases (default 2,000)", count(2))
    .option("--probes <N>", "tasks that are probed (default 100; 200 under --stress)", count(2))
    .option("--threshold <VALUE>", "the least value that counts as right (default: the range's top, else 1)", number())
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .addHelpText(
      "after",
      `
Exits with 1 if more than 0.1 % of an exploit's answers are unscored.

--stress asks what a mean accuracy hides, of a reward or of a score file, and says why where a part cannot be shown:
accuracy by subset and by difficulty, calibration, partial effects of length, format and position, changes that should
change nothing, contrast instructions, off-topic answers, shift between sources, best-of-n against gold with KL, STARC
distance to another reward, batch sizes, equal scores. FILE holds labelled pairs or groups: ${anyTable}.
`,
    )
    .action(async (file: string | undefined, options) =>
      (await import("../audit-reward.ts")).auditRewardCommand(file, options),
    );
  withRun(
    withFormat(
      withInput(
        command
          .command("judge")
          .description("a judge's accuracy, biases, consistency, calibration, agreement and cost on labelled pairs")
          .argument("<FILE>", `pairs or groups with labels: ${anyTable}`),
      ),
    ),
  )
    .option("--comparer <SPEC>", "the judge: a kind, inline YAML, a .yaml or .json file, or ./mine.ts#name")
    .option("--votes <FILE>", "stored verdicts instead of a judge; see below")
    .option("--judge <NAME>", "only this judge of the verdicts; may be given several times", several)
    .option(
      "--scale <SCALE>",
      "a study of scales instead: how a judge.pointwise does on this scale (1-5, 1-100, words-5); repeat it",
      several,
    )
    .option("--all-pairs", "ask about all pairs of a task, not the labelled ones only, so that cycles are seen")
    .option("--win-rate", "estimate how often the first candidate truly wins, from few labels and many verdicts")
    .addOption(
      new Option("--unreadable <WHAT>", "what a missing verdict is where judges are compared")
        .choices(["out", "wrong"])
        .default("out"),
    )
    .option("--level <LEVEL>", "confidence of the intervals", number(0, 1), 0.95)
    .option("--out <FILE>", "also write the audit as JSON, for `trust` in a judge's spec and laurel gate --judge")
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .addHelpText(
      "after",
      `
--repeat R asks each question R times; from three verdicts on, the accuracy of a majority by the number of votes is shown.
--scale A --scale B asks for scores on each scale, --repeat times (default 3): accuracy, ties, how well repeats agree. A row of --votes is one verdict:
  {"id": "q1", "judge": "mine", "strategy": "cot", "first": 1, "second": 0, "vote": "first", "repeat": 0}
first and second are the candidates' places (0 and 1 unless given) in the order in which they were shown; the verdict is
vote (first, second, tie), winner (a place, or tie) or p (that the one shown first is better), null where it could not
be read; confidence (0.5 to 1), repeat, judge and strategy may be left out.
`,
    )
    .action(async (file: string, options) => (await import("../audit-judge.ts")).auditJudgeCommand(file, options));
  withRun(
    withFormat(
      withInput(
        command
          .command("contamination")
          .description("does a model know tasks by heart? It is given the beginnings of their questions")
          .argument("<FILE>", `tasks, with answers where there are any: ${anyTable}`)
          .requiredOption("--model <MODEL>", "http://HOST/v1#MODEL, local:NAME, a .gguf file, or ./mine.ts#name"),
      ),
    ),
  )
    .option("--fractions <SHARES>", "shares of the question that are given", "0.8,0.6,0.4")
    .option("--chat", "ask through the chat template, for models that take no bare text")
    .option(
      "--fresh <N|FILE>",
      "tasks that cannot have leaked: so many generated ones, or a file (default: as many, at most 200; 0: none)",
    )
    .option("--steps <N>", "operations in a generated task", count(1), 5)
    .option("--answer-tokens <N>", "tokens for an answer, beside those of the question's remainder", count(0), 256)
    .option("--least-words <N>", "words that a remainder must have", count(1), 3)
    .option("--level <LEVEL>", "confidence of the intervals", number(0, 1), 0.95)
    .option("--out <FILE>", "keep each answer here, as JSON lines; an interrupted audit goes on there")
    .option("--overwrite", "write over an output that is there")
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .addHelpText(
      "after",
      `
Figures by share of the question: exact match (the model goes on with the question's true remainder, word for word), ROUGE-L with it,
and the answer rate (the gold answer is in what it writes, though it never saw the whole question). Beside each stands its chance:
the same continuations held against the remainders and answers of other tasks. Fresh tasks are asked in the same way.
--repeat has no effect, since the model answers greedily.
`,
    )
    .action(async (file: string, options) =>
      (await import("../audit-contamination.ts")).auditContamination(file, options),
    );
};
