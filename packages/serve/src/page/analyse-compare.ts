import { NotEnoughDataError, UsageError } from "laurel/core";
import { readScores } from "laurel/io";
import { type Comparison, compareJudged, compareTables } from "laurel/run";
import { judgedWith } from "./analyse-scores.ts";
import { type Bins, binned } from "./bins.ts";

/** Which scores are held against each other. */
export interface CompareFilesOptions {
  a: string;
  b: string;
  /** The tasks of both with their labels; without it, or without labels, values are compared. */
  input?: string | undefined;
  map?: string | undefined;
  /** Ask whether A is no worse than B by more than this. */
  margin?: number | undefined;
}

/** What `laurel compare` says, without the rows, and how the differences are spread. */
export interface CompareFacts extends Omit<Comparison, "basis" | "differences"> {
  basis: string | undefined;
  /** Why values were compared and not accuracies. */
  why: string | undefined;
  differences: Bins | undefined;
}

const disputed = 20;

/** The paired comparison of two files of scores of the same tasks: of accuracy where the tasks have labels, else of the values. */
export async function compareFiles({ a, b, input, map, margin }: CompareFilesOptions): Promise<CompareFacts> {
  const [first, second] = [await readScores(a), await readScores(b)];
  const common = { margin, examples: disputed };
  let result: Comparison;
  let why: string | undefined;
  try {
    if (input === undefined) throw new UsageError("it is not known which tasks these scores are of");
    const [rowsOfA, rowsOfB] = [await judgedWith(first, input, map), await judgedWith(second, input, map)];
    result = compareJudged(rowsOfA, rowsOfB, common);
  } catch (thrown) {
    if (!(thrown instanceof UsageError || thrown instanceof NotEnoughDataError)) throw thrown;
    why = thrown.message;
    result = compareTables(first, second, common);
  }
  const { basis, differences, ...rest } = result;
  return { ...rest, basis: basis?.basis, why, differences: binned({ differences })?.differences };
}
