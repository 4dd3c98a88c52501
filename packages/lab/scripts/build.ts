// Builds dist/ for packing: JavaScript and declarations of src without its tests, and the papers' results beside them.
// What is packed is compiled against the light package's declarations, not its sources; they are made in the cache, so that
// packing one package never touches the other's dist.
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");
const types = join(root, "../../node_modules/.cache/laurel-types");
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const compile = (project: string, ...args: string[]): void => {
  const ended = spawnSync(process.execPath, [tsc, "-p", project, ...args], { stdio: "inherit" });
  if (ended.status !== 0) process.exit(ended.status ?? 1);
};
for (const folder of [types, join(root, "dist")]) rmSync(folder, { recursive: true, force: true });
compile(join(root, "../laurel/tsconfig.build.json"), "--emitDeclarationOnly", "--outDir", types);
compile(join(root, "tsconfig.build.json"));
for (const file of globSync("**/*.json", { cwd: join(root, "src") })) {
  mkdirSync(dirname(join(root, "dist", file)), { recursive: true });
  cpSync(join(root, "src", file), join(root, "dist", file));
}

// TypeScript 6 leaves the ending of an import() inside a block with `using` as it is
for (const file of globSync("**/*.js", { cwd: join(root, "dist") })) {
  const left = /import\(["'][^"']*\.ts["']\)/.exec(readFileSync(join(root, "dist", file), "utf8"));
  if (left !== null)
    throw new Error(`dist/${file} still holds ${left[0]}: import it statically, or from a function without using`);
}
