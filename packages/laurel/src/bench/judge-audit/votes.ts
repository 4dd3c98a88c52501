import { InputError, type JsonObject } from "../../core/index.ts";
import { type ByteSource, openRows } from "../../io/index.ts";
import type { JudgedPair } from "./pairs.ts";

/** One verdict of a judge on two candidates of a task, in the order in which they were shown. */
export interface Vote {
  /** The task's id. */
  id: string;
  judge: string;
  /** Places of the candidates in the task; `first` was shown first. */
  first: number;
  second: number;
  /** The probability that the one shown first is better, a tie being ½; null where the judge gave no verdict that could be read. */
  p: number | null;
  /** How sure the judge said it was that its verdict is right, from ½ to 1. */
  confidence?: number | undefined;
  /** How much better the one shown first is on the judge's own scale, where it says so. */
  strength?: number | undefined;
  repeat: number;
}

/**
 * Reads stored verdicts: a row a verdict, `{ id, judge?, strategy?, first?, second?, vote | winner | p, confidence?, repeat? }`.
 *
 * `first` and `second` (0 and 1 by default) are the places of the candidates in the order in which they were shown. The verdict is one of
 * `vote`: "first", "second" or "tie" as shown; `winner`: a candidate's place, or "tie"; `p`: the probability that the one shown first is
 * better. Null is a verdict that could not be read. A judge under several strategies is several judges, `judge / strategy`.
 *
 * @throws InputError with the line for a row that is none
 */
export async function readVotes(source: ByteSource): Promise<Vote[]> {
  const table = await openRows(source);
  const votes: Vote[] = [];
  for await (const batch of table.batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      votes.push(voteOf(row as JsonObject, table.file, line));
    }
  return votes;
}

function voteOf(row: JsonObject, file: string, line: number): Vote {
  const wrong = (what: string): InputError => new InputError({ file, line }, what);
  const place = (name: "first" | "second", otherwise: number): number => {
    const value = row[name] ?? otherwise;
    if (!(typeof value === "number" && Number.isInteger(value) && value >= 0))
      throw wrong(`${name}: expected a candidate's place, not ${JSON.stringify(value)}`);
    return value;
  };
  const { id, judge, strategy, confidence, repeat = 0 } = row;
  if (id === undefined || id === null) throw wrong("id: missing");
  const [first, second] = [place("first", 0), place("second", row["first"] === 1 ? 0 : 1)];
  if (first === second) throw wrong(`first and second are both ${first}`);
  if (!(typeof repeat === "number" && Number.isInteger(repeat) && repeat >= 0))
    throw wrong(`repeat: expected a whole number, not ${JSON.stringify(repeat)}`);
  if (
    !(
      confidence === undefined ||
      confidence === null ||
      (typeof confidence === "number" && confidence >= 0.5 && confidence <= 1)
    )
  )
    throw wrong(`confidence: expected a number from 0.5 to 1, not ${JSON.stringify(confidence)}`);
  return {
    id: String(id),
    judge: [judge, strategy].filter((one) => one !== undefined && one !== null && one !== "").join(" / ") || "judge",
    first,
    second,
    p: probability(row, first, second, wrong),
    ...(typeof confidence === "number" ? { confidence } : {}),
    repeat,
  };
}

function probability(
  row: JsonObject,
  first: number,
  second: number,
  wrong: (what: string) => InputError,
): number | null {
  const { vote, winner, p } = row;
  if (vote !== undefined) {
    if (vote === null) return null;
    if (vote === "first") return 1;
    if (vote === "second") return 0;
    if (vote === "tie") return 0.5;
    throw wrong(`vote: expected "first", "second", "tie" or null, not ${JSON.stringify(vote)}`);
  }
  if (winner !== undefined) {
    if (winner === null) return null;
    if (winner === first) return 1;
    if (winner === second) return 0;
    if (winner === "tie") return 0.5;
    throw wrong(`winner: expected ${first}, ${second}, "tie" or null, not ${JSON.stringify(winner)}`);
  }
  if (p === null) return null;
  if (typeof p === "number" && p >= 0 && p <= 1) return p;
  throw wrong(
    p === undefined ? "there is no vote, winner or p" : `p: expected a number from 0 to 1, not ${JSON.stringify(p)}`,
  );
}

/** A pair with all verdicts of one judge on it, each p being of the pair's `low`. */
export interface Ballot {
  pair: JudgedPair;
  /** In the order low, high, by repeat; null is an unreadable one, undefined a repeat that was not asked. */
  lowFirst: readonly Heard[];
  highFirst: readonly Heard[];
}

/** One verdict: p that low is better (null: unreadable), and the stated confidence. */
export interface Heard {
  p: number | null;
  confidence: number | undefined;
}

/** The judges of some votes, in order of appearance. */
export function judgesOf(votes: readonly Vote[]): string[] {
  return [...new Set(votes.map(({ judge }) => judge))];
}

/**
 * Puts a judge's votes beside the pairs. Pairs without a vote are left out, and so are votes on pairs that the file does not have.
 *
 * @returns the ballots in the order of the pairs, and how many votes found no pair
 */
export function ballotsOf(
  pairs: readonly JudgedPair[],
  votes: readonly Vote[],
): { ballots: Ballot[]; unmatched: number } {
  const places = new Map(pairs.map((pair, i) => [`${pair.low} ${pair.high} ${pair.id}`, i]));
  const heard: { lowFirst: [number, Heard][]; highFirst: [number, Heard][] }[] = pairs.map(() => ({
    lowFirst: [],
    highFirst: [],
  }));
  let unmatched = 0;
  for (const { id, first, second, p, confidence, repeat } of votes) {
    const inOrder = first < second;
    const place = places.get(inOrder ? `${first} ${second} ${id}` : `${second} ${first} ${id}`);
    if (place === undefined) {
      unmatched++;
      continue;
    }
    const one = { p: p === null || inOrder ? p : 1 - p, confidence };
    heard[place]![inOrder ? "lowFirst" : "highFirst"].push([repeat, one]);
  }
  const sorted = (list: [number, Heard][]): Heard[] => list.sort((a, b) => a[0] - b[0]).map(([, one]) => one);
  const ballots = pairs.flatMap((pair, i): Ballot[] => {
    const { lowFirst, highFirst } = heard[i]!;
    if (lowFirst.length + highFirst.length === 0) return [];
    return [{ pair, lowFirst: sorted(lowFirst), highFirst: sorted(highFirst) }];
  });
  return { ballots, unmatched };
}

/** The mean p of readable verdicts; undefined where there is none. */
export function meanP(heard: readonly Heard[]): number | undefined {
  let sum = 0;
  let n = 0;
  for (const { p } of heard)
    if (p !== null) {
      sum += p;
      n++;
    }
  return n === 0 ? undefined : sum / n;
}

/**
 * A judge's verdict on a pair as p that low is better: the mean of both orders, ½ where they prefer different answers. Undefined where an
 * order that was asked has no readable verdict, since half an answer would keep the bias for a place.
 */
export function verdictOf({ lowFirst, highFirst }: Ballot): number | undefined {
  const [here, there] = [meanP(lowFirst), meanP(highFirst)];
  if (lowFirst.length === 0) return there;
  if (highFirst.length === 0) return here;
  if (here === undefined || there === undefined) return undefined;
  return (here - 0.5) * (there - 0.5) < 0 ? 0.5 : (here + there) / 2;
}
