import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { countEstimate } from "./estimate.ts";
import { studentMean } from "./mean.ts";
import { bootstrapValues, percentileEstimate, type ResampleOptions } from "./percentile.ts";

/** One value in a cell that is named by its place on each axis; null where it could not be scored. */
export interface CellRow {
  at: Readonly<Record<string, string>>;
  value: number | null;
}

/** One cell: its place on the table's axes in their order (never joined to one text, which could collide), and its values. */
export interface Cell {
  key: readonly string[];
  /** The mean with its interval; null where no row has a value. */
  mean: Estimate | null;
  values: Float64Array;
  unscored: number;
}

/** Cells of rows grouped by axes. */
export interface CellTable {
  axes: readonly string[];
  range: readonly [number, number];
  /** In order of first appearance. */
  cells: readonly Cell[];
}

/** The mean of values in a range: Wilson for 0/1 values, else Student t cut to the range; one value may be anywhere in it. */
export function cellMean(
  values: Float64Array,
  range: readonly [number, number],
  unscored: number,
  level: number,
): Estimate | null {
  const n = values.length;
  if (n === 0) return null;
  const more = { level, n, unscored };
  if (values.every((x) => x === 0 || x === 1)) {
    const hits = values.reduce((a, b) => a + b, 0);
    return countEstimate(hits, n, { level, unscored });
  }
  const [min, max] = range;
  if (n === 1) return { value: values[0]!, low: min, high: max, ...more, method: "one value: the whole range" };
  const t = studentMean(values, level);
  return { value: t.mean, low: Math.max(min, t.low), high: Math.min(max, t.high), ...more, method: "Student t" };
}

/**
 * Groups rows into cells by one or more axes.
 *
 * @param rows each with its place on every axis and a value; null values are counted, not averaged.
 * @param axes names, at least one.
 * @param options range of the values, default [0, 1]; level 0.95.
 * @throws UsageError for a row without a place on an axis, or a value outside the range.
 *
 * Source: Eureka (2024), reports by group.
 *
 * @example
 * cellTable([{ at: { lang: "de" }, value: 1 }, { at: { lang: "fr" }, value: 0 }], ["lang"]).cells.length; // 2
 */
export function cellTable(
  rows: Iterable<CellRow>,
  axes: readonly string[],
  options: { range?: readonly [number, number] | undefined; level?: number | undefined } = {},
): CellTable {
  const { range = [0, 1], level = 0.95 } = options;
  if (axes.length === 0) throw new UsageError("a table of cells needs an axis");
  const groups = new Map<string, { key: string[]; values: number[]; unscored: number }>();
  let line = 0;
  for (const { at, value } of rows) {
    const key = axes.map((axis) => {
      const place = at[axis];
      if (place === undefined) throw new UsageError(`row ${line} has no place on the axis ${axis}`);
      return place;
    });
    const id = JSON.stringify(key);
    let group = groups.get(id);
    if (group === undefined) groups.set(id, (group = { key, values: [], unscored: 0 }));
    if (value === null) group.unscored++;
    else if (value >= range[0] && value <= range[1]) group.values.push(value);
    else throw new UsageError(`the value of row ${line} is ${value}, outside [${range[0]}, ${range[1]}]`);
    line++;
  }
  const cells = [...groups.values()].map(({ key, values, unscored }): Cell => {
    const array = Float64Array.from(values);
    return { key, values: array, unscored, mean: cellMean(array, range, unscored, level) };
  });
  return { axes, range, cells };
}

/**
 * The worst cell of a table, with an interval that allows for its having been picked.
 *
 * The interval of the least true cell mean: each of m cells gets an interval of level^(1/m) (Šidák), and the least of the lower
 * and the least of the upper ends are taken. All cells lie in their intervals at once with about `level`, and then so does the least.
 *
 * @param table with at least one cell that has a value.
 * @param options level 0.95.
 * @returns the cell with the lowest mean (the first of equals) and the estimate; its `n` is that cell's.
 * @throws NotEnoughDataError where no cell has a value.
 *
 * Source: Šidák, JASA 62 (1967); STEER-ME (2025) for the use.
 */
export function worstCell(
  table: CellTable,
  options: { level?: number | undefined } = {},
): { cell: Cell; estimate: Estimate } {
  const { level = 0.95 } = options;
  const filled = table.cells.filter((cell) => cell.values.length > 0);
  const all = filled.map((cell) => cellMean(cell.values, table.range, cell.unscored, level ** (1 / filled.length))!);
  if (all.length === 0) throw new NotEnoughDataError("no cell has a value", 1);
  let worst = 0;
  for (let i = 1; i < all.length; i++) if (all[i]!.value < all[worst]!.value) worst = i;
  return {
    cell: filled[worst]!,
    estimate: {
      ...all[worst]!,
      low: Math.min(...all.map((e) => e.low)),
      high: Math.min(...all.map((e) => e.high)),
      level,
      method: `worst of ${all.length} cells, simultaneous intervals (Šidák)`,
    },
  };
}

/**
 * How far values spread along one axis, all else equal.
 *
 * Mean over the combinations of the other axes of (largest - least cell mean along the axis), over combinations that have every
 * place of the axis. 1 - spread is STEER-ME's robustness. Noise alone gives a spread above 0: the interval does not remove that.
 *
 * @param axis one of the table's.
 * @param options seed; reps 1,000; level 0.95: percentile bootstrap within each cell.
 * @returns the spread; `clusters` is the number of combinations used, `skipped` of those with a cell missing.
 * @throws UsageError for an unknown axis; NotEnoughDataError where no combination is complete or the axis has one place.
 *
 * Source: STEER-ME (2025), robustness along an axis; Laurel's definition.
 */
export function axisSpread(
  table: CellTable,
  axis: string,
  options: ResampleOptions,
): { spread: Estimate; skipped: number } {
  const at = table.axes.indexOf(axis);
  if (at < 0) throw new UsageError(`${axis} is not among the axes ${table.axes.join(", ")}`);
  const filled = table.cells.filter((cell) => cell.values.length > 0);
  const places = new Set(filled.map((cell) => cell.key[at]!));
  if (places.size < 2) throw new NotEnoughDataError(`a spread needs two places on the axis ${axis}`, 2);
  const groups = new Map<string, Float64Array[]>();
  for (const cell of filled) {
    const rest = JSON.stringify(cell.key.filter((_, i) => i !== at));
    groups.set(rest, [...(groups.get(rest) ?? []), cell.values]);
  }
  const full = [...groups.values()].filter((cells) => cells.length === places.size);
  if (full.length === 0) throw new NotEnoughDataError(`no combination of the other axes has every place of ${axis}`);
  const spreadOf = (mean: (values: Float64Array, offset: number) => number): number => {
    let sum = 0;
    let offset = 0;
    for (const cells of full) {
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (const values of cells) {
        const m = mean(values, offset);
        offset += values.length;
        low = Math.min(low, m);
        high = Math.max(high, m);
      }
      sum += high - low;
    }
    return sum / full.length;
  };
  const n = full.flat().reduce((sum, values) => sum + values.length, 0);
  const value = spreadOf((values) => values.reduce((a, b) => a + b, 0) / values.length);
  const strata = full.flat().flatMap((values, cell) => Array.from(values, () => cell));
  const boot = bootstrapValues(
    n,
    (drawn) =>
      spreadOf((values, offset) => {
        let sum = 0;
        for (let i = 0; i < values.length; i++) sum += values[drawn[offset + i]! - offset]!;
        return sum / values.length;
      }),
    { ...options, strata },
  );
  return {
    spread: percentileEstimate(value, boot, {
      n,
      clusters: full.length,
      method: `spread along ${axis}`,
      level: options.level,
      unscored: table.cells.reduce((sum, cell) => sum + cell.unscored, 0),
    }),
    skipped: groups.size - full.length,
  };
}
