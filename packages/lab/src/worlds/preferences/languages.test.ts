import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import { sigmoid } from "../../policy/numbers.ts";
import { drawLanguages, fitLanguageHeads, translated } from "./languages.ts";

const seed = seedFrom("languages");
const dials = { languages: 3, dim: 16, turn: 0.5, noise: 0.3 };

describe("the world of languages", () => {
  it("leaves the reference alone, and turns other languages without stretching them", () => {
    const world = drawLanguages(dials, seed);
    const meaning = Float64Array.from({ length: 16 }, (_, d) => Math.sin(d));
    const none = new Float64Array(16);
    expect(translated(world, meaning, 0, 1, none)).toBe(meaning);
    const whole = translated({ ...world, turn: 1 }, meaning, 1, 0, none);
    const size = (x: Float64Array) => Math.sqrt(x.reduce((sum, one) => sum + one * one, 0));
    expect(size(whole)).toBeCloseTo(size(meaning), 12);
    expect(translated({ ...world, turn: 0 }, meaning, 2, 0, none)).toEqual(meaning);
  });

  it("fits the heads where the penalised loss has no slope", () => {
    const rng = random(split(seed, "pairs"));
    const n = 200;
    const [dim, languages, l2] = [4, 3, 0.01];
    const differences = Float64Array.from({ length: n * dim }, () => rng.normal());
    const language = Int32Array.from({ length: n }, () => rng.below(languages));
    const { shared, own } = fitLanguageHeads({ differences, language }, { languages, dim, l2, steps: 12 });
    const slope = shared.map((w) => l2 * w);
    const slopes = own.map((w) => w.map((x) => l2 * x));
    for (let i = 0; i < n; i++) {
      const l = language[i]!;
      let margin = 0;
      for (let d = 0; d < dim; d++) margin += (shared[d]! + own[l]![d]!) * differences[i * dim + d]!;
      for (let d = 0; d < dim; d++) {
        const pull = (sigmoid(-margin) * differences[i * dim + d]!) / n;
        slope[d]! -= pull;
        slopes[l]![d]! -= pull;
      }
    }
    for (const one of [slope, ...slopes]) for (const x of one) expect(Math.abs(x)).toBeLessThan(1e-10);
  });
});
