import type { Estimate } from "../core/index.ts";
import { forestChart, type Html, html, htmlTable, page, raw, text } from "../report/index.ts";
import type { Duel, Leaderboard } from "./leaderboard.ts";

const digits = (value: number | undefined, n = 4): string => (value === undefined ? "" : value.toFixed(n));
const ranks = ([best, worst]: readonly [number, number]): string =>
  best === worst ? String(best) : `${best}–${worst}`;

/** A leaderboard as CSV: a row a system. */
export function leaderboardCsv({ standings, figure }: Leaderboard): string {
  const subsets = [...new Set(standings.flatMap((one) => Object.keys(one.subsets)))];
  const cell = (value: string): string => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const head = ["system", figure, "low", "high", "rank", "rank_best", "rank_worst", "groups", "unscored", ...subsets];
  const rows = standings.map((one) => [
    one.system,
    digits(one.value, 6),
    digits(one.estimate?.low, 6),
    digits(one.estimate?.high, 6),
    String(one.rank),
    String(one.ranks[0]),
    String(one.ranks[1]),
    one.groups,
    String(one.unscored),
    ...subsets.map((name) => digits(one.subsets[name]?.value, 6)),
  ]);
  return `${[head, ...rows].map((row) => row.map(cell).join(",")).join("\n")}\n`;
}

const special: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

/** A leaderboard as a LaTeX table for the package booktabs. */
export function leaderboardLatex(board: Leaderboard): string {
  const safe = (value: string): string => value.replace(/[&%$#_{}~^\\]/g, (one) => special[one] ?? `\\${one}`);
  const rows = board.standings.map(
    (one) =>
      `${safe(one.system)} & ${digits(one.value, 3)} & ${one.estimate === undefined ? "" : `[${digits(one.estimate.low, 3)}, ${digits(one.estimate.high, 3)}]`} & ${ranks(one.ranks).replace("–", "--")} & ${one.groups} \\\\`,
  );
  return [
    `% ${board.title.replaceAll("\n", " ")}: ${board.figure}, ${board.items} items, tier: ${board.tier}`,
    "\\begin{tabular}{lrlll}",
    "\\toprule",
    `system & ${safe(board.figure)} & ${safe(`${board.level * 100} %`)} interval & ranks & groups \\\\`,
    "\\midrule",
    ...rows,
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

/** The differences of all pairs as a table: row less column, a star where it is shown. */
export function duelMatrix({ standings, duels }: Leaderboard): { head: string[]; rows: string[][] } {
  const of = new Map(duels.map((duel) => [`${duel.a}\n${duel.b}`, duel]));
  const cell = (a: string, b: string): string => {
    const there = of.get(`${a}\n${b}`);
    const duel: Duel | undefined = there ?? of.get(`${b}\n${a}`);
    if (duel === undefined) return "";
    const value = there === undefined ? -duel.difference.value : duel.difference.value;
    return `${value > 0 ? "+" : ""}${digits(value, 3)}${duel.better === "not shown" ? "" : "*"}`;
  };
  return {
    head: ["", ...standings.map((_, i) => `(${i + 1})`)],
    rows: standings.map(({ system }, i) => [
      `(${i + 1}) ${system}`,
      ...standings.map((other) => (other.system === system ? "" : cell(system, other.system))),
    ]),
  };
}

/** What can be said about a leaderboard's differences, in sentences. */
export function leaderboardFacts(board: Leaderboard): string[] {
  const { duels, standings, detectable, level, items } = board;
  const shown = duels.filter(({ better }) => better !== "not shown").length;
  const neighbours = duels.filter(({ a, b }) => {
    const [x, y] = [a, b].map((name) => standings.findIndex(({ system }) => system === name));
    return Math.abs(x! - y!) === 1;
  });
  const open = neighbours.filter(({ better }) => better === "not shown").length;
  const facts = [
    `${shown} of ${duels.length} differences between two systems are shown (Holm, ${level * 100} % for all together); ${open} of ${neighbours.length} neighbours are within noise`,
  ];
  if (detectable !== undefined)
    facts.push(
      `${items} items find a difference of ${digits(detectable, 3)} between two such systems with 80 % power (median over pairs, before the correction)`,
    );
  const close = neighbours.filter(({ better, needed }) => better === "not shown" && needed !== undefined);
  const [nearest] = close.sort((x, y) => x.needed! - y.needed!);
  if (nearest !== undefined)
    facts.push(
      `the neighbours that fewest prompts would tell apart are ${nearest.a} and ${nearest.b}: about ${nearest.needed!.toLocaleString("en-GB")} prompts`,
    );
  if (board.headline && Number.isFinite(board.chance)) facts.push(`chance: ${digits(board.chance, 3)}`);
  if (board.tier === "schema only")
    facts.push("tier 'schema only': no real row of this benchmark has been read by this program's tests");
  return [...facts, ...board.notes];
}

/** A leaderboard as a page that needs nothing from elsewhere: table, forest plots (all and by subset), matrix of differences. */
export function leaderboardHtml(board: Leaderboard): string {
  const { standings, figure, level, title } = board;
  const drawn = (of: (one: Leaderboard["standings"][number]) => Estimate | undefined) =>
    standings.flatMap((one) => {
      const estimate = of(one);
      return estimate === undefined ? [] : [{ name: one.system, estimate }];
    });
  const x = `${figure}, ${level * 100} % interval`;
  const subsets = [...new Set(standings.flatMap((one) => Object.keys(one.subsets)))];
  const line = board.headline && Number.isFinite(board.chance) ? { line: board.chance } : {};
  const matrix = duelMatrix(board);
  const body: Html[] = [
    html`<h1>${text(`${title}: ${figure}`)}</h1>`,
    html`<p>${text(`${board.about}; tier: ${board.tier}`)}</p>`,
    html`<ul>${leaderboardFacts(board).map((fact) => html`<li>${text(fact)}</li>`)}</ul>`,
    htmlTable(
      ["system", figure, "interval", "ranks", "groups", "unscored"],
      standings.map((one) => [
        one.system,
        digits(one.value, 3),
        one.estimate === undefined ? "too few" : `${digits(one.estimate.low, 3)} to ${digits(one.estimate.high, 3)}`,
        ranks(one.ranks),
        one.groups,
        one.unscored,
      ]),
    ),
    html`<p class="muted">${text("Systems that share a letter are not shown to differ. Ranks are those that the tests leave open.")}</p>`,
    raw(
      forestChart(
        drawn((one) => one.estimate),
        { title: figure, x, note: board.about, ...line },
      ),
    ),
  ];
  if (subsets.length > 1) {
    body.push(html`<h2>${text(`By ${board.by ?? "subset"}`)}</h2>`);
    const charts = subsets.slice(0, 40).map((name) =>
      raw(
        forestChart(
          drawn((one) => one.subsets[name]),
          { title: name, x: board.shown, note: x, ...line },
        ),
      ),
    );
    body.push(html`<div class="charts">${charts}</div>`);
  }
  if (standings.length <= 40)
    body.push(
      html`<h2>Differences, row less column</h2>`,
      htmlTable(matrix.head, matrix.rows),
      html`<p class="muted">A star marks a difference that is shown after the correction for all pairs.</p>`,
    );
  return page(`${title}: ${figure}`, body);
}
