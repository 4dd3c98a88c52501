import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerText, candidate, pointwise, type Reward, task, unscored } from "../core/index.ts";
import type { RolloutGroup } from "../io/index.ts";
import { replay } from "./replay.ts";

/** The number that a completion is, through a function; "?" is unscored. */
function numeric(f: (value: number) => number = (value) => value): Reward {
  return pointwise("numeric", (one) => {
    const text = answerText(one);
    return text === "?" ? unscored("missing-reference", "no") : f(Number(text));
  });
}

function group(i: number, texts: readonly (number | "?")[], recorded?: readonly (number | null)[]): RolloutGroup {
  return {
    example: {
      task: task(
        `prompt ${i}`,
        texts.map((one) => candidate(String(one))),
        undefined,
        { id: `g${i}` },
      ),
      labels: {},
      cluster: `c${i}`,
      subsets: {},
    },
    recorded: recorded ?? texts.map((one) => (one === "?" ? null : one)),
    step: undefined,
  };
}

const values = fc.array(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 5 }), {
  minLength: 2,
  maxLength: 8,
});

describe("replay", () => {
  it("works the difference and GRPO's advantages out as by hand", async () => {
    // group 1: recorded 0, 1 (mean 0.5, sd √0.5), now 1, 0: both advantages turn round; group 2 has no spread before
    const groups = [group(1, [1, 0], [0, 1]), group(2, [1, 0], [0, 0])];
    const result = await replay(groups, numeric(), "recorded");
    expect(result.difference.difference).toMatchObject({ value: 0.25, n: 4, clusters: 2 });
    const advantage = 0.5 / (Math.SQRT1_2 + 1e-4);
    expect(result.advantages).toMatchObject({ groups: 2, rows: 4, gained: 2, lost: 0 });
    // changes: twice 2·A in group 1, twice A in group 2
    expect(result.advantages!.change.value).toBeCloseTo(1.5 * advantage, 12);
    expect(result.advantages!.flipped.value).toBe(0.5);
    expect(result.before.flat!.value).toBe(0.5);
    expect(result.flips).toHaveLength(2);
    expect(result.flips[0]).toMatchObject({ id: "g1", before: 0, now: 1, prompt: "prompt 1" });
    expect(result.flips[0]!.advantage.before).toBeCloseTo(-advantage, 12);
  });

  it("changes nothing under the same reward, and no advantage under a shifted one", async () => {
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: -3, max: 3 }), async (all, shift) => {
        const groups = all.map((one, i) => group(i, one));
        const result = await replay(
          groups,
          numeric((value) => value + shift),
          numeric(),
        );
        expect(result.difference.difference.value).toBeCloseTo(shift, 12);
        expect(result.advantages!.change.value).toBeCloseTo(0, 9);
        expect(result.flips).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it("turns every advantage round under the opposite reward", async () => {
    await fc.assert(
      fc.asyncProperty(values, async (all) => {
        const result = await replay(
          all.map((one, i) => group(i, one)),
          numeric((value) => -value),
          numeric(),
        );
        const rows = all.flatMap((one) => {
          const mean = one.reduce((sum, value) => sum + value, 0) / one.length;
          return one.filter((value) => Math.abs(value - mean) > 1e-12);
        });
        expect(result.advantages!.flipped.value * result.advantages!.rows).toBeCloseTo(rows.length, 9);
        expect(result.now.flat!.value).toBe(result.before.flat!.value);
      }),
      { numRuns: 40 },
    );
  });

  it("leaves out what either side has no value for, and says how much that is", async () => {
    const groups = [group(1, [1, "?", 0]), group(2, [1, 0, 1], [1, null, 0]), group(3, ["?", "?"]), group(4, [])];
    const result = await replay(groups, numeric(), "recorded");
    expect(result).toMatchObject({ groups: 4, rows: 8, paired: 4, now: { unscored: 3 }, before: { unscored: 4 } });
    expect(result.difference.difference.unscored).toBe(4);
    expect(result.now.reasons).toEqual({ "missing-reference": 3 });
    expect(result.advantages!.groups).toBe(2);
  });

  it("says that there is too little where one prompt, or none, is scored by both", async () => {
    await expect(replay([], numeric(), "recorded")).rejects.toMatchObject({ exitCode: 3 });
    const one = replay([group(1, [1, 0]), group(2, ["?"])], numeric(), "recorded");
    await expect(one).rejects.toThrow(/of 3 rows 2 have both/);
    const single = await replay([group(1, [1]), group(2, [0])], numeric(), "recorded");
    expect(single.advantages).toBeUndefined();
  });

  it("keeps the rows with the largest change", async () => {
    const groups = Array.from({ length: 30 }, (_, i) =>
      group(i, i === 17 ? [0, 0, 0, 9] : [0, 1], i === 17 ? [1, 1, 1, 0] : [1, 0]),
    );
    const result = await replay(groups, numeric(), "recorded", { rows: 3 });
    expect(result.flips).toHaveLength(3);
    expect(result.flips[0]).toMatchObject({ id: "g17", candidate: 3 });
  });
});
