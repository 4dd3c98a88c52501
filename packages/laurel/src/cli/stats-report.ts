import { forestChart, type Html, html, htmlTable, lineChart, raw, text } from "../report/index.ts";
import type { Result } from "../run/table/index.ts";
import { ends, pText } from "./figures.ts";
import { savePage } from "./pages.ts";
import { short, whole } from "./terminal.ts";

const mostRows = 60;

/** A page of a result: its figures, its estimates with their intervals, its table and notes. */
export async function writeStatsReport(title: string, result: Result, out: string): Promise<void> {
  const { lines, notes = [], figures = [] } = result;
  const drawn = lines.flatMap(({ name, estimate }) => (estimate === undefined ? [] : [{ name, estimate }]));
  const finite = drawn.filter(({ estimate: { low, high } }) => Number.isFinite(low) && Number.isFinite(high));
  const first = drawn[0]?.estimate;
  const body: Html[] = [
    html`<h1>${text(title)}</h1>`,
    html`<ul>${notes.map((note) => html`<li>${text(note)}</li>`)}</ul>`,
    html`<div class="charts">${figures.map((figure) => raw(lineChart(figure.series, figure)))}</div>`,
    finite.length === 0
      ? raw("")
      : raw(
          forestChart(finite.slice(0, mostRows), {
            title: "Estimates",
            x: first === undefined ? "" : `value, ${short(first.level * 100)} % interval`,
            note: finite.length > mostRows ? `the first ${mostRows} of ${finite.length}` : undefined,
          }),
        ),
    htmlTable(
      ["", "value", "interval", "n", "unscored", "p", "how"],
      lines.map(({ name, estimate, p, value }) => [
        name,
        estimate === undefined
          ? typeof value === "number"
            ? short(value, 4)
            : (value ?? "")
          : short(estimate.value, 4),
        estimate === undefined ? "" : ends(estimate, 4),
        estimate === undefined ? "" : whole(estimate.n),
        estimate === undefined ? "" : whole(estimate.unscored),
        p === undefined ? "" : pText(p),
        estimate === undefined ? "" : estimate.method,
      ]),
    ),
  ];
  await savePage(out, title, body);
}
