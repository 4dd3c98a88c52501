import { describe, expect, it } from "vitest";
import { seedFrom } from "../../core/index.ts";
import { denoise } from "./denoise.ts";
import { byStrength, type PairStrength, preferenceStrength } from "./strength.ts";

const seed = seedFrom("strength");
/** Members that give their pairs' own numbers, times a factor that goes up from member to member. */
const members = () => {
  let member = 0;
  return () => {
    const factor = ++member;
    return (pairs: readonly number[]) => pairs.map((x) => factor * x);
  };
};

describe("preferenceStrength", () => {
  it("averages the members' margins, as they are or brought to one size", async () => {
    const raw = await preferenceStrength([1, -2], { train: members(), models: 3, standardise: "none", seed });
    expect(raw.map(({ mean }) => mean)).toEqual([2, -4]);
    expect(raw[0]!.sd).toBeCloseTo(Math.sqrt(2 / 3), 12);
    const scaled = await preferenceStrength([1, -2], { train: members(), models: 3, seed });
    for (const [n, { mean, sd, votes }] of scaled.entries()) {
      expect(mean).toBeCloseTo([2, -4][n]!, 12);
      expect(sd).toBeCloseTo(0, 12);
      expect(votes).toBe(3);
    }
  });

  it("trains without the fold that it scores, and each member with a seed of its own", async () => {
    const pairs = Array.from({ length: 7 }, (_, i) => i + 1);
    const seeds = new Set<string>();
    const rows = await preferenceStrength(pairs, {
      folds: 3,
      models: 2,
      standardise: "none",
      seed,
      train: (rest, own) => {
        seeds.add(own);
        return (scored) => scored.map((pair) => (rest.includes(pair) ? Number.NaN : pair));
      },
    });
    expect(rows.map(({ mean }) => mean)).toEqual(pairs);
    expect(seeds.size).toBe(6);
  });

  it("drops a member's missing vote, and has no strength where all are missing", async () => {
    let member = 0;
    const rows = await preferenceStrength(["a", "b", "c"], {
      models: 2,
      standardise: "none",
      seed,
      train: () => {
        const own = member++;
        return () => [1, own === 0 ? null : 3, Number.NaN];
      },
    });
    expect(rows.map(({ mean, votes }) => [mean, votes])).toEqual([
      [1, 2],
      [3, 1],
      [undefined, 0],
    ]);
    const made = denoise(rows, { flip: { bottom: 0.9 }, soft: "strength", margin: "strength" });
    expect(made[2]).toEqual({ pair: "c", flipped: false, target: 1, margin: 0 });
  });

  it("refuses one model, folds that are none, and members that miscount", async () => {
    const train = members();
    await expect(preferenceStrength([1], { train, models: 1, seed })).rejects.toThrow(/models/);
    await expect(preferenceStrength([1], { train, folds: 2, seed })).rejects.toThrow(/folds/);
    await expect(preferenceStrength([1], { train: () => () => [], seed })).rejects.toThrow(/0 margins for 1 pairs/);
  });
});

describe("what strengths do", () => {
  const rows: PairStrength<string>[] = [0.5, -2, 4, -0.1, 1].map((mean, i) => ({
    pair: "abcde"[i]!,
    mean,
    sd: 1,
    votes: 10,
  }));

  it("byStrength cuts into shares from the weakest", () => {
    const names = byStrength(rows, [0.2, 0.4, 0.6, 0.8]).map((group) => group.map(({ pair }) => pair).join(""));
    expect(names).toEqual(["b", "d", "a", "e", "c"]);
    expect(byStrength(rows, []).map((group) => group.length)).toEqual([5]);
    expect(() => byStrength(rows, [0.5, 0.5])).toThrow(/rise/);
  });

  it("flip turns the weakest round, with the strength and the margin of the new direction", () => {
    const made = denoise(rows, { flip: { bottom: 0.4 }, soft: "strength", margin: "strength" });
    expect(made.map(({ flipped }) => flipped)).toEqual([false, true, false, true, false]);
    expect(made[1]!.target).toBeCloseTo(1 / (1 + Math.exp(-2)), 14);
    expect(made.map(({ margin }) => margin)).toEqual([0.5, 2, 3, 0.1, 1]);
    const three = denoise(rows, { flip: { bottom: 0.6 }, soft: "strength", margin: "strength" });
    // "a" is flipped against its members: its label is soft the other way, its margin stays positive
    expect(three[0]).toMatchObject({ flipped: true, margin: 0.5 });
    expect(three[0]!.target).toBeCloseTo(1 / (1 + Math.exp(0.5)), 14);
  });

  it("drop leaves the weakest out; constants hold for all; nothing asked changes nothing", () => {
    expect(denoise(rows, { drop: { bottom: 0.4 } }).map(({ pair }) => pair)).toEqual(["a", "c", "e"]);
    expect(denoise(rows, { soft: 0.9, margin: 1 })[1]).toEqual({ pair: "b", flipped: false, target: 0.9, margin: 1 });
    expect(denoise(rows, {})[2]).toEqual({ pair: "c", flipped: false, target: 1, margin: 0 });
    expect(denoise(rows, { margin: "strength", marginCap: 1.5 })[1]!.margin).toBe(-1.5);
    expect(() => denoise(rows, { flip: { bottom: 0.1 }, drop: { bottom: 0.1 } })).toThrow(/not both/);
    expect(() => denoise(rows, { drop: { bottom: 1 } })).toThrow(/bottom/);
    expect(() => denoise(rows, { soft: 2 })).toThrow(/soft/);
  });
});
