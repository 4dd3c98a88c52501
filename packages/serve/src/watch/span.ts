import { quantileOfSorted } from "laurel/stats";
import { type Keyed, meanOf, type Short, shareOf } from "./estimate.ts";

/** What is known of one answer. */
export interface Answer {
  /** Stands for its prompt. */
  key: string;
  value: number | null;
  reason: string | null;
  fault: string | null;
  /** Characters. */
  length: number;
  /** Was the same text among the answers shortly before? */
  again: boolean;
}

/** One answer's value by the reward in use and by its shadow. */
export interface Both {
  key: string;
  used: number;
  shadow: number;
}

/** What happened in one span of time. */
export interface Point {
  /** Epoch milliseconds of its beginning. */
  at: number;
  requests: number;
  candidates: number;
  scored: number;
  faults: Readonly<Record<string, number>>;
  unscored: Readonly<Record<string, number>>;
  /** Milliseconds a request. */
  latency: { p50: number; p95: number; n: number } | null;
  mean: Short | null;
  /** Share of groups (two scored answers of a prompt or more) whose values are all equal: they teach nothing. */
  flat: Short | null;
  length: Short | null;
  /** Share of answers that came before, word for word. */
  again: Short | null;
  shadow: { compared: number; dropped: number; unscored: number; disagree: Short | null } | null;
}

const mostKept = 5000;

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Groups with two values or more: 1 where all values are equal. */
export function flatGroups(answers: readonly Pick<Answer, "key" | "value">[]): Keyed[] {
  const groups = Map.groupBy(
    answers.filter(({ value }) => value !== null),
    ({ key }) => key,
  );
  return [...groups]
    .filter(([, members]) => members.length > 1)
    .map(([key, members]) => ({ key, value: members.every(({ value }) => value === members[0]!.value) ? 1 : 0 }));
}

/** Pairs of one prompt's answers that the reward in use tells apart: 1 where the shadow has them the other way round, ½ where it ties them. */
export function disagreements(both: readonly Both[]): Keyed[] {
  const found: Keyed[] = [];
  // of a very large group its first 32, so that pairs stay few
  for (const [key, members] of Map.groupBy(both, (one) => one.key))
    for (const [i, a] of members.slice(0, 32).entries())
      for (const b of members.slice(i + 1, 32)) {
        if (a.used === b.used) continue;
        const same = (a.used - b.used) * (a.shadow - b.shadow);
        found.push({ key, value: same === 0 ? 0.5 : same < 0 ? 1 : 0 });
      }
  return found;
}

/** One span of time while it lasts. */
export class Span {
  readonly at: number;
  requests = 0;
  candidates = 0;
  readonly #milliseconds: number[] = [];
  readonly #answers: Answer[] = [];
  readonly #faults = new Map<string, number>();
  readonly #unscored = new Map<string, number>();
  readonly #both: Both[] = [];
  compared = 0;
  dropped = 0;
  shadowUnscored = 0;

  constructor(at: number) {
    this.at = at;
  }

  request(milliseconds: number): void {
    this.requests++;
    if (this.#milliseconds.length < mostKept) this.#milliseconds.push(milliseconds);
  }

  answer(one: Answer): void {
    this.candidates++;
    if (one.reason !== null) count(this.#unscored, one.reason);
    if (one.fault !== null) count(this.#faults, one.fault);
    if (this.#answers.length < mostKept) this.#answers.push(one);
  }

  both(one: Both): void {
    this.compared++;
    if (this.#both.length < mostKept) this.#both.push(one);
  }

  /** What it comes to. @param shadowed is there a shadow? */
  point(shadowed: boolean): Point {
    const sorted = Float64Array.from(this.#milliseconds).sort();
    const answers = this.#answers;
    const lost = [...this.#unscored.values()].reduce((sum, n) => sum + n, 0);
    return {
      at: this.at,
      requests: this.requests,
      candidates: this.candidates,
      scored: this.candidates - lost,
      faults: Object.fromEntries(this.#faults),
      unscored: Object.fromEntries(this.#unscored),
      latency:
        sorted.length === 0
          ? null
          : { p50: quantileOfSorted(sorted, 0.5), p95: quantileOfSorted(sorted, 0.95), n: sorted.length },
      mean: meanOf(answers.flatMap(({ key, value }) => (value === null ? [] : [{ key, value }]))),
      flat: shareOf(flatGroups(answers)),
      length: meanOf(answers.map(({ key, length }) => ({ key, value: length }))),
      again: shareOf(answers.map(({ key, again }) => ({ key, value: again ? 1 : 0 }))),
      shadow: shadowed
        ? {
            compared: this.compared,
            dropped: this.dropped,
            unscored: this.shadowUnscored,
            disagree: shareOf(disagreements(this.#both)),
          }
        : null,
    };
  }
}
