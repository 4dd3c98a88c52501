import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../../test/data.ts";
import { directContext, isScored, task } from "../../../core/index.ts";
import { math } from "./math.ts";

const path = dataPath("gsm8k-solutions/solutions.jsonl");
const models = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"] as const;

describe("verify.math on GSM8K", () => {
  it.skipIf(path === undefined)(
    "gives each stored right/wrong label of four models (needs the gsm8k-solutions data)",
    async () => {
      const rows = readFileSync(path!, "utf8").trimEnd().split("\n");
      const reward = math();
      const context = directContext();
      const wrong: string[] = [];
      let judged = 0;
      for (const line of rows) {
        const row = JSON.parse(line) as {
          idx: number;
          question: string;
          ground_truth: string;
        } & Record<(typeof models)[number], { is_correct: boolean; solution: string }>;
        const made = task(
          row.question,
          models.map((model) => row[model].solution),
          row.ground_truth,
          { id: String(row.idx) },
        );
        const [scores] = await reward.score([made], context);
        models.forEach((model, i) => {
          const score = scores![i]!;
          judged++;
          const value = isScored(score) ? score.value : Number.NaN;
          if (value !== (row[model].is_correct ? 1 : 0))
            wrong.push(`${row.idx} ${model}: ${JSON.stringify(score)} of …${row[model].solution.slice(-80)}`);
        });
      }
      expect(wrong).toEqual([]);
      expect(judged).toBe(3520);
    },
  );
});
