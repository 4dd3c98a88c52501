import { type Random, random, type Seed, split } from "laurel";
import { pairOutcome, tieAccuracies } from "laurel/bench";
import { dispersion, kendall, meanOf, spearman } from "laurel/stats";
import { type Claim, paper, untestable } from "../lab/index.ts";
import { fitPairs } from "../train/pair-logistic.ts";

type Settings = {
  judges: number;
  /** Sensitivities are max(0, sensitivity + spread · z). */
  sensitivity: number;
  spread: number;
  /** Correlation of a judge's four z. */
  shared: number;
  /** Of the four attributes under the base generator. */
  correlation: number;
  /** Weight of brightness, which is no quality, in every score. */
  brightness: number;
  pairs: number;
  trainingPairs: number;
  beta: number;
  l2: number;
  /** Nats that each fine-tuned generator may leave the base by. */
  budget: number;
};

const settings: Settings = {
  judges: 24,
  sensitivity: 0.8,
  spread: 0.8,
  shared: 0,
  correlation: 0.1,
  brightness: 0.5,
  pairs: 400,
  trainingPairs: 300,
  beta: 0.1,
  l2: 1e-3,
  budget: 1,
};

/** alignment, safety, quality, fairness; brightness stands after them. */
const perspectives = [0, 1, 2, 3] as const;
const features = 5;

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

/** A picture under the base generator: four correlated attributes and brightness, all standard normal. */
function picture(rng: Random, { correlation }: Settings): number[] {
  const common = Math.sqrt(correlation) * rng.normal();
  return [...perspectives.map(() => common + Math.sqrt(1 - correlation) * rng.normal()), rng.normal()];
}

function drawJudges(s: Settings, seed: Seed): number[][] {
  const rng = random(seed);
  return Array.from({ length: s.judges }, () => {
    const common = rng.normal();
    const own = perspectives.map(() => rng.normal());
    return own.map((z) =>
      Math.max(0, s.sensitivity + s.spread * (Math.sqrt(s.shared) * common + Math.sqrt(1 - s.shared) * z)),
    );
  });
}

/** What a judge says of pictures when it is asked about p: its noise is drawn once a picture. */
function scores(pictures: readonly number[][], p: number, sensitivity: number, s: Settings, seed: Seed): number[] {
  const rng = random(seed);
  return pictures.map((one) => sensitivity * one[p]! + s.brightness * one[4]! + rng.normal());
}

/** Accuracy without ties on pairs that differ by 1 in p. */
function benchmark(judge: readonly number[], k: number, s: Settings, seed: Seed): number[] {
  return perspectives.map((p) => {
    const rng = random(split(split(seed, "benchmark"), p));
    const shown: number[][] = [];
    const labels: ("0" | "1")[] = [];
    for (let i = 0; i < s.pairs; i++) {
      const [a, b] = [picture(rng, s), picture(rng, s)];
      const label = rng.uniform() < 0.5 ? "0" : "1";
      b[p] = a[p]! + (label === "1" ? 1 : -1);
      shown.push(a, b);
      labels.push(label);
    }
    const said = scores(shown, p, judge[p]!, s, split(split(split(seed, "scores"), k), p));
    const outcomes = labels.map((_, i) => pairOutcome(said[2 * i]!, said[2 * i + 1]!));
    return tieAccuracies(outcomes, labels).withoutTies!.value;
  });
}

/**
 * How far p moves when a log-linear generator is fine-tuned on a judge's labels about p, at the budget's KL: with Gaussian features
 * E_θ f − E_0 f = Σθ and KL = ½ θᵀΣθ, exactly.
 */
function gain(judge: readonly number[], k: number, p: number, flip: boolean, s: Settings, seed: Seed): number {
  const rng = random(split(split(seed, "training"), p));
  const shown = Array.from({ length: 2 * s.trainingPairs }, () => picture(rng, s));
  const said = scores(shown, p, judge[p]!, s, split(split(split(seed, "labels"), k), p));
  const coin = random(split(split(split(seed, "flips"), k), p));
  const differences = new Float64Array(s.trainingPairs * features);
  for (let i = 0; i < s.trainingPairs; i++) {
    const first = said[2 * i]! > said[2 * i + 1]! !== (flip && coin.uniform() < 0.5);
    for (let d = 0; d < features; d++)
      differences[i * features + d] = s.beta * (first ? 1 : -1) * (shown[2 * i]![d]! - shown[2 * i + 1]![d]!);
  }
  const theta = fitPairs(differences, features, { l2: s.l2 });
  const moved = Array.from(theta, (own, d) =>
    d === 4 ? own : own + perspectives.reduce<number>((sum, e) => sum + (e === d ? 0 : s.correlation * theta[e]!), 0),
  );
  const kl = 0.5 * moved.reduce((sum, one, d) => sum + one * theta[d]!, 0);
  return moved[p]! * Math.sqrt(s.budget / kl);
}

interface Link {
  matched: number;
  pooled: number;
  accuracies: number[][];
}

/** Over judges, Spearman of accuracy with what training does to the same perspective: by that perspective, and pooled over all. */
function link(s: Settings, seed: Seed, flip = false): Link {
  const judges = drawJudges(s, split(seed, "judges"));
  const accuracies = judges.map((judge, k) => benchmark(judge, k, s, seed));
  const pooled = accuracies.map(meanOf);
  const by = perspectives.map((p) => {
    const gains = judges.map((judge, k) => gain(judge, k, p, flip, s, seed));
    return {
      matched: spearman(
        accuracies.map((own) => own[p]!),
        gains,
      ).value,
      pooled: spearman(pooled, gains).value,
    };
  });
  return { matched: meanOf(by.map((one) => one.matched)), pooled: meanOf(by.map((one) => one.pooled)), accuracies };
}

type Arm = "matched" | "pooled" | "random" | "orders" | "shared 0.3" | "shared 0.6" | "shared 0.9";

const perspective: Claim<Arm, "rho" | "tau" | "gap", Settings> = {
  id: "perspective",
  statement:
    "A judge's accuracy on one perspective foretells what fine-tuning on its feedback does to that perspective, better than its accuracy over all perspectives, and no judge is best in all",
  scope:
    "World: pictures are vectors of four exact attributes and brightness; 24 judges with independent sensitivities (so that the gap is as large as it can be: the reports give it for correlated ones), linear scores with noise, and a log-linear generator fine-tuned by DPO to 1 nat. That no judge is best in all is given by the independence of the sensitivities; what is checked is that it and the link survive 400 pairs, brightness, noise and training. No rendered pictures, no diffusion form of DPO, no human ranking.",
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["matched", "pooled", "random", "orders", "shared 0.3", "shared 0.6", "shared 0.9"],
  bars: [
    {
      id: "beats-pooled",
      metric: "rho",
      of: "matched",
      against: "pooled",
      role: "primary",
      bar: superior(0.25),
      why: "the pilot is 0.94 against 0.44",
    },
    {
      id: "level",
      metric: "rho",
      of: "matched",
      against: 0,
      role: "primary",
      bar: superior(0.17, 0.6),
      why: "above 0.6; the pilot is 0.94",
    },
    {
      id: "no-single-best",
      metric: "tau",
      of: "orders",
      against: 0.5,
      better: "lower",
      role: "primary",
      bar: superior(0.27),
      why: "Kendall's correlation of the orders by alignment and by safety, below 0.5; the pilot is -0.04",
    },
    {
      id: "random-labels",
      metric: "rho",
      of: "random",
      against: 0,
      role: "control",
      bar: { kind: "equivalent", within: 0.12 },
      why: "training on coins foretells nothing: within a quarter of the pilot's gap of 0.5",
    },
    ...(["shared 0.3", "shared 0.6", "shared 0.9"] as const).map((of) => ({
      id: of.replace(" ", "-"),
      metric: "gap" as const,
      of,
      role: "report" as const,
      why: `matched less pooled where a judge's sensitivities correlate by ${of.slice(7)}`,
    })),
  ],
  boundary: {
    setting: { shared: 1 },
    bar: "beats-pooled",
    why: "a judge that sees all perspectives equally well is measured better by all of them together",
  },
  async run(_lab, seed, s) {
    const { matched, pooled, accuracies } = link(s, seed);
    const gap = (shared: number) => {
      const own = link({ ...s, shared }, seed);
      return { gap: own.matched - own.pooled };
    };
    return {
      matched: { rho: matched },
      pooled: { rho: pooled },
      random: { rho: link(s, split(seed, "random"), true).matched },
      orders: {
        tau: kendall(
          accuracies.map((own) => own[0]!),
          accuracies.map((own) => own[1]!),
        ).value,
      },
      "shared 0.3": gap(0.3),
      "shared 0.6": gap(0.6),
      "shared 0.9": gap(0.9),
    };
  },
};

const exact = (id: string, metric: "fixtures" | "gini" | "scale" | "shares", against: number, why: string) => ({
  id,
  metric,
  of: "rule" as const,
  against,
  role: "primary" as const,
  bar: { kind: "exact", tolerance: 1e-9 } as const,
  why,
});

const measures: Claim<"rule", "fixtures" | "gini" | "scale" | "shares", { pictures: number }> = {
  id: "measures",
  statement:
    "The bias measures are 1 for equal scores, do not depend on the scores' unit (NDS and GES), and GES is one less half of the mean difference over the mean; accuracies with and without ties differ by the tie rate alone",
  scope:
    "Stated cases and drawn scores. The min-max normalisation of a run is left out: with it ACC depends on outliers.",
  evidence: "identity",
  settings: { pictures: 40 },
  seeds: 40,
  arms: ["rule"],
  bars: [
    exact("fixtures", "fixtures", 0, "constant scores 1, 1, 1; (0, 0, 0, 1): NDS 1 − √3, GES 0.25, ACC 0.5"),
    exact("gini", "gini", 0, "GES by all pairs: 1 − Σ|s_i − s_j| / (2 n² μ)"),
    exact("scale", "scale", 0, "NDS and GES of scores times 7"),
    exact("shares", "shares", 0, "accuracy with ties = (1 − tie rate) · accuracy without"),
  ],
  async run(_lab, seed, { pictures }) {
    const rng = random(seed);
    const same = dispersion(Array.from({ length: pictures }, () => 3.5));
    const one = dispersion([0, 0, 0, 1]);
    const fixtures =
      Math.abs(same.nds - 1) +
      Math.abs(same.ges - 1) +
      Math.abs(same.acc - 1) +
      Math.abs(one.nds - (1 - Math.sqrt(3))) +
      Math.abs(one.ges - 0.25) +
      Math.abs(one.acc - 0.5);
    const drawn = Array.from({ length: pictures }, () => rng.uniform());
    const own = dispersion(drawn);
    const all = drawn.reduce((sum, a) => sum + drawn.reduce((inner, b) => inner + Math.abs(a - b), 0), 0);
    const scaled = dispersion(drawn.map((score) => 7 * score));
    // grades of 0 to 3 tie often
    const grade = () => rng.below(4);
    const pairs = Array.from({ length: 200 }, () => ({
      said: pairOutcome(grade(), grade()),
      label: rng.uniform() < 0.5 ? ("0" as const) : ("1" as const),
    }));
    const ties = tieAccuracies(
      pairs.map(({ said }) => said),
      pairs.map(({ label }) => label),
    );
    return {
      rule: {
        fixtures,
        gini: own.ges - (1 - all / (2 * pictures ** 2 * meanOf(drawn))),
        scale: Math.abs(scaled.nds - own.nds) + Math.abs(scaled.ges - own.ges),
        shares: ties.withTies.value - (1 - ties.tieRate.value) * ties.withoutTies!.value,
      },
    };
  },
};

const models = untestable({
  id: "models",
  statement:
    "Vision-language models judge better than scoring models on safety and bias and worse on alignment and quality, and judge more accurately and stably in words than in numbers",
  scope:
    "Behaviour of real models on gated pictures. `laurel bench run mj-bench` on the published rows would test the first, with a judge for each perspective; `laurel audit judge --scale 1-10 --scale words-10` runs the second on your own judge and labels, and says nothing of others.",
});

export default paper({
  slug: "mj-bench",
  component: ["pairOutcome", "tieAccuracies", "dispersion", "likert", "scaleStudy"],
  claims: [perspective, measures, models],
});
