import { UsageError } from "../../core/index.ts";
import { itemAnalysis, type ScoreGrid, varianceReport } from "../../stats/index.ts";
import type { Columns } from "./columns.ts";
import type { Line, Result, Settings } from "./method.ts";

/** Does the table have runs by seed? Then `laurel stats variance` speaks of a benchmark, else of a judge. */
export function hasSeeds(columns: Columns, settings: Settings): boolean {
  return settings.has("run") || columns.has("seed");
}

/** How stable a benchmark is over seeds, checkpoints and items. */
export function seedVariance(columns: Columns, settings: Settings): Result {
  const grid = gridOf(columns, settings);
  const report = varianceReport(grid, { chance: settings.number("chance", 0), level: settings.level });
  const runs = grid.seeds * grid.checkpoints;
  const { discrimination } = itemAnalysis(grid.data, runs);
  const idle = discrimination.filter((d) => d < 0.1).length;
  const { components, gap } = report;
  const lines: Line[] = [
    { name: "score at the last checkpoint", estimate: report.score },
    { name: "sd over seeds, mean over checkpoints", estimate: report.seedSd },
    { name: "half-width of an interval over items", value: report.itemHalfWidth },
    ...(report.monotonicity === null ? [] : [{ name: "monotonicity", estimate: report.monotonicity }]),
    ...(report.signalToNoise === null
      ? []
      : [{ name: "signal to noise at the last checkpoint", estimate: report.signalToNoise }]),
    { name: "variance between seeds, last checkpoint", value: components.seed },
    { name: "variance between items", value: components.item },
    { name: "variance that is left", value: components.residual },
  ];
  const shown = (x: number): string => x.toPrecision(2);
  return {
    lines,
    notes: [
      `${grid.seeds} seeds, ${grid.checkpoints} checkpoints, ${grid.items} items`,
      `between two methods the seed alone makes gaps up to ${shown(gap.one)} with one run each, ${shown(gap.two)} with two, ${shown(gap.ten)} with ten`,
      `${idle} of ${grid.items} items hardly tell runs apart (discrimination below 0.1)`,
      ...(report.monotonicity === null ? ["a curve is constant: it has no monotonicity"] : []),
    ],
  };
}

function gridOf(columns: Columns, settings: Settings): ScoreGrid {
  const names = { seed: settings.text("run", "seed"), item: settings.text("item", "item") };
  const checkpoint = settings.text("checkpoint", "checkpoint");
  const seeds = columns.texts(names.seed);
  const steps = columns.numbers(checkpoint, "error");
  const items = columns.texts(names.item);
  const scores = columns.numbers(settings.text("score", "score"), "error");
  const distinct = [[...new Set(seeds)], [...new Set(steps)].sort((a, b) => a - b), [...new Set(items)]] as const;
  const places = distinct.map((list) => new Map<string | number, number>(list.map((value, at) => [value, at])));
  const [m, t, n] = distinct.map((list) => list.length) as [number, number, number];
  const data = new Float64Array(m * t * n).fill(Number.NaN);
  for (const [row, score] of scores.entries()) {
    const at = (places[0]!.get(seeds[row]!)! * t + places[1]!.get(steps[row]!)!) * n + places[2]!.get(items[row]!)!;
    if (!Number.isNaN(data[at]!))
      throw new UsageError(
        `row ${row + 1}: seed ${seeds[row]}, checkpoint ${steps[row]}, item ${items[row]} occurs twice`,
      );
    data[at] = score;
  }
  const missing = data.filter(Number.isNaN).length;
  if (missing > 0)
    throw new UsageError(
      `${missing} of ${data.length} cells of seeds x checkpoints x items have no score`,
      "every run needs every item",
    );
  return { seeds: m, checkpoints: t, items: n, data };
}
