import { type Estimate, isScored, type Seed } from "../../../core/index.ts";
import type { Judged } from "../../../run/index.ts";
import { banditRegret, starcEstimate, type WorstRegret, worstBanditRegret } from "../../../stats/index.ts";
import type { Section } from "./section.ts";

/** How far two rewards are apart, and what it can cost to follow one where the other is true. */
export interface Distance {
  other: string;
  /** STARC: 0 the same order of policies, √2 unrelated, 2 opposite. */
  starc: Estimate;
  /** Within-prompt correlation. */
  correlation: number;
  /** Picking each prompt's best answer by the wrong one, both ways, as a share of what there is to lose. */
  regret: number;
  /** The worst that any policy can do that gets no worse by the one that is followed, where the other is true. */
  followingOther: WorstRegret;
  followingThis: WorstRegret;
  prompts: number;
  answers: number;
}

/** STARC between two rewards of the same answers, over prompts with two scored answers or more. */
export function distanceOf(
  mine: readonly Judged[],
  theirs: readonly Judged[],
  other: string,
  options: { seed: Seed; level: number },
): Section<Distance> {
  const known = new Map(theirs.filter(({ repeat }) => repeat === 0).map((row) => [row.id, row]));
  const [first, second, groups]: [number[], number[], string[]] = [[], [], []];
  let prompts = 0;
  for (const { id, repeat, scores } of mine) {
    const match = known.get(id);
    if (repeat > 0 || match === undefined) continue;
    const both = scores.flatMap((score, c) => {
      const its = match.scores[c];
      return isScored(score) && its !== undefined && isScored(its) ? [[score.value, its.value] as const] : [];
    });
    if (both.length < 2) continue;
    prompts++;
    for (const [a, b] of both) {
      first.push(a);
      second.push(b);
      groups.push(id);
    }
  }
  if (prompts < 2) return { missing: `only ${prompts} prompts have two answers or more that both rewards scored` };
  const starc = starcEstimate(first, second, groups, options);
  return {
    other,
    starc,
    correlation: 1 - starc.value ** 2 / 2,
    regret: banditRegret(first, second, groups),
    followingOther: worstBanditRegret(first, second, groups),
    followingThis: worstBanditRegret(second, first, groups),
    prompts,
    answers: first.length,
  };
}
