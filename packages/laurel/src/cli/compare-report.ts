import type { Example } from "../core/index.ts";
import { forestChart, type Html, histogramChart, html, htmlTable, raw, text } from "../report/index.ts";
import type { Comparison, ScoreSource } from "../run/index.ts";
import { comparedName, compareFacts, disputeText } from "./compare-facts.ts";
import { pText } from "./figures.ts";
import { exampleCard, savePage, section } from "./pages.ts";
import { shown } from "./paths.ts";
import { short, whole } from "./terminal.ts";

/** Writes the report of `laurel compare`: the difference, by subset, the distribution of paired differences, and the most disputed rows. */
export async function writeCompareReport(
  result: Comparison,
  [a, b]: readonly [ScoreSource, ScoreSource],
  file: string | undefined,
  texts: ReadonlyMap<string, Example>,
  out: string,
): Promise<void> {
  const { difference, differences, margin } = result;
  const name = comparedName(result);
  const [head, ...facts] = compareFacts(result, a, b);
  const rows = Object.entries(result.subsets).flatMap(([key, values]) =>
    Object.entries(values)
      .sort((x, y) => y[1].n - x[1].n)
      .map(([value, one]) => ({ name: `${key}: ${value}`, ...one })),
  );
  const drawn = rows.flatMap(({ name: label, result: one }) =>
    one === undefined ? [] : [{ name: label, estimate: one.difference }],
  );
  const counts = { a: 0, b: 0, equal: 0 };
  for (const one of differences) counts[one > 0 ? "a" : one < 0 ? "b" : "equal"]++;
  const title = `A against B${file === undefined ? "" : ` on ${shown(file)}`}`;
  const body: Html[] = [
    html`<h1>${text(title)}</h1>`,
    html`<p><b>${text(head!)}</b></p>`,
    html`<ul>${facts.map((line) => html`<li>${text(line)}</li>`)}</ul>`,
    raw(
      forestChart([{ name: "all", estimate: difference }, ...drawn.slice(0, 40)], {
        title: "A - B",
        x: `difference, ${short(difference.level * 100)} % interval by prompt`,
        note: `n = ${whole(difference.n)} ${name}; the line marks ${margin === undefined ? "no difference" : `what is too much worse, ${-margin}`}`,
        line: margin === undefined ? 0 : -margin,
      }),
    ),
    rows.length === 0
      ? raw("")
      : htmlTable(
          ["subset", "A - B", "interval", "n", "unscored", "p", "p, Holm"],
          rows.map(({ name: label, n, unscored, result: one }) =>
            one === undefined
              ? [label, "too few", "", n, unscored, "", ""]
              : [
                  label,
                  short(one.difference.value),
                  `${short(one.difference.low)} to ${short(one.difference.high)}`,
                  n,
                  unscored,
                  pText(one.p.signFlip),
                  pText(one.pHolm),
                ],
          ),
        ),
    html`<h2>Paired differences</h2><p>${text(
      `A is ahead on ${whole(counts.a)} ${name}, B on ${whole(counts.b)}; ${whole(counts.equal)} are equal`,
    )}</p>`,
    raw(
      histogramChart(Array.from(differences), {
        title: "A - B of single items",
        x: result.of === "accuracy" ? "difference of credits: 1 where only A is right" : "difference of values",
        note: `n = ${whole(differences.length)} ${name} that both scored`,
      }),
    ),
    section(
      "Most disputed",
      "A and B part most on these; of equal differences, those where both are surest.",
      result.disputed.map((one) => exampleCard(one.id, disputeText(one), texts.get(one.id))),
    ),
  ];
  await savePage(out, "Laurel: A against B", body);
}
