// Writes docs/benchmarks/*.md from the benchmarks' values: node --conditions=source scripts/bench-pages.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchmarkPage, benchmarks } from "laurel/bench";

const folder = fileURLToPath(new URL("../docs/benchmarks", import.meta.url));
mkdirSync(folder, { recursive: true });
for (const one of benchmarks) writeFileSync(join(folder, `${one.id}.md`), benchmarkPage(one));
