// Runs committed results again: the sentinels of all papers, and one paper, another each day, in full.
// node --conditions=source scripts/papers-verify.ts [SLUG|none]: which paper runs in full
import {
  checkedSlugs,
  figuresOf,
  judgePaper,
  loadPaper,
  paperModule,
  readResult,
  verifyResult,
} from "../packages/lab/src/index.ts";

const recorded = checkedSlugs.filter((slug) => readResult(slug) !== undefined);
const today = Math.floor(Date.now() / 86_400_000);
const full = process.argv[2] ?? recorded[today % recorded.length];
let bad = 0;
for (const slug of recorded) {
  const stored = readResult(slug)!;
  const paper = await loadPaper(paperModule(slug));
  const { replayed, stale } = await verifyResult(paper, stored, { full: slug === full });
  const judged = judgePaper(paper, figuresOf(stored));
  const moved = judged.filter((one, i) => one.verdict !== stored.outcomes[i]?.verdict).map((one) => one.id);
  bad += stale.length + moved.length;
  console.log(`${slug}: ${replayed} seeds${slug === full ? " (in full)" : ""}, ${stale.length} figures changed`);
  for (const { claim, setting, seed, arm, metric, stored: was, now } of stale)
    console.log(`  stale: ${claim}, ${setting}, seed ${seed}, ${arm}.${metric} was ${was}, is ${now}`);
  for (const id of moved) console.log(`  ${id}: the stored verdict does not follow from the stored figures`);
}
process.exitCode = bad > 0 ? 1 : 0;
