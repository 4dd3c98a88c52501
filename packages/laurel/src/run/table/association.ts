import {
  aucEstimate,
  binaryReport,
  bootstrap,
  brier,
  ece,
  f1Report,
  kendall,
  logLoss,
  pearson,
  reliabilityCurve,
  spearman,
  starcBandit,
} from "../../stats/index.ts";
import { type Line, type Method, type Settings, says } from "./method.ts";

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
  cluster: says.cluster,
};

function forecastMethod(
  about: string,
  more: Record<string, string>,
  of: (f: number[], o: number[], s: Settings, clusters: string[] | undefined) => Line[],
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
        settings.clusters(columns),
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
  settings: {
    predicted: "column of 0/1, may be empty (default: predicted)",
    gold: "column of 0/1 (default: gold)",
    cluster: says.cluster,
  },
  run(columns, settings) {
    const predicted = columns.numbers(settings.text("predicted", "predicted"), "null") as (0 | 1 | null)[];
    const gold = columns.numbers(settings.text("gold", "gold"), "error") as (0 | 1)[];
    const clusters = settings.clusters(columns);
    const { counts, ...rates } = binaryReport(predicted, gold, { level: settings.level, clusters });
    return {
      lines: [
        ...Object.entries(rates).map(([name, estimate]) => ({
          name,
          estimate: estimate ?? undefined,
          value: estimate === null ? (clusters === undefined ? "0 of 0" : "too few") : undefined,
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
export const association: Readonly<Record<string, Method>> = {
  pearson: correlation("Pearson's correlation", "r", pearson),
  spearman: correlation("Spearman's rank correlation", "rho", spearman),
  kendall: correlation("Kendall's tau-b", "tau", kendall),
  ece: forecastMethod(
    "expected calibration error",
    { ...binning, debias: "yes takes out the upward bias" },
    (f, o, s, clusters) => [
      {
        name: "ECE",
        estimate: ece(f, o, {
          ...binsOf(s),
          seed: s.seed,
          level: s.level,
          clusters,
          debias: s.choice("debias", ["no", "yes"], "no") === "yes",
        }),
      },
    ],
  ),
  reliability: forecastMethod("reliability curve: share of positives by forecast", binning, (f, o, s, clusters) =>
    reliabilityCurve(f, o, { ...binsOf(s), level: s.level, clusters }).map(({ confidence, accuracy }) => ({
      name: `forecast ${confidence.toFixed(3)}`,
      estimate: accuracy,
    })),
  ),
  brier: forecastMethod("Brier score", {}, (f, o, s, clusters) => [
    { name: "Brier score", estimate: brier(f, o, s.level, clusters) },
  ]),
  "log-loss": forecastMethod("log-loss in nats", {}, (f, o, s, clusters) => [
    { name: "log-loss", estimate: logLoss(f, o, { level: s.level, clusters }) },
  ]),
  binary,
  f1,
  auc,
  starc,
};
