// Writes the catalogue of papers that ships in the light package: node scripts/catalogue.ts
import { writeFileSync } from "node:fs";
import { catalogue } from "../packages/lab/src/papers/catalogue.ts";
import { paperRows } from "../packages/lab/src/papers/rows.ts";

const path = new URL("../packages/laurel/src/papers/catalogue.json", import.meta.url);
const rows = catalogue(paperRows, {});
writeFileSync(path, `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n")}\n]\n`);
console.log(`${rows.length} papers written`);
