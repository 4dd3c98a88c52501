import { resolve } from "node:path";
import {
  type ContaminationReport,
  type Continuation,
  contaminationVerdict,
  type FractionFacts,
  type SetFacts,
} from "../bench/contamination/index.ts";
import type { Estimate } from "../core/index.ts";
import { forestChart, type Html, html, htmlTable, lineChart, raw, text } from "../report/index.ts";
import { figure } from "./figures.ts";
import { savePage } from "./pages.ts";
import { shown } from "./paths.ts";
import { counted, short } from "./terminal.ts";

function curve(name: string, set: SetFacts | undefined, of: (one: FractionFacts) => Estimate | undefined) {
  const points = (set?.fractions ?? []).flatMap((one) => {
    const estimate = of(one);
    return estimate === undefined
      ? []
      : [{ x: 100 * one.fraction, y: estimate.value, low: estimate.low, high: estimate.high }];
  });
  return points.length === 0 ? [] : [{ name, points }];
}

function facts(set: SetFacts): Html {
  return htmlTable(
    ["given", "exact match", "chance", "ROUGE-L", "chance", "answer rate", "chance", "answers above chance", "n"],
    set.fractions.map((one) => [
      `${short(100 * one.fraction)} %`,
      figure(one.exact),
      figure(one.exactChance),
      figure(one.rougeL),
      figure(one.rougeChance),
      one.answer === undefined ? "–" : figure(one.answer),
      one.answerChance === undefined ? "–" : figure(one.answerChance),
      one.answerAboveChance === undefined ? "–" : figure(one.answerAboveChance),
      one.exact.n,
    ]),
  );
}

function card({ id, fraction, rest, continuation, exact, rougeL }: Continuation): Html {
  return html`<div class="card"><p><b>${text(id)}</b> ${text(`from ${short(100 * fraction)} %: ${exact ? "word for word" : `ROUGE-L ${short(rougeL)}`}`)}</p><pre>${text(rest.trim().slice(0, 1000))}</pre><pre>${text(continuation.trim().slice(0, 1000))}</pre></div>`;
}

/** Writes the page of `laurel audit contamination`: curves over the share that was given, differences, tables, and the most telling continuations. */
export async function writeContaminationReport(
  report: ContaminationReport,
  file: string,
  template: "none" | "chat",
  out: string,
): Promise<void> {
  const { audited, fresh, differences = [], continuations } = report;
  const x = "share of the question that is given, %";
  const telling = continuations
    .filter(({ set }) => set === "audited")
    .sort((a, b) => Number(b.exact) - Number(a.exact) || b.rougeL - a.rougeL || a.fraction - b.fraction);
  const cards = [...new Map(telling.map((one) => [one.id, one])).values()].slice(0, 12);
  const forest = differences.flatMap(({ fraction, exact, answerAboveChance }) => [
    { name: `exact match from ${short(100 * fraction)} %`, estimate: exact },
    ...(answerAboveChance === undefined
      ? []
      : [{ name: `answers from ${short(100 * fraction)} %`, estimate: answerAboveChance }]),
  ]);
  const body: Html[] = [
    html`<h1>${text(`Contamination: ${report.model} on ${shown(resolve(file))}`)}</h1>`,
    html`<p><b>${text(contaminationVerdict(report))}</b></p>`,
    html`<p class="muted">${text(
      `${counted(audited.tasks, "tasks")}, ${audited.tooShort} left out as too short; greedy, ${template === "none" ? "no template" : "through the chat template"}. Chance: the same continuations against other tasks' remainders and answers.`,
    )}</p>`,
    raw(
      lineChart(
        [
          ...curve("exact match", audited, (one) => one.exact),
          ...curve("exact match, fresh", fresh, (one) => one.exact),
          ...curve("answer rate", audited, (one) => one.answer),
          ...curve("answer rate, fresh", fresh, (one) => one.answer),
        ],
        { title: "What the model knows of the rest", x, y: "share of tasks" },
      ),
    ),
    raw(
      lineChart(
        [
          ...curve("ROUGE-L", audited, (one) => one.rougeL),
          ...curve("ROUGE-L, chance", audited, (one) => one.rougeChance),
          ...curve("ROUGE-L, fresh", fresh, (one) => one.rougeL),
        ],
        { title: "Likeness to the remainder", x, y: "mean F1" },
      ),
    ),
    forest.length === 0
      ? raw("")
      : raw(
          forestChart(forest, { title: "Audited less fresh", x: "difference", line: 0, note: "answers: above chance" }),
        ),
    html`<h2>Audited tasks</h2>`,
    facts(audited),
    ...(fresh === undefined ? [] : [html`<h2>Fresh tasks</h2>`, facts(fresh)]),
    html`<h2>The nearest continuations</h2><p class="muted">The true remainder, and what the model wrote.</p>${cards.map(card)}`,
  ];
  await savePage(out, `Laurel: contamination of ${report.model}`, body);
}
