// Writes the catalogue of papers that ships in the light package: node --conditions=source scripts/catalogue.ts

import { writeFileSync } from "node:fs";
import {
  catalogue,
  catalogueClaims,
  checkedSlugs,
  loadPaper,
  paperModule,
  paperRows,
  readResult,
} from "../packages/lab/src/index.ts";
import type { CatalogueClaim } from "../packages/laurel/src/papers/index.ts";

const claims: Record<string, CatalogueClaim[]> = {};
const components: Record<string, readonly string[]> = {};
for (const slug of checkedSlugs) {
  const paper = await loadPaper(paperModule(slug));
  components[slug] = paper.component;
  const result = readResult(slug);
  if (result !== undefined) claims[slug] = catalogueClaims(paper, result);
}
const path = new URL("../packages/laurel/src/papers/catalogue.json", import.meta.url);
const rows = catalogue(
  paperRows.map((row) => ({ ...row, component: components[row.slug] ?? row.component ?? [] })),
  claims,
);
writeFileSync(path, `${JSON.stringify(rows, null, 2)}\n`);
const count = (state: string): number => rows.filter((row) => row.state === state).length;
console.log(`${rows.length} papers written: ${count("checked")} checked, ${count("component")} with a component`);
