import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { LaurelError, messageOf } from "../core/errors.ts";
import { commands } from "./commands.ts";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("laurel")
  .description("The reward layer for AI models: score, train, measure, optimise and serve rewards")
  .version(manifest.version)
  .showHelpAfterError("(laurel COMMAND --help shows its options)")
  .exitOverride()
  .addHelpText(
    "after",
    `
Exit codes: 0 ok, 1 worse or a failed gate, 2 usage or bad input, 3 not enough data,
4 stopped early (budget, disk), 130 interrupted.

Begin with:  laurel demo
`,
  );
for (const add of commands) add(program);

// a reader that goes away, such as `head`, is no error
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  else if (thrown instanceof LaurelError) {
    process.stderr.write(`laurel: ${thrown.message}\n`);
    if (thrown.hint !== undefined) process.stderr.write(`  ${thrown.hint}\n`);
    process.exitCode = thrown.exitCode;
  } else {
    process.stderr.write(
      `laurel: this is a bug: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown)}\n`,
    );
    process.exitCode = 2;
  }
}
