// Writes promptfoo's own list of assertion types, as its published package and its documentation have them, to
// test/expected/promptfoo/types.json.
// Run: node scripts/expected/promptfoo.ts FOLDER   (FOLDER is the unpacked package: npm pack promptfoo; tar xzf promptfoo-*.tgz)
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2]!;
const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };

/** The texts of the enumeration that the package's code gives this name. */
function listed(name: string): string[] {
  for (const file of globSync("dist/src/**/*.js", { cwd: folder })) {
    const found = new RegExp(`\\b${name} = \\w+(?:\\$\\d+)?\\.enum\\(\\[([^\\]]*)\\]`).exec(
      readFileSync(join(folder, file), "utf8"),
    );
    if (found !== null) return [...found[1]!.matchAll(/"([^"]+)"/g)].map(([, type]) => type!).sort();
  }
  throw new Error(`${folder} has no ${name}`);
}

/** The tables "Assertion types" of site/docs/configuration/expected-outputs/index.md, read at commit 0096d98. */
const documented =
  `equals contains icontains regex starts-with contains-any contains-all icontains-any icontains-all is-json contains-json
contains-html is-html is-sql contains-sql is-xml contains-xml is-refusal javascript python ruby webhook rouge-n bleu gleu levenshtein latency
meteor perplexity perplexity-score cost is-valid-function-call is-valid-openai-function-call is-valid-openai-tools-call tool-call-f1
trace-span-count trace-span-duration trace-error-spans skill-used trajectory:tool-used trajectory:tool-args-match trajectory:tool-sequence
trajectory:step-count guardrails similar classifier moderation llm-rubric g-eval answer-relevance context-faithfulness context-recall
context-relevance conversation-relevance trajectory:goal-success factuality model-graded-closedqa pi select-best max-score`.split(
    /\s+/,
  );

const out = join(import.meta.dirname, "../../test/expected/promptfoo");
mkdirSync(out, { recursive: true });
const types = {
  version,
  base: listed("BaseAssertionTypesSchema"),
  special: listed("SpecialAssertionTypesSchema"),
  documented: documented.sort(),
};
writeFileSync(join(out, "types.json"), `${JSON.stringify(types, null, 2)}\n`);
