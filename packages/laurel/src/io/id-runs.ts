/** Ids of one beginning whose numbers rise, as runs: numbers that follow each other on lines that follow each other. */
interface Runs {
  starts: Uint32Array;
  ends: Uint32Array;
  lines: Uint32Array;
  count: number;
}

const mostPrefixes = 256;
const mostDigits = 9;

/**
 * Keeps ids that end in a rising number, such as `row-0`, `row-1`, …, as runs, so that a numbered file costs no memory a row.
 *
 * Only what is certain is answered here: an id whose number lies above all earlier ones of its beginning is new; one that lies inside a
 * run is repeated; any other is left to the caller, who keeps it elsewhere. Because a beginning's numbers only rise here, an id that was left
 * to the caller can never be taken in later.
 */
export class IdRuns {
  readonly #of = new Map<string, Runs>();

  /**
   * @returns the line on which the id stood first; 0 where it is new and now kept; undefined where it is neither
   */
  add(id: string, line: number): number | undefined {
    let at = id.length;
    while (at > 0 && id.length - at < mostDigits && isDigit(id.charCodeAt(at - 1))) at--;
    // leading zeros belong to the beginning: "07" and "7" are two ids
    while (at < id.length - 1 && id.charCodeAt(at) === 48) at++;
    if (at === id.length) return undefined;
    const value = Number(id.slice(at));
    const prefix = id.slice(0, at);
    const runs = this.#of.get(prefix);
    if (runs === undefined) {
      if (this.#of.size === mostPrefixes) return undefined;
      const made = { starts: new Uint32Array(4), ends: new Uint32Array(4), lines: new Uint32Array(4), count: 0 };
      push(made, value, line);
      this.#of.set(prefix, made);
      return 0;
    }
    const last = runs.count - 1;
    const end = runs.ends[last]!;
    if (value > end) {
      if (value === end + 1 && line - runs.lines[last]! === value - runs.starts[last]!) runs.ends[last] = value;
      else push(runs, value, line);
      return 0;
    }
    const run = lastStartingBy(runs, value);
    if (run < 0 || value > runs.ends[run]!) return undefined;
    return runs.lines[run]! + value - runs.starts[run]!;
  }
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function push(runs: Runs, value: number, line: number): void {
  if (runs.count === runs.starts.length)
    for (const name of ["starts", "ends", "lines"] as const) {
      const larger = new Uint32Array(2 * runs.count);
      larger.set(runs[name]);
      runs[name] = larger;
    }
  runs.starts[runs.count] = value;
  runs.ends[runs.count] = value;
  runs.lines[runs.count] = line;
  runs.count++;
}

/** The last run that begins at or before `value`; -1 if there is none. */
function lastStartingBy({ starts, count }: Runs, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
