import { type Estimate, type Example, type InputError, isScored, LaurelError, NotEnoughDataError } from "laurel/core";
import { parseMap, readScores, type ScoreTable } from "laurel/io";
import { type Evaluation, evaluate, type Judged, judged, readExamples, type SubsetAccuracy } from "laurel/run";
import { meanEstimate } from "laurel/stats";
import { type Bins, binned } from "./bins.ts";

/** Which scores, and of which tasks. */
export interface ScoresOptions {
  scores: string;
  /** The tasks with their labels, where they are known. */
  input?: string | undefined;
  map?: string | undefined;
}

/** What a file of scores says about itself and, where its tasks have labels, about its reward. */
export interface ScoreFacts {
  tasks: number;
  candidates: number;
  /** The mean value, with its interval by task; undefined for fewer than two tasks. */
  mean: Estimate | undefined;
  values: Bins | undefined;
  margins: Bins | undefined;
  faults: Readonly<Record<string, number>>;
  unscored: Readonly<Record<string, number>>;
  /** Against the labels, or why not. */
  labelled: LabelFacts | { none: string };
}

/** What `laurel eval` says, in short. */
export interface LabelFacts {
  basis: string;
  items: number;
  accuracy: Estimate;
  bounds: Evaluation["bounds"];
  tied: number;
  ties: number;
  unlabelled: number;
  unscoredItems: number;
  values: { right: Bins; wrong: Bins } | undefined;
  subsets: Readonly<Record<string, Readonly<Record<string, SubsetAccuracy>>>>;
  hardest: Evaluation["hardest"];
  closest: Evaluation["closest"];
  disputed: Evaluation["disputed"];
}

const noted = 20;

/** The distribution of a file's scores and, where the tasks have labels, what `laurel eval` says about them. */
export async function scoreFacts({ scores, input, map }: ScoresOptions): Promise<ScoreFacts> {
  const table = await readScores(scores);
  const values: number[] = [];
  const clusters: string[] = [];
  const margins: number[] = [];
  const faults: Record<string, number> = {};
  const unscored: Record<string, number> = {};
  let candidates = 0;
  for (const id of table.ids()) {
    const own: number[] = [];
    for (const score of table.group(id)!) {
      candidates++;
      if (score === undefined) continue;
      if (!isScored(score)) {
        unscored[score.unscored.reason] = (unscored[score.unscored.reason] ?? 0) + 1;
        continue;
      }
      if (score.fault !== undefined) faults[score.fault] = (faults[score.fault] ?? 0) + 1;
      own.push(score.value);
      values.push(score.value);
      clusters.push(id);
    }
    if (own.length < 2) continue;
    own.sort((a, b) => b - a);
    margins.push(own[0]! - own[1]!);
  }
  const missing = candidates - values.length;
  return {
    tasks: table.size,
    candidates,
    mean: orNothing(() => meanEstimate(values, { clusters, unscored: missing })),
    values: binned({ values })?.values,
    margins: binned({ margins })?.margins,
    faults,
    unscored,
    labelled: await labelFacts(table, input, map),
  };
}

async function labelFacts(
  table: ScoreTable,
  input: string | undefined,
  map: string | undefined,
): Promise<LabelFacts | { none: string }> {
  if (input === undefined) return { none: "it is not known which tasks these scores are of" };
  try {
    const result = evaluate(await judgedWith(table, input, map), { examples: noted });
    const { made } = result;
    return {
      basis: made.basis,
      items: made.items.length,
      accuracy: result.accuracy,
      bounds: result.bounds,
      tied: result.tied,
      ties: made.ties,
      unlabelled: made.unlabelled,
      unscoredItems: result.unscoredItems,
      values: binned(result.values),
      subsets: result.subsets,
      hardest: result.hardest,
      closest: result.closest,
      disputed: result.disputed,
    };
  } catch (thrown) {
    if (!(thrown instanceof LaurelError)) throw thrown;
    return { none: thrown.message };
  }
}

/** A file's examples with the scores that a table has for them; rows that cannot be read are left out, as they were when it was scored. */
export async function judgedWith(table: ScoreTable, input: string, map: string | undefined): Promise<Judged[]> {
  const rows: Judged[] = [];
  const onBad = (_: InputError): void => {};
  const examples: AsyncIterable<readonly Example[]> = readExamples(input, {
    map: map === undefined || map === "" ? undefined : parseMap(map),
    onBad,
  });
  for await (const batch of judged({ name: table.file, table }, examples))
    for (const row of batch) if (table.group(row.id) !== undefined) rows.push(row);
  return rows;
}

function orNothing(estimate: () => Estimate): Estimate | undefined {
  try {
    return estimate();
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return undefined;
    throw thrown;
  }
}
