import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LaurelError, type PreferenceMatrix, seedFrom } from "../core/index.ts";
import { cohenKappa, fleissKappa, gwetAC } from "./agreement.ts";
import { zermelo } from "./bradley-terry.ts";
import { bradleyTerryBootstrap, bradleyTerryIntervals } from "./bradley-terry-intervals.ts";
import { brier, brierDecomposition, logLoss } from "./brier.ts";
import { ece, reliabilityCurve } from "./calibration.ts";
import { capabilityMatrix } from "./capabilities.ts";
import { axisSpread, cellTable, worstCell } from "./cells.ts";
import { binaryReport, classWeightedF1, f1Report } from "./classification.ts";
import { kendall, pearson, spearman } from "./correlation.ts";
import { elo, eloOrderSensitivity } from "./elo.ts";
import { hodgeRank, intransitivity } from "./intransitivity.ts";
import { krippendorffAlpha } from "./krippendorff.ts";
import { plackettLuce } from "./plackett-luce.ts";
import { borda, copeland, meanRank } from "./rank-aggregation.ts";
import { ilsr, lsr, rankCentrality } from "./spectral.ts";
import { bradleyTerryTies } from "./ties.ts";

/** The path of the first number that is NaN or infinite, if any. */
function unsound(value: unknown, path = ""): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${path} = ${value}`;
  if (value === null || typeof value !== "object") return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = unsound(inner, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Runs must give finite numbers or a typed error. */
function sound(runs: Readonly<Record<string, () => unknown>>): void {
  for (const [name, run] of Object.entries(runs)) {
    let result: unknown;
    try {
      result = run();
    } catch (error) {
      if (!(error instanceof LaurelError)) throw new Error(`${name} threw an untyped error`, { cause: error });
      continue;
    }
    const found = unsound(result, name);
    if (found !== undefined) expect.fail(found);
  }
}

const seed = seedFrom("degenerate");
const options = { seed, reps: 20 };
// Few distinct values and short lists, so that empty, single, constant and tied inputs are common.
const few = fc.integer({ min: 0, max: 2 });

describe("degenerate inputs give finite numbers or a typed error, never NaN", () => {
  it("for pairs of values, labels and forecasts", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(few, few), { maxLength: 7 }), (rows) => {
        const x = rows.map(([a]) => a);
        const y = rows.map(([, b]) => b);
        const p = x.map((a) => a / 2);
        const bit = y.map((b): 0 | 1 => (b > 0 ? 1 : 0));
        sound({
          pearson: () => pearson(x, y),
          spearman: () => spearman(x, y),
          kendall: () => kendall(x, y),
          kappa: () => cohenKappa(x, y),
          quadraticKappa: () => cohenKappa(x, y, { weights: "quadratic" }),
          f1: () => f1Report(x, y),
          binary: () =>
            binaryReport(
              x.map((a): 0 | 1 => (a > 0 ? 1 : 0)),
              bit,
            ),
          weightedF1: () =>
            classWeightedF1(
              x.map((a) => (a > 0 ? 1 : 0)),
              bit,
            ),
          brier: () => brier(p, bit),
          brierParts: () => brierDecomposition(p, bit, { by: { bins: 3 } }),
          logLoss: () => logLoss(p, bit),
          curve: () => reliabilityCurve(p, bit, { bins: 3, scheme: "equal-mass" }),
          ece: () => ece(p, bit, { ...options, bins: 3, debias: true }),
          ece2: () => ece(p, bit, { ...options, bins: 3, debias: true, norm: 2 }),
        });
      }),
      { numRuns: 400 },
    );
  });

  it("for tables of ratings and cells", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.option(few), { maxLength: 3 }), { maxLength: 5 }), (rows) => {
        const cells = rows.flatMap((row, i) =>
          row.map((x, j) => ({ at: { i: String(i), j: String(j) }, value: x === null ? null : x / 2 })),
        );
        const results = rows.flatMap((row, i) =>
          row.map((x, j) => ({ model: String(j), capability: "c", item: String(i), value: x === null ? null : x / 2 })),
        );
        sound({
          fleiss: () => fleissKappa(rows),
          gwet: () => gwetAC(rows, { weights: "linear" }),
          nominal: () => krippendorffAlpha(rows, { measure: "nominal", ...options }),
          ordinal: () => krippendorffAlpha(rows, { measure: "ordinal", ...options }),
          interval: () => krippendorffAlpha(rows, { measure: "interval", ...options, oneCategory: "one" }),
          worst: () => worstCell(cellTable(cells, ["i"])),
          spread: () => axisSpread(cellTable(cells, ["i", "j"]), "j", options),
          capabilities: () => capabilityMatrix(results, options),
        });
      }),
      { numRuns: 400 },
    );
  });

  it("for tables of wins, games, rankings and preferences", () => {
    const square = fc
      .integer({ min: 0, max: 4 })
      .chain((n) => fc.record({ n: fc.constant(n), entries: fc.array(few, { minLength: n * n, maxLength: n * n }) }));
    fc.assert(
      fc.property(square, ({ n, entries }) => {
        const wins = Float64Array.from(entries, (x, at) => (at % (n + 1) === 0 ? 0 : x));
        const tied = Float64Array.from(wins, (x, at) => Math.min(x, wins[(at % n) * n + Math.floor(at / n)]!));
        const pairs = Array.from(wins, (x, at) => ({ x, i: Math.floor(at / n), j: at % n })).filter(
          ({ i, j }) => i !== j,
        );
        const games = {
          first: Int32Array.from(pairs, ({ i }) => i),
          second: Int32Array.from(pairs, ({ j }) => j),
          result: Float64Array.from(pairs, ({ x }) => x / 2),
        };
        const p = Float64Array.from(wins, (x, at) => {
          const y = wins[(at % n) * n + Math.floor(at / n)]!;
          return x + y === 0 ? 0.5 : x / (x + y);
        });
        const weight = Float64Array.from(wins, (x, at) => x + wins[(at % n) * n + Math.floor(at / n)]!);
        const preferences: PreferenceMatrix = { n, p, weight, tie: new Float64Array(n * n), orderEffect: null };
        const rankings = Array.from({ length: n }, (_, i) => pairs.filter((g) => g.i === i && g.x > 0).map((g) => g.j));
        sound({
          zermelo: () => zermelo(wins, n),
          prior: () => zermelo(wins, n, { prior: 0.5 }),
          alpha: () => zermelo(wins, n, { alpha: 0.1 }),
          fisher: () => bradleyTerryIntervals(wins, n, { prior: 0.5 }),
          sandwich: () => bradleyTerryIntervals(wins, n, { covariance: "sandwich" }),
          bootstrap: () => bradleyTerryBootstrap(games, n, { ...options, alpha: 0.1 }),
          davidson: () => bradleyTerryTies(wins, tied, n),
          raoKupper: () => bradleyTerryTies(wins, tied, n, { model: "rao-kupper", prior: 0.5 }),
          lsr: () => lsr(wins, n),
          ilsr: () => ilsr(wins, n, { alpha: 0.1 }),
          rankCentrality: () => rankCentrality(wins, n, { alpha: 0.1 }),
          plackettLuce: () => plackettLuce(rankings, n, { unlisted: "below" }),
          plackettLuceAlpha: () => plackettLuce(rankings, n, { alpha: 0.1 }),
          copeland: () => copeland(wins, n),
          borda: () => borda(wins, n),
          meanRank: () => meanRank(wins, n),
          elo: () => elo(games, n),
          eloOrder: () => eloOrderSensitivity(games, n, { seed, shuffles: 5 }),
          triads: () => intransitivity(preferences),
          hodge: () => hodgeRank(preferences),
          hodgeLogit: () => hodgeRank(preferences, { flow: "logit" }),
        });
      }),
      { numRuns: 400 },
    );
  });
});
