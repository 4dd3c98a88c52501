import { random, type Seed, split } from "laurel";
import type { WbJudgement, WbScored } from "laurel/bench";
import type { Grade } from "laurel/rewards";
import { sigmoid } from "../../policy/numbers.ts";

/** Models of known skill that answer tasks, and a judge that sees quality, length and noise. */
export type LeagueDials = {
  models: number;
  tasks: number;
  /** Skills of the baselines. */
  baselines: readonly number[];
  /** What a judge adds a thousand characters. */
  lengthBias: number;
  /** Sd of the judge's noise, a response and call. */
  noise: number;
};

/** A drawn league: model m has skill θ_m evenly from −2 to 2, by index; baselines are called b0, b1, … */
export interface League {
  skills: Float64Array;
  judgements: WbJudgement[];
  scores: WbScored[];
}

/**
 * Draws a league.
 *
 *     quality q_mt = σ(θ_m − d_t + ½ε), d, ε ~ N(0, 1);  length = 1000 · v_m · exp(N(0, 1)/5), v evenly 0.8 to 2.5 in a drawn order
 *     the judge sees q + λ · length / 1000 + N(0, noise); a difference below 0.1 is a tie, below ½ slight, else much
 *     its score is round(1 + 9 · what it sees), cut to 1 … 10
 *
 * Baselines have the middle v of 1.65. Answers, lengths and the judge's draws depend on the seed alone, so that leagues with other dials share them.
 */
export function drawLeague(dials: LeagueDials, seed: Seed): League {
  const { models, tasks, baselines, lengthBias, noise } = dials;
  const task = random(split(seed, "tasks"));
  const difficulty = Float64Array.from({ length: tasks }, () => task.normal());
  const verbosity = random(split(seed, "verbosity")).shuffled(
    Array.from({ length: models }, (_, m) => 0.8 + (1.7 * m) / (models - 1)),
  );
  const skills = Float64Array.from({ length: models }, (_, m) => -2 + (4 * m) / (models - 1));
  const answers = (name: string, skill: number, v: number) => {
    const rng = random(split(seed, name));
    const quality = Float64Array.from(difficulty, (d) => sigmoid(skill - d + 0.5 * rng.normal()));
    const length = Float64Array.from(difficulty, () => Math.round(1000 * v * Math.exp(0.2 * rng.normal())));
    return { quality, length };
  };
  // baselines of one skill are one model: its answers are the same
  const against = baselines.map((skill) => answers(`baseline ${skill}`, skill, 1.65));
  const judgements: WbJudgement[] = [];
  const scores: WbScored[] = [];
  for (let m = 0; m < models; m++) {
    const own = answers(`model ${m}`, skills[m]!, verbosity[m]!);
    const seen = (one: typeof own, t: number, draw: number): number =>
      one.quality[t]! + (lengthBias * one.length[t]!) / 1000 + noise * draw;
    for (const [b, other] of against.entries()) {
      const judge = random(split(split(seed, `judge ${m}`), String(baselines[b])));
      for (let t = 0; t < tasks; t++) {
        const lead = seen(own, t, judge.normal()) - seen(other, t, judge.normal());
        judgements.push({
          id: String(t),
          model: `m${m}`,
          baseline: `b${b}`,
          grade: gradeOf(lead),
          length: own.length[t]!,
          baselineLength: other.length[t]!,
        });
      }
    }
    const judge = random(split(seed, `scores ${m}`));
    for (let t = 0; t < tasks; t++) {
      const score = Math.min(10, Math.max(1, Math.round(1 + 9 * seen(own, t, judge.normal()))));
      scores.push({ id: String(t), model: `m${m}`, score });
    }
  }
  return { skills, judgements, scores };
}

function gradeOf(lead: number): Grade {
  const size = Math.abs(lead);
  if (size < 0.1) return "A=B";
  return `${lead > 0 ? "A" : "B"}${size < 0.5 ? "+" : "++"}` as Grade;
}
