#!/usr/bin/env node
// Plain JavaScript that every Node parses, so that an old one can say what is missing.
import { existsSync } from "node:fs";
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18) || !module.isBuiltin("node:sqlite")) {
  console.error(`laurel needs Node 22.18 or newer, with node:sqlite; this is Node ${process.versions.node}`);
  process.exit(2);
}
// a second start compiles nothing again, in worker threads too
module.enableCompileCache?.();
process.env.NODE_COMPILE_CACHE ??= module.getCompileCacheDir?.() ?? "";
const source = new URL("../src/cli/main.ts", import.meta.url);
if (existsSync(source)) {
  // in the repository: run the TypeScript sources, those of the other workspaces too
  module.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...(context.conditions ?? []), "source"] }),
  });
  await import(source.href);
} else await import("../dist/cli/main.js");
