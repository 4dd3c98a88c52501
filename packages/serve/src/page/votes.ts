/** What a rater says of a pair: which candidate is better, that neither is, that the pair is no good, or nothing for now. */
export type Verdict = "first" | "second" | "tie" | "bad" | "skip";

/** One line of the journal of votes. */
export type VoteLine =
  | {
      v: 1;
      /** Names this vote for ever: sent twice, it counts once. */
      vote: string;
      at: string;
      rater: string;
      /** The task, and the places of the two candidates in it, first < second. */
      id: string;
      first: number;
      second: number;
      verdict: Verdict;
      /** Was the second candidate shown as A? */
      swapped: boolean;
      /** Does it settle the pair, whatever the others say? */
      final?: boolean | undefined;
    }
  | { v: 1; vote: string; at: string; rater: string; undo: string };

/** A vote that counts. */
export type Cast = Extract<VoteLine, { id: string }>;

/** The votes on one pair. */
export interface PairState {
  id: string;
  first: number;
  second: number;
  /** The last vote of each rater that was not taken back. */
  votes: readonly Cast[];
  /** What settles the pair. */
  final: Cast | undefined;
}

/** How far a rater is. */
export interface RaterProgress {
  rater: string;
  labelled: number;
  bad: number;
  skipped: number;
}

/** The key of a pair. */
export function pairKey(id: string, first: number, second: number): string {
  return JSON.stringify([id, first, second]);
}

/** The votes of a journal, line by line: each rater's last vote on a pair counts, and one that was taken back gives way to the one before. */
export class Votes {
  readonly #cast = new Map<string, Cast>();
  readonly #undone = new Set<string>();
  /** Votes on a pair in the order in which they came. */
  readonly #pairs = new Map<string, Cast[]>();
  /** Votes of a rater in the order in which they came. */
  readonly #raters = new Map<string, Cast[]>();

  /** Takes in a line; what is no vote is passed over. */
  add(line: unknown): void {
    if (!isVoteLine(line)) return;
    if ("undo" in line) {
      this.#undone.add(line.undo);
      return;
    }
    if (this.#cast.has(line.vote)) return;
    this.#cast.set(line.vote, line);
    append(this.#pairs, pairKey(line.id, line.first, line.second), line);
    append(this.#raters, line.rater, line);
  }

  /** Is this vote there already? */
  has(vote: string): boolean {
    return this.#cast.has(vote);
  }

  /** The rater's last vote that was not taken back. */
  last(rater: string): Cast | undefined {
    return this.#raters.get(rater)?.findLast(({ vote }) => !this.#undone.has(vote));
  }

  /** A vote of a rater by its name, if it still counts. */
  find(vote: string, rater: string): Cast | undefined {
    const found = this.#cast.get(vote);
    return found?.rater === rater && !this.#undone.has(vote) ? found : undefined;
  }

  /** The state of a pair. */
  of(key: string): PairState | undefined {
    const all = this.#pairs.get(key);
    if (all === undefined) return undefined;
    const latest = new Map<string, Cast>();
    let final: Cast | undefined;
    for (const one of all) {
      if (this.#undone.has(one.vote)) continue;
      if (one.final === true) final = one;
      else {
        latest.delete(one.rater);
        latest.set(one.rater, one);
      }
    }
    const { id, first, second } = all[0]!;
    return { id, first, second, votes: [...latest.values()], final };
  }

  /** All pairs with a vote that counts. */
  *states(): Generator<PairState> {
    for (const key of this.#pairs.keys()) {
      const state = this.of(key)!;
      if (state.votes.length > 0 || state.final !== undefined) yield state;
    }
  }

  /** How far each rater is, by name. */
  progress(): RaterProgress[] {
    const found = new Map<string, RaterProgress>();
    for (const { votes } of this.states())
      for (const { rater, verdict } of votes) {
        const own = found.get(rater) ?? { rater, labelled: 0, bad: 0, skipped: 0 };
        found.set(rater, own);
        own[verdict === "skip" ? "skipped" : verdict === "bad" ? "bad" : "labelled"]++;
      }
    return [...found.values()].sort((a, b) => (a.rater < b.rater ? -1 : 1));
  }
}

/** Votes of a pair that say something about which candidate is better. */
export function opinions({ votes }: PairState): Cast[] {
  return votes.filter(({ verdict }) => verdict === "first" || verdict === "second" || verdict === "tie");
}

/** Do those who voted on a pair contradict each other, and has nobody settled it? */
export function isDisputed(state: PairState): boolean {
  if (state.final !== undefined) return false;
  const said = new Set(state.votes.map(({ verdict }) => verdict));
  said.delete("skip");
  return said.size > 1;
}

/** Is a pair left out of the labels because it is no good: by what settles it, else by half of its votes or more? */
export function isBad(state: PairState): boolean {
  if (state.final !== undefined) return state.final.verdict === "bad";
  const bad = state.votes.filter(({ verdict }) => verdict === "bad").length;
  return bad > 0 && bad >= opinions(state).length;
}

/** The probability that the first candidate is better, as a vote has it. */
export function preference(verdict: Verdict): number | undefined {
  return verdict === "first" ? 1 : verdict === "second" ? 0 : verdict === "tie" ? 0.5 : undefined;
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}

const verdicts: ReadonlySet<unknown> = new Set(["first", "second", "tie", "bad", "skip"]);

function isVoteLine(line: unknown): line is VoteLine {
  if (typeof line !== "object" || line === null) return false;
  const { v, vote, rater, undo, id, first, second, verdict } = line as Record<string, unknown>;
  if (v !== 1 || typeof vote !== "string" || typeof rater !== "string") return false;
  if (undo !== undefined) return typeof undo === "string";
  return (
    typeof id === "string" &&
    Number.isInteger(first) &&
    Number.isInteger(second) &&
    Number(first) < Number(second) &&
    verdicts.has(verdict)
  );
}
