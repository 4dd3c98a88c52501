import { isMissing, type StressAudit } from "../bench/index.ts";
import type { Estimate } from "../core/index.ts";
import { forestChart, type Html, html, htmlTable, lineChart, raw, reliabilityChart, text } from "../report/index.ts";
import type { StressPart } from "./audit-stress-text.ts";
import { savePage } from "./pages.ts";
import { shown } from "./paths.ts";
import { counted } from "./terminal.ts";

const known = (
  rows: readonly { name: string; estimate: Estimate | undefined }[],
): { name: string; estimate: Estimate }[] =>
  rows.flatMap(({ name, estimate }) => (estimate === undefined ? [] : [{ name, estimate }]));

/** The chart of a part, where it has one. */
function chartOf(audit: StressAudit, id: string): string | undefined {
  const { evaluation, difficulty, effects, perturbations, bestOfN, shift } = audit;
  const forest = (
    rows: readonly { name: string; estimate: Estimate | undefined }[],
    title: string,
    x: string,
    line: number,
  ): string | undefined => {
    const drawn = known(rows).slice(0, 40);
    return drawn.length === 0 ? undefined : forestChart(drawn, { title, x, note: "intervals by prompt", line });
  };
  if (id === "subsets")
    return forest(
      [
        { name: "all", estimate: evaluation.accuracy },
        ...Object.entries(evaluation.subsets).flatMap(([key, values]) =>
          Object.entries(values).map(([value, { accuracy }]) => ({ name: `${key}: ${value}`, estimate: accuracy })),
        ),
      ],
      "Accuracy",
      "accuracy",
      0.5,
    );
  if (id === "difficulty" && !isMissing(difficulty))
    return forest(
      difficulty.bins.map(({ name, accuracy }) => ({ name, estimate: accuracy })),
      `Accuracy by ${difficulty.by}`,
      "accuracy",
      0.5,
    );
  if (id === "calibration.logit" || id === "calibration.fitted") {
    const one = audit.calibration[id === "calibration.logit" ? "logit" : "fitted"];
    return isMissing(one)
      ? undefined
      : reliabilityChart(one.bins, {
          title: id === "calibration.logit" ? "Reliability, as log-odds" : "Reliability, temperature fitted",
          note: `n = ${counted(one.n, "decisions")}; Wilson intervals by prompt`,
        });
  }
  if (id === "effects" && !isMissing(effects))
    return forest(
      effects.effects.flatMap(({ term, reward, labels }) => [
        // one that decides alone would hide the others
        { name: `${term}, reward`, estimate: Math.abs(reward.value) > 15 ? undefined : reward },
        { name: `${term}, labels`, estimate: labels },
      ]),
      "Partial effects",
      "log-odds a unit",
      0,
    );
  if (id === "perturbations" && !isMissing(perturbations))
    return forest(
      perturbations.map(({ perturbation, both }) => ({ name: perturbation, estimate: both })),
      "Decisions that turn, both answers changed",
      "share",
      0,
    );
  if (id === "shift" && !isMissing(shift))
    return forest(
      shift.flatMap(({ key, sources }) =>
        sources.map(({ source, difference }) => ({ name: `${key}: ${source}`, estimate: difference })),
      ),
      "Accuracy inside less outside",
      "difference",
      0,
    );
  if (id === "best-of-n" && !isMissing(bestOfN)) {
    const { points, from } = bestOfN;
    return lineChart(
      [
        {
          name: "gold",
          points: points.map(({ kl, gold }) => ({ x: kl, y: gold.value, low: gold.low, high: gold.high })),
        },
        { name: "gold's own best", points: points.map(({ kl, oracle }) => ({ x: kl, y: oracle })) },
      ],
      { title: "Gold under best-of-n", x: "KL of best-of-n, nats", y: "gold", note: `gold from ${from}` },
    );
  }
  return undefined;
}

/** Writes the report of `laurel audit reward --stress`. */
export async function writeStressReport(
  audit: StressAudit,
  parts: readonly StressPart[],
  file: string,
  out: string,
): Promise<void> {
  const body: Html[] = [
    html`<h1>${text(`${audit.reward} under stress, on ${shown(file)}`)}</h1>`,
    html`<p class="muted">${text(`${counted(audit.examples, "tasks")}; ${audit.source === "scores" ? "from a score file" : "the reward itself was asked"}. All intervals are 95 %.`)}</p>`,
    ...parts.flatMap(({ id, title, meaning, missing, header, rows, notes }) => {
      const chart = chartOf(audit, id);
      return [
        html`<h2>${text(title)}</h2><p class="muted">${text(meaning)}</p>`,
        missing === undefined ? raw("") : html`<p>${text(`Not shown: ${missing}.`)}</p>`,
        chart === undefined ? raw("") : raw(chart),
        header.length === 0 ? raw("") : htmlTable(header, rows),
        ...notes.map((note) => html`<p>${text(note)}</p>`),
      ];
    }),
  ];
  await savePage(out, `Laurel: ${audit.reward} under stress`, body);
}
