import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { expected } from "../../../../test/expected/stats-b/read.ts";
import { UsageError } from "../core/index.ts";
import { zermelo } from "./bradley-terry.ts";
import { type Choice, choicesFromRankings } from "./choices.ts";
import { DisconnectedComparisonsError } from "./components.ts";
import { plackettLuce, topOne } from "./plackett-luce.ts";
import { ilsr, lsr, rankCentrality } from "./spectral.ts";

type ByAlpha = Record<string, number[]>;
const file = expected<{
  cases: {
    n: number;
    wins: number[];
    ml: number[];
    mm: ByAlpha;
    ilsr: ByAlpha;
    lsr: ByAlpha;
    rankCentrality: ByAlpha;
  }[];
  unconnected: { n: number; wins: number[]; mm: ByAlpha };
  choices: {
    n: number;
    top1: [number, number[]][];
    rankings: number[][];
    top1Ml: number[];
    top1Mm: number[];
    top1Lsr: number[];
    rankingsMl: number[];
    rankingsMm: number[];
    rankingsLsr: number[];
  }[];
}>("bradley-terry");
const choix = dataPath("choix-vectors/cases.json");

const choicesOf = (rows: readonly (readonly [number, readonly number[]])[]): Choice[] =>
  rows.map(([winner, losers]) => ({ winner, losers }));

function near(actual: Float64Array, wanted: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((x, i) => {
    expect(Math.abs(actual[i]! - x)).toBeLessThan(tolerance);
  });
}

describe("choix 0.4.1", () => {
  it("has zermelo's maximum likelihood and alpha (1e-9)", () => {
    for (const c of [...file.cases.map((x) => ({ ...x, ml: x.ml })), { ...file.unconnected, ml: undefined }]) {
      const wins = Float64Array.from(c.wins);
      if (c.ml !== undefined) near(zermelo(wins, c.n).logStrengths, c.ml, 1e-9);
      for (const [alpha, wanted] of Object.entries(c.mm))
        near(zermelo(wins, c.n, { alpha: Number(alpha) }).logStrengths, wanted, 1e-9);
    }
  });

  it("has lsr, ilsr and rank centrality, plain and with alpha (1e-9)", () => {
    for (const c of file.cases) {
      const wins = Float64Array.from(c.wins);
      for (const [alpha, wanted] of Object.entries(c.lsr)) near(lsr(wins, c.n, { alpha: Number(alpha) }), wanted, 1e-9);
      for (const [alpha, wanted] of Object.entries(c.ilsr)) {
        near(ilsr(wins, c.n, { alpha: Number(alpha) }).logStrengths, wanted, 1e-9);
        // The two priors are one: I-LSR's alpha is 1 / n of the other.
        near(zermelo(wins, c.n, { alpha: Number(alpha) * c.n }).logStrengths, wanted, 1e-9);
      }
      for (const [alpha, wanted] of Object.entries(c.rankCentrality))
        near(rankCentrality(wins, c.n, { alpha: Number(alpha) }), wanted, 1e-9);
    }
  });

  it("has top-1 and ranking estimates (1e-9)", () => {
    for (const c of file.choices) {
      const top1 = choicesOf(c.top1);
      near(topOne(top1, c.n).logStrengths, c.top1Ml, 1e-9);
      near(ilsr(top1, c.n).logStrengths, c.top1Ml, 1e-9);
      near(topOne(top1, c.n, { alpha: 0.2 }).logStrengths, c.top1Mm, 1e-9);
      near(lsr(top1, c.n, { alpha: 0.05 }), c.top1Lsr, 1e-9);
      near(plackettLuce(c.rankings, c.n).logStrengths, c.rankingsMl, 1e-9);
      near(plackettLuce(c.rankings, c.n, { alpha: 0.2 }).logStrengths, c.rankingsMm, 1e-9);
      near(lsr(choicesFromRankings(c.rankings, c.n), c.n), c.rankingsLsr, 1e-9);
    }
  });

  it.skipIf(choix === undefined)("passes the shared choix-vectors to their 8 decimals (needs the shared data)", () => {
    const cases = JSON.parse(readFileSync(choix!, "utf8")) as {
      type: "pairwise" | "top1";
      n_items: number;
      data: [number, number | number[]][];
      ml_est: number[];
      lsr_est: number[];
      rc_est?: number[];
    }[];
    expect(cases.length).toBe(4);
    for (const c of cases) {
      const n = c.n_items;
      const choices = c.data.map(([winner, losers]) => ({ winner, losers: [losers].flat() }));
      near(topOne(choices, n).logStrengths, c.ml_est, 2e-8);
      near(ilsr(choices, n).logStrengths, c.ml_est, 2e-8);
      near(lsr(choices, n), c.lsr_est, 1e-8);
      if (c.type !== "pairwise") continue;
      const wins = new Float64Array(n * n);
      for (const { winner, losers } of choices) wins[winner * n + losers[0]!]! += 1;
      near(lsr(wins, n), c.lsr_est, 1e-8);
      near(rankCentrality(wins, n), c.rc_est!, 1e-8);
    }
  });
});

describe("choices", () => {
  it("takes a top-k list as 'listed above all the rest' only where told to", () => {
    expect(choicesFromRankings([[2, 0]], 4)).toEqual([{ winner: 2, losers: [0] }]);
    expect(choicesFromRankings([[2, 0]], 4, "below")).toEqual([
      { winner: 2, losers: [0, 1, 3] },
      { winner: 0, losers: [1, 3] },
    ]);
  });

  it("names groups without a finite estimate, and bad items", () => {
    const choices = [{ winner: 0, losers: [1] }];
    for (const run of [
      () => topOne(choices, 2),
      () => lsr(choices, 2),
      () => ilsr(choices, 2),
      () => rankCentrality(Float64Array.of(0, 1, 0, 0), 2),
    ]) {
      expect(run).toThrow(DisconnectedComparisonsError);
      expect(run).toThrow("[0] [1]");
    }
    expect(() => topOne([{ winner: 0, losers: [2] }], 2)).toThrow(UsageError);
    expect(() => topOne([{ winner: 0, losers: [0] }], 2)).toThrow(UsageError);
    expect([...topOne([], 1).logStrengths]).toEqual([0]);
  });
});
