import { forestChart, type Html, html, htmlTable, lineChart, raw, reliabilityChart, text } from "../report/index.ts";
import type { AuditFile } from "./audit-judge.ts";
import { type JudgeFact, judgeFacts, summaryHeader, summaryRows } from "./audit-judge-facts.ts";
import { figure, pText } from "./figures.ts";
import { savePage } from "./pages.ts";
import { shown } from "./paths.ts";
import { counted, short, whole } from "./terminal.ts";

function forest(title: string, x: string, note: string, facts: readonly JudgeFact[], line?: number): Html {
  const rows = facts.flatMap(({ name, estimate }) => (estimate === undefined ? [] : [{ name, estimate }]));
  return rows.length === 0 ? raw("") : raw(forestChart(rows, { title, x, note, line }));
}

function factTable(facts: readonly JudgeFact[]): Html {
  return htmlTable(
    ["what", "estimate and interval", "n", "how"],
    facts.flatMap(({ name, estimate, more }) =>
      estimate === undefined
        ? []
        : [[name, figure(estimate), estimate.n, more === undefined ? estimate.method : `${more}; ${estimate.method}`]],
    ),
  );
}

/** Writes the report of `laurel audit judge`: forest plots of shares, biases and subsets, reliability diagrams, and the differences. */
export async function writeJudgeReport({ file, audits, between }: AuditFile, out: string): Promise<void> {
  const body: Html[] = [
    html`<h1>${text(`Audit of ${audits.length === 1 ? audits[0]!.judge : counted(audits.length, "judges")} on ${shown(file)}`)}</h1>`,
  ];
  if (audits.length > 1) {
    body.push(
      forest(
        "Accuracy",
        "accuracy over both orders, 95 % interval by prompt",
        "ties count half; the line marks an even choice",
        [...audits]
          .sort((a, b) => (b.accuracy?.value ?? -1) - (a.accuracy?.value ?? -1))
          .slice(0, 60)
          .map(({ judge, accuracy }) => ({ name: judge, estimate: accuracy })),
        0.5,
      ),
      htmlTable(summaryHeader, summaryRows(audits)),
      html`<h2>Differences</h2><p>${text(
        `${whole(between.filter(({ better }) => better === "within noise").length)} of ${counted(between.length, "differences")} are within noise: paired by prompt, p corrected for all of them (Holm).`,
      )}</p>`,
      htmlTable(
        ["A", "B", "A − B", "p, Holm", ""],
        between
          .slice(0, 400)
          .map(({ a, b, difference, pHolm, better }) => [
            a,
            b,
            figure(difference),
            pText(pHolm),
            better === "within noise" ? better : `${better === "a" ? "A" : "B"} is better`,
          ]),
      ),
    );
  }
  for (const audit of audits.length > 12 ? [] : audits) {
    const { shares, effects } = judgeFacts(audit);
    const subsets = Object.entries(audit.subsets).flatMap(([key, values]) =>
      Object.entries(values).map(([value, { accuracy }]) => ({ name: `${key}: ${value}`, estimate: accuracy })),
    );
    body.push(
      html`<h2>${text(audit.judge)}</h2><p class="muted">${text(
        `${counted(audit.pairs, "pairs")} of ${counted(audit.prompts, "prompts")}, ${counted(audit.labelled, "labelled")}, ${counted(audit.verdicts, "verdicts")}; fingerprint ${audit.fingerprint ?? "unknown"}`,
      )}</p>`,
      forest("Shares", "share with its interval", "accuracy of a coin is 0.5", shares, 0.5),
      forest(
        "Biases and agreement",
        "0 is no bias, and agreement as of chance",
        "log-odds from one logistic regression",
        effects,
        0,
      ),
      forest("Accuracy by subset", "accuracy with its interval", "ties count half", subsets, 0.5),
      audit.votes === undefined
        ? raw("")
        : raw(
            lineChart(
              [
                {
                  name: "majority",
                  points: audit.votes.k.map((k, i) => {
                    const { value, low, high } = audit.votes!.accuracy[i]!;
                    return { x: k, y: value, low, high };
                  }),
                },
              ],
              {
                title: "Accuracy by votes",
                x: "verdicts that vote",
                y: "accuracy of the majority",
                note: `a split vote is half right; ${audit.votes.shape === "falls" ? "more votes make this judge worse" : audit.votes.shape === "rises" ? "more votes help" : "no change by votes shown"}`,
              },
            ),
          ),
      audit.calibration === undefined
        ? raw("")
        : raw(
            reliabilityChart(audit.calibration.bins, {
              title: "Reliability",
              note: `how sure (${audit.calibration.of}) against how often right; calibration error ${short(audit.calibration.ece.value)}`,
            }),
          ),
      factTable([...shares, ...effects, ...subsets]),
      audit.notes.length === 0
        ? raw("")
        : html`<p class="muted">Not measured:</p><ul>${audit.notes.map((note) => html`<li>${text(note)}</li>`)}</ul>`,
    );
  }
  await savePage(out, `Laurel: audit of judges on ${shown(file)}`, body);
}
