import { UsageError } from "../../core/index.ts";
import {
  binaryReport,
  bootstrap,
  brier,
  cohenKappa,
  ece,
  f1Report,
  fleissKappa,
  gwetAC,
  kendall,
  krippendorffAlpha,
  type Label,
  logLoss,
  pearson,
  reliabilityCurve,
  spearman,
  starcBandit,
} from "../../stats/index.ts";
import { aucEstimate } from "../auc.ts";
import type { Columns } from "./columns.ts";
import { type Line, type Method, type Settings, says } from "./method.ts";

type Rows = readonly (readonly (Label | null)[])[];

const ratingSettings = {
  raters: "columns with a rating each, joined by + (default: all but id)",
  unit: "or, a row a rating: column of the unit (default: unit)",
  rater: "column of the rater (default: rater)",
  rating: "column of the rating (default: rating)",
  labels: "categories in order, joined by + (default: sorted)",
};

/** Ratings as units by raters, from a row a unit or a row a rating. */
function ratingsFrom(columns: Columns, settings: Settings): { rows: Rows; labels: Label[] | undefined } {
  const given = settings.list("labels");
  const [unit, rater, rating] = ["unit", "rater", "rating"].map((name) => settings.text(name, name)) as [
    string,
    string,
    string,
  ];
  const long =
    settings.has("rating") ||
    (settings.list("raters") === undefined && [unit, rater, rating].every((n) => columns.has(n)));
  let rows: (string | number | null)[][];
  if (long) {
    const units = columns.texts(unit);
    const raters = columns.texts(rater);
    const [values] = columns.labels(rating);
    const places = new Map<string, number>();
    for (const one of raters) if (!places.has(one)) places.set(one, places.size);
    const byUnit = new Map<string, (string | number | null)[]>();
    for (const [i, one] of units.entries()) {
      let row = byUnit.get(one);
      if (row === undefined) byUnit.set(one, (row = new Array<null>(places.size).fill(null)));
      const place = places.get(raters[i]!)!;
      if (row[place] !== null) throw new UsageError(`the rater '${raters[i]}' rated the unit '${one}' twice`);
      row[place] = values![i]!;
    }
    rows = [...byUnit.values()];
  } else {
    const names = settings.list("raters") ?? columns.names.filter((name) => name !== "id");
    const wide = columns.labels(...names);
    rows = Array.from({ length: columns.size }, (_, i) => wide.map((column) => column[i]!));
  }
  const numeric = rows.every((row) => row.every((one) => one === null || typeof one === "number"));
  return { rows, labels: given?.map((label) => (numeric ? Number(label) : label)) };
}

const krippendorff: Method = {
  about: "Krippendorff's alpha of any number of raters, with missing ratings",
  group: "agreement",
  settings: { ...ratingSettings, measure: "nominal (default), ordinal or interval", reps: "resamples (default: 1000)" },
  run(columns, settings) {
    const { rows, labels } = ratingsFrom(columns, settings);
    const estimate = krippendorffAlpha(rows, {
      measure: settings.choice("measure", ["nominal", "ordinal", "interval"], "nominal"),
      labels,
      seed: settings.seed,
      reps: settings.number("reps", 1000),
      level: settings.level,
    });
    return { lines: [{ name: "alpha", estimate }] };
  },
};

const weights = "none (default), linear or quadratic";
const weighting = (settings: Settings) => settings.choice("weights", ["none", "linear", "quadratic"], "none");

function many(about: string, name: string, of: typeof fleissKappa): Method {
  return {
    about,
    group: "agreement",
    settings: { ...ratingSettings, weights },
    run(columns, settings) {
      const { rows, labels } = ratingsFrom(columns, settings);
      return { lines: [{ name, estimate: of(rows, { labels, weights: weighting(settings), level: settings.level }) }] };
    },
  };
}

const cohen: Method = {
  about: "Cohen's kappa of two raters",
  group: "agreement",
  settings: {
    a: "column of the first (default: a)",
    b: "column of the second (default: b)",
    labels: ratingSettings.labels,
    weights,
  },
  run(columns, settings) {
    const [a, b] = columns.labels(settings.text("a", "a"), settings.text("b", "b"));
    const numeric = [...a!, ...b!].every((one) => one === null || typeof one === "number");
    const labels = settings.list("labels")?.map((label) => (numeric ? Number(label) : label));
    return {
      lines: [
        {
          name: "kappa",
          estimate: cohenKappa(a!, b!, { labels, weights: weighting(settings), level: settings.level }),
        },
      ],
    };
  },
};

function correlation(about: string, name: string, of: typeof pearson): Method {
  return {
    about,
    group: "association",
    settings: { x: "column (default: x)", y: "column (default: y)" },
    run(columns, settings) {
      const x = columns.numbers(settings.text("x", "x"), "null");
      const y = columns.numbers(settings.text("y", "y"), "null");
      const kept = x.flatMap((value, i) => (value === null || y[i] === null ? [] : [i]));
      const { p, ...estimate } = of(
        kept.map((i) => x[i]!),
        kept.map((i) => y[i]!),
        settings.level,
      );
      return { lines: [{ name, estimate: { ...estimate, unscored: x.length - kept.length }, p }] };
    },
  };
}

const forecasts = {
  forecast: "column of probabilities (default: forecast)",
  outcome: "column of 0/1 (default: outcome)",
};

function forecastMethod(
  about: string,
  more: Record<string, string>,
  of: (f: number[], o: number[], s: Settings) => Line[],
): Method {
  return {
    about,
    group: "association",
    settings: { ...forecasts, ...more },
    run: (columns, settings) => ({
      lines: of(
        columns.numbers(settings.text("forecast", "forecast"), "error"),
        columns.numbers(settings.text("outcome", "outcome"), "error"),
        settings,
      ),
    }),
  };
}

const binning = { bins: "bins (default: 10)", scheme: "equal-width (default) or equal-mass" };
const binsOf = (settings: Settings) => ({
  bins: settings.number("bins", 10),
  scheme: settings.choice("scheme", ["equal-width", "equal-mass"], "equal-width"),
});

const binary: Method = {
  about: "precision, recall, F1, accuracy of 0/1 predictions",
  group: "association",
  settings: { predicted: "column of 0/1, may be empty (default: predicted)", gold: "column of 0/1 (default: gold)" },
  run(columns, settings) {
    const predicted = columns.numbers(settings.text("predicted", "predicted"), "null") as (0 | 1 | null)[];
    const gold = columns.numbers(settings.text("gold", "gold"), "error") as (0 | 1)[];
    const { counts, ...rates } = binaryReport(predicted, gold, { level: settings.level });
    return {
      lines: [
        ...Object.entries(rates).map(([name, estimate]) => ({
          name,
          estimate: estimate ?? undefined,
          value: estimate === null ? "0 of 0" : undefined,
        })),
        ...Object.entries(counts).map(([name, value]) => ({ name, value })),
      ],
    };
  },
};

const f1: Method = {
  about: "macro and weighted F1 of labels, with bootstrap intervals",
  group: "association",
  settings: { predicted: "column of labels (default: predicted)", gold: "column of labels (default: gold)" },
  run(columns, settings) {
    const [predicted, gold] = columns.labels(
      settings.text("predicted", "predicted"),
      settings.text("gold", "gold"),
    ) as [(string | number | null)[], (string | number)[]];
    const labels = f1Report(predicted, gold).labels;
    const lines = (["macro", "weighted"] as const).map((name): Line => {
      const of = (rows: Int32Array): number =>
        f1Report(
          Array.from(rows, (i) => predicted[i]!),
          Array.from(rows, (i) => gold[i]!),
          labels,
        )[name];
      const { value, low, high } = bootstrap(gold.length, of, {
        seed: settings.seed,
        reps: 1000,
        level: settings.level,
      });
      const unscored = predicted.filter((one) => one === null).length;
      const estimate = {
        value,
        low,
        high,
        level: settings.level,
        n: gold.length - unscored,
        unscored,
        method: "percentile bootstrap",
      };
      return { name: `${name} F1`, estimate };
    });
    return { lines };
  },
};

const auc: Method = {
  about: "area under the ROC curve, by prompt where there are clusters",
  group: "association",
  settings: {
    score: "column of numbers (default: score)",
    outcome: "column of 0/1 (default: outcome)",
    cluster: says.cluster,
  },
  run(columns, settings) {
    const score = columns.numbers(settings.text("score", "score"), "error");
    const outcome = columns.numbers(settings.text("outcome", "outcome"), "error");
    const clusters = settings.clusters(columns) ?? score.map((_, i) => String(i));
    return {
      lines: [
        {
          name: "AUC",
          estimate: aucEstimate(
            score,
            outcome.map((one) => one > 0),
            clusters,
            settings.level,
          ),
        },
      ],
    };
  },
};

const starc: Method = {
  about: "STARC distance of two rewards of the same answers: 0 alike, 1 unrelated, 2 opposite",
  group: "association",
  settings: { a: "column (default: a)", b: "column (default: b)", cluster: "column of the prompt (default: cluster)" },
  run(columns, settings) {
    const a = columns.numbers(settings.text("a", "a"), "error");
    const b = columns.numbers(settings.text("b", "b"), "error");
    const clusters = columns.texts(settings.text("cluster", "cluster"));
    const at = (rows: Int32Array): number =>
      starcBandit(
        Float64Array.from(rows, (i) => a[i]!),
        Float64Array.from(rows, (i) => b[i]!),
        Array.from(rows, (i) => clusters[i]!),
      );
    const { value, low, high } = bootstrap(a.length, at, {
      seed: settings.seed,
      reps: 1000,
      level: settings.level,
      clusters,
    });
    const estimate = {
      value,
      low,
      high,
      level: settings.level,
      n: a.length,
      clusters: new Set(clusters).size,
      unscored: 0,
      method: "percentile bootstrap by prompt",
    };
    return { lines: [{ name: "distance", estimate }] };
  },
};

/** Methods about how well columns go together. */
export const agreement: Readonly<Record<string, Method>> = {
  krippendorff,
  cohen,
  fleiss: many("Fleiss' kappa of many raters", "kappa", fleissKappa),
  gwet: many("Gwet's AC1 or AC2 of many raters", "AC", gwetAC),
  pearson: correlation("Pearson's correlation", "r", pearson),
  spearman: correlation("Spearman's rank correlation", "rho", spearman),
  kendall: correlation("Kendall's tau-b", "tau", kendall),
  ece: forecastMethod(
    "expected calibration error",
    { ...binning, debias: "yes takes out the upward bias" },
    (f, o, s) => [
      {
        name: "ECE",
        estimate: ece(f, o, {
          ...binsOf(s),
          seed: s.seed,
          level: s.level,
          debias: s.choice("debias", ["no", "yes"], "no") === "yes",
        }),
      },
    ],
  ),
  reliability: forecastMethod("reliability curve: share of positives by forecast", binning, (f, o, s) =>
    reliabilityCurve(f, o, { ...binsOf(s), level: s.level }).map(({ confidence, accuracy }) => ({
      name: `forecast ${confidence.toFixed(3)}`,
      estimate: accuracy,
    })),
  ),
  brier: forecastMethod("Brier score", {}, (f, o, s) => [{ name: "Brier score", estimate: brier(f, o, s.level) }]),
  "log-loss": forecastMethod("log-loss in nats", {}, (f, o, s) => [
    { name: "log-loss", estimate: logLoss(f, o, { level: s.level }) },
  ]),
  binary,
  f1,
  auc,
  starc,
};
