import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext } from "../../core/index.ts";
import { erf } from "./bert.ts";
import { hashedNgrams, hashedVector } from "./hashed-ngrams.ts";
import { wordPiece } from "./wordpiece.ts";

const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe("hashedNgrams", () => {
  it("gives vectors of length 1, the same for the same text, whatever its case, width and punctuation", async () => {
    const [a, b] = (await hashedNgrams(64).embed(
      ["Hello, World!", "ｈｅｌｌｏ world"],
      directContext(),
    )) as Float32Array[];
    expect(a).toEqual(b);
    expect(cosine(a!, a!)).toBeCloseTo(1, 6);
  });

  it("puts texts with common stems closer than others, and knows nothing of a text without words", () => {
    const [a, b, c] = ["the running dogs", "a dog runs", "quantum physics"].map((text) => hashedVector(text, 1024));
    expect(cosine(a!, b!)).toBeGreaterThan(cosine(a!, c!) + 0.1);
    expect(hashedVector("?! …", 8).every((value) => value === 0)).toBe(true);
  });

  it("estimates the overlap of features without bias: random words have a cosine near 0", () => {
    // 200 pairs of texts of 20 different random words in 256 places: sd of one cosine about 1/16, of the mean 0.0044
    const word = (i: number) => `${i.toString(36)}${(i * 7919 + 13).toString(36)}`;
    let sum = 0;
    for (let pair = 0; pair < 200; pair++) {
      const text = (from: number) => Array.from({ length: 20 }, (_, i) => word(from + i * 31)).join(" ");
      sum += cosine(hashedVector(text(pair * 2000), 256), hashedVector(text(pair * 2000 + 1_000_000), 256));
    }
    expect(Math.abs(sum / 200)).toBeLessThan(0.05);
  });

  it("takes any text, in time that grows with its length", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => hashedVector(text, 32).every(Number.isFinite)),
      { numRuns: 200 },
    );
    const start = performance.now();
    hashedVector("a".repeat(300_000), 512);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it("refuses dimensions that are none", () => {
    for (const dim of [0, 1, 1.5, Number.NaN]) expect(() => hashedNgrams(dim)).toThrow(/dimensions/);
  });
});

describe("erf", () => {
  it.each([
    // Abramowitz and Stegun, table 7.1
    [0, 0],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [2, 0.995322265],
    [-1.5, -0.9661051465],
    [2.6, 0.9997639656],
  ])("of %d is %d", (x, expected) => expect(erf(x)).toBeCloseTo(expected, 7));
});

describe("wordPiece", () => {
  const vocab = Object.fromEntries(
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##able", "##believ", "cafe", ".", "日", "!"].map((token, i) => [
      token,
      i,
    ]),
  );
  const file = (more: object = {}) =>
    JSON.stringify({
      normalizer: { type: "BertNormalizer", lowercase: true, handle_chinese_chars: true, strip_accents: null },
      pre_tokenizer: { type: "BertPreTokenizer" },
      model: { type: "WordPiece", vocab, unk_token: "[UNK]", continuing_subword_prefix: "##" },
      ...more,
    });
  const { encode } = wordPiece("t.json", file());

  it("takes the longest pieces from the left, and a word without pieces for unknown", () => {
    expect(encode("Unbelievable.")).toEqual([4, 6, 5, 8]);
    expect(encode("unx Café 日日!")).toEqual([1, 7, 9, 9, 10]);
    expect(encode("")).toEqual([]);
    expect(encode(`un${"able".repeat(30)}`)).toEqual([1]);
  });

  it("refuses another kind of tokenizer", () => {
    expect(() => wordPiece("t.json", file({ pre_tokenizer: { type: "ByteLevel" } }))).toThrow(/no BERT tokenizer/);
  });
});
