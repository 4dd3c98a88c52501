import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { languageDetector } from "./language.ts";

// langdetect 1.0.9, 20 seeds; scripts/expected/constraints.py
const expected = JSON.parse(
  readFileSync(new URL("../../../../../../test/expected/constraints/languages.json", import.meta.url), "utf8"),
) as { rows: { text: string; runs: Record<string, number> }[] };

describe("languageDetector", () => {
  it("says what langdetect says wherever that is the same in all its runs", async () => {
    const detect = await languageDetector();
    const settled = expected.rows.filter(({ runs }) => Object.keys(runs).length === 1);
    expect(settled.length).toBeGreaterThanOrEqual(20);
    for (const { text, runs } of settled) expect({ [detect(text) ?? "none"]: 20 }, text).toEqual(runs);
  });
  it("gives the same answer each time, where langdetect draws anew", async () => {
    const detect = await languageDetector();
    const answers = new Set(Array.from({ length: 10 }, () => detect("ocean crest properties")));
    expect(answers.size).toBe(1);
  });
  it("has no answer for a text without letters", async () => {
    const detect = await languageDetector();
    expect(detect("12 + 3 = 15")).toBeNull();
  });
  it.each(["@", "a", "a@", "http://", " ", "\u0301", "中"])(
    "takes under half a second of processor time on 200,000 characters of %j",
    async (unit) => {
      const detect = await languageDetector();
      const before = process.cpuUsage();
      detect(unit.repeat(Math.ceil(200_000 / unit.length)));
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
    },
  );
});
