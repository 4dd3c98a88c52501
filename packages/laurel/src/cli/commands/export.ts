import { type Add, anyTable, count, number, withInput } from "./options.ts";

/** `laurel export`. */
export const exports: Add = (program) => {
  withInput(
    program
      .command("export")
      .description("preference rows with a launch configuration, for full fine-tuning by TRL or OpenRLHF")
      .argument("<TRAINER>", "trl or openrlhf")
      .argument("<FILE>", `labelled rows: ${anyTable}`),
  )
    .requiredOption("--out <DIR>", "folder for data, configuration, launch script and README")
    .option("--model <NAME>", "the model to be tuned: a name on the hub or a folder", "Qwen/Qwen3-8B")
    .option("--max-length <TOKENS>", "longest dialogue", count(16), 2048)
    .option("--held-out <SHARE>", "share of prompts for testing", number(0, 1), 0.1)
    .option("--margin", "write the strengths of labels as margins")
    .option("--from <FORMAT>", "the row format by name (default: recognised by its columns)")
    .option("--overwrite", "write over an export that is there")
    .option("--json", "print one object of JSON")
    .action(async (trainer: string, file: string, options) =>
      (await import("../export.ts")).exportCommand(trainer, file, options),
    );
};
