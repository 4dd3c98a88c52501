import { Option } from "commander";
import { type Add, anyTable, several, withFormat, withInput, withRun } from "./options.ts";

/** `laurel judge`. */
export const judge: Add = (program) => {
  const command = program
    .command("judge")
    .description("language models as judges: what exactly they are asked, and how sure they may be");
  command
    .command("show")
    .description("the exact prompts of a judge, with versions and fingerprints; asks no model")
    .argument("<JUDGE>", "a kind such as judge.pairwise, inline YAML, a spec file, or a rubric's YAML file")
    .option("--set <OPTION=VALUE>", "set an option of the judge; may be given several times", several)
    .option("--task <FILE>", "show the requests for the first task of this file, filled in")
    .option("--json", "print one object of JSON")
    .action(async (text: string, options) => (await import("../judge.ts")).showJudge(text, options));
  withRun(
    withFormat(
      withInput(
        command
          .command("calibrate")
          .description("fit a judge's scores or win probabilities to labels; writes the calibrated judge's spec")
          .argument("<FILE>", `rows with labels.correct, or with preferences: ${anyTable}`)
          .requiredOption("--judge <SPEC>", "a kind, inline YAML, a .yaml or .json file, or ./mine.ts#name"),
      ),
    ),
  )
    .addOption(
      new Option("--method <METHOD>", "default: platt; temperature for preferences").choices([
        "platt",
        "temperature",
        "isotonic",
      ]),
    )
    .option("--out <FILE>", "where the spec goes", "calibrated.yaml")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("../judge-calibrate.ts")).calibrateCommand(file, options));
};
