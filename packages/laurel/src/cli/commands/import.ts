import type { Add } from "./options.ts";

/** `laurel import`, with a command a tool. */
export const imports: Add = (program) => {
  program
    .command("import")
    .description("files of other tools as rewards and rows")
    .command("promptfoo")
    .description("assertions of a promptfoo configuration or results file, each mapped or listed with the reason")
    .argument("<FILE>", "promptfooconfig.yaml, or the JSON that promptfoo eval --output wrote")
    .option("--out <NAME>", "writes NAME.reward.yaml and NAME.rows.jsonl", "promptfoo")
    .option("--overwrite", "write over files that exist")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("../import.ts")).importPromptfooCommand(file, options));
};
