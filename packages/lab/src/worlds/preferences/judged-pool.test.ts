import { answerText, seedFrom } from "laurel";
import { meanOf, pearson } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { drawItems, drawJudgedPool, type PoolDials, scoredTasks } from "./index.ts";

const dials: PoolDials = {
  queries: 160,
  answers: 15,
  dim: 24,
  middle: 5,
  spread: 1.8,
  query: 1,
  judges: 8,
  bias: 1.2,
  offset: 0.5,
  noise: 0.8,
  uniform: false,
};
const seed = seedFrom("pool");
const length = ({ features, quality }: { features: Float64Array; quality: Float64Array }) =>
  quality.map((_, i) => features[i * 25 + 24]!);

describe("a judged pool", () => {
  const pool = drawJudgedPool(dials, seed);

  it("has whole scores from 0 to 10 that follow quality and length, though quality knows nothing of length", () => {
    expect(pool.scores).toHaveLength(8);
    for (const own of pool.scores) {
      expect(own.every((x) => Number.isInteger(x) && x >= 0 && x <= 10)).toBe(true);
      expect(pearson(own, pool.quality).value).toBeGreaterThan(0.5);
      expect(pearson(own, length(pool)).value).toBeGreaterThan(0.05);
    }
    // 2,400 items: five standard errors
    expect(Math.abs(pearson(pool.quality, length(pool)).value)).toBeLessThan(0.1);
  });

  it("has judges that say any number where they are told to", () => {
    const { scores, quality } = drawJudgedPool({ ...dials, uniform: true }, seed);
    expect(Math.abs(meanOf(scores[0]!) - 5)).toBeLessThan(0.35);
    expect(Math.abs(pearson(scores[0]!, quality).value)).toBeLessThan(0.1);
  });

  it("becomes tasks whose scores are the judges' means, and whose texts name the items", () => {
    const tasks = scoredTasks(pool, 15, pool.scores.slice(0, 2));
    expect(tasks).toHaveLength(160);
    expect(tasks[2]!.task.candidates.map(answerText)).toEqual(Array.from({ length: 15 }, (_, k) => String(30 + k)));
    expect(tasks[2]!.scores[1]).toBe((pool.scores[0]![31]! + pool.scores[1]![31]!) / 2);
  });

  it("draws fresh items of the same taste", () => {
    const { features, quality } = drawItems(pool.weights, 10, seed);
    const own = features.subarray(25 * 3, 25 * 3 + 24);
    expect(quality[3]).toBeCloseTo(
      own.reduce((sum, x, d) => sum + x * pool.weights[d]!, 0),
      12,
    );
  });
});
