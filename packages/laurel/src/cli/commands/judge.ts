import { type Add, several } from "./options.ts";

/** `laurel judge`. */
export const judge: Add = (program) => {
  const command = program.command("judge").description("language models as judges: what exactly they are asked");
  command
    .command("show")
    .description("the exact prompts of a judge, with versions and fingerprints; asks no model")
    .argument("<JUDGE>", "a kind such as judge.pairwise, inline YAML, a spec file, or a rubric's YAML file")
    .option("--set <OPTION=VALUE>", "set an option of the judge; may be given several times", several)
    .option("--task <FILE>", "show the requests for the first task of this file, filled in")
    .option("--json", "print one object of JSON")
    .action(async (text: string, options) => (await import("../judge.ts")).showJudge(text, options));
};
