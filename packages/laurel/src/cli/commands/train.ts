import { InvalidArgumentError, Option } from "commander";
import { type Add, anyTable, count, number } from "./options.ts";

/** `NAME=VALUE` of `--set`. */
function setting(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("expected NAME=VALUE, such as epochs=10.");
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

/** `laurel train`. */
export const train: Add = (program) => {
  program
    .command("train")
    .description("train a reward model on preferences or ratings: a folder with weights, figures and a model card")
    .argument("[FILES...]", `preferences or ratings: ${anyTable}`)
    .option("--out <FOLDER>", "where the model goes")
    .option("--objective <NAME>", "what is minimised; --list shows all (default: bradley-terry)")
    .option(
      "--head <NAME>",
      "linear, mlp, attributes, gated, mixture …; --list shows all (default: the objective's first)",
    )
    .option("--features <SPEC>", "hash:DIM, minilm, local:NAME, http://HOST/v1#MODEL, pooling:http://HOST/v1#MODEL")
    .addOption(
      new Option("--encoding <HOW>", "what is embedded of prompt and answer").choices([
        "answer",
        "joint",
        "interaction",
      ]),
    )
    .option("--seeds <N>", "heads with different seeds, which make an ensemble", count(1))
    .addOption(
      new Option("--combine <HOW>", "how several seeds make one score").choices(["mean", "min", "mean-minus-variance"]),
    )
    .option("--workers <N>", "processes for several seeds", count(1))
    .option("--validation <SHARE>", "share of the prompts on which training is stopped (default 0.1)", number(0, 0.9))
    .option("--test <SHARE>", "share of the prompts on which the model is measured (default 0.2)", number(0, 0.9))
    .option("--folds <N>", "also cross-validate on all rows (default: 5 below 500 rows of pairs, else 0)", count(0))
    .option("--set <NAME=VALUE>", "a setting of loop, objective or head, such as epochs=10; repeatable", setting)
    .option("--config <FILE>", "YAML or JSON with any of these options and `settings`; options of the line win")
    .option("--weights <W,…>", "how much of each epoch comes from each file")
    .option("--map <TARGET=COLUMN,…>", "read other columns, such as prompt=question,chosen=good")
    .option("--from <FORMAT>", "the row format by name (default: recognised by its columns)")
    .option("--limit <N>", "take the first N rows of each file", count(1))
    .addOption(new Option("--on-bad-row <WHAT>", "what to do with rows that cannot be read").choices(["stop", "skip"]))
    .addOption(
      new Option(
        "--checks <WHAT>",
        "what would spoil training and can be seen in the rows: note it (warn, the default), refuse to train where it is grave (stop), or do not look",
      ).choices(["warn", "stop", "off"]),
    )
    .option("--seed <SEED>", "seed of everything random")
    .option("--resume", "only go on from a checkpoint, never begin anew")
    .option("--overwrite", "begin anew although there is a checkpoint")
    .option("--store <DIR>", "directory of runs and kept features", ".laurel")
    .option("--report <FILE>", "also write a self-contained HTML report with the curves")
    .option("--list", "show objectives, heads and settings, and end")
    .option("--json", "print one object of JSON")
    .addHelpText(
      "after",
      `
Rows of one prompt are never parted between training, validation and test. A checkpoint stands in FOLDER/.training until the end:
after Ctrl-C (exit code 130) the same command goes on, to the same bits.
The model scores as { kind: learned, path: FOLDER } in every command, the library and the server.
`,
    )
    .action(async (files: string[], options) => (await import("../train.ts")).trainCommand(files, options));
};
