import type { Estimate } from "laurel";
import { lineChart, reliabilityChart, type Series } from "laurel/report";
import type { ArtefactConfig } from "laurel/rewards/learned";
import type { FitPoint } from "./fit.ts";
import type { Measured } from "./measure.ts";
import { objectives } from "./objectives.ts";
import type { Prepared } from "./prepare.ts";

/** A model card and its charts. */
export interface Card {
  /** The folder's further files by name: `README.md` and the charts it shows. */
  files: Readonly<Record<string, string>>;
  /** What is known to be weak, in sentences. */
  weaknesses: readonly string[];
}

interface Parts {
  prepared: Prepared;
  config: Omit<ArtefactConfig, "format" | "version" | "weights">;
  measured: Measured | undefined;
  curves: readonly (readonly FitPoint[])[];
  notes: readonly string[];
}

const rows = new Map([
  ["accuracy", "accuracy: the better of two gets the higher score"],
  ["lengthOnly", "baseline: the length alone"],
  ["majority", "baseline: the place in the row alone"],
  ["gainOverLength", "gain over the length alone, paired"],
  ["crossValidatedAccuracy", "accuracy on all rows, cross-validated"],
  ["crossValidatedLengthOnly", "baseline: the length alone, on all rows"],
  ["crossValidatedGainOverLength", "gain over the length alone, on all rows"],
  ["logLoss", "log-loss (a coin: 0.693)"],
  ["calibrationError", "calibration error (root mean square, debiased)"],
  ["lengthCorrelation", "rank correlation of score and length"],
  ["rankCorrelation", "rank correlation of score and rating"],
  ["squaredError", "squared error"],
  ["squaredErrorOfMean", "baseline: squared error of the training mean"],
]);

const three = (value: number): string => value.toFixed(3);
const cell = (text: string): string => text.replace(/\|/g, "\\|").replace(/\s+/g, " ");
const figure = ({ value, low, high }: Estimate): string => `${three(value)} [${three(low)}, ${three(high)}]`;

/** What the figures say against the reward, in sentences. Each names the figure that it rests on. */
function weaknessesOf({ prepared, config, measured }: Parts): string[] {
  const found: string[] = [];
  const { lengthCorrelation, calibrationError, majority } = config.metrics;
  // of the two, the figure from more rows
  const accuracy = config.metrics["crossValidatedAccuracy"] ?? config.metrics["accuracy"];
  const gainOverLength = config.metrics["crossValidatedGainOverLength"] ?? config.metrics["gainOverLength"];
  if (accuracy === undefined) found.push("It was not measured on any rows that were held out.");
  else if (accuracy.low <= 0.5)
    found.push(`It is not shown to be better than a coin: the interval of its accuracy is ${figure(accuracy)}.`);
  if (gainOverLength !== undefined && gainOverLength.low <= 0)
    found.push(
      `It is not shown to know more than the length of the answer: ${figure(gainOverLength)} of gain in accuracy over the length alone.`,
    );
  if (majority !== undefined && majority.low > 0.5)
    found.push(
      `The labels lean to a place in the row (${figure(majority)}), which this reward cannot see; a judge that sees both answers can.`,
    );
  if (lengthCorrelation !== undefined && Math.abs(lengthCorrelation.value) >= 0.3)
    found.push(
      `Its score goes with the answer's length (rank correlation ${figure(lengthCorrelation)}): who optimises it may get ${lengthCorrelation.value > 0 ? "longer" : "shorter"} answers.`,
    );
  if (calibrationError !== undefined && calibrationError.low > 0.05)
    found.push(`Its probabilities are off by ${figure(calibrationError)}.`);
  const worst = Object.entries(measured?.subsets ?? {})
    .flatMap(([key, values]) =>
      Object.entries(values).map(([value, { accuracy: own, n }]) => ({ name: `${key} ${value}`, own, n })),
    )
    .filter(({ own, n }) => own !== undefined && n >= 10 && accuracy !== undefined && own.high < accuracy.value)
    .sort((a, b) => a.own!.value - b.own!.value);
  for (const { name, own, n } of worst.slice(0, 3))
    found.push(`On ${cell(name)} it is right less often: ${figure(own!)} of ${n} rows.`);
  const { embedder } = config.features;
  if (typeof embedder === "string" && /^hash(:|$)/.test(embedder))
    found.push("Its features are hashed words and parts of words: it knows nothing of meaning, order or truth.");
  if (typeof embedder === "string" && /^minilm(:|$)/.test(embedder)) {
    const long = prepared.data.items.filter(({ candidate }) => JSON.stringify(candidate.output).length > 1200).length;
    if (long > 0)
      found.push(
        `Its encoder reads about the first 200 words of a text: ${long} of ${prepared.data.items.length} answers are longer than 1,200 characters.`,
      );
  }
  found.push(
    "It was measured on rows like those it was trained on. Answers of another kind, and answers that were optimised against it, may fool it: see `laurel audit reward --stress` and `laurel rehearse`.",
  );
  return found;
}

function curveChart(curves: Parts["curves"]): string {
  const several = curves.length > 1;
  const series: Series[] = curves.flatMap((curve, m) => [
    { name: several ? `training ${m + 1}` : "training", points: curve.map(({ step, loss }) => ({ x: step, y: loss })) },
    {
      name: several ? `validation ${m + 1}` : "validation",
      points: curve.flatMap(({ step, validationLoss }) =>
        validationLoss === undefined ? [] : [{ x: step, y: validationLoss }],
      ),
    },
  ]);
  return lineChart(
    series.filter(({ points }) => points.length > 0),
    { title: "Loss", x: "step", y: "loss" },
  );
}

/**
 * The model card, generated from what was measured: what the reward is, its figures with intervals beside baselines, calibration, subsets,
 * known weaknesses, how it was trained and how it is used.
 */
export function cardFiles(parts: Parts): Card {
  const { config, measured, notes } = parts;
  const weaknesses = weaknessesOf(parts);
  const { data, features, objective, head } = config;
  const files: Record<string, string> = { "curve.svg": curveChart(parts.curves) };
  const lines: string[] = [
    "# A learned reward",
    "",
    `A ${head.kind} head on ${features.name} features (${features.encoding}), trained with the objective ${objective.name} (${objectives[objective.name]!.source}) on ${data.train.rows} rows of ${data.train.prompts} prompts. Scores are ${config.scale === "logit" ? "in logits: σ(r(a) − r(b)) is the probability that a is preferred to b for the same prompt" : "on the ratings' own scale"}.`,
    "",
    "This card was written by `laurel train` from what it measured.",
    "",
    "## What it can do",
    "",
  ];
  if (measured === undefined) lines.push("Nothing was held out, so nothing was measured.", "");
  else {
    lines.push(
      `On ${data.test.rows} rows of ${data.test.prompts} prompts that were held out (no prompt is in two parts), with 95 % intervals by prompt:`,
      "",
      "| what | value | n |",
      "|---|---|---|",
    );
    const crossed = config.metrics["crossValidatedAccuracy"] !== undefined;
    for (const [name, title] of rows) {
      const own = config.metrics[name];
      if (own !== undefined) lines.push(`| ${title} | ${figure(own)} | ${own.n} |`);
    }
    lines.push("");
    if (crossed)
      lines.push(
        "Cross-validated figures are of heads that were trained the same way on other parts of the rows; each row is scored by a head that has not seen its prompt.",
        "",
      );
    if (measured.reliability.length > 0) {
      files["calibration.svg"] = reliabilityChart(
        measured.reliability.map(({ confidence, accuracy, n }) => ({ confidence, accuracy, n })),
        { title: "Calibration", note: `${measured.metrics["accuracy"]?.n} pairs, 95 % intervals` },
      );
      lines.push("![How often it is right, against how sure it is](calibration.svg)", "");
    }
    for (const [key, values] of Object.entries(measured.subsets)) {
      const own = Object.entries(values).sort(([, a], [, b]) => b.n - a.n);
      lines.push(`| ${cell(key)} | accuracy | n |`, "|---|---|---|");
      for (const [value, { accuracy, n }] of own.slice(0, 20))
        lines.push(`| ${cell(value)} | ${accuracy === undefined ? "too few prompts" : figure(accuracy)} | ${n} |`);
      if (own.length > 20) lines.push(`| and ${own.length - 20} more | | |`);
      lines.push("");
    }
  }
  lines.push("## Known weaknesses", "", ...weaknesses.map((one) => `- ${one}`), "");
  if (notes.length > 0) lines.push("## Notes of the training", "", ...notes.map((one) => `- ${one}`), "");
  lines.push(
    "## How it was trained",
    "",
    "| | |",
    "|---|---|",
    `| data | ${data.sources.map(({ name, rows: n, weight }) => cell(`${name} (${n} rows${weight === undefined ? "" : `, weight ${weight}`})`)).join(", ")}; hash ${data.hash.slice(0, 16)} |`,
    `| parts | training ${data.train.rows} rows, validation ${data.validation.rows}, test ${data.test.rows}; by prompt |`,
    `| features | ${cell(features.name)}, ${features.dim} numbers a vector, ${features.encoding}; fingerprint ${features.fingerprint ?? "unknown"} |`,
    `| objective | ${objective.name} ${cell(JSON.stringify(objective.settings))} |`,
    `| loop | ${cell(JSON.stringify(config.training.settings))} |`,
    ...config.training.members.map(
      (one, i) =>
        `| seed ${i + 1} | ${String(one["steps"])} steps, weights of step ${String(one["best"])}${one["stopped"] === "early" ? ", stopped early" : ""}; scores divided by ${three(one["temperature"] as number)} |`,
    ),
    "",
    "![Loss by step](curve.svg)",
    "",
    "## How it is used",
    "",
    "```yaml",
    "kind: learned",
    "path: .   # this folder",
    "```",
    "",
    '`laurel score FILE --reward FOLDER`, `rewardFrom({ kind: "learned", path })`, or behind `laurel serve`.',
    "",
  );
  files["README.md"] = lines.join("\n");
  return { files, weaknesses };
}
