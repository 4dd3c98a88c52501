import { resolve } from "node:path";
import { difficultyByGold } from "../bench/index.ts";
import type { Estimate } from "../core/index.ts";
import { forestChart, html, htmlTable, raw, text } from "../report/index.ts";
import { goldText } from "./bench-make.ts";
import type { MadeBySearch } from "./bench-search.ts";
import { figure } from "./figures.ts";
import { savePage } from "./pages.ts";
import { shown } from "./paths.ts";
import { counted, paint, plain, short, table, whole } from "./terminal.ts";

const header = ["topic", "round", "salience", "accuracy", "seen half", "difficulty", "separability", "novelty"];

/** The topics, the chosen ones first and those of lowest accuracy first among the rest. */
function sorted({ report }: MadeBySearch) {
  const place = new Map(report.chosen.map((name, i) => [name, i]));
  return [...report.topics].sort(
    (a, b) =>
      (place.get(a.name) ?? Number.POSITIVE_INFINITY) - (place.get(b.name) ?? Number.POSITIVE_INFINITY) ||
      a.report.accuracy.value - b.report.accuracy.value,
  );
}

function rowOf(one: MadeBySearch["report"]["topics"][number], width: number): string[] {
  return [
    plain(one.name, width),
    String(one.iteration + 1),
    one.salience === null ? "–" : short(one.salience),
    figure(one.report.accuracy, 2),
    short(one.selection.accuracy, 2),
    short(one.report.difficulty, 2),
    short(one.report.separability, 2),
    one.report.novelty === null ? "–" : short(one.report.novelty, 2),
  ];
}

/** What a search found, in lines of text that both the terminal and the page show. */
function facts({ report, gold }: MadeBySearch): string[] {
  const { found, first, harder, optimism, takers } = report;
  const line = (name: string, one: Estimate | null): string => `${name} ${one === null ? "–" : figure(one)}`;
  const explained = gold.wrong === undefined ? null : difficultyByGold(found.difficulty.value, gold.wrong.value);
  return [
    ...takers.map(
      (name, t) =>
        `accuracy of ${plain(name, 60)} ${figure(found.accuracies[t]!)} on the chosen topics, ${figure(first.accuracies[t]!)} on the first round's`,
    ),
    `${line("difficulty", found.difficulty)}, ${line("separability", found.separability)}, ${line("novelty", found.novelty)}`,
    ...(harder === null
      ? []
      : [
          `first round less chosen topics: ${figure(harder)} (${harder.method}; questions that had no part in the choice)`,
        ]),
    `on the half by which they were chosen the topics look ${short(Math.abs(optimism))} ${optimism >= 0 ? "harder" : "easier"} than on this one`,
    goldText(gold),
    ...(explained === null || explained.explained === 0
      ? []
      : [`of the difficulty, ${short(explained.explained)} would be explained by wrong gold`]),
  ];
}

/** The terminal's view of a search. */
export function searchText(made: MadeBySearch, page: string | undefined): string[] {
  const { report, out, rows } = made;
  const others = report.topics.length - report.chosen.length;
  return [
    `${paint("bold", shown(resolve(out)))}: ${counted(rows, "pairs")} of ${counted(report.chosen.length, "topics")}, chosen from ${counted(report.topics.length, "topics")} in ${counted(report.rounds, "rounds")}`,
    ...facts(made).map((one) => `  ${one}`),
    "",
    table(
      header,
      sorted(made)
        .slice(0, report.chosen.length)
        .map((one) => rowOf(one, 64)),
    ),
    ...(others > 0 ? [`and ${whole(others)} that were not chosen; --json and --html have all`] : []),
    ...(report.dropped.length > 0
      ? [
          `${counted(report.dropped.length, "topics")} dropped, such as '${plain(report.dropped[0]!.name, 50)}': ${plain(report.dropped[0]!.why, 80)}`,
        ]
      : []),
    "",
    `Next: laurel eval ${shown(out)} --reward SPEC --subset topic   or   laurel bench run made ${shown(out)} --reward SPEC`,
    ...(page === undefined ? [] : [`report: ${shown(resolve(page))}`]),
  ];
}

/** Writes the page of a search. */
export async function writeSearchPage(made: MadeBySearch, path: string): Promise<void> {
  const { report } = made;
  const topics = sorted(made);
  const chosen = new Set(report.chosen);
  const chart = (some: typeof topics, title: string): string =>
    forestChart(
      some.slice(0, 40).map((one) => ({ name: plain(one.name, 34), estimate: one.report.accuracy })),
      { title, x: "accuracy, mean over takers", line: 0.5, note: "report half; Wilson intervals" },
    );
  await savePage(
    path,
    `A benchmark that ${report.takers.join(", ")} ${report.takers.length === 1 ? "fails" : "fail"}`,
    [
      html`<h1>A benchmark by search</h1><p class="muted">${text(`${made.proposer} proposer, ${made.writer} writer, ${report.rounds} rounds; takers: ${report.takers.join(", ")}`)}</p>`,
      html`<ul>${facts(made).map((one) => html`<li>${text(one)}</li>`)}</ul>`,
      raw(
        chart(
          topics.filter(({ name }) => chosen.has(name)),
          "The chosen topics",
        ),
      ),
      raw(
        chart(
          topics.filter(({ name }) => !chosen.has(name)),
          "Other topics, hardest first",
        ),
      ),
      html`<h2>All topics</h2>`,
      htmlTable(
        ["chosen", ...header],
        topics.map((one) => [one.chosen ? "yes" : "", ...rowOf(one, 120)]),
      ),
      ...(report.dropped.length === 0
        ? []
        : [
            html`<h2>Dropped</h2>`,
            htmlTable(
              ["topic", "round", "why"],
              report.dropped.map(({ name, why, iteration }) => [
                plain(name, 120),
                String(iteration + 1),
                plain(why, 120),
              ]),
            ),
          ]),
    ],
  );
}
