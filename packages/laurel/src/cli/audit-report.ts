import type { Example } from "../core/index.ts";
import { classHistogram, forestChart, type Html, html, htmlTable, raw, text } from "../report/index.ts";
import type { DataAudit, Finding } from "../run/index.ts";
import { figure } from "./figures.ts";
import { exampleCard, savePage } from "./pages.ts";
import { shown } from "./paths.ts";
import { counted, short } from "./terminal.ts";

function forest(title: string, note: string, findings: readonly Finding[], line?: number): Html {
  if (findings.length === 0) return raw("");
  return raw(
    forestChart(
      findings.map(({ id, estimate }) => ({ name: id, estimate })),
      { title, x: "estimate with its interval", note, line },
    ),
  );
}

/** Writes the report of `laurel audit data`: all findings with their intervals, the lengths by label, and rows of what exceeds its threshold. */
export async function writeAuditReport(
  result: DataAudit,
  file: string,
  texts: ReadonlyMap<string, Example>,
  out: string,
): Promise<void> {
  const { findings, labelled, lengths } = result;
  const exceeding = findings.filter(({ exceeds }) => exceeds);
  const confounds = findings.filter(({ within: [low, high] }) => low < 0.5 && high > 0.5 && high < 1);
  const others = findings.filter((one) => !confounds.includes(one));
  const body: Html[] = [
    html`<h1>${text(`Audit of ${shown(file)}`)}</h1>`,
    html`<p>${text(
      `${counted(result.rows, "rows")}, ${counted(result.candidates, "candidates")}, ${counted(labelled.pairs, "labelled pairs")}, ${counted(labelled.candidates, "labelled candidates")}`,
    )}</p>`,
    html`<p><b>${text(
      exceeding.length === 0
        ? "no finding exceeds its threshold"
        : `above their thresholds: ${counted(exceeding.length, "findings")}`,
    )}</b></p>`,
    ...exceeding.map(
      ({ id, about, estimate, within, advice, rows }) =>
        html`<h2>${text(id)}</h2><p>${text(
          `${about}: ${figure(estimate)}; in order within ${short(within[0])} to ${short(within[1])}`,
        )}</p><p class="muted">${text(advice)}</p>${rows.map((row) => exampleCard(row, "", texts.get(row)))}`,
    ),
    html`<h2>All findings</h2>`,
    forest(
      "Confounds",
      "left of the line: the other way round; in order between 0.4 and 0.6; level corrected for all features",
      confounds,
      0.5,
    ),
    forest("Everything else", "the table says within which ends each one is in order", others),
    htmlTable(
      ["finding", "what", "estimate", "in order within", "n", ""],
      findings.map(({ id, about, estimate, within, shown: there, exceeds }) => [
        id,
        about,
        figure(estimate),
        `${short(within[0])} to ${short(within[1])}`,
        estimate.n,
        exceeds ? "exceeds" : there ? "there, but not certainly beyond" : "",
      ]),
    ),
    lengths.right.length + lengths.wrong.length === 0
      ? raw("")
      : html`<h2>Lengths</h2>${raw(
          classHistogram(
            [
              { name: labelled.pairs > 0 ? "preferred" : "right", values: lengths.right },
              { name: labelled.pairs > 0 ? "not preferred" : "wrong", values: lengths.wrong },
            ],
            {
              title: "Length of the answers",
              x: "characters",
              note: "each class is scaled to its own number of answers",
            },
          ),
        )}`,
    html`<h2>Before training a reward on these rows</h2>`,
    htmlTable(
      ["check", "", "what was found and what to do"],
      result.training.map(({ id, severity, sentence }) => [id, severity, sentence]),
    ),
    result.skipped.length === 0
      ? raw("")
      : html`<h2>Not looked at</h2><ul>${result.skipped.map((one) => html`<li>${text(one)}</li>`)}</ul>`,
  ];
  await savePage(out, `Laurel: audit of ${shown(file)}`, body);
}
