import { directContext, type JsonObject, random, type Seed, split } from "laurel";
import { scriptedModel } from "laurel/models";
import { autoSteer, generate, steerElements } from "laurel/recipes";
import { meanOf, spearman } from "laurel/stats";
import { type Claim, paper, untestable } from "../lab/index.ts";
import {
  fitSolver,
  memorised,
  type SolverForm,
  shownAndHidden,
  slotQuestions,
  solves,
} from "../worlds/leaked-questions.ts";

const element = (id: string) => steerElements.find((one) => one.id === id)!;

type Settings = {
  /** Questions of the fixed set, and of the fresh one. */
  fixed: number;
  fresh: number;
  /** Questions that true skill is read off. */
  truth: number;
  /** Solvers have memorised 0, ⅓, ⅔ or all of this share of the fixed set. */
  leak: number;
  /** Private questions that solvers are fitted on. */
  sizes: number[];
  copies: number;
  alpha: number;
};

const forms: readonly SolverForm[] = ["linear", "squared", "quadratic"];
const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

const freshness: Claim<"fixed" | "fresh" | "cleanFixed" | "cleanFresh", "error" | "rank", Settings> = {
  id: "freshness",
  statement:
    "Once a fixed set of questions has leaked into some solvers, freshly generated questions measure their skill with less error and rank them better",
  scope:
    "World: one element (deadweight loss of a tax) of the generator, 24 regressions as solvers, known shares of the fixed set memorised. That memory raises scores on the fixed set is built in; how much it distorts the order beside sampling noise is not. No language models, no rewriting by them. The values of the slots lie on the generator's grids.",
  evidence: "mechanism",
  settings: { fixed: 100, fresh: 100, truth: 5000, leak: 1, sizes: [10, 30, 100, 300], copies: 2, alpha: 1e-3 },
  seeds: 40,
  arms: ["fixed", "fresh", "cleanFixed", "cleanFresh"],
  bars: [
    {
      id: "error",
      metric: "error",
      of: "fresh",
      against: "fixed",
      better: "lower",
      role: "primary",
      bar: superior(0.021),
      why: "the pilot's difference of the mean distance from true skill is 0.042",
    },
    {
      id: "rank",
      metric: "rank",
      of: "fresh",
      against: "fixed",
      role: "primary",
      bar: superior(0.16),
      why: "the pilot's difference of Spearman's correlation with true skill is 0.32",
    },
    {
      id: "no leak",
      metric: "error",
      of: "cleanFixed",
      against: "cleanFresh",
      role: "control",
      bar: { kind: "equivalent", within: 0.021 },
      why: "where nobody has memorised anything, a fixed set is as good as a fresh one, within half of the effect",
    },
    { id: "fixed", metric: "error", of: "fixed", role: "report", why: "the error of the leaked set" },
    { id: "fixed rank", metric: "rank", of: "fixed", role: "report", why: "the order that the leaked set gives" },
    { id: "fresh rank", metric: "rank", of: "fresh", role: "report", why: "the order that fresh questions give" },
  ],
  boundary: {
    setting: { fresh: 4 },
    bar: "error",
    why: "four fresh questions are so few that their sampling noise is worse than the leak",
  },
  async run(_lab, seed, s) {
    const loss = element("deadweight loss");
    const fixed = await slotQuestions(loss, s.fixed, split(seed, "fixed"));
    const fresh = await slotQuestions(loss, s.fresh, split(seed, "fresh"));
    const truth = await slotQuestions(loss, s.truth, split(seed, "truth"));
    const shares = random(split(seed, "shares"));
    const found = { skill: [] as number[], fixed: [] as number[], fresh: [] as number[], clean: [] as number[] };
    for (const form of forms)
      for (const size of s.sizes)
        for (let copy = 0; copy < s.copies; copy++) {
          const name = `${form} ${size} ${copy}`;
          const own = await slotQuestions(loss, size, split(split(seed, "private"), name));
          const solver = fitSolver(own, form, s.alpha);
          const known = memorised(s.fixed, (s.leak * shares.below(4)) / 3, split(split(seed, "memory"), name));
          const right = fixed.map((question) => solves(solver, question));
          found.skill.push(meanOf(truth.map((question) => Number(solves(solver, question)))));
          found.fresh.push(meanOf(fresh.map((question) => Number(solves(solver, question)))));
          found.clean.push(meanOf(right.map(Number)));
          found.fixed.push(meanOf(right.map((one, i) => Number(one || known.has(i)))));
        }
    const figures = (scores: readonly number[]) => ({
      error: meanOf(scores.map((score, k) => Math.abs(score - found.skill[k]!))),
      rank: spearman(scores, found.skill).value,
    });
    return {
      fixed: figures(found.fixed),
      fresh: figures(found.fresh),
      cleanFixed: figures(found.clean),
      cleanFresh: figures(found.fresh),
    };
  },
};

type Options = { noise: number; offsets: number[]; questions: number };

const options: Claim<"one" | "two" | "four", "gain", Options> = {
  id: "options",
  statement: "Options that are shown from the start raise accuracy, the more so the more steps the answer takes",
  scope:
    "World: testing an option costs one error of one step, producing the number costs k of them. So the gain is built in, and this is a demonstration of its size.",
  evidence: "assumed",
  settings: { noise: 0.02, offsets: [0.06, 0.12, 0.25], questions: 500 },
  seeds: 40,
  arms: ["one", "two", "four"],
  bars: [
    {
      id: "four steps",
      metric: "gain",
      of: "four",
      against: 0,
      role: "primary",
      bar: superior(0.11),
      why: "half of the specification's 0.23",
    },
    {
      id: "interaction",
      metric: "gain",
      of: "four",
      against: "one",
      role: "primary",
      bar: superior(0.1),
      why: "half of the specification's 0.20 between one step and four",
    },
    { id: "two steps", metric: "gain", of: "two", role: "report", why: "in between" },
  ],
  async run(_lab, seed, s) {
    const gain = (steps: number) => {
      const { shown, hidden } = shownAndHidden(steps, s, split(seed, steps));
      return { gain: shown - hidden };
    };
    return { one: gain(1), two: gain(2), four: gain(4) };
  },
};

type Values = Readonly<Record<string, number>>;

/** What defines an answer, as two sides that must be equal; none of them is the formula that the element computes it by. */
const conditions: Readonly<Record<string, (s: Values, x: number) => readonly [number, number]>> = {
  "equilibrium quantity": (s, x) => [s["a"]! - s["b"]! * x, s["c"]! + s["d"]! * x],
  "equilibrium price": (s, x) => [(s["a"]! - x) / s["b"]!, (x - s["c"]!) / s["d"]!],
  "quantity under a tax": (s, x) => [s["a"]! - s["b"]! * x, s["c"]! + s["d"]! * x + s["t"]!],
  "buyers' price under a tax": (s, x) => [(s["a"]! - x) / s["b"]!, (x - s["t"]! - s["c"]!) / s["d"]!],
  "deadweight loss": (s, x) => [(2 * x) / s["t"]!, s["t"]! / (s["b"]! + s["d"]!)],
  "Cobb-Douglas demand": (s, x) => [(s["alpha"]! / (1 - s["alpha"]!)) * ((s["income"]! - x * s["px"]!) / x), s["px"]!],
  "CES demand": (s, x) => [(x * s["py"]!) / (s["income"]! - x * s["px"]!), (s["px"]! / s["py"]!) ** -s["sigma"]!],
  "profit maximum": (s, x) => [s["p"]!, s["c"]! + s["d"]! * x],
  "monopoly quantity": (s, x) => [s["a"]! - 2 * s["b"]! * x, s["c"]! + s["d"]! * x],
  "Pigouvian tax": (s, x) => [x, (s["e"]! * (s["a"]! - s["c"]! - x)) / (s["b"]! + s["d"]!)],
  "choice over time": (s, x) => [((s["m1"]! - x) * (1 + s["i"]!) + s["m2"]!) / x, s["beta"]! * (1 + s["i"]!)],
};

/** Ways in which a rewrite spoils a template. */
const corruptions: readonly ((text: string) => string)[] = [
  (text) => text.replace("{t}", "a tax"),
  (text) => text.replace("{a}", "{b}"),
  (text) => text.replace("{c}", "{c} or {c}"),
  (text) => text.replace("{d}", "{slope}"),
  (text) => text.replace("{b}", "2"),
  (text) => `${text} Assume 10 buyers.`,
];

const exact: Claim<"generator", "residual" | "doubled" | "kept", { draws: number; rewrites: number }> = {
  id: "exact",
  statement:
    "Generated answers meet the conditions that define them, the forgotten half doubles the deadweight loss, and no rewrite that spoils a slot is kept",
  scope: "11 of the 26 elements, those with a first-order or market condition; the tests have a condition for all 26.",
  evidence: "identity",
  settings: { draws: 30, rewrites: 6 },
  seeds: 40,
  arms: ["generator"],
  bars: [
    {
      id: "residual",
      metric: "residual",
      of: "generator",
      against: 0,
      role: "primary",
      bar: { kind: "exact", tolerance: 1e-9 },
      why: "the greatest relative difference of the two sides, over 13,200 draws",
    },
    {
      id: "doubled",
      metric: "doubled",
      of: "generator",
      against: 2,
      role: "primary",
      bar: { kind: "exact", tolerance: 1e-12 },
      why: "the first documented slip",
    },
    {
      id: "kept",
      metric: "kept",
      of: "generator",
      against: 0,
      role: "primary",
      bar: { kind: "exact", tolerance: 0 },
      why: "spoilt rewrites that autoSteer keeps",
    },
  ],
  async run(_lab, seed, s) {
    let residual = 0;
    let doubled = 2;
    for (const [id, sides] of Object.entries(conditions)) {
      const one = element(id);
      for await (const { context } of generate(one, { n: s.draws, seed: split(seed, id), options: "hidden" })) {
        const slots = context!["slots"] as JsonObject as Values;
        const value = context!["value"] as number;
        const [left, right] = sides(slots, value);
        residual = Math.max(residual, Math.abs(left - right) / Math.max(1, Math.abs(left), Math.abs(right)));
        if (id === "deadweight loss") {
          const ratio = one.wrong[0]!(slots) / value;
          if (Math.abs(ratio - 2) > Math.abs(doubled - 2)) doubled = ratio;
        }
      }
    }
    return { generator: { residual, doubled, kept: await keptRewrites(s.rewrites, seed) } };
  },
};

async function keptRewrites(n: number, seed: Seed): Promise<number> {
  const loss = element("deadweight loss");
  const text = loss.texts["medicine"]!["third person"]!;
  const order = random(split(seed, "corruptions")).shuffled(corruptions);
  const model = scriptedModel(({ call }) => order[call % order.length]!(text));
  const domains = Array.from({ length: n }, (_, i) => `domain ${i}`);
  const { element: steered } = await autoSteer(loss, model, {
    domains,
    perspectives: ["first person"],
    maxRetries: 0,
    ctx: directContext(),
  });
  return Object.keys(steered.texts).length - Object.keys(loss.texts).length;
}

const models = untestable({
  id: "models",
  statement:
    "27 language models differ greatly on the 58 elements; o1-preview is robust, others lean on the options shown",
  scope:
    "Needs those models and the released questions. `laurel bench run steer-me FILE` reads any file of such questions with a model's answers or with options to be scored, and reports accuracy by element, chance-adjusted, the worst element and the robustness along each axis. 26 elements are generated here, not 58.",
});

export default paper({
  slug: "steer-me",
  component: [
    "steerElements",
    "defineElement",
    "generate",
    "autoSteer",
    "verify.numeric",
    "verify.choice",
    "axisSpread",
    "worstCell",
  ],
  claims: [freshness, options, exact, models],
});
