// Builds dist/ for packing: JavaScript and declarations of src without its tests, and the shims' Python files beside them.
import { spawnSync } from "node:child_process";
import { cpSync, globSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
rmSync(join(root, "dist"), { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const built = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
if (built.status !== 0) process.exit(built.status ?? 1);
for (const file of globSync("**/*.py", { cwd: join(root, "src") }))
  cpSync(join(root, "src", file), join(root, "dist", file));

// TypeScript 6 leaves the ending of an import() inside a block with `using` as it is
for (const file of globSync("**/*.js", { cwd: join(root, "dist") })) {
  const left = /import\(["'][^"']*\.ts["']\)/.exec(readFileSync(join(root, "dist", file), "utf8"));
  if (left !== null)
    throw new Error(`dist/${file} still holds ${left[0]}: import it statically, or from a function without using`);
}
