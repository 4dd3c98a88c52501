// Start-up of `laurel --help` over bare `node -e 0`, in one run: node perf/start-up.ts (aim: under 100 ms more)
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../packages/laurel/bin/laurel.js", import.meta.url));
const built = fileURLToPath(new URL("../packages/laurel/dist/cli/main.js", import.meta.url));
const time = (args: string[]): number => {
  const began = performance.now();
  spawnSync(process.execPath, args);
  return performance.now() - began;
};
const forms: Record<string, string[]> = { "from sources": [bin, "--help"] };
if (existsSync(built))
  forms["as packed"] = [
    "-e",
    `process.argv.push("--help"); await import(${JSON.stringify(built)})`,
    "--input-type=module",
  ];
const differences = Object.fromEntries(Object.keys(forms).map((name) => [name, [] as number[]]));
for (let i = 0; i < 21; i++) {
  const bare = time(["-e", "0"]);
  for (const [name, args] of Object.entries(forms)) differences[name]!.push(time(args) - bare);
}
for (const [name, values] of Object.entries(differences))
  console.log(
    `laurel --help ${name}: ${values.sort((a, b) => a - b)[10]!.toFixed(0)} ms more than node -e 0 (median of 21)`,
  );
