import { answerText, promptText, seedFrom, split } from "laurel";
import { meanOf, normalCdf, varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import {
  drawPanel,
  drawTaste,
  drawTexts,
  featureOf,
  levelOf,
  paperWorlds,
  parseText,
  presets,
  ratePairs,
  type TextDials,
  textExamples,
  textGold,
} from "./index.ts";

const seed = seedFrom("text world tests");
const N = 8000;
const draw = (dials: TextDials, preferences = presets.hackable({ properties: 1 }), shape = {}) => {
  const taste = drawTaste(preferences, split(seed, "taste"));
  return { taste, drawn: drawTexts(taste, dials, { prompts: N / 4, candidates: 4, ...shape }, split(seed, "texts")) };
};
const shareOf = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;

/** Mean and variance of the level of a normal feature, from the cells' exact probabilities. */
const grid = (): { mean: number; variance: number } => {
  const cell = Array.from({ length: 11 }, (_, level) => {
    const from = level === 0 ? Number.NEGATIVE_INFINITY : (level - 5.5) / 2;
    const to = level === 10 ? Number.POSITIVE_INFINITY : (level - 4.5) / 2;
    return normalCdf(to) - normalCdf(from);
  });
  const mean = cell.reduce((sum, p, level) => sum + p * level, 0);
  return { mean, variance: cell.reduce((sum, p, level) => sum + p * (level - mean) ** 2, 0) };
};

// 8,000 items: five standard errors of a mean are sd/18, of a share at most 0.028
describe("a dial of the text world", () => {
  it("levels: half a standard deviation of a feature each, cut off at ±2.5", () => {
    const { drawn } = draw({});
    const levels = drawn.latents.flatMap((one) => [...one.levels]);
    const { mean, variance } = grid();
    expect(Math.abs(meanOf(levels) - mean)).toBeLessThan((5 * Math.sqrt(variance)) / Math.sqrt(levels.length));
    // the variance of a variance is about 2σ⁴/n
    expect(Math.abs(varianceOf(levels) - variance)).toBeLessThan(5 * variance * Math.sqrt(2 / levels.length));
    expect([-9, -0.26, 0, 0.24, 9].map((x) => levelOf(x, 1))).toEqual([0, 4, 5, 5, 10]);
    expect(levelOf(featureOf(8, 0.3), 0.3)).toBe(8);
  });

  it("style: four flourishes a unit of Exp(1), at most 40", () => {
    const { drawn } = draw({});
    // the mean of round(4 Exp(1)): Σ_{k≥1} P(4E > k − ½) = e^{1/8} / (e^{1/4} − 1)
    const mean = Math.exp(1 / 8) / (Math.exp(1 / 4) - 1);
    expect(Math.abs(meanOf(drawn.latents.map((one) => one.flourishes)) - mean)).toBeLessThan(4 / 18);
  });

  it("answers: right at the stated rate, less alike between prompts with spread, worth what they say", () => {
    const { drawn, taste } = draw({ answers: { rate: 0.7, worth: 2 } });
    expect(Math.abs(shareOf([...drawn.right].map((one) => one === 1)) - 0.7)).toBeLessThan(0.028);
    const { drawn: without } = draw({});
    for (let i = 0; i < 40; i++) expect(drawn.gold[0]![i]! - without.gold[0]![i]!).toBeCloseTo(2 * drawn.right[i]!, 12);
    const { drawn: spread } = draw({ answers: { rate: 0.7, spread: 2, worth: 2 } });
    const all = (right: Uint8Array): number =>
      shareOf(Array.from({ length: N / 4 }, (_, p) => right.subarray(4 * p, 4 * p + 4).every((one) => one === 1)));
    expect(Math.abs(all(drawn.right) - 0.7 ** 4)).toBeLessThan(0.05);
    expect(all(spread.right)).toBeGreaterThan(all(drawn.right) + 0.1);
    expect(taste.weights).toHaveLength(1);
  });

  it("padding: geometric with the stated mean and variance m(1 + m), worth what it says", () => {
    const { drawn } = draw({ padding: { mean: 3, worth: -0.1 } });
    const padding = drawn.latents.map((one) => one.padding);
    expect(Math.abs(meanOf(padding) - 3)).toBeLessThan(Math.sqrt(12) / 18);
    expect(Math.abs(varianceOf(padding) - 12)).toBeLessThan(2);
    const { drawn: without } = draw({});
    expect(drawn.gold[0]![5]! - without.gold[0]![5]!).toBeCloseTo(-0.1 * padding[5]!, 12);
  });

  it("markers: of the stated share where they follow nothing, and of the stated logit slope where they follow gold", () => {
    const { drawn: blind } = draw({ markers: { share: 0.3, follows: 0 } });
    const has = blind.latents.map((one) => one.markers.includes("study"));
    expect(Math.abs(shareOf(has) - 0.3)).toBeLessThan(0.028);
    const { drawn } = draw({ markers: { share: 0.5, follows: 1.5 } });
    const gold = drawn.gold[0]!;
    const [mean, sd] = [meanOf(gold), Math.sqrt(varianceOf(gold))];
    // within ±0.1 standard deviations of z = 1, the share is σ(1.5)
    const near = [...gold.keys()].filter((i) => Math.abs((gold[i]! - mean) / sd - 1) < 0.1);
    const count = near.reduce((sum, i) => sum + drawn.latents[i]!.markers.length, 0) / (4 * near.length);
    expect(Math.abs(count - 1 / (1 + Math.exp(-1.5)))).toBeLessThan(0.05);
  });

  it("exploits: the stated share, kinds as likely as each other, worth goldDrop less, none in preference data", () => {
    const dials = presets.hackable({ properties: 1, exploits: { share: 0.2, goldDrop: 2 } });
    const { drawn } = draw({ exploitKinds: ["praise", "verdict"] }, dials);
    const kinds = drawn.latents.flatMap((one) => one.exploits);
    expect(Math.abs(kinds.length / N - 0.2)).toBeLessThan(0.028);
    expect(Math.abs(kinds.filter((kind) => kind === "praise").length / kinds.length - 0.5)).toBeLessThan(0.065);
    const { drawn: clean } = draw({}, dials, { exploits: false });
    for (let i = 0; i < 40; i++)
      expect(clean.gold[0]![i]! - drawn.gold[0]![i]!).toBeCloseTo(2 * drawn.latents[i]!.exploits.length, 12);
    expect(clean.latents.every((one) => one.exploits.length === 0)).toBe(true);
  });

  it("authors, layouts and languages: each as likely", () => {
    const { drawn } = draw({ authors: 4, layouts: ["plain", "list"], languages: ["en", "de", "fr"] });
    for (let author = 0; author < 4; author++)
      expect(Math.abs(shareOf(drawn.latents.map((one) => one.author === author)) - 0.25)).toBeLessThan(0.025);
    expect(Math.abs(shareOf(drawn.latents.map((one) => one.layout === "list")) - 0.5)).toBeLessThan(0.028);
    // one a prompt: 2,000 prompts
    expect(Math.abs(shareOf(drawn.asked.map((one) => one.language === "de")) - 1 / 3)).toBeLessThan(0.053);
  });

  it("shift: moves levels and flourishes as a policy that has left the data", () => {
    const spread = (shift: number): number =>
      varianceOf(draw({}, presets.hackable({ properties: 1 }), { shift }).drawn.latents.map((one) => one.flourishes));
    expect(spread(2) / spread(1)).toBeGreaterThan(3);
  });
});

describe("a text of the world", () => {
  it.each(Object.entries(paperWorlds))("of %s: its gold comes out of the text alone, exactly", (_slug, world) => {
    const taste = drawTaste(world.dials, split(seed, "taste"));
    const dials: TextDials = {
      answers: { rate: 0.5, worth: 1 },
      padding: { mean: 1, worth: -0.05 },
      markers: { share: 0.2, follows: 1 },
      authors: 3,
      layouts: ["plain", "list", "headed"],
      languages: ["en", "de", "fr"],
    };
    const drawn = drawTexts(taste, dials, { prompts: 20, candidates: 5 }, split(seed, "texts"));
    for (const [property, gold] of drawn.gold.entries())
      for (const [i, text] of drawn.texts.entries())
        expect(textGold(taste, dials, drawn.asked[Math.floor(i / 5)]!.text, text, property)).toBe(gold[i]);
    expect(parseText(drawn.texts[3]!)?.levels).toEqual(drawn.latents[3]!.levels);
    expect(textGold(taste, dials, "", "no text of the world")).toBeUndefined();
  });

  it("is an example with gold and right answers in its labels, never in the task", () => {
    const { drawn, taste } = draw({ answers: { rate: 0.5, worth: 1 } });
    const [example] = textExamples(drawn);
    expect(example!.labels.value).toEqual([...drawn.gold[0]!.subarray(0, 4)]);
    expect(example!.labels.correct).toEqual([...drawn.right.subarray(0, 4)].map((one) => one === 1));
    const { task } = example!;
    expect(
      textGold(taste, { answers: { rate: 0.5, worth: 1 } }, promptText(task), answerText(task.candidates[2]!)),
    ).toBe(drawn.gold[0]![2]);
    expect(JSON.stringify(task)).not.toContain(String(drawn.gold[0]![0]));
  });

  it("carries raters' votes as preferences within its own task", () => {
    const { drawn, taste } = draw({});
    const panel = drawPanel({ raters: 9, rater: { slope: 2 } }, seed);
    const rated = ratePairs(
      panel,
      taste,
      drawn,
      [
        [0, 3],
        [6, 5],
      ],
      { votes: 5 },
      seed,
    );
    const [one, two, three] = textExamples(drawn, rated);
    const { first, second, forFirst } = rated[0]!;
    expect(one!.labels.preferred).toEqual([{ first, second, p: forFirst / 5 }]);
    expect(new Set([two!.labels.preferred![0]!.first, two!.labels.preferred![0]!.second])).toEqual(new Set([1, 2]));
    expect(three!.labels.preferred).toBeUndefined();
    expect(() => textExamples(drawn, [{ ...rated[0]!, first: 0, second: 4 }])).toThrow(/different prompts/);
  });

  it("refuses dials outside their range", () => {
    expect(() => draw({ authors: 5 })).toThrow(/authors/);
    expect(() => draw({ answers: { rate: 1, worth: 1 } })).toThrow(/right answers/);
    expect(() => draw({ padding: { mean: -1, worth: 0 } })).toThrow(/padding/);
  });
});
