import {
  countEstimate,
  mcnemarDetectable,
  mcnemarNeeded,
  pairedTDetectable,
  pairedTNeeded,
  pairedTPower,
  predictionPoweredMean,
  roganGladen,
} from "../../stats/index.ts";
import type { Columns } from "./columns.ts";
import type { Method, Settings } from "./method.ts";

/** A judge's column beside labels that stand in some rows only. */
function judgedAndLabelled(columns: Columns, settings: Settings, judge: string, label: string) {
  const judged = columns.numbers(settings.text(judge, judge), "error");
  const labels = columns.numbers(settings.text(label, label), "null");
  const labelled = labels.flatMap((value, i) => (value === null ? [] : [{ label: value, judged: judged[i]! }]));
  return { labelled, others: judged.filter((_, i) => labels[i] === null) };
}

const ppi: Method = {
  about: "prediction-powered mean: few labels and a judge's scores of all rows",
  group: "judge",
  settings: {
    prediction: "column of the judge (default: prediction)",
    label: "column of labels, empty where there is none (default: label)",
  },
  run(columns, settings) {
    const { labelled, others } = judgedAndLabelled(columns, settings, "prediction", "label");
    const {
      lambda,
      standardError: _,
      gain,
      ...estimate
    } = predictionPoweredMean(
      labelled.map((one) => one.label),
      labelled.map((one) => one.judged),
      others,
      { level: settings.level },
    );
    return {
      lines: [
        { name: "mean", estimate },
        { name: "weight of the judge", value: lambda },
        { name: "as good as so many times the labels", value: gain },
      ],
    };
  },
};

const rogan: Method = {
  about: "true share of positives behind a 0/1 judge whose errors are known from labelled rows",
  group: "judge",
  settings: {
    judge: "column of 0/1 (default: judge)",
    label: "column of 0/1, empty where there is none (default: label)",
  },
  run(columns, settings) {
    const { labelled, others } = judgedAndLabelled(columns, settings, "judge", "label");
    const positives = labelled.filter((one) => one.label > 0);
    const negatives = labelled.filter((one) => one.label <= 0);
    const counts = {
      positive: others.filter((one) => one > 0).length,
      n: others.length,
      truePositive: positives.filter((one) => one.judged > 0).length,
      positives: positives.length,
      trueNegative: negatives.filter((one) => one.judged <= 0).length,
      negatives: negatives.length,
    };
    const { level } = settings;
    return {
      lines: [
        { name: "true share", estimate: roganGladen(counts, level) },
        { name: "as the judge has it", estimate: countEstimate(counts.positive, counts.n, { level }) },
        { name: "sensitivity", estimate: countEstimate(counts.truePositive, counts.positives, { level }) },
        { name: "specificity", estimate: countEstimate(counts.trueNegative, counts.negatives, { level }) },
      ],
    };
  },
};

const planned = { alpha: "level of the two-sided test (default: 0.05)", power: "default: 0.8" };
const options = (settings: Settings) => ({
  alpha: settings.number("alpha", 0.05),
  power: settings.number("power", 0.8),
});
const sd = "standard deviation of the paired differences";

function plan(
  about: string,
  settings: Record<string, string>,
  name: string,
  of: (settings: Settings) => number,
): Method {
  return {
    about,
    group: "planning",
    table: false,
    settings,
    run: (_, given) => ({ lines: [{ name, value: of(given) }] }),
  };
}

/** Methods about judges, and about how many rows are needed. */
export const planning: Readonly<Record<string, Method>> = {
  ppi,
  "rogan-gladen": rogan,
  needed: plan(
    "pairs that a paired t test needs to find a difference",
    { difference: "the smallest that matters", sd, ...planned },
    "pairs",
    (s) => pairedTNeeded(s.number("difference"), s.number("sd"), options(s)),
  ),
  detectable: plan("the smallest difference that n pairs find", { n: "pairs", sd, ...planned }, "difference", (s) =>
    pairedTDetectable(s.number("sd"), s.number("n"), options(s)),
  ),
  power: plan(
    "the power of a paired t test",
    { difference: "the true one", sd, n: "pairs", alpha: planned.alpha },
    "power",
    (s) => pairedTPower(s.number("difference"), s.number("sd"), s.number("n"), s.number("alpha", 0.05)),
  ),
  "mcnemar-needed": plan(
    "pairs that McNemar's exact test needs",
    { a: "share that only the first gets right", b: "share that only the second gets right", ...planned },
    "pairs",
    (s) => mcnemarNeeded(s.number("a"), s.number("b"), options(s)),
  ),
  "mcnemar-detectable": plan(
    "the smallest difference of accuracies that n pairs find",
    { n: "pairs", discordant: "share of pairs on which the two differ", ...planned },
    "difference",
    (s) => mcnemarDetectable(s.number("discordant"), s.number("n"), options(s)),
  ),
};
