import {
  type Candidate,
  candidateHash,
  isScored,
  type Reward,
  type Score,
  type Scored,
  StoppedError,
  type Task,
} from "laurel";
import { type ScoreAllOptions, scoreBatches } from "laurel/run";

/** Texts of a prompt, to be scored. */
export interface Ask {
  /** What tells this prompt from others of the rehearsal; ids of tasks begin with it. */
  scope: string;
  prompt: Task;
  candidate: Candidate;
  /** An honest answer to the same prompt: the opponent where a reward sees groups. */
  honest: Candidate;
}

/** Scores each distinct text once. */
export interface Scorer {
  /** Values in the order of what was asked; null where the reward gives none. */
  values(asked: readonly Ask[]): Promise<(number | null)[]>;
  /** Distinct texts so far, and how many of them have no score. */
  readonly texts: number;
  readonly unscored: number;
  /** What the reward said of a text without a score, of the first such. */
  readonly complaint: string | undefined;
}

/**
 * A scorer on a reward. Each text is a task of its own, so that its score depends on nothing else; for a reward that sees groups it is
 * scored beside the honest answer to its prompt, and its value is the difference to it.
 *
 * @throws StoppedError from `values` where the run is stopped or its budget is used up; texts that were paid for are in the cache
 */
export function scorerOf(reward: Reward, options: ScoreAllOptions): Scorer {
  const known = new Map<string, number | null>();
  const grouped = reward.sees !== "candidate";
  let unscored = 0;
  let complaint: string | undefined;
  const keyOf = ({ scope, candidate }: Ask): string => `${scope}/${candidateHash(candidate)}`;
  const take = (key: string, scores: readonly Score[]): void => {
    const lacking = scores.find((one) => !isScored(one));
    if (lacking?.unscored !== undefined) {
      unscored++;
      complaint ??= `${lacking.unscored.reason}: ${lacking.unscored.message}`;
      known.set(key, null);
      return;
    }
    const [own, opponent] = scores as readonly Scored[];
    known.set(key, own!.value - (opponent?.value ?? 0));
  };
  return {
    async values(asked) {
      const fresh = new Map<string, Task>();
      for (const one of asked) {
        const key = keyOf(one);
        if (known.has(key) || fresh.has(key)) continue;
        // held against itself, a text gains nothing
        if (grouped && candidateHash(one.candidate) === candidateHash(one.honest)) {
          known.set(key, 0);
          continue;
        }
        fresh.set(key, {
          ...one.prompt,
          id: key,
          candidates: grouped ? [one.candidate, one.honest] : [one.candidate],
        });
      }
      const waiting = [...fresh];
      let at = 0;
      const batches = scoreBatches(
        reward,
        waiting.map(([, task]) => [task]),
        { ...options, order: "input" },
      );
      for await (const rows of batches) for (const { row } of rows) take(waiting[at++]![0], row.scores);
      if (at < waiting.length)
        throw new StoppedError("the rehearsal was stopped", "run the same command again to go on");
      return asked.map((one) => known.get(keyOf(one))!);
    },
    get texts() {
      return known.size;
    },
    get unscored() {
      return unscored;
    },
    get complaint() {
      return complaint;
    },
  };
}
