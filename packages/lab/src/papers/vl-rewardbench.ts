import { type Example, type Random, random, type Seed, split, task, UsageError } from "laurel";
import { type Adversary, adversarialFilter } from "laurel/recipes";
import { voteCurve } from "laurel/rewards";
import { meanOf, pearson } from "laurel/stats";
import { type Claim, paper, untestable } from "../lab/index.ts";
import { fitPairs } from "../train/pair-logistic.ts";
import { rightProbability, type ZooTraits } from "../worlds/judges/index.ts";
import { dotAt } from "../worlds/preferences/index.ts";

type World = {
  /** Items that the filter may look at, and how many it must keep. */
  pool: number;
  kept: number;
  /** Of items: sd of the difficulty and of the misleading cue. */
  difficulty: number;
  cue: number;
  /** Logits: slope of capacity, of difficulty, and of the cue for each unit of capacity below the knee. */
  slope: number;
  hardness: number;
  trap: number;
  knee: number;
  /** Capacities of the judges that filter, what a unit of their logit counts (0: coins), and the share of them that must be wrong. */
  panel: number[];
  sees: number;
  wrongShare: number;
  /** Judges under test, with capacities from `low` to `high`. */
  judges: number;
  low: number;
  high: number;
};

const world: World = {
  pool: 12_000,
  kept: 1250,
  difficulty: 1.2,
  cue: 1.5,
  slope: 1.5,
  hardness: 0.4,
  trap: 0.8,
  knee: 1.4,
  panel: [0, 0.2, 0.3, 0.4],
  sees: 1,
  wrongShare: 0.75,
  judges: 24,
  low: -0.3,
  high: 2,
};

interface Hard {
  difficulty: number;
  trap: number;
}

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

/** A judge of the zoo, whose acuity is in logits. */
const judgeOf = (capacity: number, w: World): ZooTraits => ({
  name: String(capacity),
  acuity: w.slope * capacity,
  hardness: w.hardness,
  trap: { weight: w.trap / w.slope, knee: w.slope * w.knee },
});

/** Items as the filter sees them: all that matters is by id. */
function drawItems(n: number, w: World, seed: Seed): Hard[] {
  const rng = random(seed);
  return Array.from({ length: n }, () => ({ difficulty: w.difficulty * rng.normal(), trap: w.cue * rng.normal() }));
}

/** The first items that enough of the small judges get wrong with one vote each. */
async function selected(items: readonly Hard[], w: World, seed: Seed): Promise<Hard[]> {
  const panel = w.panel.map((capacity, j): Adversary => {
    const judge = judgeOf(capacity, w);
    const rng = random(split(split(seed, "panel"), j));
    return {
      name: `small ${j + 1}`,
      right: ({ task: { id } }) => {
        const p = rightProbability(judge, items[Number(id)]!);
        return Number(rng.uniform() < (w.sees === 1 ? p : 0.5 + w.sees * (p - 0.5)));
      },
    };
  });
  const examples = items.map(
    (_, i): Example => ({
      task: task("item", ["right", "wrong"], undefined, { id: String(i) }),
      labels: { correct: [true, false] },
      cluster: String(i),
      subsets: {},
    }),
  );
  const kept: Hard[] = [];
  for await (const { task: own } of adversarialFilter(examples, panel, {
    wrongShare: w.wrongShare,
    keep: w.kept,
    seed,
  }))
    kept.push(items[Number(own.id)]!);
  if (kept.length < w.kept)
    throw new UsageError(`${kept.length} of ${items.length} items are hard enough, and ${w.kept} are needed`);
  return kept;
}

const drawCapacities = ({ judges, low, high }: World, seed: Seed): number[] => {
  const rng = random(seed);
  return Array.from({ length: judges }, () => low + (high - low) * rng.uniform());
};

/** Exact chances that a judge is right, one an item. */
const rights = (capacity: number, items: readonly Hard[], w: World): Float64Array => {
  const judge = judgeOf(capacity, w);
  return Float64Array.from(items, (item) => rightProbability(judge, item));
};

type VoteArm = "best" | "worst" | "random" | "even";

const votes: Claim<VoteArm, "gain", World & { votes: number }> = {
  id: "votes",
  statement:
    "On pairs that small judges get wrong, a majority of nine votes makes strong judges better and weak judges worse",
  scope:
    "World: single items with a difficulty and a misleading cue that catches judges the more the weaker they are, independent votes, exact majorities. The cue is built in; that it turns the sign of what votes gain for the lowest third is not. No pictures, no reading errors, no errors that repeat.",
  evidence: "mechanism",
  settings: { ...world, votes: 9 },
  seeds: 40,
  arms: ["best", "worst", "random", "even"],
  bars: [
    {
      id: "best",
      metric: "gain",
      of: "best",
      against: 0,
      role: "primary",
      bar: superior(0.057),
      why: "the highest third by capacity; the pilot is 0.113",
    },
    {
      id: "worst",
      metric: "gain",
      of: "worst",
      against: 0,
      better: "lower",
      role: "primary",
      bar: superior(0.041),
      why: "the lowest third loses; the pilot is -0.083",
    },
    {
      id: "difference",
      metric: "gain",
      of: "best",
      against: "worst",
      role: "primary",
      bar: superior(0.098),
      why: "the pilot is 0.196",
    },
    {
      id: "even",
      metric: "gain",
      of: "even",
      against: 0,
      role: "control",
      bar: { kind: "exact", tolerance: 1e-12 },
      why: "judges that are right half of the time on every item gain nothing",
    },
    { id: "random", metric: "gain", of: "random", role: "report", why: "the lowest third on items that nobody chose" },
  ],
  boundary: {
    setting: { trap: 0, hardness: 0 },
    bar: "worst",
    why: "without difficulty and cue no item is worse than another, and votes help the lowest third too, being right more often than not",
  },
  async run(_lab, seed, s) {
    const items = drawItems(s.pool, s, split(seed, "items"));
    const kept = await selected(items, s, split(seed, "filter"));
    const free = random(split(seed, "random items")).shuffled(items).slice(0, s.kept);
    const capacities = drawCapacities(s, split(seed, "judges")).sort((a, b) => a - b);
    const gains = (some: readonly Hard[], of: readonly number[]): number =>
      meanOf(
        of.map((capacity) => {
          const [one, many] = voteCurve(rights(capacity, some, s), [1, s.votes]) as [number, number];
          return many - one;
        }),
      );
    const third = Math.floor(capacities.length / 3);
    const [flat, flatMany] = voteCurve(new Float64Array(s.kept).fill(0.5), [1, s.votes]) as [number, number];
    return {
      best: { gain: gains(kept, capacities.slice(-third)) },
      worst: { gain: gains(kept, capacities.slice(0, third)) },
      random: { gain: gains(free, capacities.slice(0, third)) },
      even: { gain: flatMany - flat },
    };
  },
};

type LinkArm = "benchmark" | "permuted";

/** A Beta(1.5, 3) number: gammas of 3/2 and 3 from normals and exponentials. */
function betaDraw(rng: Random): number {
  const half = 0.5 * (rng.normal() ** 2 + rng.normal() ** 2 + rng.normal() ** 2);
  return half / (half + rng.exponential() + rng.exponential() + rng.exponential());
}

const downstream: Claim<LinkArm, "r", World & { problems: number; samples: number; signal: number }> = {
  id: "downstream",
  statement: "Accuracy on the adversarial benchmark goes with best-of-n accuracy by the same judges, r above 0.9",
  scope:
    "World: a judge's one capacity decides both its accuracy on the benchmark and how well it tells right samples from wrong ones. What is checked is that a selection against small judges leaves the order of judges useful; that one capacity governs both is assumed.",
  evidence: "mechanism",
  settings: { ...world, problems: 400, samples: 8, signal: 1 },
  seeds: 40,
  arms: ["benchmark", "permuted"],
  bars: [
    {
      id: "r",
      metric: "r",
      of: "benchmark",
      against: 0,
      role: "primary",
      bar: superior(0.044, 0.9),
      why: "above 0.9; the pilot is 0.987",
    },
    {
      id: "permuted",
      metric: "r",
      of: "permuted",
      against: 0,
      role: "control",
      bar: { kind: "equivalent", within: 0.15 },
      why: "best-of-n figures of other judges: within a sixth of 0.9",
    },
  ],
  boundary: {
    setting: { signal: 0 },
    bar: "r",
    why: "where samples are picked without looking at whether they are right, no benchmark foretells it",
  },
  async run(_lab, seed, s) {
    const items = drawItems(s.pool, s, split(seed, "items"));
    const kept = await selected(items, s, split(seed, "filter"));
    const capacities = drawCapacities(s, split(seed, "judges"));
    const problems = random(split(seed, "problems"));
    const solved = Array.from({ length: s.problems }, () => {
      const p = betaDraw(problems);
      return Array.from({ length: s.samples }, () => Number(problems.uniform() < p));
    });
    const bestOf = capacities.map((capacity, k) => {
      const rng = random(split(split(seed, "scores"), k));
      return meanOf(
        solved.map((samples) => {
          let [top, right] = [Number.NEGATIVE_INFINITY, 0];
          for (const own of samples) {
            const score = s.signal * Math.max(0, capacity) * own + rng.normal();
            if (score > top) [top, right] = [score, own];
          }
          return right;
        }),
      );
    });
    const accuracy = capacities.map((capacity) => meanOf(rights(capacity, kept, s)));
    return {
      benchmark: { r: pearson(accuracy, bestOf).value },
      permuted: { r: pearson(accuracy, random(split(seed, "permutation")).shuffled(bestOf)).value },
    };
  },
};

const harder: Claim<"free" | "chosen", "accuracy", World> = {
  id: "harder",
  statement:
    "Keeping what a panel of small judges gets wrong makes a benchmark harder for judges that had no say in it",
  scope:
    "As in the first claim: held-out judges of the same family, whose weakness for the cue shrinks with their capacity. The panel's votes are one a judge, so that part of what is kept is luck; human verification of labels, which are all right here, is not modelled.",
  evidence: "mechanism",
  settings: world,
  seeds: 40,
  arms: ["free", "chosen"],
  bars: [
    {
      id: "harder",
      metric: "accuracy",
      of: "free",
      against: "chosen",
      role: "primary",
      bar: superior(0.035),
      why: "the pilot is 0.696 on fresh items against 0.626",
    },
    { id: "chosen", metric: "accuracy", of: "chosen", role: "report", why: "mean accuracy on the chosen items" },
  ],
  boundary: {
    setting: { sees: 0 },
    bar: "harder",
    why: "a panel of coins chooses nothing",
  },
  async run(_lab, seed, s) {
    const items = drawItems(s.pool, s, split(seed, "items"));
    const kept = await selected(items, s, split(seed, "filter"));
    const free = drawItems(s.kept, s, split(seed, "fresh items"));
    const capacities = drawCapacities(s, split(seed, "judges"));
    const mean = (some: readonly Hard[]): number =>
      meanOf(capacities.map((capacity) => meanOf(rights(capacity, some, s))));
    return { free: { accuracy: mean(free) }, chosen: { accuracy: mean(kept) } };
  },
};

type Learner = {
  dim: number;
  /** Sd of what the zero-shot judge's weights are off by. */
  off: number;
  training: number;
  /** Feature means of the training pairs, and noise of their labels. */
  shift: number;
  noise: number;
  /** On the mean loss. */
  l2: number;
  test: number;
};

const learning: Claim<"zeroShot" | "trained" | "permuted", "accuracy", Learner> = {
  id: "learning",
  statement: "A judge that is trained to judge, on pairs of another kind, is right more often than before",
  scope:
    "World: a linear judge of 12 features whose weights start off the truth, fitted to 2,000 noisy labels from another distribution of features. The size says nothing about the 14.7 points of a 7B model. Newton's method starts at 0: started at the zero-shot weights it diverged in the specification's pilot.",
  evidence: "mechanism",
  settings: { dim: 12, off: 1.5, training: 2000, shift: 0.5, noise: 0.5, l2: 1e-2, test: 2000 },
  seeds: 40,
  arms: ["zeroShot", "trained", "permuted"],
  bars: [
    {
      id: "gain",
      metric: "accuracy",
      of: "trained",
      against: "zeroShot",
      role: "primary",
      bar: superior(0.153),
      why: "the pilot is 0.676 before and 0.983 after",
    },
    {
      id: "permuted",
      metric: "accuracy",
      of: "permuted",
      against: "zeroShot",
      role: "control",
      bar: superior(0.153),
      expect: "not-holds",
      why: "the same fit to permuted labels gains nothing",
    },
  ],
  boundary: {
    setting: { off: 0 },
    bar: "gain",
    why: "a judge that is right to begin with has nothing to learn",
  },
  async run(_lab, seed, s) {
    const normals = (rng: Random, n: number, mean = 0): Float64Array =>
      Float64Array.from({ length: n }, () => mean + rng.normal());
    const truth = normals(random(split(seed, "truth")), s.dim);
    const off = random(split(seed, "zero-shot"));
    const zeroShot = truth.map((w) => w + s.off * off.normal());
    const rng = random(split(seed, "training"));
    const x = normals(rng, s.training * s.dim, s.shift);
    const labels = Array.from({ length: s.training }, (_, i) =>
      dotAt(x, i * s.dim, truth) + s.noise * rng.normal() > 0 ? 1 : -1,
    );
    const fitted = (own: readonly number[]): Float64Array =>
      fitPairs(
        x.map((value, at) => own[Math.floor(at / s.dim)]! * value),
        s.dim,
        // the penalty is on the mean loss, and fitPairs' on the sum
        { l2: s.l2 * s.training },
      );
    const test = normals(random(split(seed, "test")), s.test * s.dim);
    const accuracy = (w: Float64Array): number =>
      meanOf(
        Array.from({ length: s.test }, (_, i) =>
          Number(dotAt(test, i * s.dim, w) > 0 === dotAt(test, i * s.dim, truth) > 0),
        ),
      );
    return {
      zeroShot: { accuracy: accuracy(zeroShot) },
      trained: { accuracy: accuracy(fitted(labels)) },
      permuted: { accuracy: accuracy(fitted(random(split(seed, "permutation")).shuffled(labels))) },
    };
  },
};

const perception = untestable({
  id: "perception",
  statement: "Judges fail mostly at basic perception, not at reasoning; of 16 models GPT-4o is right on 65.4 %",
  scope:
    "Needs real multimodal judges and the benchmark's pictures. `laurel bench run vl-rewardbench --comparer JUDGE --repeat 9` gives accuracy by source and group with its intervals, by number of votes and under three rules for unread verdicts; which errors are of perception takes people to say.",
});

export default paper({
  slug: "vl-rewardbench",
  component: ["voteClass", "voteCurve", "voteCurveOf", "majorityJudge", "adversarialFilter"],
  claims: [votes, downstream, harder, learning, perception],
});
