import { type Add, count } from "./options.ts";

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
  const command = program
    .command("papers")
    .description("the 91 papers and how far each one is")
    .option("--state <STATE>", "only planned, component or checked")
    .option("--json", "print an array of JSON")
    .action(async (options) => (await import("../papers.ts")).papers(options));
  command
    .command("show")
    .description("a paper's claims: evidence, verdict, and every bar with its interval")
    .argument("<SLUG>", "such as par")
    .option("--html <FILE>", "write a page with each claim's bars and its boundary, seed by seed")
    .option("--json", "print one object of JSON")
    .action(async (slug: string, _options, sub) =>
      (await import("../papers.ts")).showPaper(slug, sub.optsWithGlobals() as { json?: boolean; html?: string }),
    );
  command
    .command("run")
    .description("a paper's checks once more: a look at 8 seeds, or all of them against the committed verdicts")
    .argument("<SLUG>", "such as par")
    .option("--full", "all seeds; exits with 1 where a verdict is not as committed")
    .option("--workers <N>", "processes", count(1))
    .option("--json", "print one object of JSON")
    .action(async (slug: string, _options, sub) =>
      (await import("../papers.ts")).runPaper(
        slug,
        sub.optsWithGlobals() as { full?: boolean; workers?: number; json?: boolean },
      ),
    );
};
