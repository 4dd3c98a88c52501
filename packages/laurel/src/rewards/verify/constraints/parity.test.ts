import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../../test/data.ts";
import { followed } from "./constraints.ts";
import { type IfevalRow, ifevalConstraints, ifevalCounts } from "./rows.ts";

const folder = dataPath("ifeval");

type Responses = { key: number; response: string; strict: boolean[] | null; loose: boolean[] | null };
type Mode = "strict" | "loose";
type Disagreement = { model: string; key: number; id: string; mode: Mode; recorded: boolean };
type Counts = Record<"prompt" | "instruction", [number, number]>;

function read<T>(name: string): T[] {
  const lines = readFileSync(`${folder}/${name}`, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as T);
}

// The language verdicts that change with langdetect's seed (60 seeds); scripts/expected/constraints.py
const unsettled = new Set(
  (
    JSON.parse(
      readFileSync(new URL("../../../../../../test/expected/constraints/unsettled.json", import.meta.url), "utf8"),
    ) as { rows: [string, number, string, Mode, number][] }
  ).rows.map(([file, key, id, mode]) => [file, key, id, mode].join(" ")),
);

/** Our verdicts on all responses of a model, in the prompts' order, and where they differ from the recorded ones. */
async function judge(file: string) {
  const responses = new Map(read<Responses>(file).map((row) => [row.key, row]));
  const mine = { strict: [] as boolean[][], loose: [] as boolean[][] };
  const differ: Disagreement[] = [];
  let verdicts = 0;
  for (const prompt of read<IfevalRow>("prompts.jsonl")) {
    const row = responses.get(Number(prompt.key))!;
    for (const mode of ["strict", "loose"] as const) {
      const results = await followed(ifevalConstraints(prompt), row.response, mode);
      mine[mode].push(results);
      const recorded = row[mode];
      if (recorded === null) continue; // GPT-4's prompt 2785
      for (const [i, ok] of results.entries()) {
        verdicts++;
        const id = prompt.instruction_id_list[i]!;
        if (ok !== recorded[i]) differ.push({ model: file, key: row.key, id, mode, recorded: recorded[i]! });
      }
    }
  }
  return { mine, differ, verdicts };
}

describe.skipIf(folder === undefined)("IFEval's recorded verdicts (shared data; skipped where absent)", () => {
  it("are ours on every row of 8 models, strict and loose, but where the reference itself draws at random", async () => {
    const files = readdirSync(folder!).filter((name) => name.startsWith("model."));
    expect(files).toHaveLength(8);
    const published = JSON.parse(readFileSync(`${folder}/published.json`, "utf8")) as ({ model: string } & Record<
      Mode,
      Counts
    >)[];
    const reasons = { "random letter": 0, "unsettled language": 0 };
    let verdicts = 0;
    for (const file of files) {
      const result = await judge(file);
      verdicts += result.verdicts;
      for (const one of result.differ) {
        // prompts 1122 and 1129 ask for '#' and '!': the reference counts a letter that it draws
        if (one.id === "keywords:letter_frequency" && (one.key === 1122 || one.key === 1129))
          reasons["random letter"]++;
        else {
          expect(unsettled, JSON.stringify(one)).toContain([one.model, one.key, one.id, one.mode].join(" "));
          reasons["unsettled language"]++;
        }
      }
      // the published counts, moved by exactly the verdicts listed above
      const model = published.find((one) => `model.${one.model}.jsonl` === file);
      for (const mode of ["strict", "loose"] as const) {
        const counts = ifevalCounts(result.mine[mode]);
        const moved = result.differ.filter((one) => one.mode === mode);
        const net = moved.reduce((sum, one) => sum + (one.recorded ? -1 : 1), 0);
        if (model === undefined) continue;
        expect(counts.instructions).toBe(model[mode].instruction[1]);
        expect(counts.prompts).toBe(model[mode].prompt[1]);
        expect(counts.instructionsFollowed - model[mode].instruction[0]).toBe(net);
        expect(Math.abs(counts.promptsFollowed - model[mode].prompt[0])).toBeLessThanOrEqual(moved.length);
      }
    }
    expect(verdicts).toBe(13_340);
    expect(reasons).toEqual({ "random letter": 13, "unsettled language": 13 });
  });

  it("give GPT-4's published 76.89 % of prompts and 83.57 % of instructions, strict", async () => {
    const { mine, differ } = await judge("model.gpt-4-20231107.jsonl");
    const strict = ifevalCounts(mine.strict);
    // two verdicts differ: prompts 1122 and 1129 each earn an instruction that the reference's random letter missed
    expect(differ.map(({ key, mode }) => [key, mode])).toEqual([
      [1122, "strict"],
      [1129, "strict"],
    ]);
    expect(((100 * (strict.instructionsFollowed - 2)) / strict.instructions).toFixed(2)).toBe("83.57");
    expect(((100 * (strict.promptsFollowed - 2)) / strict.prompts).toFixed(2)).toBe("76.89");
  });

  it("sum up to the published counts of all 11 models", () => {
    const published = JSON.parse(readFileSync(`${folder}/published.json`, "utf8")) as ({
      model: string;
      readme_english_percent: number;
    } & Record<Mode, Counts>)[];
    const outcomes = read<{ model: string } & Record<Mode, number[][]>>("outcomes.jsonl");
    expect(outcomes).toHaveLength(11);
    for (const outcome of outcomes) {
      const model = published.find((one) => one.model === outcome.model)!;
      for (const mode of ["strict", "loose"] as const) {
        const counts = ifevalCounts(outcome[mode].map((row) => row.map((bit) => bit === 1)));
        expect([counts.promptsFollowed, counts.prompts]).toEqual(model[mode].prompt);
        expect([counts.instructionsFollowed, counts.instructions]).toEqual(model[mode].instruction);
        if (mode === "strict")
          expect((100 * counts.instructionsFollowed) / counts.instructions).toBeCloseTo(
            model.readme_english_percent,
            0,
          );
      }
    }
  });
});
