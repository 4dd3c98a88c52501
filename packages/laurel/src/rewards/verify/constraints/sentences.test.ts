import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countSentences, sentenceSpans } from "./sentences.ts";
import { countCapitalWords, wordTokens } from "./tokens.ts";

// NLTK 3.9.1 with punkt_tab; scripts/expected/constraints.py
const expected = JSON.parse(
  readFileSync(new URL("../../../../../../test/expected/constraints/nltk.json", import.meta.url), "utf8"),
) as { rows: { text: string; sentences: string[]; tokens: string[] }[] };

describe("sentenceSpans", () => {
  it("splits as NLTK's Punkt does, on all recorded texts", () => {
    expect(expected.rows.length).toBeGreaterThan(400);
    for (const { text, sentences } of expected.rows)
      expect(
        sentenceSpans(text).map(([start, end]) => text.slice(start, end)),
        JSON.stringify(text),
      ).toEqual(sentences);
  });
  it("keeps abbreviations and initials together and ends at ordinary words", () => {
    expect(countSentences("Dr. J. Smith left. He ran.")).toBe(2);
    expect(countSentences("")).toBe(0);
  });
  it("gives spans in order that do not overlap", () => {
    const piece = fc.constantFrom("a", "B", ".", "!", " ", "\n", ")", '"', "Mr.", "...", "5", "'");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        let before = 0;
        for (const [start, end] of sentenceSpans(text)) {
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          before = end;
        }
      }),
    );
  });
  it.each([
    ["full stops", ".".repeat(100_000)],
    ["marks and spaces", ". ".repeat(50_000)],
    ["abbreviations without white space", "e.g.)".repeat(20_000)],
    ["white space", `a.${" ".repeat(100_000)}b`],
    ["hyphens", "a-".repeat(50_000)],
  ])("takes under half a second of processor time on 100,000 characters of %s", (_, text) => {
    countSentences("warm. Up.");
    const before = process.cpuUsage();
    countSentences(text);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
  });
});

describe("wordTokens", () => {
  it("splits as NLTK's word_tokenize does, on all recorded texts", () => {
    for (const { text, tokens } of expected.rows) expect(wordTokens(text), JSON.stringify(text)).toEqual(tokens);
  });
  it("counts capital words by token, so that a contraction in capitals is two", () => {
    expect(countCapitalWords("DON'T go to the USA")).toBe(3);
  });
  it.each([
    ["spaces after a full stop", `a.${" ".repeat(100_000)}b`],
    ["quotes", "''".repeat(50_000)],
    ["apostrophes", "' ".repeat(50_000)],
    ["commas", ",".repeat(100_000)],
    ["grave accents", "`".repeat(100_000)],
  ])("takes under half a second of processor time on 100,000 characters of %s", (_, text) => {
    const before = process.cpuUsage();
    wordTokens(text);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
  });
});
