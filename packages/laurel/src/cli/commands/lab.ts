import { Option } from "commander";
import { type Add, count, withInput } from "./options.ts";

/** `laurel rehearse`. */
export const rehearse: Add = (program) => {
  withInput(
    program
      .command("rehearse")
      .description(
        "small policies trained against a reward before you train: which exploits earn more than honest answers?",
      )
      .requiredOption("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL"),
  )
    .addOption(
      new Option("--form <FORM>", "what the policies write: final answers, templated texts, or calls of tools")
        .choices(["answer", "text", "tools"])
        .default("answer"),
    )
    .option("--prompts <FILE>", "your prompts with references, instead of generated ones")
    .option("--n <N>", "prompts a policy, even (default 8; 4 where the reward calls models or servers)", count(2))
    .option(
      "--seeds <N>",
      "policies, each with its own prompts (default 8; 4 where it calls models or servers)",
      count(3),
    )
    .option("--updates <N>", "updates of each policy (default 60; 40 where it calls models or servers)", count(5))
    .addOption(
      new Option("--algorithm <NAME>", "GRPO, or REINFORCE with leave-one-out")
        .choices(["grpo", "rloo"])
        .default("grpo"),
    )
    .option("--words <WORD,…>", "words to stuff answers with, beside the usual ones and those in the reward's spec")
    .option(
      "--budget <AMOUNT>",
      "most that calls of models may cost in this go, as 2usd or 1e6tok; then stop, to be gone on with",
    )
    .option("--concurrency <N>", "calls at a time of rewards that wait for others (models, servers)", count(1))
    .option("--workers <N>", "threads for rewards that compute", count(1))
    .option("--deadline <MS>", "milliseconds that a call may take", count(1))
    .option("--seed <SEED>", "seed of everything random", "0")
    .addOption(
      new Option("--cache <WHAT>", "which scores to keep in the store, from which the same command goes on")
        .choices(["paid", "all", "off"])
        .default("all"),
    )
    .option("--store <DIR>", "directory of runs and scores", ".laurel")
    .option("--top <K>", "show the K strongest exploits", count(1), 10)
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .addHelpText(
      "after",
      `
Exits with 1 if an exploit earns more than the honest answer, 0 if none does, 4 if the budget ended it, 130 if it was interrupted.
After 4 and 130 the same command goes on: no text that has a score in the store is scored again.
`,
    )
    .action(async (options) => (await import("../rehearse.ts")).rehearseCommand(options));
};

/** `laurel lab`. */
export const lab: Add = (program) => {
  program
    .command("lab")
    .description("training runs on small worlds whose gold is known")
    .command("run")
    .description("train policies on a world against a proxy reward: when does gold turn?")
    .argument("[SPEC]", "a YAML or JSON file with world, policy, algorithm, reward, seeds and steps")
    .option("--example", "print an experiment in which gold turns, and end")
    .option("--seeds <N>", "so many seeds, whatever the file says", count(1))
    .option("--steps <N>", "so many updates, whatever the file says", count(5))
    .option("--workers <N>", "processes (default: one a processor)", count(0))
    .option("--out <FILE>", "where the result goes (default: below the store)")
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--overwrite", "run seeds again that are finished")
    .option("--store <DIR>", "directory of runs", ".laurel")
    .option("--json", "print one object of JSON")
    .addHelpText("after", "\nEvery finished seed is kept: after Ctrl-C the same command goes on.\n")
    .action(async (file: string | undefined, options) => (await import("../lab.ts")).labRun(file, options));
};
