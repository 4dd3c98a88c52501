import { directContext, type Random, random, type Seed, split } from "laurel";
import { type JudgedQuestion, processIndicators, selectByIndicator, stepValues } from "laurel/recipes";
import { meanOf } from "laurel/stats";
import { type Claim, paper, untestable } from "../lab/index.ts";
import { processRegression, stepHeadValues } from "../train/index.ts";
import {
  bestOfGroups,
  type Chains,
  chainMeans,
  chainOutcomes,
  chainPolicy,
  chainTask,
  chainVerifier,
  drawChains,
  noisyScores,
} from "../worlds/arithmetic/index.ts";

/** Two families of questions, by the steps of their solutions. */
type World = {
  questions: number;
  short: number;
  long: number;
  candidates: number;
};

type Panel = World & {
  judges: number;
  /** Acuities lie evenly between these. */
  least: number;
  most: number;
  /** Steps at the end that a judge of the whole looks at. */
  span: number;
  /** Noise of a judgement of the whole. */
  wholeSd: number;
};

const world: World = { questions: 400, short: 2, long: 10, candidates: 24 };
const panel: Panel = { ...world, judges: 7, least: 0.8, most: 2, span: 3, wholeSd: 0.7 };

const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

/** Questions with their sampled solutions; every second question is a long one. */
interface Sampled {
  chains: Chains;
  outcomes: Uint8Array;
  steps: readonly number[];
  skill: readonly number[];
}

/** Beta(2, 3): the second least of four uniform draws. */
const chanceRight = (rng: Random): number =>
  [rng.uniform(), rng.uniform(), rng.uniform(), rng.uniform()].sort((a, b) => a - b)[1]!;

function drawQuestions(w: World, candidates: number, seed: Seed): Sampled {
  const rng = random(seed);
  const steps: number[] = [];
  const skill: number[] = [];
  for (let i = 0; i < w.questions; i++) {
    const length = i % 2 === 0 ? w.short : w.long;
    const each = chanceRight(rng) ** (1 / length);
    for (let n = 0; n < candidates; n++) {
      steps.push(length);
      skill.push(each);
    }
  }
  const chains = drawChains(steps, skill, rng);
  return { chains, outcomes: chainOutcomes(chains), steps, skill };
}

/** 1 for each chain whose last steps, as many as a judge of the whole looks at, are all right. */
function seenRight({ offsets, right }: Chains, span: number): Uint8Array {
  return Uint8Array.from({ length: offsets.length - 1 }, (_, i) => {
    const [from, to] = [offsets[i]!, offsets[i + 1]!];
    return right.subarray(Math.max(from, to - span), to).includes(0) ? 0 : 1;
  });
}

/** A judge's values of all candidates, by steps and as wholes. */
interface Judgement {
  process: Float64Array;
  outcome: Float64Array;
}

function judgements(s: Panel, { chains }: Sampled, seed: Seed, spans?: readonly number[]): Judgement[] {
  const seen = new Map([...new Set([s.span, ...(spans ?? [])])].map((span) => [span, seenRight(chains, span)]));
  return Array.from({ length: s.judges }, (_, j) => {
    const acuity = s.least + ((s.most - s.least) * j) / Math.max(1, s.judges - 1);
    const rng = random(split(seed, j));
    return {
      process: chainMeans(chains, noisyScores(chains.right, acuity, rng)),
      outcome: noisyScores(seen.get(spans?.[j] ?? s.span)!, acuity, rng, s.wholeSd),
    };
  });
}

/** Best-of-n accuracy by steps less by the whole, on some questions. */
function advantage({ process, outcome }: Judgement, outcomes: Uint8Array, n: number, keep: readonly number[]): number {
  return bestOfGroups(process, outcomes, n, keep) - bestOfGroups(outcome, outcomes, n, keep);
}

const spans = [1, 3, 5, 10] as const;
type SpanArm = `span${(typeof spans)[number]}`;

const both: Claim<SpanArm, "short" | "long", Panel> = {
  id: "no-universal-winner",
  statement:
    "Picking the best of 24 by the mean of step scores is better than by a score of the whole where solutions are long, and worse where they are short",
  scope:
    "World: the chain simulator, 7 judges, 24 candidates. That a judge of the whole looks at the last three steps is an assumption of this world, and it makes the effect: with a span of ten the whole is the better view everywhere. Hence a demonstration without a verdict.",
  evidence: "assumed",
  settings: panel,
  seeds: 40,
  arms: spans.map((span): SpanArm => `span${span}`),
  bars: [
    {
      id: "long",
      metric: "long",
      of: "span3",
      against: 0,
      role: "secondary",
      bar: superior(0.065),
      why: "claim 1, solutions of ten steps: +0.129 in the pilot (+0.132 in the specification's)",
    },
    {
      id: "short",
      metric: "short",
      of: "span3",
      against: 0,
      better: "lower",
      role: "secondary",
      bar: superior(0.063),
      why: "claim 1, solutions of two steps: -0.127 in the pilot (-0.125 in the specification's)",
    },
    ...([1, 5, 10] as const).map((span) => ({
      id: `span-${span}`,
      metric: "long" as const,
      of: `span${span}` as SpanArm,
      role: "report" as const,
      why: `long solutions, where a judge of the whole sees the last ${span} steps`,
    })),
  ],
  async run(_lab, seed, s) {
    const sampled = drawQuestions(s, s.candidates, split(seed, "questions"));
    const long = Array.from({ length: s.questions >> 1 }, (_, i) => 2 * i + 1);
    const short = long.map((i) => i - 1);
    const of = (span: number) => {
      const judges = judgements({ ...s, span }, sampled, split(seed, "judges"));
      const mean = (keep: readonly number[]): number =>
        meanOf(judges.map((judge) => advantage(judge, sampled.outcomes, s.candidates, keep)));
      return { long: mean(long), short: mean(short) };
    };
    return { span1: of(1), span3: of(s.span), span5: of(5), span10: of(10) };
  },
};

type Selection = Panel & {
  keep: number;
  /** Steps that the judge which is tested looks at as a whole, where it is another than the panel's. */
  heldSpan: number;
};

const held: Claim<"gap" | "level" | "shuffled", "advantage", Selection> = {
  id: "indicator",
  statement:
    "Questions kept by how much better six judges tell right from wrong by steps are ones on which a seventh judge gains from steps, too",
  scope:
    "World: the chain simulator with short and long solutions and an attention span of three steps, which is why there are questions that need the steps; that other judges find them is what is checked. Each judge is held out in turn; kept and random questions are answerable (a right and a wrong candidate). The specification does not say over what scores are standardised: over a question's candidates here; a first pilot over all questions at once kept short solutions and gave -0.04. The paper's own indicator is the level of scores, reported beside.",
  evidence: "mechanism",
  settings: { ...panel, keep: 100, heldSpan: 3 },
  seeds: 40,
  arms: ["gap", "level", "shuffled"],
  bars: [
    {
      id: "gap",
      metric: "advantage",
      of: "gap",
      against: 0,
      role: "primary",
      bar: superior(0.072),
      why: "claim 2: accuracy by steps less by the whole, on kept less on random questions; 0.145 in the pilot (0.117 in the specification's)",
    },
    {
      id: "shuffled",
      metric: "advantage",
      of: "shuffled",
      against: 0,
      role: "control",
      bar: { kind: "equivalent", within: 0.058 },
      why: "the indicator shuffled over questions: within half of the specification's effect",
    },
    {
      id: "level",
      metric: "advantage",
      of: "level",
      role: "report",
      why: "the same by the level of the scores, as the paper has it",
    },
  ],
  boundary: {
    setting: { heldSpan: 10 },
    bar: "gap",
    why: "a judge that reads long solutions to the end needs steps least where the others need them most",
  },
  async run(_lab, seed, s) {
    const sampled = drawQuestions(s, s.candidates, split(seed, "questions"));
    const { outcomes } = sampled;
    const n = s.candidates;
    const correct = Array.from({ length: s.questions }, (_, i) =>
      Array.from(outcomes.subarray(i * n, (i + 1) * n), (one) => one === 1),
    );
    const open = correct.flatMap((marks, i) => (marks.includes(true) && marks.includes(false) ? [i] : []));
    const judges = judgements(s, sampled, split(seed, "judges"));
    const tested = judgements(s, sampled, split(seed, "judges"), new Array<number>(s.judges).fill(s.heldSpan));
    const row = (values: Float64Array, i: number) => Array.from(values.subarray(i * n, (i + 1) * n));
    const gains = { gap: [] as number[], level: [] as number[], shuffled: [] as number[] };
    for (const [j, judge] of tested.entries()) {
      const others = judges.filter((_, k) => k !== j);
      const questions = open.map(
        (i): JudgedQuestion => ({
          process: others.map(({ process }) => row(process, i)),
          outcome: others.map(({ outcome }) => row(outcome, i)),
          correct: correct[i],
        }),
      );
      const own = split(split(seed, "held"), j);
      const of = (keep: readonly number[]): number => advantage(judge, outcomes, n, keep);
      const base = of(random(split(own, "random")).shuffled(open).slice(0, s.keep));
      const kept = (indicators: readonly (number | null)[]): number =>
        of(
          selectByIndicator(
            open.map((i, k) => ({ row: i, indicator: indicators[k]! })),
            { keep: s.keep },
          ),
        ) - base;
      const gap = processIndicators(questions, "gap");
      gains.gap.push(kept(gap));
      gains.level.push(kept(processIndicators(questions, "level")));
      gains.shuffled.push(kept(random(split(own, "shuffle")).shuffled(gap)));
    }
    return {
      gap: { advantage: meanOf(gains.gap) },
      level: { advantage: meanOf(gains.level) },
      shuffled: { advantage: meanOf(gains.shuffled) },
    };
  },
};

type Training = World & {
  trained: number;
  rollouts: number;
  /** What the first feature adds for a right step, in training and on the new questions. */
  cue: number;
  newCue: number;
  features: number;
  /** What the second feature adds a standard deviation of the number of steps. */
  lengthLeak: number;
  l2: number;
};

type Scorer = "values" | "copied" | "shuffled" | "untrained" | "single";

const trained: Claim<Scorer, "accuracy", Training> = {
  id: "step-scorer",
  statement:
    "A small scorer of steps trained on roll-out values picks better answers than the same scorer untrained and than a single sample",
  scope:
    "World: 300 training chains, 8 features a step of which one is a noisy cue and one leaks the number of steps, ridge regression, best of 24 on 400 new questions. No pictures, no 3B model, no tree: each step of a given solution is labelled by 8 completions, which `stepValues` draws. Whether roll-out values beat the outcome copied to every step is no bar, since the specification's prototype could not tell them apart; the bar only asks that they are not worse. A solution's last step gets its own verdict, not roll-outs.",
  evidence: "mechanism",
  settings: { ...world, trained: 300, rollouts: 8, cue: 1, newCue: 1, features: 8, lengthLeak: 0.5, l2: 1 },
  // so that a margin of 0.01 can be told from 0 at an sd of 0.022 a seed
  seeds: 120,
  arms: ["values", "copied", "shuffled", "untrained", "single"],
  bars: [
    {
      id: "untrained",
      metric: "accuracy",
      of: "values",
      against: "untrained",
      role: "primary",
      bar: superior(0.115),
      why: "claim 3: 0.62 against 0.39 in the pilot (0.623 against 0.443 in the specification's)",
    },
    {
      id: "single",
      metric: "accuracy",
      of: "values",
      against: "single",
      role: "primary",
      bar: superior(0.113),
      why: "claim 3: 0.62 against 0.40 in the pilot (0.623 against 0.393 in the specification's)",
    },
    {
      id: "copied",
      metric: "accuracy",
      of: "values",
      against: "copied",
      role: "primary",
      bar: { kind: "non-inferior", margin: 0.01 },
      why: "not below the outcome copied to every step: 0.004 ± 0.005 in the specification's pilot; a point of accuracy is the margin",
    },
    {
      id: "shuffled",
      metric: "accuracy",
      of: "shuffled",
      against: "copied",
      role: "control",
      bar: superior(0.005),
      expect: "not-holds",
      why: "values shuffled within each chain must not beat the copied outcome: -0.008 in the specification's pilot",
    },
  ],
  boundary: {
    setting: { newCue: -1 },
    bar: "untrained",
    why: "a cue that turns round after training makes the trained scorer worse than the untrained one",
  },
  async run(_lab, seed, s) {
    const train = drawQuestions({ ...s, questions: s.trained }, 1, split(seed, "training"));
    const values: number[] = [];
    const ctx = directContext({ seed: split(seed, "roll-outs") });
    for (let i = 0; i < s.trained; i++) {
      const { offsets, right } = train.chains;
      const dials = { steps: train.steps[i]!, skill: train.skill[i]! };
      const asked = chainTask(`chain ${i}`, dials, [right.subarray(offsets[i], offsets[i + 1])]);
      const { examples } = await stepValues(chainPolicy, chainVerifier, asked, { rollouts: s.rollouts }, ctx);
      values.push(...examples[0]!.labels);
    }
    const perStep = <T>(of: (i: number, from: number, to: number) => readonly T[]): T[] =>
      Array.from({ length: s.trained }, (_, i) => of(i, train.chains.offsets[i]!, train.chains.offsets[i + 1]!)).flat();
    const copied = perStep((i, from, to) => new Array<number>(to - from).fill(train.outcomes[i]!));
    const shuffle = random(split(seed, "shuffle"));
    const shuffled = perStep((_, from, to) => shuffle.shuffled(values.slice(from, to)));

    const features = featuresOf(train, s, s.cue, random(split(seed, "training features")));
    const head = (targets: readonly number[]) =>
      processRegression({ features, dim: s.features, values: targets }, { l2: s.l2 });
    const tuned = head(values);
    const fresh = drawQuestions(s, s.candidates, split(seed, "questions"));
    const seen = featuresOf(fresh, s, s.newCue, random(split(seed, "features")));
    const picked = (weights: Float64Array): number =>
      bestOfGroups(chainMeans(fresh.chains, stepHeadValues({ weights, bias: 0 }, seen)), fresh.outcomes, s.candidates);
    const chance = random(split(seed, "untrained"));
    const direction = Float64Array.from(tuned.weights, () => chance.normal());
    const scale = Math.hypot(...tuned.weights) / Math.hypot(...direction);
    return {
      values: { accuracy: picked(tuned.weights) },
      copied: { accuracy: picked(head(copied).weights) },
      shuffled: { accuracy: picked(head(shuffled).weights) },
      untrained: { accuracy: picked(direction.map((one) => scale * one)) },
      single: { accuracy: meanOf(Array.from(fresh.outcomes)) },
    };
  },
};

/** A row a step: the cue, a feature that leaks the number of steps, and noise. */
function featuresOf({ chains, steps }: Sampled, s: Training, cue: number, rng: Random): Float64Array {
  const { offsets, right } = chains;
  const middle = (s.short + s.long) / 2;
  const spread = Math.abs(s.long - s.short) / 2 || 1;
  const out = new Float64Array(right.length * s.features);
  for (let i = 0; i < steps.length; i++)
    for (let t = offsets[i]!; t < offsets[i + 1]!; t++)
      for (let d = 0; d < s.features; d++) {
        const signal = d === 0 ? cue * right[t]! : d === 1 ? (s.lengthLeak * (steps[i]! - middle)) / spread : 0;
        out[t * s.features + d] = signal + rng.normal();
      }
  return out;
}

const models = untestable({
  id: "models",
  statement:
    "GPT-4o with chain of thought gets 27.3 % on the 600 questions, and a 3B step reward trained on 73 K tree values adds 3.3 % on average",
  scope:
    "Needs the questions with their pictures and vision-language models: laurel bench run vilbench FILE --reward '{ kind: judge.steps, model: URL }' on one's own samples, against '{ kind: judge.pointwise, model: URL, scale: 1-5 }'.",
});

export default paper({
  slug: "vilbench",
  component: [
    "judge.steps",
    "stepwiseJudge",
    "holisticJudge",
    "processPreference",
    "selectByIndicator",
    "stepValues",
    "processRegression",
  ],
  claims: [both, held, trained, models],
});
