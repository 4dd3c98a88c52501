import { type Add, anyTable, count, number, several, withFormat, withInput, withRun } from "./options.ts";

/** `laurel bench`. */
export const bench: Add = (program) => {
  const command = program
    .command("bench")
    .description("benchmarks of rewards and judges: published files, official rules, and what a difference is worth");
  command
    .command("list")
    .description(
      "the benchmarks, with how far real rows back each; with a name: its rule, licence, chance and pitfalls",
    )
    .argument("[NAME]", "a benchmark, such as rewardmath")
    .option("--json", "print one object of JSON")
    .action(async (name: string | undefined, options) => (await import("../bench.ts")).benchList(name, options));
  withRun(
    command
      .command("run")
      .description("run a reward, a comparer or a file of scores on a benchmark, and keep each item")
      .argument("<NAME>", "a benchmark; laurel bench list shows them")
      .argument("[DATA]", "its rows: a file, a folder or hub:owner/name (default: where it is published)")
      .option("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL")
      .option("--comparer <SPEC>", "a judge of pairs, in the same forms")
      .option(
        "--scores <FILE>",
        "scores that were made elsewhere; without DATA their order tells which is right. judgements:JUDGE takes a judge's published ones from DATA",
      )
      .option("--name <NAME>", "what the system is called on a leaderboard (default: the reward's name or the file)")
      .option("--split <SPLIT>", "of a dataset (default: the benchmark's)")
      .option("--config <CONFIG>", "of a dataset (default: the benchmark's)")
      .option("--limit <N>", "take the first N items", count(1))
      .option("--images <FOLDER>", "where the pictures lie that the rows name; items without theirs are left out")
      .option("--unscored <RULE>", "what an unscored item counts: official, drop or wrong", "official")
      .option(
        "--calibrate <SHARE>",
        "choose a step reward's threshold on this share of the prompts, and report the rest",
        number(0, 1),
      )
      .option("--out <FILE>", "keep each item here, as JSON lines; an interrupted run goes on there")
      .option("--overwrite", "write over an output that is there")
      .option("--level <LEVEL>", "confidence of the intervals", number(0, 1), 0.95)
      .option("--json", "print one object of JSON"),
  ).action(async (name: string, data: string | undefined, options) =>
    (await import("../bench.ts")).benchRun(name, data, options),
  );
  command
    .command("report")
    .description("a leaderboard of two runs or more: rank intervals, groups that are not told apart, all pairs")
    .argument("<RUN...>", "files that laurel bench run --out wrote")
    .option("--figure <NAME>", "a figure of the benchmark (default: its headline)")
    .option("--by <KEY>", "the subset key of the forest plots (default: the benchmark's)")
    .option("--unscored <RULE>", "what an unscored item counts: official, drop or wrong", "official")
    .option(
      "--calibrate <SHARE>",
      "choose a step reward's threshold on this share of the prompts, and report the rest",
      number(0, 1),
    )
    .option("--level <LEVEL>", "confidence, of all differences together", number(0, 1), 0.95)
    .option("--html <FILE>", "also write a self-contained page")
    .option("--csv <FILE>", "also write a CSV file")
    .option("--latex <FILE>", "also write a LaTeX table")
    .option("--json", "print one object of JSON")
    .action(async (files: string[], options) => (await import("../bench.ts")).benchReport(files, options));
  command
    .command("compare")
    .description("is run A better than run B? The paired difference, by subset too (exit code 1: A is worse)")
    .argument("<A>", "a file that laurel bench run --out wrote")
    .argument("<B>", "another of the same items")
    .option("--figure <NAME>", "a figure of the benchmark (default: its headline)")
    .option("--unscored <RULE>", "what an unscored item counts: official, drop or wrong", "official")
    .option(
      "--calibrate <SHARE>",
      "choose a step reward's threshold on this share of the prompts, and report the rest",
      number(0, 1),
    )
    .option("--level <LEVEL>", "confidence of the intervals", number(0, 1), 0.95)
    .option("--json", "print one object of JSON")
    .action(async (a: string, b: string, options) => (await import("../bench.ts")).benchCompare(a, b, options));
  withRun(
    withFormat(
      withInput(
        command
          .command("filter")
          .description("keep the pairs that a panel of judges gets wrong; held-out judges say how much harder they are")
          .argument("<FILE>", `pairs or groups with labels: ${anyTable}`),
      ),
    ),
  )
    .requiredOption("--judge <SPEC|NAME>", "a judge that filters: a spec, or its name in --votes; repeat it", several)
    .option("--hold-out <SPEC|NAME>", "a judge without a say in what is kept, in the same forms; repeat it", several)
    .option("--votes <FILE>", "stored verdicts instead of judges, as for laurel audit judge")
    .option(
      "--wrong <SHARE>",
      "keep where at least this share of judges is wrong (default: more than half)",
      number(0, 1),
    )
    .option("--keep <N>", "stop when so many are kept", count(1))
    .requiredOption("--out <FILE>", "where the kept rows go, as JSON lines; - is standard output")
    .option("--level <LEVEL>", "confidence of the intervals", number(0, 1), 0.95)
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("../bench-filter.ts")).benchFilter(file, options));
  withRun(
    withFormat(
      withInput(
        command
          .command("pairs")
          .description("one right and one wrong answer of each task's samples, by verifiers or labels.correct")
          .argument("<FILE>", `tasks with several candidates: ${anyTable}`),
      ),
    ),
  )
    .option("--reward <SPEC>", "a verifier that says 1 or 0; repeat it for a second one that must agree", several)
    .option("--per-task <N>", "pairs of a task", count(1), 1)
    .requiredOption("--out <FILE>", "where the pairs go, as JSON lines; - is standard output")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("../bench-pairs.ts")).benchPairs(file, options));
};
