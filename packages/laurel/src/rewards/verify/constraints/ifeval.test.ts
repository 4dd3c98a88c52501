import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../core/types.ts";
import { followed } from "./constraints.ts";
import { IFEVAL_CHECKS } from "./ifeval.ts";

// IFEval's checkers as lm-eval 0.4.13 ships them; scripts/expected/constraints.py
const expected = JSON.parse(
  readFileSync(new URL("../../../../../../test/expected/constraints/checks.json", import.meta.url), "utf8"),
) as { rows: { response: string; verdicts: [JsonObject, boolean, boolean][] }[] };

const every: JsonObject[] = [
  { id: "keywords:existence", keywords: ["zebra", "quagga"] },
  { id: "keywords:frequency", keyword: "zebra", frequency: 2, relation: "at least" },
  { id: "keywords:forbidden_words", forbidden_words: ["zebra"] },
  { id: "keywords:letter_frequency", letter: "z", let_frequency: 3, let_relation: "less than" },
  { id: "language:response_language", language: "en" },
  { id: "length_constraints:number_sentences", num_sentences: 3, relation: "less than" },
  { id: "length_constraints:number_paragraphs", num_paragraphs: 2 },
  { id: "length_constraints:number_words", num_words: 30, relation: "at least" },
  { id: "length_constraints:nth_paragraph_first_word", num_paragraphs: 2, nth_paragraph: 2, first_word: "zebra" },
  { id: "detectable_content:number_placeholders", num_placeholders: 2 },
  { id: "detectable_content:postscript", postscript_marker: "P.P.S" },
  { id: "detectable_format:number_bullet_lists", num_bullets: 3 },
  { id: "detectable_format:constrained_response" },
  { id: "detectable_format:number_highlighted_sections", num_highlights: 2 },
  { id: "detectable_format:multiple_sections", section_spliter: "Section", num_sections: 2 },
  { id: "detectable_format:json_format" },
  { id: "detectable_format:title" },
  { id: "combination:two_responses" },
  { id: "combination:repeat_prompt", prompt_to_repeat: "Zebras." },
  { id: "startend:end_checker", end_phrase: "The end." },
  { id: "startend:quotation" },
  { id: "change_case:capital_word_frequency", capital_frequency: 3, capital_relation: "at least" },
  { id: "change_case:english_capital" },
  { id: "change_case:english_lowercase" },
  { id: "punctuation:no_comma" },
];

describe("the 25 checks of IFEval", () => {
  it("are these 25", () => {
    expect(every.map(({ id }) => id).sort()).toEqual(Object.keys(IFEVAL_CHECKS).sort());
  });
  it("agree with the reference's verdicts on made-up responses, strict and loose", async () => {
    let verdicts = 0;
    for (const { response, verdicts: rows } of expected.rows) {
      const list = rows.map(([constraint]) => constraint);
      const mine = [await followed(list, response, "strict"), await followed(list, response, "loose")];
      for (const [i, [constraint, strict, loose]] of rows.entries()) {
        expect([mine[0]![i], mine[1]![i]], JSON.stringify([response, constraint])).toEqual([strict, loose]);
        verdicts++;
      }
    }
    expect(verdicts).toBeGreaterThan(4000);
  });
  it("count a letter that is not a–z as it stands, where the reference draws another", async () => {
    const hashes = { id: "keywords:letter_frequency", letter: "#", let_frequency: 2, let_relation: "at least" };
    expect(await followed([hashes], "# one\n# two")).toEqual([true]);
    expect(await followed([hashes], "# one")).toEqual([false]);
  });
  it("take a keyword with special characters as the reference's pattern, and a broken one literally", async () => {
    const find = (keyword: string) => ({ id: "keywords:existence", keywords: [keyword] });
    expect(await followed([find("U.S."), find("c++"), find("(x"), find("a|zz")], "uxsx and C++ (X) zz")).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
  it("accept any text without letters as the wanted language, as the reference does", async () => {
    const list = [{ id: "language:response_language", language: "hi" }, { id: "change_case:english_capital" }];
    expect(await followed(list, "123")).toEqual([true, false]);
  });
  it.each([
    ["line ends", "\n".repeat(100_000)],
    ["opening brackets", "[".repeat(100_000)],
    ["opening angles", "<".repeat(100_000)],
    ["asterisks", "*".repeat(100_000)],
    ["asterisks and letters", "*a".repeat(50_000)],
    ["blank lines with asterisks", "\n \n**".repeat(25_000)],
    ["p. and spaces", "p. ".repeat(33_000)],
    ["quotes", '"'.repeat(100_000)],
    ["unclosed strings with NaN", '"\\NaN'.repeat(20_000)],
    ["nested arrays", "[".repeat(50_000) + "]".repeat(50_000)],
    ["Sections", "Section 1".repeat(11_000)],
    ["letters", "z".repeat(100_000)],
  ])("take under half a second of processor time each on 100,000 characters of %s", async (_, response) => {
    await followed(every, "warm up");
    for (const constraint of every) {
      const before = process.cpuUsage();
      await followed([constraint], response);
      expect(process.cpuUsage(before).user / 1000, String(constraint["id"])).toBeLessThan(500);
    }
  });
});
