import { Option } from "commander";
import { type Add, count, number, several } from "./options.ts";

/** `laurel serve`. */
export const serve: Add = (program) => {
  program
    .command("serve")
    .description("serve rewards over HTTP, in Laurel's own protocol and in those of trainers and model servers")
    .option("--reward <[NAME=]SPEC>", "a reward to serve, as for laurel score; may be given several times", several, [])
    .option(
      "--shadow <NAME=SPEC>",
      "score what the served reward NAME has scored with SPEC too, afterwards and apart, and show where they disagree; may be given several times",
      several,
    )
    .option("--port <PORT>", "port; 0 takes any free one", count(0), 8000)
    .option("--host <HOST>", "address to listen on; another than loopback needs --keys", "127.0.0.1")
    .option("--protocol <NAME>", "speak only this one besides Laurel's own; may be given several times", several)
    .option("--group <G>", "samples a group, for trainers that send samples one by one", count(1))
    .addOption(new Option("--group-key <KEY>", "what a group's samples share").choices(["prompt", "uid"]))
    .option("--group-wait <MS>", "milliseconds that a group waits for its last sample", count(1))
    .option("--unscored <NUMBER>", "the number for samples without a score where the wire has only numbers", number())
    .option("--keys <FILE>", "who may call: JSON list of keys as hashes")
    .option("--new-key <NAME>", "add a key to --keys, print its token and end")
    .option("--data <DIR>", "folder for jobs, which survive a restart; without it there are none")
    .option("--workers <N>", "threads for rewards that compute", count(1))
    .option(
      "--nice <N>",
      "how far their priority lies below the server's own thread, 0 to 19 (Linux; default 10)",
      count(0),
    )
    .option("--concurrency <N>", "calls at a time of rewards that wait for others", count(1))
    .option("--max-queue <N>", "candidates queued or in work before 429 is answered", count(1))
    .option("--deadline <MS>", "milliseconds that a request may take where its client names none", count(1))
    .option(
      "--budget <AMOUNT>",
      "the most that calls of models may cost, such as 2usd or 1e6tok; then scores that need one have the reason budget",
    )
    .option("--specs", "let clients make rewards from specs that neither run code, read files nor call out")
    .option("--no-page", "serve no page at /")
    .option("--folder <DIR>", "the folder whose files the page shows and where it keeps labels; this one by default")
    .option("--open [VIEW]", "open the page in the browser, at a view such as #/papers where one is named")
    .option("--seed <SEED>", "seed of everything random", "0")
    .option("--quiet", "no log of requests on standard error")
    .option("--log-texts", "write prompts and answers into the log")
    .action(async (options) => (await import("../serve.ts")).serve(options));
};

/** `laurel shim`. */
export const shim: Add = (program) => {
  program
    .command("shim")
    .description("print the Python file that makes a Laurel server a trainer's reward function")
    .argument("<TRAINER>", "trl, openrlhf or verl")
    .action(async (trainer: string) => (await import("../serve.ts")).shim(trainer));
};
