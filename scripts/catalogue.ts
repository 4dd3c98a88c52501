// Writes the catalogue of papers that ships in the light package: node scripts/catalogue.ts
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { catalogue } from "../packages/lab/src/papers/catalogue.ts";
import { paperRows } from "../packages/lab/src/papers/rows.ts";

const path = fileURLToPath(new URL("../packages/laurel/src/papers/catalogue.json", import.meta.url));
const rows = catalogue(paperRows, {});
writeFileSync(path, `${JSON.stringify(rows, null, 2)}\n`);
// the lint step wants the formatter's form
const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
execFileSync(process.execPath, [biome, "format", "--write", path], { stdio: "ignore" });
console.log(`${rows.length} papers written`);
