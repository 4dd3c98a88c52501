// Runs a paper's checks of record and writes what comes out: node --conditions=source packages/lab/scripts/run-of-record.ts SLUG [WORKERS]
// A committed result is never written over: delete it first and say why in the commit.
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { paperModule, resultPath, runPaper, storedResult, verdictText, writeResult } from "../src/index.ts";

const [slug = "", workers = "1"] = process.argv.slice(2);
const path = resultPath(slug);
if (existsSync(path)) throw new Error(`${slug} has a result of record already`);
const journal = fileURLToPath(new URL(`../../../node_modules/.cache/laurel-lab/${slug}.jsonl`, import.meta.url));
let shown = 0;
const run = await runPaper(paperModule(slug), {
  workers: Number(workers),
  journal,
  onProgress({ done, total, claim, setting, index }) {
    if (done < total && Date.now() - shown < 10_000) return;
    shown = Date.now();
    console.log(`${done} of ${total}: ${claim}, ${setting}, seed ${index}`);
  },
});
writeResult(path, storedResult(run));
rmSync(journal);
for (const outcome of run.outcomes) console.log(`${outcome.id}: ${verdictText(outcome)} (${outcome.because})`);
