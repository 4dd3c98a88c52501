import type { Command } from "commander";
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
    .command("import")
    .description("results of lm-evaluation-harness, Inspect, reward-bench and promptfoo as one table")
    .argument("<FILE...>", "results files or logs; NAME=FILE calls the system NAME")
    .option("--task <TASK>", "only this task")
    .option("--metric <METRIC>", "only this metric")
    .option("--runs <FOLDER>", "write a run a result that has items, for laurel bench report and compare")
    .option("--csv <FILE>", "also write a CSV file")
    .option("--level <LEVEL>", "confidence of the intervals", number(0, 1), 0.95)
    .option("--json", "print one object of JSON")
    .action(async (files: string[], options) => (await import("../bench-import.ts")).benchImport(files, options));
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
  make(command);
};

/** `laurel bench make`. */
function make(bench: Command): void {
  const command = withRun(
    bench
      .command("make")
      .description("a fresh benchmark: pairs from a generator, or a search for topics on which rewards and judges fail")
      .argument("[WHAT]", "a generator (--list shows them), or search")
      .option("--list", "show the generators with their parameters, and the forms of the answers")
      .option("--out <FILE>", "where the pairs go, as JSON lines (default: WHAT.jsonl, or searched.jsonl)")
      .option("--overwrite", "write over an output that is there")
      .option("--n <N>", "pairs in all (default 100), or of a search: questions a topic (default 50)", count(1))
      .option("--json", "print one object of JSON")
      .optionsGroup("Generators:")
      .option("--depth <LIST>", "arithmetic: operations in an expression, such as 1-3,8")
      .option("--operands <LIST>", "arithmetic: whole, fractions, powers, mixed")
      .option("--elements <LIST>", "steer-me: elements, by any part of their names")
      .option("--only <NAME=LIST>", "values of any other parameter of a generator", several)
      .option("--forms <LIST>", "how right and wrong answers are presented (default: all forms)")
      .option("--questions-only", "no answers: questions with references, to sample on")
      .optionsGroup("Search:")
      .option("--takers <SPEC...>", "who is tested: rewards and judges as elsewhere, language models as model:SPEC", [])
      .option("--grade <SPEC>", "the reward that grades language models' answers (default: verify.math)")
      .option("--proposer <WHO>", "adaptive, random, or a language model's spec", "adaptive")
      .option("--writer <WHO>", "generators, or a language model's spec", "generators")
      .option("--theme <TEXT>", "what a proposing language model is told that the benchmark is about")
      .option("--topics <FILE>", "topics to choose from, a row each: name, parents, salience, requirement")
      .option("--generators <LIST>", "generators whose topics are searched (default: all)")
      .option("--list-topics", "print the topics as JSON lines, and end")
      .option("--previous <FILE...>", "labelled rows that exist, for novelty (with three takers or more)")
      .option("--rounds <N>", "rounds", count(1), 8)
      .option("--propose <N>", "topics that are proposed in a round", count(1), 10)
      .option("--keep <N>", "topics of those that are asked about, the most salient ones", count(1), 5)
      .option("--choose <N>", "topics that make up the benchmark", count(1), 10)
      .option("--target <LOW-HIGH>", "accuracy that is aimed at", "0.1-0.3")
      .option("--explore <SHARE>", "share of an adaptive proposer's topics that is drawn at random", number(0, 1), 0.3)
      .option("--min-salience <X>", "leave out topics of less salience, or of none", number())
      .option("--audit <N>", "questions whose gold is checked a second way", count(1), 1000)
      .option("--with-selection", "also write the half of the questions by which topics were chosen")
      .option("--level <LEVEL>", "confidence of the intervals", number(0, 1), 0.95)
      .option("--html <FILE>", "also write a self-contained page")
      .optionsGroup("Runs:"),
  );
  command.action(async (what: string | undefined, options) => {
    const { benchMake, benchMakeList } = await import("../bench-make.ts");
    if (options.list === true || what === undefined) return benchMakeList(options);
    if (what === "search") return (await import("../bench-search.ts")).benchSearch(options);
    return benchMake(what, options);
  });
}
