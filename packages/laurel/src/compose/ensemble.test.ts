import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { by } from "../../../../test/fixtures/answers.ts";
import { directContext, fault, isScored, type Reward, type Score, task, unscored } from "../core/index.ts";
import { type EnsembleAggregate, ensemble } from "./ensemble.ts";

async function scoreOf(reward: Reward, answer = "x"): Promise<Score> {
  return (await reward.score([task("q", [answer])], directContext()))[0]![0]!;
}

const members = (values: readonly number[]): Reward[] => values.map((value, i) => by(`m${i}`, { x: value }));
const missing = unscored("rate-limit", "too many requests");

describe("ensemble", () => {
  it("gives mean, median, minimum, mean minus k sd and quantile, with the members' sd as spread", async () => {
    const values = [0.2, 0.4, 0.9, 0.5];
    const value = async (aggregate: EnsembleAggregate) =>
      (await scoreOf(ensemble(members(values), { aggregate }))) as { value: number };
    expect((await value("mean")).value).toBeCloseTo(0.5, 12);
    expect((await value("median")).value).toBeCloseTo(0.45, 12);
    expect((await value("min")).value).toBe(0.2);
    // squares of the deviations from 0.5: 0.09 + 0.01 + 0.16 + 0 = 0.26, over n − 1 = 3
    const sd = Math.sqrt(0.26 / 3);
    expect((await value({ meanMinusSd: 2 })).value).toBeCloseTo(0.5 - 2 * sd, 12);
    expect((await value({ quantile: 0.25 })).value).toBeCloseTo(0.35, 12);
    expect(await value("mean")).toMatchObject({ spread: { sd: expect.closeTo(sd, 12), n: 4, over: "members" } });
  });

  it("keeps min ≤ median ≤ the greatest member, and its range contains every value", async () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const aggregate = fc.constantFrom<EnsembleAggregate>(
      "mean",
      "median",
      "min",
      { meanMinusSd: 1 },
      { quantile: 0.7 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(unit, { minLength: 1, maxLength: 6 }), aggregate, async (values, how) => {
        const reward = ensemble(members(values), { aggregate: how });
        const score = (await scoreOf(reward)) as { value: number };
        expect(score.value).toBeGreaterThanOrEqual(reward.range![0] - 1e-9);
        expect(score.value).toBeLessThanOrEqual(reward.range![1] + 1e-9);
        const min = ((await scoreOf(ensemble(members(values), { aggregate: "min" }))) as { value: number }).value;
        const median = ((await scoreOf(ensemble(members(values), { aggregate: "median" }))) as { value: number }).value;
        expect(min).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });

  it("equals its member, without spread, when all members are the same", async () => {
    for (const aggregate of ["mean", "median", "min", { meanMinusSd: 3 }, { quantile: 0.3 }] as const) {
      const score = await scoreOf(ensemble(members([0.1, 0.1, 0.1, 0.1, 0.1]), { aggregate }));
      expect(score).toMatchObject({ value: 0.1, spread: { sd: 0, n: 5 } });
    }
  });

  it("needs all members unless a quorum says otherwise, and then says how many counted", async () => {
    const parts = [by("a", { x: 0.2 }), by("b", { x: 0.6 }), by("c", { x: missing })];
    expect(await scoreOf(ensemble(parts))).toMatchObject({ unscored: { reason: "rate-limit", transient: true } });
    const score = await scoreOf(ensemble(parts, { quorum: 2 }));
    expect(score).toMatchObject({ value: 0.4, parts: { a: 0.2, b: 0.6, c: null }, facts: { members: 2 } });
    expect(await scoreOf(ensemble(parts, { quorum: 3 }))).toMatchObject({
      unscored: { message: "2 of 3 members scored, 3 are needed; c: too many requests" },
    });
  });

  it("counts a faulty member at its floor and faults only when all members do", async () => {
    const some = await scoreOf(ensemble([by("a", { x: fault("malformed") }), by("b", { x: 1 })]));
    expect(some).toMatchObject({ value: 0.5, facts: { faults: { a: "malformed" } } });
    expect(isScored(some) && some.fault).toBeUndefined();
    const all = ensemble([by("a", { x: fault("malformed") }), by("b", { x: fault("crashed") })], {
      aggregate: { meanMinusSd: 1 },
    });
    expect(await scoreOf(all)).toMatchObject({ fault: "malformed", value: all.range![0] });
  });

  it("standardises members of different scale, and refuses to mix them otherwise", async () => {
    const a = by("a", { x: 8 }, { range: [0, 10] });
    const b = by("b", { x: 0.75 });
    expect(() => ensemble([a, b])).toThrow(/different ranges/);
    const standardise = { a: { mean: 6, sd: 2 }, b: { mean: 0.5, sd: 0.125 } };
    const reward = ensemble({ a, b }, { standardise });
    expect(await scoreOf(reward)).toMatchObject({ value: 1.5 });
    expect(reward.range).toEqual([-4, 4]);
    expect(() => ensemble({ a, b }, { standardise: { ...standardise, b: { mean: 0, sd: 0 } } })).toThrow(
      /b needs .* sd above 0/,
    );
    expect(() => ensemble({ a, b }, { standardise: { a: standardise.a } })).toThrow(/no entry for b/);
  });

  it("numbers members of one name, and refuses a quorum that cannot be met", () => {
    const reward = ensemble([by("rm", {}), by("rm", {})]);
    expect(reward.spec).toMatchObject({
      kind: "ensemble",
      aggregate: "mean",
      quorum: 2,
      rewards: { rm: {}, "rm#2": {} },
    });
    expect(() => ensemble([by("rm", {})], { quorum: 2 })).toThrow(/quorum/);
    expect(() => ensemble([by("rm", {})], { aggregate: { quantile: 2 } })).toThrow(/quantile/);
  });
});
