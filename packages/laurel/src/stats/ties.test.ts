import { describe, expect, it } from "vitest";
import { expected } from "../../../../test/expected/stats-b/read.ts";
import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { zermelo } from "./bradley-terry.ts";
import { DisconnectedComparisonsError } from "./components.ts";
import { bradleyTerryTies } from "./ties.ts";

type Fit = { logStrengths: number[]; tie: number; logLikelihood: number };
const { cases } = expected<{ cases: { n: number; wins: number[]; ties: number[]; fits: Record<string, Fit> }[] }>(
  "ties",
);

describe("bradleyTerryTies", () => {
  it("finds SciPy's maximum of both likelihoods (parameters 1e-4 as far as SciPy's search goes, likelihood never lower)", () => {
    for (const c of cases)
      for (const model of ["davidson", "rao-kupper"] as const) {
        const fit = bradleyTerryTies(Float64Array.from(c.wins), Float64Array.from(c.ties), c.n, { model });
        const reference = c.fits[model]!;
        expect(fit.converged).toBe(true);
        expect(fit.logLikelihood).toBeGreaterThan(reference.logLikelihood - 1e-9);
        expect(fit.logLikelihood).toBeLessThan(reference.logLikelihood + 1e-6);
        expect(Math.abs(fit.tie - reference.tie)).toBeLessThan(1e-4);
        for (let i = 0; i < c.n; i++)
          expect(Math.abs(fit.logStrengths[i]! - reference.logStrengths[i]!)).toBeLessThan(1e-4);
      }
  });

  it("has the closed form of two items: Davidson nu = t / √(w l), strengths w / l (1e-9)", () => {
    const fit = bradleyTerryTies(Float64Array.of(0, 4, 2, 0), Float64Array.of(0, 3, 3, 0), 2);
    expect(fit.tie).toBeCloseTo(3 / Math.sqrt(8), 9);
    expect(fit.logStrengths[0]! - fit.logStrengths[1]!).toBeCloseTo(Math.log(2), 9);
    // Rao-Kupper fits the three shares exactly too: σ(d - e) = 4/9, σ(-d - e) = 2/9.
    const rk = bradleyTerryTies(Float64Array.of(0, 4, 2, 0), Float64Array.of(0, 3, 3, 0), 2, { model: "rao-kupper" });
    const logit = (p: number): number => Math.log(p / (1 - p));
    expect(Math.log(rk.tie)).toBeCloseTo(-(logit(4 / 9) + logit(2 / 9)) / 2, 9);
  });

  it("without ties gives zermelo's strengths and the parameter's limit", () => {
    const wins = Float64Array.of(0, 5, 3, 2, 0, 4, 3, 1, 0);
    const plain = zermelo(wins, 3).logStrengths;
    for (const [model, limit] of [
      ["davidson", 0],
      ["rao-kupper", 1],
    ] as const) {
      const fit = bradleyTerryTies(wins, new Float64Array(9), 3, { model });
      expect(fit.tie).toBe(limit);
      for (let i = 0; i < 3; i++) expect(fit.logStrengths[i]).toBeCloseTo(plain[i]!, 9);
    }
  });

  it("refuses what has no finite answer: all ties, disconnected items, ties that are not symmetric", () => {
    expect(() => bradleyTerryTies(new Float64Array(4), Float64Array.of(0, 3, 3, 0), 2)).toThrow(NotEnoughDataError);
    expect(() => bradleyTerryTies(Float64Array.of(0, 1, 0, 0), Float64Array.of(0, 2, 1, 0), 2)).toThrow(UsageError);
    expect(() =>
      bradleyTerryTies(Float64Array.of(0, 2, 0, 1, 0, 0, 0, 0, 0), Float64Array.of(0, 1, 0, 1, 0, 0, 0, 0, 0), 3),
    ).toThrow(DisconnectedComparisonsError);
  });
});
