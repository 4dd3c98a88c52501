import { describe, expect, it } from "vitest";
import type { Example } from "../../core/index.ts";
import { helpsteer2, helpsteer2Preference } from "../../io/index.ts";
import { adjacentPairs } from "./adjacent-pairs.ts";
import { matchRatings } from "./match-ratings.ts";

const place = (line: number) => ({ line });
const rated = (line: number, prompt: string, response: string, helpfulness: number): Example =>
  helpsteer2.read(
    { prompt, response, helpfulness, correctness: 1, coherence: 4, complexity: 0, verbosity: 2 },
    place(line),
  );
const compared = (line: number, prompt: string, a: string, b: string, strength: unknown, split = "train"): Example =>
  helpsteer2Preference.read(
    { prompt, response_1: a, response_2: b, preference_strength: strength, split },
    place(line),
  );
async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const row of rows) out.push(row);
  return out;
}

describe("HelpSteer2's two label sets", () => {
  it("join by prompt and answer, whatever the order, and count what did not match", async () => {
    const ratings = [rated(1, "p", "b", 3), rated(2, "q", "a", 1), rated(3, "p", "a", 0), rated(4, "p", "a", 4)];
    const preferences = [
      compared(1, "p", "a", "b", 2),
      compared(2, "q", "a", "c", -1),
      compared(3, "p", "b", "a", 0),
      compared(4, "p", "b", "a", -3),
    ];
    const rows = matchRatings(preferences, ratings);
    const found = await all(rows);
    expect(rows.ledger).toEqual({ in: 4, out: 2, dropped: { unrated: 1, tie: 1 } });
    expect(found[0]!.labels.parts!.map((parts) => parts["helpfulness"])).toEqual([0, 3]);
    expect(found[0]!.labels.preferred).toEqual([{ first: 0, second: 1, p: 0, strength: 2 }]);
    expect(found[1]!.labels.parts!.map((parts) => parts["helpfulness"])).toEqual([3, 0]);
    expect(found[1]!.labels.preferred).toEqual([{ first: 0, second: 1, p: 1, strength: 3 }]);
    expect(found[0]!.subsets).toEqual({ split: "train" });
  });

  it("refuse ratings outside 0 to 4 and strengths that are none, by row and column", () => {
    expect(() => rated(7, "p", "a", 5)).toThrow("line 7, helpfulness: a rating from 0 to 4, not 5");
    expect(() => rated(7, "p", "a", -1)).toThrow(/helpfulness/);
    expect(() => compared(8, "p", "a", "b", 4)).toThrow(
      "line 8, preference_strength: a whole number from -3 to 3, not 4",
    );
    expect(() => compared(8, "p", "a", "b", 1.5)).toThrow(/preference_strength/);
    expect(() => compared(8, "p", "a", "b", "")).toThrow(/preference_strength/);
  });

  it("pair adjacent rows of one prompt, and refuse to pair others", async () => {
    const rows = [rated(1, "p", "a", 0), rated(2, "p", "b", 3), rated(3, "q", "a", 1), rated(4, "q", "c", 2)];
    const pairs = await all(adjacentPairs(rows));
    expect(pairs.map(({ labels }) => labels.parts!.map((parts) => parts["helpfulness"]))).toEqual([
      [0, 3],
      [1, 2],
    ]);
    expect(pairs[1]!.task.candidates).toHaveLength(2);
    await expect(all(adjacentPairs(rows.slice(0, 3)))).rejects.toThrow(/row 3: it has no partner/);
    await expect(all(adjacentPairs(rows.slice(1)))).rejects.toThrow(/row 2: its prompt is not that of the row before/);
    await expect(all(adjacentPairs(pairs))).rejects.toThrow(/row 1: one candidate, not 2/);
  });
});
