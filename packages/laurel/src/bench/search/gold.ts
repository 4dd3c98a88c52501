import {
  type Estimate,
  type Example,
  NotEnoughDataError,
  random,
  type Seed,
  seedFrom,
  split,
} from "../../core/index.ts";
import { proportionEstimate } from "../../stats/index.ts";
import type { AskedQuestion } from "./search.ts";

/** What an audit of gold answers found. */
export interface GoldAudit {
  /** Questions that the check could decide. */
  checked: number;
  undecided: number;
  /** Share of wrong gold among those; undefined where none could be decided. */
  wrong: Estimate | undefined;
  /** Ids of questions with wrong gold. */
  ids: readonly string[];
}

/**
 * Checks gold answers on a sample of questions, since wrong gold looks like difficulty.
 *
 * @param check is the gold right? By a person, a second model, or a verifier that goes another way than the writer; null: undecided
 * @param options `sample`: how many questions, default all
 * @throws NotEnoughDataError for no questions
 * @source autobencher's pitfalls
 */
export async function auditGold(
  questions: readonly AskedQuestion[],
  check: (example: Example) => boolean | null | Promise<boolean | null>,
  options: { sample?: number | undefined; seed?: Seed | string | number | undefined; level?: number | undefined } = {},
): Promise<GoldAudit> {
  if (questions.length === 0) throw new NotEnoughDataError("there are no questions to audit", 1);
  const rng = random(split(seedFrom(options.seed ?? 0), "gold"));
  const sample = rng.shuffled(questions).slice(0, options.sample ?? questions.length);
  const wrong: boolean[] = [];
  const ids: string[] = [];
  for (const { example } of sample) {
    const right = await check(example);
    if (right === null) continue;
    wrong.push(!right);
    if (!right) ids.push(example.task.id);
  }
  return {
    checked: wrong.length,
    undecided: sample.length - wrong.length,
    wrong: wrong.length === 0 ? undefined : proportionEstimate(wrong, { level: options.level }),
    ids,
  };
}

/**
 * How much of a measured difficulty wrong gold explains, where a wrong gold makes every taker wrong.
 *
 *     accuracy = (1 − w) · true accuracy, so that true difficulty = 1 − (1 − measured) / (1 − w)
 *
 * @param measured 1 less the best accuracy, in [0, 1]
 * @param wrong w, the share of wrong gold, in [0, 1)
 * @returns the true difficulty (at least 0) and the part that labels explain; null where all gold is wrong
 * @example difficultyByGold(0.37, 0.1) // true 0.3, explained 0.07
 */
export function difficultyByGold(measured: number, wrong: number): { real: number; explained: number } | null {
  if (!(wrong < 1)) return null;
  const real = Math.max(0, 1 - (1 - measured) / (1 - wrong));
  return { real, explained: measured - real };
}
