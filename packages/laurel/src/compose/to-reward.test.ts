import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerText,
  type Candidate,
  type Comparer,
  directContext,
  isScored,
  pairwise,
  pointwise,
  random,
  type Score,
  seedFrom,
  split,
  task,
  unscored,
} from "../core/index.ts";
import { sigmoid } from "./numbers.ts";
import { active, knockout, pairingFrom, pivot, roundRobin, swiss } from "./pairing.ts";
import { toComparer } from "./to-comparer.ts";
import { type PreferenceAggregate, toReward } from "./to-reward.ts";
import { preferenceMatrix } from "./tournament.ts";

const size = (c: Candidate): number => Number(answerText(c));

/** Prefers larger numbers with the Bradley-Terry probability, plus a bias for the one shown first. */
function judge(bias = 0): Comparer {
  return pairwise(
    "judge",
    (a, b) => ({
      p: Math.min(1, Math.max(0, sigmoid(size(a) - size(b)) + bias)),
      strength: size(a) - size(b),
    }),
    { version: 1, spec: { kind: "judge" } },
  );
}

async function valuesOf(
  reward: ReturnType<typeof toReward>,
  answers: readonly string[],
  seed = 0,
): Promise<(number | undefined)[]> {
  const [scores] = await reward.score([task("q", answers, undefined, { id: "t" })], directContext({ seed }));
  return scores!.map((score) => (isScored(score) ? score.value : undefined));
}

const aggregates: readonly PreferenceAggregate[] = [
  "mean-probability",
  "mean-score",
  "borda",
  "copeland",
  "bradley-terry",
];
const pairings = {
  "round-robin": roundRobin(),
  swiss: swiss({ rounds: 2 }),
  knockout: knockout(),
  pivot: pivot({ anchors: 2 }),
  active: active({ comparisons: 9 }),
};

describe("toReward", () => {
  it("gives the values that its formulas give on three candidates", async () => {
    const answers = ["0", "1", "3"];
    const p = (d: number): number => 1 / (1 + Math.exp(-d));
    const get = (aggregate: PreferenceAggregate) => valuesOf(toReward(judge(), { aggregate }), answers);
    // expected values from the definitions, by hand; 1e-12 for roundings
    const close = (got: (number | undefined)[], expected: readonly number[], digits = 12): void =>
      got.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, digits);
      });
    close(await get("mean-probability"), [(p(-1) + p(-3)) / 2, (p(1) + p(-2)) / 2, (p(3) + p(2)) / 2]);
    close(await get("mean-score"), [-2, -0.5, 2.5]);
    close(await get("borda"), [0, 0.5, 1]);
    close(await get("copeland"), [-1, 0, 1]);
    // exact Bradley-Terry probabilities without a prior give the strengths back, centred; solver's tolerance 1e-10
    close(
      await valuesOf(toReward(judge(), { aggregate: "bradley-terry", prior: 0 }), answers),
      [-4 / 3, -1 / 3, 5 / 3],
      8,
    );
  });

  it("does not depend on the candidates' order, under every pairing and aggregate", async () => {
    const answers = ["4", "1", "3", "2.5", "0", "7", "3"];
    for (const pairing of Object.values(pairings))
      for (const aggregate of aggregates) {
        const reward = toReward(judge(0.1), { pairing, aggregate });
        const reference = new Map((await valuesOf(reward, answers)).map((value, i) => [answers[i]!, value]));
        await fc.assert(
          fc.asyncProperty(fc.shuffledSubarray(answers, { minLength: answers.length }), async (shuffled) => {
            expect(await valuesOf(reward, shuffled)).toEqual(shuffled.map((answer) => reference.get(answer)));
          }),
          { numRuns: 8 },
        );
      }
  });

  it("compares equal contents once and lets copies share the result without counting them as opponents", async () => {
    const seen: string[] = [];
    const counting = pairwise("counting", (a, b) => {
      seen.push(`${answerText(a)}>${answerText(b)}`);
      return size(a) > size(b) ? 1 : 0;
    });
    const reward = toReward(counting);
    const plain = await valuesOf(reward, ["1", "2", "5"]);
    expect(seen).toHaveLength(6);
    const copied = await valuesOf(reward, ["1", "2", "2", "2", "5"]);
    expect(seen).toHaveLength(12);
    expect(copied).toEqual([plain[0], plain[1], plain[1], plain[1], plain[2]]);
  });

  it("asks both orders by default, so a bias for the first cancels and is reported", async () => {
    const biased = judge(0.1);
    const matrix = await preferenceMatrix(biased, task("q", ["0", "0.1", "0.2"]), directContext());
    expect(matrix.orderEffect).toBeCloseTo(0.1, 12);
    expect(matrix.p[0 * 3 + 1]).toBeCloseTo(sigmoid(-0.1), 12);
    expect(matrix.weight[0 * 3 + 1]).toBe(2);
    expect(matrix.p[4]).toBe(0.5);
    const once = await preferenceMatrix(biased, task("q", ["0", "0.1"]), directContext(), { orders: "one" });
    expect(once.orderEffect).toBeNull();
    expect(once.weight[1]).toBe(1);
  });

  it("shows neither side first more often where it asks one order: the one first shown wins in circles", async () => {
    const first = pairwise("first", () => 1);
    const answers = Array.from({ length: 12 }, (_, i) => String(i));
    const [scores] = await toReward(first, { orders: "one" }).score([task("q", answers)], directContext());
    // always showing the lower hash first would make one straight ranking, without cycles
    expect((scores![0] as unknown as { facts: { intransitivity: number } }).facts.intransitivity).toBeGreaterThan(0.05);
  });

  it("counts a pair asked in both orders as one game, so that the prior weighs the same", async () => {
    const answers = ["0", "1", "3"];
    const both = await valuesOf(toReward(judge(), { aggregate: "bradley-terry", orders: "both" }), answers);
    const one = await valuesOf(toReward(judge(), { aggregate: "bradley-terry", orders: "one" }), answers);
    // the solver's tolerance of 1e-10
    both.forEach((value, i) => {
      expect(value).toBeCloseTo(one[i]!, 8);
    });
  });

  it("gives P + Pᵀ = 1 in the candidates' own order, and a tie of weight 0 for equal contents", async () => {
    const matrix = await preferenceMatrix(judge(0.2), task("q", ["3", "1", "3", "2"]), directContext());
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) expect(matrix.p[i * 4 + j]! + matrix.p[j * 4 + i]!).toBeCloseTo(1, 12);
    expect([matrix.p[2], matrix.tie[2], matrix.weight[2]]).toEqual([0.5, 1, 0]);
  });

  it("gives unscored pairs no weight, and no score to a candidate that nobody could compare", async () => {
    const partly = pairwise("partly", (a, b) =>
      answerText(a) === "9" || answerText(b) === "9" ? unscored("judge-refusal", "refused") : size(a) > size(b) ? 1 : 0,
    );
    for (const aggregate of aggregates.filter((name) => name !== "mean-score")) {
      const [scores] = await toReward(partly, { aggregate }).score([task("q", ["1", "2", "9"])], directContext());
      expect(scores!.map(isScored)).toEqual([true, true, false]);
      expect((scores![2] as { unscored: { reason: string } }).unscored.reason).toBe("judge-refusal");
      expect(scores![1]).toMatchObject({ facts: { comparisons: 2, opponents: 1 } });
    }
  });

  it("has no score for a lone candidate, and a tie for a group of equal ones", async () => {
    const [alone] = await toReward(judge()).score([task("q", ["1"])], directContext());
    expect(alone![0]).toMatchObject({ unscored: { reason: "incomplete-group" } });
    expect(await valuesOf(toReward(judge()), ["1", "1"])).toEqual([0.5, 0.5]);
    expect(await valuesOf(toReward(judge(), { aggregate: "bradley-terry" }), ["1", "1", "1"])).toEqual([0, 0, 0]);
  });

  it("does not make up a strength that the comparer does not give", async () => {
    const plain = pairwise("plain", (a, b) => (size(a) > size(b) ? 1 : 0));
    const [scores] = await toReward(plain, { aggregate: "mean-score" }).score([task("q", ["1", "2"])], directContext());
    expect(scores![0]).toMatchObject({ unscored: { reason: "incomplete-group" } });
  });

  it("reports cycles, which no scalar can hold", async () => {
    const beats: Readonly<Record<string, string>> = { rock: "scissors", scissors: "paper", paper: "rock" };
    const game = pairwise("game", (a, b) => (beats[answerText(a)] === answerText(b) ? 1 : 0));
    const [scores] = await toReward(game, { aggregate: "copeland" }).score(
      [task("q", ["rock", "paper", "scissors"])],
      directContext(),
    );
    for (const score of scores!) expect(score).toMatchObject({ value: 0, facts: { intransitivity: 1 } });
  });

  it("ranks as a reward does when its comparer is made of that reward, and asks one order", async () => {
    const longest = pointwise("longest", (c) => answerText(c).length, {
      version: 1,
      range: [0, 100],
      spec: { kind: "length" },
    });
    const comparer = toComparer(longest, { scale: "step" });
    const reward = toReward(comparer, { aggregate: "copeland" });
    expect(await valuesOf(reward, ["aaa", "b", "cc", "dd"])).toEqual([1, -1, 0, 0]);
    expect(reward.spec).toEqual({
      kind: "to-reward",
      aggregate: "copeland",
      orders: "one",
      pairing: { kind: "round-robin" },
      comparer: { kind: "to-comparer", scale: "step", rewards: { reward: { kind: "length" } } },
    });
  });

  it("puts the stronger ahead after Swiss and pivot games too, where games are few", async () => {
    const answers = Array.from({ length: 16 }, (_, i) => String(i));
    for (const pairing of [swiss(), pivot({ anchors: 3 })]) {
      const values = await valuesOf(toReward(judge(), { pairing, aggregate: "bradley-terry", prior: 0.01 }), answers);
      // exact probabilities: every joined set of games determines all strengths, up to the small prior
      for (let i = 1; i < 16; i++) expect(values[i]!).toBeGreaterThan(values[i - 1]!);
    }
  });

  it("gives the same scores in batches of 1, 3 and 64 tasks", async () => {
    const tasks = Array.from({ length: 64 }, (_, i) => task(`q${i}`, ["1", String(i), String(i / 2), "7"]));
    for (const pairing of Object.values(pairings)) {
      const reward = toReward(judge(0.1), { pairing, aggregate: "bradley-terry" });
      const inBatches = async (n: number): Promise<Score[][]> => {
        const out: Score[][] = [];
        for (let at = 0; at < 64; at += n)
          for (const row of await reward.score(tasks.slice(at, at + n), directContext())) out.push([...row]);
        return out;
      };
      const whole = await inBatches(64);
      expect(await inBatches(1)).toEqual(whole);
      expect(await inBatches(3)).toEqual(whole);
    }
  });

  it("has a fingerprint that follows pairing, aggregate and orders, and none for a pairing without a spec", () => {
    const prints = [
      toReward(judge()),
      toReward(judge(), { aggregate: "borda" }),
      toReward(judge(), { orders: "one" }),
      toReward(judge(), { pairing: swiss() }),
      toReward(judge(), { pairing: swiss({ rounds: 2 }) }),
    ].map((reward) => reward.fingerprint);
    expect(new Set(prints).size).toBe(5);
    expect(prints).not.toContain(null);
    const own = () => "done" as const;
    expect(toReward(judge(), { pairing: own }).fingerprint).toBeNull();
    expect(toReward(judge(), { pairing: own, version: 1 }).fingerprint).not.toBeNull();
  });

  it("gives strengths the standard errors of the fit, smaller the more was compared, and none to Copeland", async () => {
    const answers = Array.from({ length: 12 }, (_, i) => String(i / 6));
    const sds = async (aggregate: PreferenceAggregate, pairing: ReturnType<typeof roundRobin>): Promise<number[]> => {
      const [scores] = await toReward(judge(), { aggregate, pairing }).score(
        [task("q", answers, undefined, { id: "t" })],
        directContext(),
      );
      return scores!.map((score) => {
        if (!isScored(score)) throw new Error("unscored");
        return score.spread?.sd ?? Number.NaN;
      });
    };
    const mean = (list: number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length;
    for (const aggregate of ["bradley-terry", "mean-probability", "borda"] as const) {
      const few = mean(await sds(aggregate, swiss({ rounds: 3 })));
      const many = mean(await sds(aggregate, roundRobin()));
      expect(few).toBeGreaterThan(many);
      expect(many).toBeGreaterThan(0);
    }
    expect((await sds("copeland", roundRobin())).every(Number.isNaN)).toBe(true);
    // two candidates at p = ½ in one game with ½ win added to each side: information 2 · ¼ on the difference, so Var λ = 1/(4 · ½) = ½
    const [pair] = await toReward(judge(), { aggregate: "bradley-terry" }).score(
      [task("q", ["1", "1.0"])],
      directContext(),
    );
    expect((pair![0] as { spread: object }).spread).toEqual({
      sd: expect.closeTo(Math.SQRT1_2, 9),
      n: 2,
      over: "posterior",
    });
  });

  it("has errors about as large as they say where a judge votes by its probabilities, under a capped active pairing", async () => {
    // 24 candidates, 60 of 276 pairs, 120 groups: strengths of -1 to 1, votes drawn anew each time
    const strengths = Array.from({ length: 24 }, (_, i) => (2 * i) / 23 - 1);
    const rng = random(seedFrom("active errors"));
    const voter = pairwise("voter", (a, b) => (rng.uniform() < sigmoid(size(a) - size(b)) ? 1 : 0), { random: true });
    const reward = toReward(voter, { pairing: active({ comparisons: 60 }), aggregate: "bradley-terry", orders: "one" });
    let inside = 0;
    let all = 0;
    for (let g = 0; g < 120; g++) {
      const [scores] = await reward.score(
        [task("q", strengths.map(String), undefined, { id: `g${g}` })],
        directContext(),
      );
      scores!.forEach((score, i) => {
        if (!isScored(score)) throw new Error("unscored");
        all++;
        if (Math.abs(score.value - strengths[i]!) <= 1.96 * score.spread!.sd) inside++;
      });
    }
    // the prior pulls towards 0 and is counted in the errors: a little more or less than 95 %
    expect(inside / all).toBeGreaterThan(0.92);
    expect(inside / all).toBeLessThan(0.995);
  });

  it("stops a pairing that never ends", async () => {
    const endless = toReward(judge(), { pairing: () => [[0, 1]] });
    await expect(endless.score([task("q", ["1", "2"])], directContext())).rejects.toThrow(/never says "done"/);
  });
});

describe("pairings", () => {
  const played = async (pairing: ReturnType<typeof roundRobin>, n: number): Promise<[number, number][]> => {
    const pairs: [number, number][] = [];
    const recording = pairwise("recording", (a, b) => {
      pairs.push([size(a), size(b)]);
      return size(a) > size(b) ? 1 : 0;
    });
    await toReward(recording, { pairing, orders: "one" }).score(
      [
        task(
          "q",
          Array.from({ length: n }, (_, i) => String(i)),
        ),
      ],
      directContext(),
    );
    return pairs;
  };

  it("play as many games as they say, and nobody twice", async () => {
    for (const n of [2, 3, 5, 8, 13]) {
      expect(await played(roundRobin(), n)).toHaveLength((n * (n - 1)) / 2);
      expect(await played(knockout(), n)).toHaveLength(n - 1);
      const k = Math.min(2, n);
      expect(await played(pivot({ anchors: 2 }), n)).toHaveLength(k * (n - k) + (k * (k - 1)) / 2);
      const games = await played(swiss({ rounds: 2 }), n);
      expect(new Set(games.map(([i, j]) => `${Math.min(i, j)}-${Math.max(i, j)}`)).size).toBe(games.length);
      expect(games.length).toBeLessThanOrEqual(2 * Math.floor(n / 2));
      for (const comparisons of [1, 7, 1000]) {
        const chosen = await played(active({ comparisons }), n);
        expect(chosen).toHaveLength(Math.min(comparisons, (n * (n - 1)) / 2));
        expect(new Set(chosen.map(([i, j]) => `${Math.min(i, j)}-${Math.max(i, j)}`)).size).toBe(chosen.length);
      }
    }
  });

  it("orders better with active pairs than with as many pairs of random rings, where the judge votes", async () => {
    // 16 candidates, 32 pairs; the mean absolute rank error over 150 groups, both from the same votes' law
    const answers = Array.from({ length: 16 }, (_, i) => String(i / 3));
    const error = async (pairing: ReturnType<typeof roundRobin>): Promise<number> => {
      const rng = random(seedFrom("active order"));
      const voter = pairwise("voter", (a, b) => (rng.uniform() < sigmoid(size(a) - size(b)) ? 1 : 0), { random: true });
      const reward = toReward(voter, { pairing, aggregate: "bradley-terry", orders: "one" });
      let total = 0;
      for (let g = 0; g < 150; g++) {
        const [scores] = await reward.score([task("q", answers, undefined, { id: `g${g}` })], directContext());
        const values = scores!.map((score) => (isScored(score) ? score.value : 0));
        const order = [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b);
        for (const [rank, i] of order.entries()) total += Math.abs(i - rank);
      }
      return total / (150 * 16);
    };
    const rings: ReturnType<typeof roundRobin> = Object.assign(
      (n: number, soFar: readonly unknown[], seed: string) => {
        if (soFar.length >= 32) return "done" as const;
        const order = random(split(seed, `ring ${soFar.length}`)).shuffled(Array.from({ length: n }, (_, i) => i));
        return order.map((i, k) => [i, order[(k + 1) % n]!] as const);
      },
      { spec: { kind: "rings" } },
    );
    expect(await error(active({ comparisons: 32 }))).toBeLessThan(await error(rings));
  });

  it("let the best win a knockout", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const values = await valuesOf(
        toReward(judge(), { pairing: knockout(), aggregate: "borda" }),
        ["1", "2", "3", "4", "5", "6"],
        seed,
      );
      expect(values[5]).toBe(1);
      expect(values.filter((value) => value === 1)).toHaveLength(1);
    }
  });

  it("come from their specs, and an unknown kind or option is named", () => {
    for (const pairing of Object.values(pairings)) expect(pairingFrom(pairing.spec).spec).toEqual(pairing.spec);
    expect(pairingFrom("swiss").spec).toEqual({ kind: "swiss" });
    expect(() => pairingFrom("elo")).toThrow(/unknown pairing 'elo'/);
    expect(() => pairingFrom({ kind: "swiss", round: 3 })).toThrow(/unknown option 'round'/);
    expect(() => pairingFrom({ kind: "swiss", rounds: 0 })).toThrow(/at least 1/);
  });
});
