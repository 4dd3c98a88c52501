import { type Estimate, NotEnoughDataError, UsageError } from "../../core/index.ts";
import { countEstimate, meanEstimate, proportionEstimate } from "../../stats/index.ts";

/** What a group's rows become. */
export interface Aggregator<Row> {
  name: string;
  /** @throws NotEnoughDataError where the rows do not give an estimate. */
  of(rows: readonly Row[]): Estimate;
}

/** One group of a table. */
export interface GroupCell {
  /** The group's place on each key, never joined to one text, which could collide. */
  key: readonly string[];
  /** Null where the group has too few valid rows, and why. */
  estimate: Estimate | null;
  error: string | undefined;
  rows: number;
  /** Share of the rows that have a value. */
  valid: number;
}

/** A table of groups. */
export interface GroupTable {
  keys: readonly string[];
  aggregate: string;
  cells: readonly GroupCell[];
}

type Key<Row> = { name: string; of: (row: Row) => string };

/**
 * Rows by one or more keys, each group an estimate with its number of rows and their valid share.
 *
 * A group without a valid row is an error in its cell, not a 0.
 *
 * @param keys at least one, each with a name.
 * @param value of a row; null where it could not be scored.
 * @param aggregator `meanOf`-like ones below take the rows that have a value.
 * @throws UsageError for no key.
 *
 * Source: Eureka (2024), metrics/reports.py; there groups are joined by "_" and empty ones are 0.
 *
 * @example
 * groupBy(rows, [{ name: "lang", of: (row) => row.lang }], (row) => row.score, mean((row) => row.score)).cells[0]?.estimate;
 */
export function groupBy<Row>(
  rows: Iterable<Row>,
  keys: readonly Key<Row>[],
  value: (row: Row) => number | null,
  aggregator: Aggregator<Row>,
): GroupTable {
  if (keys.length === 0) throw new UsageError("a table of groups needs a key");
  const groups = new Map<string, { key: string[]; valid: Row[]; rows: number }>();
  for (const row of rows) {
    const key = keys.map(({ of }) => of(row));
    const id = JSON.stringify(key);
    let group = groups.get(id);
    if (group === undefined) groups.set(id, (group = { key, valid: [], rows: 0 }));
    group.rows++;
    if (value(row) !== null) group.valid.push(row);
  }
  const cells = [...groups.values()].map(({ key, valid, rows: count }): GroupCell => {
    const base = { key, rows: count, valid: valid.length / count };
    try {
      const estimate = aggregator.of(valid);
      return { ...base, estimate: { ...estimate, unscored: count - valid.length }, error: undefined };
    } catch (thrown) {
      if (!(thrown instanceof NotEnoughDataError)) throw thrown;
      return { ...base, estimate: null, error: thrown.message };
    }
  });
  return { keys: keys.map(({ name }) => name), aggregate: aggregator.name, cells };
}

const numberOf = <Row>(row: Row, value: (row: Row) => number | null): number => {
  const x = value(row);
  if (x === null) throw new NotEnoughDataError("a row has no value");
  return x;
};

/** The mean: Wilson's interval for 0/1 values, else Student's. */
export function mean<Row>(value: (row: Row) => number | null): Aggregator<Row> {
  return {
    name: "mean",
    of(rows) {
      const values = rows.map((row) => numberOf(row, value));
      return values.length > 0 && values.every((x) => x === 0 || x === 1)
        ? proportionEstimate(values)
        : meanEstimate(values);
    },
  };
}

/** The share of rows for which something is so. */
export function share<Row>(hit: (row: Row) => boolean): Aggregator<Row> {
  return {
    name: "share",
    of(rows) {
      if (rows.length === 0) throw new NotEnoughDataError("a share of no rows", 1);
      return countEstimate(rows.filter(hit).length, rows.length);
    },
  };
}

/**
 * A ratio of sums, such as tokens a right answer: Σ top / Σ bottom, with the interval of the linearised ratio.
 *
 * @throws NotEnoughDataError for fewer than 2 rows or a sum of 0 below.
 * Source: Cochran (1977), chapter 6.
 */
export function ratio<Row>(top: (row: Row) => number, bottom: (row: Row) => number): Aggregator<Row> {
  return {
    name: "ratio",
    of(rows) {
      const below = rows.reduce((sum, row) => sum + bottom(row), 0);
      if (rows.length < 2 || below === 0)
        throw new NotEnoughDataError("a ratio needs 2 rows and a sum other than 0", 2);
      const value = rows.reduce((sum, row) => sum + top(row), 0) / below;
      const residuals = rows.map((row) => ((top(row) - value * bottom(row)) * rows.length) / below);
      const { low, high, level } = meanEstimate(residuals);
      return {
        value,
        low: value + low,
        high: value + high,
        level,
        n: rows.length,
        unscored: 0,
        method: "ratio of sums, linearised",
      };
    },
  };
}

/**
 * A mean in two levels: the mean of each inner group (a prompt over its repeats), then the mean of those with its interval over groups.
 *
 * Equal to the plain mean where groups are of one size.
 */
export function biLevel<Row>(inner: (row: Row) => string, value: (row: Row) => number | null): Aggregator<Row> {
  return {
    name: "mean of group means",
    of(rows) {
      const sums = new Map<string, [number, number]>();
      for (const row of rows) {
        const [sum, count] = sums.get(inner(row)) ?? [0, 0];
        sums.set(inner(row), [sum + numberOf(row, value), count + 1]);
      }
      return {
        ...meanEstimate(Array.from(sums.values(), ([sum, count]) => sum / count)),
        method: "mean of group means, Student t over groups",
      };
    },
  };
}
