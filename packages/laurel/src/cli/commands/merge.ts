import { Option } from "commander";
import { type Add, number } from "./options.ts";

/** `laurel merge`. */
export const merge: Add = (program) => {
  program
    .command("merge")
    .description("several models into one: weight averaging, task vectors (sum, mean, TIES), LiNeS layer scaling")
    .argument("<MODEL...>", "safetensors files, or folders of laurel train")
    .option("--base <MODEL>", "the model that all were tuned from; without it the weights are averaged")
    .requiredOption("--out <PATH>", "the merged file, or folder")
    .addOption(
      new Option("--method <NAME>", "with --base: how task vectors become one").choices(["sum", "mean", "ties"]),
    )
    .option("--keep <SHARE>", "of ties: the share of each vector's entries that is kept (default 0.2)", number(0, 1))
    .option("--scale <FACTOR>", "with --base: the factor of the merged vector (default 1)", number())
    .option("--weights <W,…>", "without --base: weights of the average")
    .option("--lines", "with --base: scale each layer's change by its depth (LiNeS)")
    .option(
      "--alpha <FACTOR>",
      "of --lines: the shallowest block's factor (default, for several models: computed)",
      number(),
    )
    .option(
      "--beta <FACTOR>",
      "of --lines: what the deepest block has more (default, for one model: 1 - alpha)",
      number(),
    )
    .addOption(new Option("--shape <NAME>", "of --lines").choices(["linear", "reverse", "constant"]))
    .option("--blocks <LIST>", "of --lines: the name of the list of blocks, such as model.layers")
    .option("--overwrite", "write over what is there")
    .option("--json", "print one object of JSON")
    .action(async (models: string[], options) => (await import("../merge.ts")).mergeCommand(models, options));
};
