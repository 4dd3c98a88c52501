import type { Add } from "./options.ts";

/** `laurel kinds`. */
export const kinds: Add = (program) => {
  program
    .command("kinds")
    .description("the kinds of reward, or one of them with its options and an example")
    .argument("[NAME]", "a kind, such as verify.math")
    .option("--json", "print JSON (of all kinds: their JSON Schema)")
    .action(async (name: string | undefined, options) => (await import("../kinds.ts")).kinds(name, options));
};

/** `laurel papers`. */
export const papers: Add = (program) => {
  program
    .command("papers")
    .description("the 91 papers and how far each one is")
    .option("--state <STATE>", "only planned, component or checked")
    .option("--json", "print an array of JSON")
    .action(async (options) => (await import("../papers.ts")).papers(options));
};
