import type { Example } from "../core/index.ts";
import {
  classHistogram,
  forestChart,
  type Html,
  html,
  htmlTable,
  raw,
  reliabilityChart,
  text,
} from "../report/index.ts";
import type { Evaluation, Noted, ScoreSource } from "../run/index.ts";
import { calibrationLine, evalFacts, itemName } from "./eval-facts.ts";
import { basisText, figure } from "./figures.ts";
import { exampleCard, savePage, section } from "./pages.ts";
import { shown } from "./paths.ts";
import { counted, short, whole } from "./terminal.ts";

function cards(title: string, note: string, rows: readonly Noted[], texts: ReadonlyMap<string, Example>): Html {
  const made = rows.map((one) => {
    const dissent =
      (one.dissent ?? 0) === 0 ? "" : ` · ${short(one.dissent! * 100, 0)} % of the raters disagree with the label`;
    return exampleCard(one.id, `${one.which} margin ${short(one.margin)}${dissent}`, texts.get(one.id));
  });
  return section(title, note, made);
}

/** Writes the report of `laurel eval`: forest plot, reliability diagram, distributions, and the rows that are worth reading. */
export async function writeEvalReport(
  result: Evaluation,
  source: ScoreSource,
  file: string,
  texts: ReadonlyMap<string, Example>,
  out: string,
): Promise<void> {
  const { accuracy, made, calibration } = result;
  const name = itemName(made.basis);
  const rows = Object.entries(result.subsets).flatMap(([key, values]) =>
    Object.entries(values)
      .sort((a, b) => b[1].n - a[1].n)
      .map(([value, one]) => ({ name: `${key}: ${value}`, ...one })),
  );
  const drawn = rows.flatMap(({ name: label, accuracy: estimate }) =>
    estimate === undefined ? [] : [{ name: label, estimate }],
  );
  const body: Html[] = [
    html`<h1>${text(`${source.name} on ${shown(file)}`)}</h1>`,
    html`<p><b>${text(`accuracy ${figure(accuracy)}`)}</b> ${text(`(${basisText(accuracy, name)}; ${accuracy.method})`)}</p>`,
    html`<ul>${evalFacts(result).map((line) => html`<li>${text(line)}</li>`)}</ul>`,
    raw(
      forestChart([{ name: "all", estimate: accuracy }, ...drawn.slice(0, 40)], {
        title: "Accuracy",
        x: `accuracy, ${short(accuracy.level * 100)} % interval by prompt`,
        note: `n = ${whole(accuracy.n)} ${name}; the line marks an even choice`,
        line: result.chance?.value ?? 0.5,
      }),
    ),
    rows.length === 0
      ? raw("")
      : htmlTable(
          ["subset", "accuracy", "interval", "n", "unscored"],
          rows.map((one) => [
            one.name,
            one.accuracy === undefined ? "too few" : short(one.accuracy.value),
            one.accuracy === undefined ? "" : `${short(one.accuracy.low)} to ${short(one.accuracy.high)}`,
            one.n,
            one.unscored,
          ]),
        ),
    html`<h2>Calibration</h2><p>${text(calibrationLine(result))}</p>`,
    calibration === undefined
      ? raw("")
      : raw(
          reliabilityChart(calibration.bins, {
            title: "Reliability",
            note: `n = ${counted(calibration.n, "decisions")}; Wilson intervals by prompt; on the dashed line a forecast is right as often as it says`,
          }),
        ),
    html`<h2>Scores</h2>${raw(
      classHistogram(
        [
          { name: made.basis === "preferences" ? "preferred" : "right", values: result.values.right },
          { name: made.basis === "preferences" ? "not preferred" : "wrong", values: result.values.wrong },
        ],
        {
          title: "Values by class",
          x: "value, on the reward's own scale",
          note: "each class is scaled to its own number of values",
        },
      ),
    )}`,
    cards("Hardest", "Wrong, with the largest margins: errors of the reward, or of the labels.", result.hardest, texts),
    cards("Closest", "The reward can hardly tell the two sides apart.", result.closest, texts),
    cards("Most disputed", "The raters disagree on these.", result.disputed, texts),
  ];
  await savePage(out, `Laurel: ${source.name}`, body);
}
