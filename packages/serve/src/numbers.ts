import { isScored, type Reason, type Reward, type Score, type Scored } from "laurel/core";

/** What a wire that knows only numbers is told where there is no score. */
export type UnscoredPolicy = "null" | "number";

/** What stands for one sample on a wire of numbers. */
export interface Numbered {
  value: number | null;
  /** Why there is no score; null where there is one. Never left out. */
  unscored: Reason | null;
  fault: boolean;
  /** Values of the answer's steps, where the reward gives them all. */
  steps?: readonly number[] | undefined;
  /** What was put in place of a missing score. */
  filled: "mean" | "number" | "null" | undefined;
}

/** No number can be given: try again (503), or never (422). */
export class NoNumber extends Error {
  readonly retry: boolean;
  readonly reason: Reason;
  constructor(retry: boolean, reason: Reason, message: string) {
    super(message);
    this.name = "NoNumber";
    this.retry = retry;
    this.reason = reason;
  }
}

interface Mean {
  sum: number;
  n: number;
}

/** A map that forgets its oldest entries. */
class Recent<V> {
  readonly #most: number;
  readonly #map = new Map<string, V>();
  constructor(most: number) {
    this.#most = most;
  }
  get(key: string): V | undefined {
    return this.#map.get(key);
  }
  set(key: string, value: V): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size > this.#most) this.#map.delete(this.#map.keys().next().value!);
  }
}

function stepsOf(score: Scored): readonly number[] | undefined {
  const values = score.local?.find((local) => local.unit === "step")?.values;
  return values?.every((value) => value !== null) === true ? (values as readonly number[]) : undefined;
}

/** The mean of one group's scores as far as they are known. */
function meanOf(scores: readonly { group: string; value: number }[], group: string): Mean {
  let sum = 0;
  let n = 0;
  for (const one of scores)
    if (one.group === group) {
      sum += one.value;
      n++;
    }
  return { sum, n };
}

/**
 * Turns scores into numbers without ever inventing one in silence.
 *
 * Where a score is missing: for `null` wires (TRL) null. For others, a transient reason is answered with 503 the first
 * `tries` times that the same request comes; then, and for lasting reasons at once, the number that `?unscored=` names,
 * else the mean of the group's scored members (in this request, else of the same prompt's earlier samples), else 422.
 */
export class Numbers {
  readonly #tries: number;
  readonly #seen = new Recent<number>(10_000);
  readonly #means = new Recent<Mean>(10_000);

  constructor(tries = 2) {
    this.#tries = tries;
  }

  /**
   * @param scores one for each sample
   * @param groups each sample's group: its prompt
   * @param request identifies the same request sent again
   * @param named the number that the client chose for missing scores
   * @throws NoNumber
   */
  give(
    reward: Reward,
    scores: readonly Score[],
    groups: readonly string[],
    options: { policy: UnscoredPolicy; request: () => string; named?: number | undefined },
  ): Numbered[] {
    const known = scores.flatMap((score, i) =>
      isScored(score) ? [{ group: `${reward.name}\n${groups[i]!}`, value: score.value }] : [],
    );
    for (const { group, value } of known) {
      const mean = this.#means.get(group);
      this.#means.set(group, { sum: (mean?.sum ?? 0) + value, n: (mean?.n ?? 0) + 1 });
    }
    if (known.length < scores.length && options.policy === "number") this.#perhapsLater(scores, options.request);
    return scores.map((score, i): Numbered => {
      if (isScored(score))
        return {
          value: score.value,
          unscored: null,
          fault: score.fault !== undefined,
          steps: stepsOf(score),
          filled: undefined,
        };
      const { reason, message } = score.unscored;
      if (options.policy === "null") return { value: null, unscored: reason, fault: false, filled: "null" };
      if (options.named !== undefined)
        return { value: options.named, unscored: reason, fault: false, filled: "number" };
      const group = `${reward.name}\n${groups[i]!}`;
      const here = meanOf(known, group);
      const mean = here.n > 0 ? here : this.#means.get(group);
      if (mean !== undefined && mean.n > 0)
        return { value: mean.sum / mean.n, unscored: reason, fault: false, filled: "mean" };
      throw new NoNumber(
        false,
        reason,
        `sample ${i} is unscored (${reason}: ${message}) and no other sample of its prompt was scored; ?unscored=NUMBER names a number for such samples`,
      );
    });
  }

  #perhapsLater(scores: readonly Score[], request: () => string): void {
    const passing = scores.find((score) => score.unscored?.transient === true);
    if (passing?.unscored === undefined) return;
    const key = request();
    const times = this.#seen.get(key) ?? 0;
    if (times >= this.#tries) return;
    this.#seen.set(key, times + 1);
    throw new NoNumber(true, passing.unscored.reason, passing.unscored.message);
  }
}
