import { readFile } from "node:fs/promises";
import { type Estimate, LaurelError, NotEnoughDataError, seedFrom } from "laurel/core";
import { readScores } from "laurel/io";
import { evaluate, type PairVotes, type RaterAgreement, raterAgreement } from "laurel/run";
import { cohenKappa } from "laurel/stats";
import { judgedWith } from "./analyse-scores.ts";
import { opinions, type PairState, preference, Votes } from "./votes.ts";

/** Which votes, the labelled rows that follow from them, and scores to hold against them. */
export interface LabelOptions {
  journal: string;
  labelled: string;
  scores?: string | undefined;
}

/** How far the raters agree with each other, and a reward with them. */
export interface LabelAgreement {
  /** Of pairs with two or more opinions; or why it is not known. */
  raters: RaterAgreement | { none: string };
  /** Cohen's kappa of every two raters (first, tie, second). */
  kappas: readonly { a: string; b: string; kappa: Estimate | undefined; why: string | undefined }[];
  /** The share of labelled pairs that the scores get right, or why it is not known. */
  reward: Estimate | { none: string };
}

const categories = ["first", "tie", "second"];
const mostRaters = 12;

/** Agreement of a journal's raters by the library's own measures, final words left out; and of scores with the labels. */
export async function labelAgreement({ journal, labelled, scores }: LabelOptions): Promise<LabelAgreement> {
  const votes = new Votes();
  const text = await readFile(journal, "utf8").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return "";
    throw thrown;
  });
  for (const line of text.slice(0, text.lastIndexOf("\n") + 1).split("\n")) {
    if (line === "") continue;
    try {
      votes.add(JSON.parse(line));
    } catch (thrown) {
      if (!(thrown instanceof SyntaxError)) throw thrown;
    }
  }
  const states = [...votes.states()];
  const pairs = states.map(
    (state): PairVotes => ({
      id: state.id,
      cluster: state.id,
      votes: opinions(state).map(({ verdict }) => 2 * preference(verdict)! - 1),
    }),
  );
  return {
    raters: orWhy(() => raterAgreement(pairs, { seed: seedFrom("labels") })),
    kappas: kappasOf(states),
    reward: scores === undefined ? { none: "no scores are chosen" } : await accuracyOf(labelled, scores),
  };
}

function kappasOf(states: readonly PairState[]): LabelAgreement["kappas"] {
  const raters = [...new Set(states.flatMap((state) => opinions(state).map(({ rater }) => rater)))].sort();
  const said = new Map(
    raters.map((rater) => [
      rater,
      states.map((state) => opinions(state).find((one) => one.rater === rater)?.verdict ?? null),
    ]),
  );
  const found: LabelAgreement["kappas"][number][] = [];
  for (const [i, a] of raters.slice(0, mostRaters).entries())
    for (const b of raters.slice(i + 1, mostRaters)) {
      const kappa = orWhy(() => cohenKappa(said.get(a)!, said.get(b)!, { labels: categories }));
      found.push("none" in kappa ? { a, b, kappa: undefined, why: kappa.none } : { a, b, kappa, why: undefined });
    }
  return found;
}

async function accuracyOf(labelled: string, scores: string): Promise<Estimate | { none: string }> {
  try {
    return evaluate(await judgedWith(await readScores(scores), labelled, undefined), { basis: "preferences" }).accuracy;
  } catch (thrown) {
    if (!(thrown instanceof LaurelError)) throw thrown;
    return { none: thrown.message };
  }
}

function orWhy<T>(estimate: () => T): T | { none: string } {
  try {
    return estimate();
  } catch (thrown) {
    if (!(thrown instanceof NotEnoughDataError)) throw thrown;
    return { none: thrown.message };
  }
}
