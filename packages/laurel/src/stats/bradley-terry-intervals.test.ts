import { describe, expect, it } from "vitest";
import { expected } from "../../../../test/expected/stats-b/read.ts";
import { NotEnoughDataError, random, seedFrom, UsageError } from "../core/index.ts";
import { zermelo } from "./bradley-terry.ts";
import { bradleyTerryBootstrap, bradleyTerryIntervals, strengthDifference } from "./bradley-terry-intervals.ts";
import { DisconnectedComparisonsError } from "./components.ts";
import { normalQuantile } from "./distributions.ts";
import { winsOfGames } from "./games.ts";

const { cases } = expected<{
  cases: {
    n: number;
    wins: number[];
    differenceToFirst: number[];
    fisherSe: number[];
    sandwichSe: number[];
  }[];
}>("bradley-terry");
const z = normalQuantile(0.975);

/** Games of a Bradley-Terry model with strengths 0.8, 0, -0.8, each pair `each` times. */
function sample(seed: string, each: number) {
  const lambda = [0.8, 0, -0.8];
  const r = random(seed);
  const first: number[] = [];
  const second: number[] = [];
  const result: number[] = [];
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < i; j++)
      for (let g = 0; g < each; g++) {
        first.push(i);
        second.push(j);
        result.push(r.uniform() < 1 / (1 + Math.exp(lambda[j]! - lambda[i]!)) ? 1 : 0);
      }
  return { first: Int32Array.from(first), second: Int32Array.from(second), result: Float64Array.from(result) };
}

describe("bradleyTerryIntervals", () => {
  it("gives the differences and standard errors of statsmodels' logistic regression, Fisher and HC0 (1e-6 relative)", () => {
    for (const c of cases)
      for (const [covariance, se] of [
        ["fisher", c.fisherSe],
        ["sandwich", c.sandwichSe],
      ] as const) {
        const fit = bradleyTerryIntervals(Float64Array.from(c.wins), c.n, { covariance });
        for (let i = 1; i < c.n; i++) {
          const d = strengthDifference(fit, i, 0);
          expect(Math.abs(d.value - c.differenceToFirst[i - 1]!)).toBeLessThan(1e-7);
          expect(Math.abs((d.high - d.value) / z / se[i - 1]! - 1)).toBeLessThan(1e-6);
        }
        for (let i = 0; i < c.n; i++) {
          let sum = 0;
          for (let j = 0; j < c.n; j++) sum += fit.covariance[i * c.n + j]!;
          expect(Math.abs(sum)).toBeLessThan(1e-9);
        }
      }
  });

  it("covers the true difference in 95 % of 400 samples (binomial bounds at 4 standard errors: 0.906 to 0.994)", () => {
    let fisher = 0;
    let sandwich = 0;
    for (let s = 0; s < 400; s++) {
      const wins = winsOfGames(sample(seedFrom(`cover ${s}`), 60), 3);
      for (const covariance of ["fisher", "sandwich"] as const) {
        const d = strengthDifference(bradleyTerryIntervals(wins, 3, { covariance }), 0, 2);
        const hit = d.low <= 1.6 && 1.6 <= d.high ? 1 : 0;
        if (covariance === "fisher") fisher += hit;
        else sandwich += hit;
      }
    }
    for (const hits of [fisher, sandwich]) {
      expect(hits / 400).toBeGreaterThan(0.906);
      expect(hits / 400).toBeLessThan(0.994);
    }
  });

  it("refuses alpha, and gives one item an interval of width 0", () => {
    expect(() => bradleyTerryIntervals(Float64Array.of(0, 1, 1, 0), 2, { alpha: 1 })).toThrow(UsageError);
    expect(bradleyTerryIntervals(new Float64Array(1), 1).strengths[0]).toMatchObject({ value: 0, low: 0, high: 0 });
  });
});

describe("bradleyTerryBootstrap", () => {
  it("agrees with the Fisher interval's width within a fifth on a large sample", () => {
    const games = sample(seedFrom(1), 400);
    const boot = bradleyTerryBootstrap(games, 3, { seed: seedFrom(2), reps: 600 });
    const fisher = bradleyTerryIntervals(winsOfGames(games, 3), 3).strengths;
    boot.forEach((estimate, i) => {
      const ratio = (estimate.high - estimate.low) / (fisher[i]!.high - fisher[i]!.low);
      expect(ratio).toBeGreaterThan(0.8);
      expect(ratio).toBeLessThan(1.2);
      expect(estimate.value).toBe(zermelo(winsOfGames(games, 3), 3).logStrengths[i]);
    });
  });

  it("is wider by the root of the cluster's size where each game is copied within its cluster", () => {
    const games = sample(seedFrom(3), 50);
    const four = <T extends Int32Array | Float64Array>(a: T): number[] => [...a].flatMap((x) => [x, x, x, x]);
    const copied = {
      first: Int32Array.from(four(games.first)),
      second: Int32Array.from(four(games.second)),
      result: Float64Array.from(four(games.result)),
    };
    const options = { seed: seedFrom(4), reps: 400 };
    const naive = bradleyTerryBootstrap(copied, 3, options)[0]!;
    const clustered = bradleyTerryBootstrap(copied, 3, {
      ...options,
      clusters: Array.from(copied.first, (_, g) => Math.floor(g / 4)),
    })[0]!;
    expect(clustered.clusters).toBe(150);
    expect((clustered.high - clustered.low) / (naive.high - naive.low)).toBeGreaterThan(1.6);
    expect((clustered.high - clustered.low) / (naive.high - naive.low)).toBeLessThan(2.4);
  });

  it("says that a prior is needed where a resample has no finite estimate", () => {
    const games = {
      first: Int32Array.of(0, 0, 0, 1),
      second: Int32Array.of(1, 1, 1, 0),
      result: Float64Array.of(1, 1, 1, 1),
    };
    expect(() => bradleyTerryBootstrap(games, 2, { seed: seedFrom(1) })).toThrow(NotEnoughDataError);
    expect(bradleyTerryBootstrap(games, 2, { seed: seedFrom(1), prior: 0.5 })[0]!.high).toBeLessThan(10);
    const oneSided = { first: Int32Array.of(0), second: Int32Array.of(1), result: Float64Array.of(1) };
    expect(() => bradleyTerryBootstrap(oneSided, 2, { seed: seedFrom(1) })).toThrow(DisconnectedComparisonsError);
  });
});
