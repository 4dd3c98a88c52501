import { type Example, promptText } from "../core/index.ts";
import { type Basis, type Evaluation, evaluate, type MarginScale, type Noted, type ScoreSource } from "../run/index.ts";
import { calibrationLine, evalFacts, itemName } from "./eval-facts.ts";
import { writeEvalReport } from "./eval-report.ts";
import { basisText, figure } from "./figures.ts";
import { onInterrupt, type RunOptions, storeOf } from "./input.ts";
import { shown } from "./paths.ts";
import { type FormatOptions, judgedRows, type MetricOptions, sourceOf, textsOf } from "./scored.ts";
import { plain, short, table, whole } from "./terminal.ts";

interface Options extends FormatOptions, RunOptions, MetricOptions {
  reward?: string;
  scores?: string;
  by?: Basis;
  threshold?: number;
  subset?: string;
  scale: MarginScale;
  report?: string;
  json?: boolean;
}

/** `laurel eval`: a reward or a score file against labels. */
export async function evalCommand(file: string, options: Options): Promise<void> {
  const source = await sourceOf(options.reward, options.scores, options);
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const rows = await judgedRows(source, file, options, store, stop.signal);
  const result = evaluate(rows, {
    basis: options.by,
    threshold: options.threshold,
    range: source.reward?.range,
    subset: options.subset,
    scale: options.scale,
    seed: options.seed,
  });
  const noted = [...result.hardest, ...result.closest, ...result.disputed].map(({ id }) => id);
  const wantsTexts = options.report !== undefined || options.json !== true;
  const texts = wantsTexts ? await textsOf(file, options, new Set(noted)) : new Map<string, Example>();
  if (options.report !== undefined) await writeEvalReport(result, source, file, texts, options.report);
  if (options.json === true) process.stdout.write(`${JSON.stringify(evalJson(result, source), null, 2)}\n`);
  else process.stdout.write(`${evalText(result, source, texts, options.report).join("\n")}\n`);
}

/** The stable machine form of `laurel eval`. */
function evalJson(result: Evaluation, source: ScoreSource): object {
  const { made, calibration, values: _, ...rest } = result;
  const { items, ...about } = made;
  return {
    v: 1,
    reward: source.name,
    accuracy: rest.accuracy,
    subsets: rest.subsets,
    faults: rest.faults,
    unscored: rest.unscored,
    by: { ...about, items: items.length, tied: rest.tied, unscoredItems: rest.unscoredItems },
    bounds: rest.bounds,
    chance: rest.chance,
    ceiling: rest.ceiling,
    auc: rest.auc,
    margin: rest.margin,
    calibration: calibration ?? { none: rest.uncalibrated },
    hardest: rest.hardest,
    closest: rest.closest,
    disputed: rest.disputed,
  };
}

function evalText(
  result: Evaluation,
  source: ScoreSource,
  texts: ReadonlyMap<string, Example>,
  report: string | undefined,
): string[] {
  const { accuracy, made } = result;
  const lines = [
    `accuracy ${figure(accuracy)}  ${plain(source.name, 100)} (${basisText(accuracy, itemName(made.basis))}; ${accuracy.method})`,
    ...evalFacts(result).map((line) => `  ${line}`),
    `  ${calibrationLine(result)}`,
  ];
  for (const [key, values] of Object.entries(result.subsets)) {
    const entries = Object.entries(values).sort((a, b) => b[1].n - a[1].n);
    lines.push(
      "",
      table(
        [key, "accuracy", "n", "unscored"],
        entries
          .slice(0, 30)
          .map(([value, one]) => [plain(value, 40), figure(one.accuracy), whole(one.n), whole(one.unscored)]),
      ),
    );
    if (entries.length > 30) lines.push(`… and ${whole(entries.length - 30)} more; --json has all`);
  }
  const list = (title: string, rows: readonly Noted[]): void => {
    if (rows.length === 0) return;
    lines.push("", title);
    for (const one of rows) {
      const text = texts.get(one.id);
      const dissent = (one.dissent ?? 0) === 0 ? "" : `, ${short(one.dissent! * 100, 0)} % of the raters disagree`;
      lines.push(
        `  ${plain(one.id, 40)} ${one.which}  margin ${short(one.margin)}${dissent}  ${text === undefined ? "" : plain(promptText(text.task), 70)}`,
      );
    }
  };
  list("Hardest (most clearly wrong):", result.hardest);
  list("Disputed by their raters:", result.disputed);
  if (report !== undefined) lines.push("", `report: ${shown(report)}`);
  return lines;
}
