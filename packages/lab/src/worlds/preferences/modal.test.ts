import { seedFrom } from "laurel";
import { meanOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { annotate, dotAt, drawModal, drawTaste, fitModal, mediaOf, presets, withMedia } from "./index.ts";

const seed = seedFrom("modal");
const taste = drawTaste(presets.modal(), seed);

describe("answers of one domain", () => {
  it.each([
    ["text", 0],
    ["image", 1],
    ["video", 2],
  ] as const)("%s shows its own blocks and no others, and gold is the utility of what is shown", (domain, block) => {
    const { features, gold, dim, length } = drawModal(taste, domain, { prompts: 20, candidates: 2 }, seed);
    expect(dim).toBe(25);
    for (let i = 0; i < 40; i++) {
      const own = features.subarray(i * dim, (i + 1) * dim);
      for (const b of [0, 1, 2]) {
        const part = own.subarray(b * 8, (b + 1) * 8);
        expect(part.some((x) => x !== 0)).toBe(b === 0 || b === block);
      }
      expect(gold[i]).toBeCloseTo(dotAt(own, 0, taste.weights[0]!), 12);
      expect(own[24]).toBe(length[i]);
    }
  });

  it("get another's picture, with gold as it then is", () => {
    const answers = drawModal(taste, "image", { prompts: 2, candidates: 2 }, seed);
    const other = mediaOf(answers, "image", 3);
    const swapped = withMedia(taste, answers, "image", (i) => (i === 0 ? other : undefined));
    expect(mediaOf(swapped, "image", 0)).toEqual(other);
    expect(swapped.gold[0]).toBeCloseTo(dotAt(swapped.features, 0, taste.weights[0]!), 12);
    expect([...swapped.gold.subarray(1)]).toEqual([...answers.gold.subarray(1)].map((x) => expect.closeTo(x, 12)));
  });
});

describe("annotators", () => {
  const answers = drawModal(taste, "text", { prompts: 5000, candidates: 2 }, seed);
  const lengthGap = (chosen: Uint8Array) =>
    meanOf(Float64Array.from(chosen, (c, n) => answers.length[2 * n + c]! - answers.length[2 * n + 1 - c]!));

  it("choose longer answers as far as they like length, and coins choose nothing", () => {
    expect(lengthGap(annotate(answers, { lengthBias: 1, coins: false }, seed))).toBeGreaterThan(0.3);
    // 5,000 pairs, sd √2: five standard errors
    expect(Math.abs(lengthGap(annotate(answers, { lengthBias: 1, coins: true }, seed)))).toBeLessThan(0.1);
  });

  it("teach their liking for length unless longer chosen answers are left out", () => {
    const chosen = annotate(answers, { lengthBias: 1, coins: false }, seed);
    const weight = (maxDiff: number) => fitModal([{ answers, chosen }], { maxDiff, l2: 1 })[24]!;
    // the annotators' own weight is 1; 5,000 pairs
    expect(Math.abs(weight(Number.POSITIVE_INFINITY) - 1)).toBeLessThan(0.15);
    expect(weight(1)).toBeLessThan(0.2);
  });
});
