import { candidate, directContext, message, pointwise, random, type Seed, split } from "laurel";
import { consistencyFilter } from "laurel/recipes";
import { type Claim, paper } from "../lab/index.ts";
import { fitPairs } from "../train/index.ts";
import {
  type ClusterDials,
  type ClusterPairs,
  type Clusters,
  clusterGaps,
  clusterRows,
  drawClusterPairs,
  drawClusters,
  poolLabels,
} from "../worlds/preferences/index.ts";

type Settings = ClusterDials & {
  pool: number;
  /** Raw pools whose sizes are compared. */
  smaller: number;
  /** Human labels, in rounds. */
  human: number;
  rounds: number;
  l2: number;
  test: number;
  /** The gold model is trained on shuffled human labels. */
  shuffled: boolean;
  /** A second judge, of this accuracy where the gold model is unsure (|p − ½| below `unsure`). */
  judge: number;
  unsure: number;
};

const settings: Settings = {
  clusters: 8,
  dim: 10,
  tail: 1.5,
  norm: 3,
  own: 0.8,
  biased: 4,
  keep: 0.2,
  pool: 6000,
  smaller: 1500,
  human: 400,
  rounds: 4,
  l2: 2,
  test: 8000,
  shuffled: false,
  judge: 0.8,
  unsure: 0.2,
};

const scope =
  "World preferences/clusters: eight kinds of prompts of very unequal frequency, a linear reward with weights of each kind; in four kinds the pool's labels follow another taste. Humans are right always. No language, no LLM annotators, 10⁴ times smaller.";

/** A world's pool with its labels, and the gold labels that humans would give. */
interface Pool {
  world: Clusters;
  pairs: ClusterPairs;
  labels: Uint8Array;
  gold: Uint8Array;
  /** Accuracy of weights on fresh pairs, kinds equally often. */
  accuracy(w: Float64Array): number;
}

function drawPool(seed: Seed, s: Settings): Pool {
  const world = drawClusters(s, split(seed, "world"));
  const pairs = drawClusterPairs(world, s.pool, "frequency", split(seed, "pool"));
  const fresh = drawClusterPairs(world, s.test, "equal", split(seed, "test"));
  return {
    world,
    pairs,
    labels: poolLabels(world, pairs, random(split(seed, "labels"))),
    gold: Uint8Array.from(pairs.gold, (gap) => (gap > 0 ? 1 : 0)),
    accuracy(w) {
      const gaps = clusterGaps(world, fresh, w);
      return gaps.filter((gap, i) => gap > 0 === fresh.gold[i]! > 0).length / fresh.n;
    },
  };
}

/** Weights from some pairs with the labels that each list states. */
function fitted(
  pool: Pool,
  parts: readonly { items: readonly number[]; labels: ArrayLike<number> }[],
  s: Settings,
): Float64Array {
  const dim = s.dim * (s.clusters + 1);
  const blocks = parts.map(({ items, labels }) => clusterRows(pool.world, pool.pairs, items, labels));
  const rows = new Float64Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    rows.set(block, at);
    at += block.length;
  }
  return fitPairs(rows, dim, { l2: s.l2 });
}

type Draw = "uniform" | "errors" | "stratified";

/** The items that humans label, in rounds: uniformly, by the cross-validated error rate of their kind, or kinds equally often. */
function humanItems(pool: Pool, how: Draw, seed: Seed, s: Settings): number[] {
  const rng = random(split(seed, "human"));
  const chosen: number[] = [];
  const taken = new Set<number>();
  const each = s.human / s.rounds;
  for (let round = 0; round < s.rounds; round++) {
    const weights =
      how === "uniform" || (how === "errors" && round === 0)
        ? new Float64Array(s.clusters).fill(1)
        : how === "errors"
          ? errorRates(pool, chosen, split(seed, `folds ${round}`), s)
          : perItem(pool, taken, s);
    for (let n = 0; n < each; n++) {
      let total = 0;
      for (let i = 0; i < s.pool; i++) if (!taken.has(i)) total += weights[pool.pairs.kinds[i]!]!;
      let u = rng.uniform() * total;
      let last = -1;
      for (let i = 0; i < s.pool && u >= 0; i++)
        if (!taken.has(i)) {
          last = i;
          u -= weights[pool.pairs.kinds[i]!]!;
        }
      taken.add(last);
      chosen.push(last);
    }
  }
  return chosen;
}

/** One over the unlabelled items of each kind: kinds are then drawn equally often. */
function perItem(pool: Pool, taken: ReadonlySet<number>, s: Settings): Float64Array {
  const left = new Float64Array(s.clusters);
  for (const [i, kind] of pool.pairs.kinds.entries()) if (!taken.has(i)) left[kind]!++;
  return left.map((n) => (n === 0 ? 0 : 1 / n));
}

/** (wrong + ½) / (n + 1) of each kind, by two-fold cross-validation on the human labels. */
function errorRates(pool: Pool, items: readonly number[], seed: Seed, s: Settings): Float64Array {
  const order = random(seed).shuffled(items);
  const half = order.length >> 1;
  const folds = [order.slice(0, half), order.slice(half)] as const;
  const wrong = new Float64Array(s.clusters).fill(0.5);
  const n = new Float64Array(s.clusters).fill(1);
  for (const [own, other] of [folds, [folds[1], folds[0]] as const]) {
    const gaps = clusterGaps(pool.world, pool.pairs, fitted(pool, [{ items: own, labels: pool.gold }], s));
    for (const i of other) {
      n[pool.pairs.kinds[i]!]!++;
      if (gaps[i]! > 0 !== (pool.gold[i] === 1)) wrong[pool.pairs.kinds[i]!]!++;
    }
  }
  return wrong.map((x, k) => x / n[k]!);
}

/** What the filter decides of each of some items: the gold model's gap is the score of the preferred answer, 0 that of the other. */
async function decisions(
  pool: Pool,
  items: readonly number[],
  goldModel: Float64Array,
  others: readonly ((item: number) => number | null)[] = [],
): Promise<string[]> {
  const gaps = clusterGaps(pool.world, pool.pairs, goldModel);
  const gold = pointwise("gold model", ({ meta }) => {
    const { item, sign } = meta as { item: number; sign: number };
    return (sign * gaps[item]!) / 2;
  });
  const answer = (item: number, sign: number) => candidate(`${item} ${sign}`, { meta: { item, sign } });
  const out: string[] = [];
  const prompt = [message("user", "pair")];
  const pairs = items.map((item) => {
    const sign = pool.labels[item] === 1 ? 1 : -1;
    return { prompt, chosen: answer(item, sign), rejected: answer(item, -sign), meta: { item } };
  });
  for await (const { decision } of consistencyFilter(pairs, {
    gold,
    others: others.map(
      (vote) =>
        ({ meta }) =>
          vote(meta!["item"] as number),
    ),
    ctx: directContext(),
  }))
    out.push(decision);
  return out;
}

const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

type Arm = "curated" | "unfiltered" | "goldOnly" | "judged" | "flipped" | "curation" | "scale";

const curation: Claim<Arm, "accuracy" | "gain" | "kept", Settings> = {
  id: "curation",
  statement:
    "A pool filtered by a model of 400 checked labels teaches more than as many unfiltered pairs, and filtering gains more than four times the pool",
  scope: `${scope} The filter is agreement with the gold model alone; the humans' labels are drawn uniformly in four rounds.`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["curated", "unfiltered", "goldOnly", "judged", "flipped", "curation", "scale"],
  bars: [
    {
      id: "curation",
      metric: "accuracy",
      of: "curated",
      against: "unfiltered",
      role: "primary",
      bar: superior(0.055),
      why: "C1: gold labels and kept pairs against gold labels and as many unfiltered; the pilot's effect is 0.111",
    },
    {
      id: "beyond-scale",
      metric: "gain",
      of: "curation",
      against: "scale",
      role: "primary",
      bar: superior(0.044),
      why: "C2: C1's gain against that of 6,000 over 1,500 raw pairs; the pilots are 0.111 and 0.023",
    },
    { id: "scale", metric: "gain", of: "scale", role: "report", why: "C2: 6,000 raw pairs against 1,500; pilot 0.023" },
    ...(["curated", "judged", "flipped"] as const).map((of) => ({
      id: `${of}-gold`,
      metric: "accuracy" as const,
      of,
      against: "goldOnly" as const,
      role: "report" as const,
      why: {
        curated: "C4: what the filter by the gold model alone adds to its own labels; pilot 0.002",
        judged: "C4: with a second judge of accuracy 0.8 where it is unsure; pilot about 0.015",
        flipped: "C4: with dropped pairs turned round besides; not the paper's 40M result",
      }[of],
    })),
    { id: "kept", metric: "kept", of: "curated", role: "report", why: "pairs kept of the pool" },
  ],
  boundary: {
    setting: { shuffled: true },
    bar: "curation",
    why: "the specification's control: a gold model of shuffled labels filters nothing out that is wrong (review pilot −0.085)",
  },
  async run(_lab, seed, s) {
    const pool = drawPool(seed, s);
    const human = humanItems(pool, "uniform", split(seed, "uniform"), s);
    const known = new Set(human);
    const rest = Array.from({ length: s.pool }, (_, i) => i).filter((i) => !known.has(i));
    const goldPart = { items: human, labels: pool.gold };
    const shuffled = Uint8Array.from(pool.gold);
    const dealt = random(split(seed, "shuffled")).shuffled(human);
    for (const [n, item] of human.entries()) shuffled[item] = pool.gold[dealt[n]!]!;
    const goldModel = fitted(pool, [s.shuffled ? { items: human, labels: shuffled } : goldPart], s);
    const decided = await decisions(pool, rest, goldModel);
    const kept = rest.filter((_, n) => decided[n] === "keep");
    const some = random(split(seed, "unfiltered")).shuffled(rest).slice(0, kept.length);
    const raw = (items: readonly number[]) => ({ items, labels: pool.labels });
    const accuracy = (...parts: { items: readonly number[]; labels: ArrayLike<number> }[]): number =>
      pool.accuracy(fitted(pool, parts, s));

    const gaps = clusterGaps(pool.world, pool.pairs, goldModel);
    const coins = random(split(seed, "judge"));
    const right = Array.from({ length: s.pool }, () => coins.uniform() < s.judge);
    const judged = await decisions(pool, rest, goldModel, [
      (item) => {
        const p = 1 / (1 + Math.exp(-Math.abs(gaps[item]!)));
        if (p - 0.5 >= s.unsure) return 1;
        return (pool.labels[item] === pool.gold[item]) === right[item] ? 1 : 0;
      },
    ]);
    const keptByBoth = rest.filter((_, n) => judged[n] === "keep");
    const dropped = rest.filter((_, n) => decided[n] === "drop");
    const turned = pool.labels.map((label) => 1 - label);

    const curated = accuracy(goldPart, raw(kept));
    const unfiltered = accuracy(goldPart, raw(some));
    const all = Array.from({ length: s.pool }, (_, i) => i);
    return {
      curated: { accuracy: curated, kept: kept.length },
      unfiltered: { accuracy: unfiltered },
      goldOnly: { accuracy: pool.accuracy(goldModel) },
      judged: { accuracy: accuracy(goldPart, raw(keptByBoth)) },
      flipped: { accuracy: accuracy(goldPart, raw(kept), { items: dropped, labels: turned }) },
      curation: { gain: curated - unfiltered },
      scale: { gain: accuracy(raw(all)) - accuracy(raw(all.slice(0, s.smaller))) },
    };
  },
};

const retrieval: Claim<Draw, "accuracy", Settings> = {
  id: "where-to-check",
  statement: "400 labels drawn where the model errs train a better gold model than 400 drawn uniformly",
  scope: `${scope} Retrieval is by the cross-validated error rate of the pair's kind. It holds for kinds of unequal frequency only, and draws that are stratified by kind, without a model, did better in a review's pilot: the gain is coverage of rare kinds.`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["errors", "uniform", "stratified"],
  bars: [
    {
      id: "errors",
      metric: "accuracy",
      of: "errors",
      against: "uniform",
      role: "primary",
      bar: superior(0.0075),
      why: "C3; the pilot's effect is 0.015",
    },
    {
      id: "stratified",
      metric: "accuracy",
      of: "stratified",
      against: "uniform",
      role: "report",
      why: "kinds equally often, no model; review pilot 0.029",
    },
  ],
  boundary: {
    setting: { tail: 0 },
    bar: "errors",
    why: "kinds of equal frequency: the specification's pilot is null (−0.003)",
  },
  async run(_lab, seed, s) {
    const pool = drawPool(seed, s);
    const measured = (how: Draw) => {
      const items = humanItems(pool, how, split(seed, how), s);
      return { accuracy: pool.accuracy(fitted(pool, [{ items, labels: pool.gold }], s)) };
    };
    return { errors: measured("errors"), uniform: measured("uniform"), stratified: measured("stratified") };
  },
};

export default paper({
  slug: "skywork-reward-v2",
  component: ["consistencyFilter", "recycle", "adaptiveRetrieve", "bradleyTerry"],
  claims: [curation, retrieval],
});
