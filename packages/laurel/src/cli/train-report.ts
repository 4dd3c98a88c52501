import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { writeFailure } from "../io/index.ts";
import { html, htmlTable, lineChart, page, raw, type Series, text } from "../report/index.ts";
import type { ArtefactConfig } from "../rewards/learned/artefact.ts";
import { figure } from "./figures.ts";

/** A point of a training's curves: the laboratory's `FitPoint`. */
export interface CurvePoint {
  step: number;
  loss: number;
  gradientNorm: number;
  rate: number;
  validationLoss?: number | undefined;
  accuracy?: { value: number; low: number; high: number } | undefined;
}

/** A training as a page: its figures, its curves seed by seed, and its card's warnings. */
export function writeTrainReport(
  path: string,
  title: string,
  config: ArtefactConfig,
  curves: readonly (readonly CurvePoint[])[],
  sentences: readonly string[],
  charts: readonly string[],
): void {
  const named = (name: string, m: number): string => (curves.length > 1 ? `${name} ${m + 1}` : name);
  const of = (name: string, pick: (one: CurvePoint) => number | undefined): Series[] =>
    curves.map((curve, m) => ({
      name: named(name, m),
      points: curve.flatMap((one) => {
        const y = pick(one);
        return y === undefined ? [] : [{ x: one.step, y }];
      }),
    }));
  const accuracy: Series[] = curves.map((curve, m) => ({
    name: named("accuracy", m),
    points: curve.flatMap(({ step, accuracy: own }) =>
      own === undefined ? [] : [{ x: step, y: own.value, low: own.low, high: own.high }],
    ),
  }));
  const drawn = (series: readonly Series[], chart: { title: string; y: string; note?: string }) => {
    const some = series.filter(({ points }) => points.length > 0);
    return some.length === 0 ? [] : [raw(`<div>${lineChart(some, { ...chart, x: "step" })}</div>`)];
  };
  const body = [
    html`<h1>${text(title)}</h1>`,
    html`<p>${text(`${config.head.kind} head, ${config.features.name} features (${config.features.encoding}), objective ${config.objective.name}; ${config.data.train.rows} rows of ${config.data.train.prompts} prompts`)}</p>`,
    htmlTable(
      ["held out", "value", "n"],
      Object.entries(config.metrics).map(([name, one]) => [name, figure(one), one.n]),
    ),
    html`<div class="charts">${[
      ...drawn([...of("training", ({ loss }) => loss), ...of("validation", ({ validationLoss }) => validationLoss)], {
        title: "Loss",
        y: "loss",
      }),
      ...drawn(accuracy, { title: "Accuracy on the validation part", y: "accuracy", note: "95 % intervals by prompt" }),
      ...drawn(
        of("norm", ({ gradientNorm }) => gradientNorm),
        { title: "Norm of the gradient", y: "norm" },
      ),
      ...drawn(
        of("rate", ({ rate }) => rate),
        { title: "Learning rate", y: "rate" },
      ),
      ...charts.map((chart) => raw(`<div>${chart}</div>`)),
    ]}</div>`,
    html`<h2>Known weaknesses and notes</h2>`,
    html`<ul>${sentences.map((one) => html`<li>${text(one)}</li>`)}</ul>`,
  ];
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, page(title, body));
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}
