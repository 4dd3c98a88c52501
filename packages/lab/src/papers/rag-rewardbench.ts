import { directContext, isScored, type Reward, random, type Seed, split, type Task } from "laurel";
import { panelPairs, type ScoredTask } from "laurel/recipes";
import { citationScore, contextUse, foreignPassages } from "laurel/rewards";
import { meanOf, pearson, spearman } from "laurel/stats";
import { type Claim, paper, untestable } from "../lab/index.ts";
import { contextCheck } from "../worlds/documents/checks.ts";
import { drawKnowledge, exactEntails, sentenceOf } from "../worlds/documents/knowledge.ts";
import { type DocumentItem, drawDocuments, ragScenarios } from "../worlds/documents/scenarios.ts";

type Zoo = {
  rewards: number;
  /** Weights of checks, plausibility and style ~ U(0, weight); sd of a score's noise. */
  checkWeight: number;
  weight: number;
  noise: number;
  /** Chance that a reward runs a scenario's check. */
  runs: number;
  errors: number;
  prior: number;
  /** Pairs a scenario; pairs without passages; fresh tasks a scenario, with so many candidates. */
  pairs: number;
  general: number;
  fresh: number;
  candidates: number;
};

const zoo: Zoo = {
  rewards: 36,
  checkWeight: 2,
  weight: 2,
  noise: 0.5,
  runs: 0.6,
  errors: 0.4,
  prior: 0.6,
  pairs: 500,
  general: 2000,
  fresh: 100,
  candidates: 8,
};

interface SimulatedReward {
  check: number;
  plausible: number;
  style: number;
  runs: readonly boolean[];
}

/** What a scenario's tasks are worth to the checks, a value a candidate. */
interface Checked {
  items: readonly DocumentItem[];
  values: readonly (readonly number[])[];
}

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

async function valuesBy(reward: Reward, tasks: readonly Task[], part?: string): Promise<number[][]> {
  const scores = await reward.score(tasks, directContext());
  return scores.map((row) =>
    row.map((score) => {
      if (!isScored(score)) throw new Error(`no score: ${score.unscored.message}`);
      return part === undefined ? score.value : score.parts![part]!;
    }),
  );
}

function drawRewards(s: Zoo, seed: Seed): SimulatedReward[] {
  const rng = random(split(seed, "rewards"));
  return Array.from({ length: s.rewards }, () => ({
    check: s.checkWeight * rng.uniform(),
    plausible: s.weight * rng.uniform(),
    style: s.weight * rng.uniform(),
    runs: ragScenarios.map(() => rng.uniform() < s.runs),
  }));
}

/** A reward that looks at nothing but what its checks say. */
const pure = ({ check, runs }: SimulatedReward): SimulatedReward => ({ check, runs, plausible: 0, style: 0 });

/** A reward's scores of a scenario's candidates. */
function scored(reward: SimulatedReward, scenario: number, { items, values }: Checked, noise: number, seed: Seed) {
  const rng = random(seed);
  const weight = reward.runs[scenario]! ? reward.check : 0;
  return items.map(({ plausible, style }, i) =>
    plausible.map(
      (one, c) => weight * values[i]![c]! + reward.plausible * one + reward.style * style[c]! + noise * rng.normal(),
    ),
  );
}

/** The share of pairs in which the better answer has the higher score. */
const accuracy = (items: readonly DocumentItem[], scores: readonly (readonly number[])[]): number =>
  meanOf(items.map(({ gold: [a, b] }, i) => (scores[i]![0]! > scores[i]![1]! === a! > b! ? 1 : 0)));

/** The mean worth of the candidates with the highest scores. */
const bestOfN = (items: readonly DocumentItem[], scores: readonly (readonly number[])[]): number =>
  meanOf(items.map(({ gold }, i) => gold[scores[i]!.indexOf(Math.max(...scores[i]!))]!));

/** Accuracy on pairs of a right and a wrong answer without passages: plausibility and style are all there is. */
function generalAccuracy(reward: SimulatedReward, s: Zoo, seed: Seed): number {
  const rng = random(seed);
  let right = 0;
  for (let i = 0; i < s.general; i++) {
    const [good, bad] = [s.prior, 1 - s.prior].map(
      (p) => reward.plausible * (rng.uniform() < p ? 1 : 0) + reward.style * rng.normal() + s.noise * rng.normal(),
    ) as [number, number];
    if (good > bad) right++;
  }
  return right / s.general;
}

type Arm = "rag" | "general" | "matched" | "others" | "reads" | "foreign" | "permuted";

const benchmark: Claim<Arm, "rho" | "accuracy", Zoo> = {
  id: "passages",
  statement:
    "Accuracy on pairs that are answered from passages tells how well a reward picks answers from passages, which accuracy on general pairs does not, and each scenario tells of its own kind of task",
  scope:
    "World: templated documents over 400 facts, four scenarios with two exact errors each, answers as text; 36 simulated rewards with independent weights on exact context checks (through Laurel's citation, abstention and conflict components), on what one believes without passages, and on style. No retriever, no language model, no learnt entailment; pairs are of one generator, not of 24 models. That weights are independent is what makes the general benchmark blind here. The claim about trained RALMs needs real models.",
  evidence: "mechanism",
  settings: zoo,
  seeds: 40,
  arms: ["rag", "general", "matched", "others", "reads", "foreign", "permuted"],
  bars: [
    {
      id: "general",
      metric: "rho",
      of: "rag",
      against: "general",
      role: "primary",
      bar: superior(0.28),
      why: "bar 1: Spearman with best-of-8 worth on fresh tasks; the prototype's smallest difference is 0.56",
    },
    {
      id: "matched",
      metric: "rho",
      of: "matched",
      against: "others",
      role: "primary",
      bar: superior(0.325),
      why: "bar 2: the scenario's own accuracy against the mean of the three others, with its best-of-8; the prototype is 0.93 against 0.28",
    },
    {
      id: "reads",
      metric: "accuracy",
      of: "reads",
      against: "foreign",
      role: "secondary",
      bar: superior(0.05),
      why: "rewards of checks alone lose accuracy with the passages of other tasks (contextUse)",
    },
    {
      id: "permuted-accuracy",
      metric: "accuracy",
      of: "permuted",
      against: 0.5,
      role: "control",
      bar: { kind: "equivalent", within: 0.02 },
      why: "rewards of checks alone whose values are permuted over a task's candidates",
    },
    {
      id: "permuted-rho",
      metric: "rho",
      of: "permuted",
      against: 0,
      role: "control",
      bar: { kind: "equivalent", within: 0.28 },
      why: "their accuracies tell nothing of what the same rewards do unpermuted; half of bar 1's effect",
    },
    { id: "accuracy", metric: "accuracy", of: "rag", role: "report", why: "mean accuracy of the 36 rewards" },
  ],
  boundary: {
    setting: { checkWeight: 0 },
    bar: "general",
    why: "where no reward reads passages the general benchmark tells as much",
  },
  async run(_lab, seed, s) {
    const knowledge = drawKnowledge(seed);
    const dials = { errors: s.errors, prior: s.prior };
    const draws = await Promise.all(
      ragScenarios.map(async (scenario) => {
        const pairs = drawDocuments(
          knowledge,
          scenario,
          { ...dials, candidates: 2 },
          { tasks: s.pairs, differ: true },
          split(seed, "pairs"),
        );
        const fresh = drawDocuments(
          knowledge,
          scenario,
          { ...dials, candidates: s.candidates },
          { tasks: s.fresh },
          split(seed, "fresh"),
        );
        const tasks = pairs.map(({ task }) => task);
        const ablate = foreignPassages(tasks, split(seed, scenario));
        const use = contextUse(contextCheck, { ablate, version: 1 });
        const [given, changed, later] = await Promise.all([
          valuesBy(use, tasks, "given"),
          valuesBy(use, tasks, "changed"),
          valuesBy(
            contextCheck,
            fresh.map(({ task }) => task),
          ),
        ]);
        const rng = random(split(split(seed, "permutation"), scenario));
        return {
          given: { items: pairs, values: given },
          foreign: { items: pairs, values: changed },
          permuted: { items: pairs, values: given.map((row) => rng.shuffled(row)) },
          fresh: { items: fresh, values: later },
        };
      }),
    );
    const rewards = drawRewards(s, seed);
    const table = (of: "given" | "foreign" | "permuted" | "fresh", change: (one: SimulatedReward) => SimulatedReward) =>
      rewards.map((reward, r) =>
        draws.map((kinds, k) => {
          const own = kinds[of];
          const scores = scored(change(reward), k, own, s.noise, split(split(split(seed, of), r), k));
          return of === "fresh" ? bestOfN(own.items, scores) : accuracy(own.items, scores);
        }),
      );
    const same = (one: SimulatedReward): SimulatedReward => one;
    const [given, fresh] = [table("given", same), table("fresh", same)];
    const means = (rows: readonly (readonly number[])[]): number[] => rows.map((row) => meanOf(row));
    const rag = means(given);
    const later = means(fresh);
    const general = rewards.map((reward, r) => generalAccuracy(reward, s, split(split(seed, "general"), r)));
    const byScenario = (of: (row: readonly number[], k: number) => number): number =>
      meanOf(
        ragScenarios.map(
          (_, k) =>
            spearman(
              given.map((row) => of(row, k)),
              fresh.map((row) => row[k]!),
            ).value,
        ),
      );
    const permuted = means(table("permuted", pure));
    return {
      rag: { rho: spearman(rag, later).value, accuracy: meanOf(rag) },
      general: { rho: spearman(general, later).value },
      matched: { rho: byScenario((row, k) => row[k]!) },
      others: { rho: byScenario((row, k) => meanOf(row.filter((_, j) => j !== k))) },
      reads: { accuracy: meanOf(means(table("given", pure))) },
      foreign: { accuracy: meanOf(means(table("foreign", pure))) },
      permuted: { accuracy: meanOf(permuted), rho: spearman(permuted, means(table("fresh", pure))).value },
    };
  },
};

type Panel = {
  judges: number;
  acuity: number;
  /** Of the style that all judges like. */
  common: number;
  /** Sd of a judge's own noise. */
  own: number;
  pairs: number;
};

type PanelArm = "panel" | "single" | "unanimous" | "all" | "permuted";

const panel: Claim<PanelArm, "correlation" | "error" | "kept", Panel> = {
  id: "panel",
  statement:
    "The mean of four noisy judges follows what answers are worth better than the best of them, and pairs on whose order all agree are labelled wrongly less often",
  scope:
    "World: answers of the four document scenarios; judges with one acuity, a common liking for style and noise of their own. The filter takes what is easy: it is checked for label error, not for what training on it does. No people, no commercial models; the published 0.84 with people is not tested.",
  evidence: "mechanism",
  settings: { judges: 4, acuity: 1, common: 0.3, own: 1, pairs: 500 },
  seeds: 40,
  arms: ["panel", "single", "unanimous", "all", "permuted"],
  bars: [
    {
      id: "correlation",
      metric: "correlation",
      of: "panel",
      against: "single",
      role: "primary",
      bar: superior(0.08),
      why: "bar 3: with what the answers are worth, against the best single judge; the prototype is +0.16",
    },
    {
      id: "error",
      metric: "error",
      of: "unanimous",
      against: "all",
      better: "lower",
      role: "primary",
      bar: superior(0.06),
      why: "bar 3: share of pairs with the worse answer chosen; the prototype is −0.12",
    },
    {
      id: "permuted",
      metric: "error",
      of: "permuted",
      against: 0.5,
      role: "control",
      bar: { kind: "equivalent", within: 0.06 },
      why: "with the answers' worth permuted over a task, agreement says nothing about the label",
    },
    { id: "kept", metric: "kept", of: "unanimous", role: "report", why: "share of pairs that all agree on" },
    { id: "error-all", metric: "error", of: "all", role: "report", why: "label error of the panel's mean" },
  ],
  boundary: {
    setting: { own: 0 },
    bar: "correlation",
    why: "judges without noise of their own are one judge: their mean is no better, however many they are",
  },
  async run(_lab, seed, s) {
    const knowledge = drawKnowledge(seed);
    const items = ragScenarios.flatMap((scenario) =>
      drawDocuments(
        knowledge,
        scenario,
        { candidates: 2, errors: 0.4, prior: 0.6 },
        { tasks: s.pairs, differ: true },
        split(seed, "pairs"),
      ),
    );
    const rngs = Array.from({ length: s.judges }, (_, j) => random(split(split(seed, "judges"), j)));
    const rows = items.map(({ task, gold, style }): ScoredTask & { judges: number[][] } => {
      const judges = rngs.map((rng) =>
        gold.map((one, c) => s.acuity * one + s.common * style[c]! + s.own * rng.normal()),
      );
      return { task, judges, scores: gold.map((_, c) => meanOf(judges.map((own) => own[c]!))) };
    });
    const worth = new Map(items.map(({ task, gold }) => [task.id, { task, gold }]));
    const flat = items.flatMap(({ gold }) => gold);
    const follows = (scores: readonly number[]): number => pearson(scores, flat).value;
    const coins = random(split(seed, "permutation"));
    const labelled = async (unanimous: boolean, permute: boolean): Promise<{ error: number; kept: number }> => {
      let [wrong, count] = [0, 0];
      for await (const pair of panelPairs(rows, { minGap: 0, unanimous })) {
        const { task, gold } = worth.get(pair.origin!)!;
        const chosen = task.candidates.indexOf(pair.chosen);
        const better = gold[chosen]! > gold[1 - chosen]!;
        count++;
        if (permute ? coins.uniform() < 0.5 : !better) wrong++;
      }
      return { error: wrong / count, kept: count / rows.length };
    };
    const [all, unanimous, permuted] = [
      await labelled(false, false),
      await labelled(true, false),
      await labelled(true, true),
    ];
    return {
      panel: { correlation: follows(rows.flatMap(({ scores }) => scores as number[])) },
      single: {
        correlation: Math.max(...rngs.map((_, j) => follows(rows.flatMap(({ judges }) => judges[j]!)))),
      },
      unanimous: { error: unanimous.error, kept: unanimous.kept },
      all: { error: all.error },
      permuted: { error: permuted.error },
    };
  },
};

/** Kinds of cited sentences with what each adds: supported or not, citations, precise ones. */
const kinds = {
  right: { supported: 1, cited: 1, precise: 1 },
  padded: { supported: 1, cited: 2, precise: 1 },
  bare: { supported: 0, cited: 0, precise: 0 },
  wrong: { supported: 0, cited: 1, precise: 0 },
  joint: { supported: 1, cited: 2, precise: 2 },
  unknown: { supported: 0, cited: 1, precise: 0 },
} as const;

const citation: Claim<"component", "recall" | "precision" | "sheet" | "checks", { answers: number }> = {
  id: "citations",
  statement:
    "Citation recall and precision are what their definition says, and the context checks read exactly the errors that answers were given",
  scope: "Drawn answers of one to five sentences of six kinds with exact entailment; 100 tasks of each scenario.",
  evidence: "identity",
  settings: { answers: 200 },
  seeds: 40,
  arms: ["component"],
  bars: [
    {
      id: "sheet",
      metric: "sheet",
      of: "component",
      against: 0,
      role: "primary",
      bar: { kind: "exact", tolerance: 0 },
      why: "the sheet's case: the right passage and a useless one, then a sentence without citations: ½ and ½",
    },
    {
      id: "recall",
      metric: "recall",
      of: "component",
      against: 0,
      role: "primary",
      bar: { kind: "exact", tolerance: 1e-12 },
      why: "greatest difference from the count over the drawn kinds",
    },
    {
      id: "precision",
      metric: "precision",
      of: "component",
      against: 0,
      role: "primary",
      bar: { kind: "exact", tolerance: 1e-12 },
      why: "greatest difference from the count over the drawn kinds",
    },
    {
      id: "checks",
      metric: "checks",
      of: "component",
      against: 0,
      role: "primary",
      bar: { kind: "exact", tolerance: 0 },
      why: "greatest difference of a check from 1 less the share of errors",
    },
  ],
  async run(_lab, seed, { answers }) {
    const rng = random(split(seed, "answers"));
    const knowledge = drawKnowledge(seed);
    const facts = [...knowledge.facts.values()];
    let [recall, precision] = [0, 0];
    for (let a = 0; a < answers; a++) {
      const order = rng.shuffled(facts);
      const passages: { id: string; text: string }[] = [];
      const cite = (text: string): string => `[${passages.push({ id: String(passages.length + 1), text })}]`;
      const drawn = Array.from({ length: 1 + Math.floor(5 * rng.uniform()) }, () => {
        const names = Object.keys(kinds) as (keyof typeof kinds)[];
        return names[Math.floor(names.length * rng.uniform())]!;
      });
      const sentences = drawn.map((kind, k) => {
        const [one, two, other] = order.slice(3 * k, 3 * k + 3).map(sentenceOf) as [string, string, string];
        if (kind === "right") return `${one} ${cite(one)}`;
        if (kind === "padded") return `${one} ${cite(one)}${cite(other)}`;
        if (kind === "bare") return one;
        if (kind === "wrong") return `${one} ${cite(other)}`;
        if (kind === "unknown") return `${one} [999]`;
        // one sentence of two facts, each in a passage of its own
        return `${one.slice(0, -1)}. and ${two} ${cite(one)}${cite(two)}`;
      });
      const sum = (of: "supported" | "cited" | "precise"): number =>
        drawn.reduce((total, kind) => total + kinds[kind][of], 0);
      const found = await citationScore(sentences.join(" "), passages, exactEntails);
      recall = Math.max(recall, Math.abs(found.recall - sum("supported") / drawn.length));
      const expected = sum("cited") === 0 ? 0 : sum("precise") / sum("cited");
      precision = Math.max(precision, Math.abs(found.precision - expected));
    }
    const [one, two] = facts.map(sentenceOf) as [string, string];
    const sheet = await citationScore(
      `${one} [1][2] ${two}`,
      [
        { id: "1", text: one },
        { id: "2", text: sentenceOf(facts[2]!) },
      ],
      exactEntails,
    );
    const items = ragScenarios.flatMap((scenario) =>
      drawDocuments(knowledge, scenario, { candidates: 4, errors: 0.4, prior: 0.6 }, { tasks: 100 }, seed),
    );
    const values = await valuesBy(
      contextCheck,
      items.map(({ task }) => task),
    );
    const checks = Math.max(...items.flatMap(({ gold }, i) => gold.map((g, c) => Math.abs(values[i]![c]! - g))));
    return {
      component: {
        recall,
        precision,
        checks,
        sheet: Math.abs(sheet.recall - 0.5) + Math.abs(sheet.precision - 0.5),
      },
    };
  },
};

const trained = untestable({
  id: "trained-models",
  statement:
    "Trained retrieval-augmented models gain almost nothing in preference alignment, and 45 reward models reach 78.3 % at best",
  scope:
    "Needs the published rows, the 45 reward models and trained RALMs. To test it: `laurel bench run rag-rewardbench FOLDER --reward …` for each reward on the published six files, `laurel bench report` on the runs, and best-of-n of trained and untrained RALMs under the best of them.",
});

export default paper({
  slug: "rag-rewardbench",
  component: [
    "verify.citation",
    "verify.abstention",
    "verify.conflict",
    "verify.contextUse",
    "foreignPassages",
    "panelPairs",
    "balanceLengths",
    "judge.ragMultiHop",
    "judge.ragCitation",
    "judge.ragAbstention",
    "judge.ragConflict",
  ],
  claims: [benchmark, panel, citation, trained],
});
