import { Option } from "commander";
import { type Add, anyTable, number, withFormat, withInput, withRun } from "./options.ts";

const bases = ["preferences", "best-of-k", "labels"];

/** `laurel eval`. */
export const evaluate: Add = (program) => {
  withRun(
    withFormat(
      withInput(
        program
          .command("eval")
          .description("accuracy of a reward or a score file on labelled rows, with intervals and calibration")
          .argument("<FILE>", `labelled rows: ${anyTable}`),
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
    .action(async (file: string, options) => (await import("../eval.ts")).evalCommand(file, options));
};

/** `laurel compare`. */
export const compare: Add = (program) => {
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
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .action(async (file, a, b, options) => (await import("../compare.ts")).compare([file, a, b], options));
};

/** `laurel stats`. */
export const stats: Add = (program) => {
  program
    .command("stats")
    .description("one statistic of a table: interval, test, agreement, ranking, power. Without a method: the list")
    .argument("[METHOD]", "such as mean, paired, krippendorff, bradley-terry; laurel stats METHOD shows its options")
    .argument(
      "[TABLE]",
      "CSV, TSV, JSON lines, JSON or Parquet, or - for standard input; settings as NAME=VALUE: value=score cluster=prompt",
    )
    .argument("[SETTINGS...]")
    .option("--seed <SEED>", "seed of everything random", "0")
    .option("--level <LEVEL>", "confidence of the intervals", number(), 0.95)
    .option("--report <FILE>", "also write a self-contained HTML page with figures")
    .option("--json", "print one object of JSON")
    .action(async (method, file, more, options) =>
      (await import("../stats.ts")).stats(method, file === undefined ? [] : [file, ...more], options),
    );
};

/** `laurel convert`. */
export const convert: Add = (program) => {
  program
    .command("convert")
    .description("rows of one format as rows of another; says what is lost. Without a file: the formats")
    .argument("[FILE]", `rows: ${anyTable}`)
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
    .action(async (file: string | undefined, options) => (await import("../convert.ts")).convert(file, options));
};
