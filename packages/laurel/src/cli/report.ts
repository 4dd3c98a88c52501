import { resolve } from "node:path";
import { answerText, InputError, isScored, messageOf, promptText, type Score, type Task } from "../core/index.ts";
import { parseMap, type RowMap, readLineBatches } from "../io/index.ts";
import { forestChart, type Html, histogramChart, html, htmlTable, raw, text } from "../report/index.ts";
import { type Row, readExamples } from "../run/index.ts";
import { RunningMean } from "../stats/index.ts";
import { clip, savePage, section } from "./pages.ts";
import { shown } from "./paths.ts";
import { Tally } from "./tally.ts";
import { counted, short, tally } from "./terminal.ts";

/** What a report is made of. */
export interface ReportOptions {
  /** Rows that `laurel score` wrote. */
  scored: string;
  /** The tasks that were scored; without them the report shows no texts. */
  input?: string | undefined;
  map?: RowMap | undefined;
  out: string;
  title?: string | undefined;
  /** Sections to stand before the others. */
  first?: readonly Html[] | undefined;
}

const examplesShown = 5;
/** Keeps the `n` rows with the least key. */
class Least {
  readonly #n: number;
  readonly rows: { key: number; row: Row }[] = [];

  constructor(n: number) {
    this.#n = n;
  }

  add(key: number, row: Row): void {
    if (this.rows.length === this.#n && key >= this.rows.at(-1)!.key) return;
    this.rows.push({ key, row });
    this.rows.sort((a, b) => a.key - b.key);
    if (this.rows.length > this.#n) this.rows.pop();
  }
}

function scoreText(score: Score): string {
  if (!isScored(score)) return `unscored: ${score.unscored.reason} (${score.unscored.message})`;
  const parts = Object.entries(score.parts ?? {}).map(
    ([name, value]) => `${name} ${value === null ? "–" : short(value)}`,
  );
  return [short(score.value), score.fault === undefined ? "" : `fault: ${score.fault}`, parts.join(", ")]
    .filter((part) => part !== "")
    .join(" · ");
}

function card(row: Row, task: Task | undefined): Html {
  const answers = row.scores.map((score, i) => {
    const candidate = task?.candidates[i];
    return html`<p><b>${text(i === row.best ? `[${i}] best` : `[${i}]`)}</b> ${text(scoreText(score))}</p>${
      candidate === undefined ? raw("") : html`<pre>${text(clip(answerText(candidate)))}</pre>`
    }`;
  });
  return html`<div class="card"><p><b>${text(row.id)}</b>${text(row.margin === null ? "" : ` margin ${short(row.margin)}`)}</p>${
    task === undefined ? raw("") : html`<pre>${text(clip(promptText(task)))}</pre>`
  }${answers}</div>`;
}

/** Writes a report of scored rows: figures with intervals, distributions, parts, faults, closest and widest decisions. */
export async function writeReport(options: ReportOptions): Promise<void> {
  const figures = new Tally();
  const faults: Record<string, number> = {};
  const unscored: Record<string, number> = {};
  const parts = new Map<string, RunningMean>();
  const values: number[] = [];
  const margins: number[] = [];
  const closest = new Least(examplesShown);
  const widest = new Least(examplesShown);
  const failed = new Least(examplesShown);
  let rows = 0;
  for await (const lines of readLineBatches(options.scored)) {
    for (const line of lines) {
      if (line.bad !== undefined) throw line.bad;
      const row = parseScored(line.text, options.scored, line.line);
      figures.add(row);
      rows++;
      const ofPart = new Map<string, number[]>();
      for (const score of row.scores) {
        if (!isScored(score)) {
          unscored[score.unscored.reason] = (unscored[score.unscored.reason] ?? 0) + 1;
          continue;
        }
        values.push(score.value);
        if (score.fault !== undefined) faults[score.fault] = (faults[score.fault] ?? 0) + 1;
        for (const [name, value] of Object.entries(score.parts ?? {})) {
          if (value === null) continue;
          const known = ofPart.get(name);
          if (known === undefined) ofPart.set(name, [value]);
          else known.push(value);
        }
      }
      for (const [name, some] of ofPart) {
        const mean = parts.get(name) ?? new RunningMean();
        mean.add(some);
        parts.set(name, mean);
      }
      if (row.margin !== null) {
        margins.push(row.margin);
        closest.add(row.margin, row);
        widest.add(-row.margin, row);
      }
      if (row.scores.some((score) => !isScored(score) || score.fault !== undefined)) failed.add(rows, row);
    }
  }
  const chosen = [closest, widest, failed].flatMap((one) => one.rows.map(({ row }) => row.id));
  const tasks =
    options.input === undefined
      ? new Map<string, Task>()
      : await tasksWithIds(options.input, options.map, new Set(chosen));
  const cards = (title: string, note: string, least: Least): Html =>
    section(
      title,
      note,
      least.rows.map(({ row }) => card(row, tasks.get(row.id))),
    );
  const partRows = [...parts].flatMap(([name, mean]) => {
    const estimate = mean.estimate();
    return estimate === undefined ? [] : [{ name, estimate }];
  });
  const body: Html[] = [
    html`<h1>${text(options.title ?? "Scores")}</h1>`,
    html`<p class="muted">${text(`${shown(resolve(options.scored))}${options.input === undefined ? "" : `, scored from ${shown(resolve(options.input))}`}`)}</p>`,
    html`<p>${text(`${counted(rows, "rows")}; ${figures.line()}`)}</p>`,
    html`<p>${text([tally("faults", faults), tally("unscored", unscored)].filter((part) => part !== "").join("; ") || "no faults, nothing unscored")}</p>`,
    ...(options.first ?? []),
    html`<h2>Distributions</h2><div class="charts">${[
      raw(
        histogramChart(values, {
          title: "Scores",
          x: "score",
          note: `n = ${counted(values.length, "candidates")}`,
        }),
      ),
      raw(
        histogramChart(margins, {
          title: "Margins",
          x: "best minus next",
          note: `n = ${counted(margins.length, "tasks")} with two or more scored candidates`,
        }),
      ),
    ]}</div>`,
    partRows.length === 0
      ? raw("")
      : html`<h2>Parts</h2>${raw(
          forestChart(
            partRows.filter(({ name }) => !name.includes(".")),
            {
              title: "Mean of each part",
              x: "mean, 95 % interval by task",
              note: `n = ${counted(values.length, "candidates")} of ${counted(rows, "tasks")}`,
            },
          ),
        )}${htmlTable(
          ["part", "mean", "low", "high", "n"],
          partRows.map(({ name, estimate }) => [
            name,
            short(estimate.value),
            short(estimate.low),
            short(estimate.high),
            estimate.n,
          ]),
        )}`,
    cards(
      "Closest decisions",
      "Where the best candidate is least ahead: look here first when you doubt the reward.",
      closest,
    ),
    cards("Clearest decisions", "Where the best candidate is furthest ahead.", widest),
    cards("Faults and unscored", "Candidates that failed, or that could not be scored.", failed),
  ];
  await savePage(options.out, options.title ?? "Laurel: scores", body);
}

function parseScored(line: string, file: string, number: number): Row {
  let row: Row;
  try {
    row = JSON.parse(line) as Row;
  } catch (thrown) {
    throw new InputError({ file, line: number }, `this is not JSON: ${messageOf(thrown)}`);
  }
  if (row === null || row.v !== 1 || !Array.isArray(row.scores))
    throw new InputError(
      { file, line: number },
      "this is not a scored row",
      "name a file that `laurel score --out` wrote",
    );
  return row;
}

async function tasksWithIds(
  input: string,
  map: RowMap | undefined,
  ids: ReadonlySet<string>,
): Promise<Map<string, Task>> {
  const found = new Map<string, Task>();
  for await (const examples of readExamples(input, { map, onBad: () => {} }))
    for (const { task } of examples) {
      if (ids.has(task.id)) found.set(task.id, task);
      if (found.size === ids.size) return found;
    }
  return found;
}

/** `laurel report`. */
export async function report(file: string, options: { input?: string; map?: string; out?: string }): Promise<void> {
  const out = options.out ?? `${file.replace(/\.jsonl$/, "")}.html`;
  await writeReport({
    scored: file,
    input: options.input,
    map: options.map === undefined ? undefined : parseMap(options.map),
    out,
  });
  process.stdout.write(`report: ${shown(resolve(out))}\n`);
}
