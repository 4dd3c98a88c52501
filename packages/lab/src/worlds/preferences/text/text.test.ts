import fc from "fast-check";
import { seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import {
  exploitNames,
  findTexts,
  languages,
  layouts,
  markerNames,
  parseQuestion,
  parseText,
  renderQuestion,
  renderText,
  solve,
  type TextLatents,
  wordCount,
} from "./index.ts";

const seed = seedFrom("templated texts");
const latents = fc.record({
  language: fc.constantFrom(...languages),
  author: fc.integer({ min: 0, max: 3 }),
  answer: fc.option(fc.integer({ min: -9999, max: 9999 })),
  levels: fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 24 }),
  flourishes: fc.integer({ min: 0, max: 5 }),
  padding: fc.integer({ min: 0, max: 5 }),
  layout: fc.constantFrom(...layouts),
  markers: fc.subarray([...markerNames]),
  exploits: fc.subarray([...exploitNames]),
});
const sorted = (one: TextLatents | undefined) =>
  one && { ...one, markers: [...one.markers].sort(), exploits: [...one.exploits].sort() };
/** A text without a sentence after its opening shows no layout. */
const shown = (one: TextLatents): TextLatents =>
  one.answer === null &&
  one.levels.length + one.flourishes + one.padding + one.markers.length + one.exploits.length === 0
    ? { ...one, layout: "plain" }
    : one;

describe("a templated text", () => {
  it("gives its latents back, in every language, layout and paraphrase", () => {
    fc.assert(
      fc.property(latents, fc.nat(), (one, name) => {
        expect(sorted(parseText(renderText(one, split(seed, name))))).toEqual(sorted(shown(one)));
      }),
      { numRuns: 300 },
    );
  });

  it("is found in order between other text, in quotes, tags and JSON", () => {
    fc.assert(
      fc.property(fc.array(latents, { minLength: 1, maxLength: 4 }), (many) => {
        const texts = many.map((one, i) => renderText(one, split(seed, i)));
        const prompt = texts
          .map((text, i) => `Assistant ${i}'s response:\n<candidate-3f2a>\n${text}\n</candidate-3f2a>\nIts end. `)
          .join("Judge them. ");
        expect(findTexts(prompt).map((found) => sorted(found.latents))).toEqual(many.map(shown).map(sorted));
        expect(findTexts(prompt).map(({ span }) => prompt.slice(span.start, span.end))).toEqual(texts);
        const json = JSON.stringify(texts);
        expect(findTexts(json).map((found) => sorted(found.latents))).toEqual(many.map(shown).map(sorted));
      }),
      { numRuns: 100 },
    );
  });

  it("has many surfaces for the same latents", () => {
    const one: TextLatents = {
      language: "en",
      author: 0,
      answer: 42,
      levels: [1, 5, 9],
      flourishes: 1,
      padding: 1,
      layout: "plain",
      markers: ["study"],
      exploits: [],
    };
    const texts = new Set(Array.from({ length: 50 }, (_, i) => renderText(one, split(seed, i))));
    expect(texts.size).toBeGreaterThan(40);
  });

  it("is none where there is no opening", () => {
    expect(parseText("The answer is 42. Its clarity is perfect.")).toBeUndefined();
  });

  it("counts words between white space", () => {
    expect(wordCount(" one  two\n- three ")).toBe(4);
  });

  it("is read in linear time from 2 MB of near misses (under 2 s)", () => {
    const hostile = "Its clarity is Its clarity is The answer is -".repeat(45_000);
    const before = performance.now();
    expect(findTexts(hostile)).toEqual([]);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe("a question", () => {
  it("gives its sum back in every language", () => {
    for (const language of languages)
      for (let i = 0; i < 12; i++) {
        const question = { a: 17 - i, op: (["+", "-", "*"] as const)[i % 3]!, b: i - 4 };
        const text = `Hello. ${renderQuestion(question, language, split(seed, i))} Thanks.`;
        expect(parseQuestion(text)).toEqual(question);
      }
    expect(solve({ a: 6, op: "*", b: -7 })).toBe(-42);
    expect(solve({ a: 6, op: "-", b: -7 })).toBe(13);
    expect(parseQuestion("What is love?")).toBeUndefined();
  });
});
