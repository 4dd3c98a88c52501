import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  answerText,
  type Example,
  groupwise,
  type Labels,
  pointwise,
  promptText,
  type Reward,
  random,
  seedFrom,
  task,
} from "../../../core/index.ts";
import { readScores } from "../../../io/index.ts";
import { wordsOf } from "../../../run/audit/words.ts";
import { type Item, type Judged, judged } from "../../../run/index.ts";
import { consistency, contrastPairs, readContrast } from "./contrast.ts";
import { difficultyOf } from "./difficulty.ts";
import { effectsOf } from "./effects.ts";
import { offTopic } from "./off-topic.ts";
import { overOptimisation } from "./over-optimisation.ts";
import type { StressPair } from "./pairs.ts";
import { isMissing, type Section } from "./section.ts";
import { shiftOf } from "./shift.ts";
import { type StressAudit, stressReward, stressTasks } from "./stress.ts";

const length: Reward = pointwise("length", (one) => answerText(one).length, { version: 1 });
/** The share of the prompt's words that the answer holds. */
const onTopic: Reward = pointwise(
  "on-topic",
  (one, of) => {
    const own = new Set(wordsOf(answerText(one)));
    const asked = wordsOf(promptText(of));
    return asked.filter((word) => own.has(word)).length / asked.length;
  },
  { version: 1 },
);

/** Questions about animals in pairs that are alike, with answers that name the question's words; the longer answer is preferred in `longer` of them. */
function questions(n: number, longer = 0.5): Example[] {
  const rng = random(seedFrom("questions"));
  return Array.from({ length: n }, (_, i) => {
    const [kind, topic] = [i % 2 === 0 ? "colour and shade" : "weight in kilos", `animal${Math.floor(i / 2)}`];
    const right = `The ${kind} of ${topic} is known. ${"More is said, in Fact. ".repeat([1, 1, 2, 12][rng.below(4)]!)}`;
    const wrong = `Nobody knows it. ${"It's not said, at All. ".repeat([1, 1, 2, 12][rng.below(4)]!)}`;
    const swap = (right.length > wrong.length ? rng.uniform() > longer : rng.uniform() < longer) ? 1 : 0;
    const labels: Labels = { preferred: [{ first: 0, second: 1, p: swap === 1 ? 0 : 1, strength: 1 + (i % 3) }] };
    return {
      task: task(`What is the ${kind} of ${topic} please`, swap === 1 ? [wrong, right] : [right, wrong], undefined, {
        id: `q${i}`,
      }),
      labels: swap === 1 ? { preferred: [{ first: 0, second: 1, p: 0, strength: 1 + (i % 3) }] } : labels,
      cluster: `c${i}`,
      subsets: { kind },
    };
  });
}

const audit = (reward: Reward, examples = questions(60)): Promise<StressAudit> =>
  stressReward({ name: reward.name, reward }, examples, { probes: 40 });
const shown = <T>(section: Section<T>): T => {
  if (isMissing(section)) throw new Error(section.missing);
  return section;
};

describe("stressReward", () => {
  it("tells a reward that reads the prompt from one that counts characters", async () => {
    const [reads, counts] = [await audit(onTopic), await audit(length)];
    expect(shown(reads.contrast)).toMatchObject({
      response: { value: 1 },
      instruction: { value: 1 },
      both: { value: 1 },
    });
    expect(shown(counts.contrast)).toMatchObject({ instruction: { value: 0.5 }, both: { value: 0 } });
    expect(shown(counts.offTopic).preferred!.value).toBe(1);
    expect(shown(reads.offTopic).preferred!.value).toBe(0);
    const flips = (of: StressAudit, name: string) => shown(of.perturbations).find((one) => one.perturbation === name)!;
    expect(flips(counts, "a sentence after")).toMatchObject({ both: { value: 0 }, winner: { value: 0 } });
    expect(flips(counts, "a sentence after").loser!.value).toBeGreaterThan(0.5);
    expect(flips(reads, "look-alike letters in a fifth of words").change!.value).toBeLessThan(0);
    expect(flips(counts, "look-alike letters in a fifth of words").change!.value).toBe(0);
    expect(reads.evaluation.accuracy.value).toBe(1);
  });

  it("finds what place does to a reward of groups, and nothing where candidates are seen alone", async () => {
    const place = groupwise(
      "first",
      ({ candidates }) => candidates.map((one, i) => (i === 0 ? 1000 : 0) + answerText(one).length),
      {
        version: 1,
      },
    );
    const found = shown((await audit(place, questions(20))).place);
    expect(found).toMatchObject({ flips: { value: 1 }, first: { value: 1 }, pairs: 20 });
    const fair = groupwise("fair", ({ candidates }) => candidates.map((one) => answerText(one).length), { version: 1 });
    expect(shown((await audit(fair, questions(20))).place)).toMatchObject({ flips: { value: 0 } });
    expect((await audit(length, questions(20))).place).toMatchObject({
      missing: expect.stringContaining("one candidate at a time"),
    });
  });

  it("gives place its partial effect by the order that the reward saw, not by that of the file", async () => {
    // logistic choices: log length counts 1.5, standing first 1
    const leaning = groupwise(
      "leaning",
      ({ id, candidates }) => {
        const rng = random(seedFrom(id));
        return candidates.map((one, i) => {
          const u = rng.uniform();
          return 1.5 * Math.log(1 + answerText(one).length) + (i === 0 ? 1 : 0) + Math.log(u / (1 - u)) / Math.SQRT2;
        });
      },
      { version: 1 },
    );
    const { effects } = shown(
      (await stressReward({ name: "leaning", reward: leaning }, questions(500), { probes: 1 })).effects,
    );
    const position = effects.find(({ term }) => term === "position")!;
    // by the file's order the coefficient would be 0, as the order that is shown is drawn anew
    expect(position.reward.low).toBeGreaterThan(0.3);
    expect(Math.abs(position.labels!.value)).toBeLessThan(0.4);
  });

  it("finds scores that change with the batch, and does not blame the batch for noise", async () => {
    const leaky: Reward = {
      ...length,
      work: "cpu",
      name: "leaky",
      score: async (tasks) =>
        tasks.map(({ candidates }) =>
          candidates.map((one, i) => ({ value: answerText(one).length + (i + 1) * tasks.length })),
        ),
    };
    const found = shown((await audit(leaky, questions(20))).batch);
    expect(found.repeat).toBe(0);
    expect(found.changed!.value).toBe(1);
    expect(shown((await audit(length, questions(20))).batch)).toMatchObject({
      batch: 0,
      best: 0,
      changed: { value: 0 },
    });
    let flying = 0;
    const shared = pointwise(
      "shared",
      async (one) => {
        flying++;
        await new Promise((done) => setTimeout(done, 1));
        const value = answerText(one).length + flying;
        flying--;
        return value;
      },
      { version: 1 },
    );
    expect(shown((await audit(shared, questions(20))).batch)).toMatchObject({ repeat: 0 });
    expect(shown((await audit(shared, questions(20))).batch).changed!.value).toBeGreaterThan(0.5);
    let calls = 0;
    const noisy: Reward = {
      ...length,
      score: async (tasks) => tasks.map(({ candidates }) => candidates.map(() => ({ value: calls++ % 7 }))),
    };
    expect(shown((await audit(noisy, questions(20))).batch).repeat).toBeGreaterThan(0);
  });

  it("counts equal scores of different texts", async () => {
    const flat = pointwise("flat", () => 1, { version: 1 });
    expect((await audit(flat, questions(20))).equal).toMatchObject({
      equal: { value: 1 },
      distinct: 1,
      commonest: { value: 1, share: 1 },
    });
  });

  it("shows from a score file what it shows of the reward, once the probes are scored, and says why before", async () => {
    const examples = questions(30);
    const folder = mkdtempSync(join(tmpdir(), "laurel-stress-"));
    try {
      const scored = async (tasks: readonly Example["task"][], name: string) => {
        return await table(tasks, (candidates) => candidates.map((one) => answerText(one).length), name);
      };
      const table = async (
        tasks: readonly Example["task"][],
        of: (candidates: Example["task"]["candidates"]) => number[],
        name: string,
      ) => {
        const rows = tasks.map(({ id, candidates }) => JSON.stringify({ id, scores: of(candidates) }));
        writeFileSync(join(folder, name), rows.join("\n"));
        return { name, table: await readScores(join(folder, name)) };
      };
      const own = examples.map((one) => one.task);
      const bare = await stressReward(await scored(own, "bare.jsonl"), examples);
      for (const part of [bare.perturbations, bare.contrast, bare.offTopic, bare.place])
        expect(part).toMatchObject({ missing: expect.stringContaining("--write-probes") });
      expect(bare.batch).toMatchObject({ missing: expect.stringContaining("batches") });
      const full = await stressReward(await scored([...own, ...stressTasks(examples)], "full.jsonl"), examples);
      const live = await stressReward({ name: "length", reward: length }, examples);
      expect(full.perturbations).toEqual(live.perturbations);
      expect(full.contrast).toEqual(live.contrast);
      expect(full.offTopic).toEqual(live.offTopic);
      // both orders of a pair are among the probes: length does not mind them, a judge that leans to the first does
      expect(full.place).toMatchObject({ flips: { value: 0 }, first: { value: 0.5 }, pairs: 30 });
      const first = (candidates: readonly unknown[]) => candidates.map((_, i) => -i);
      const leans = await stressReward(await table([...own, ...stressTasks(examples)], first, "first.jsonl"), examples);
      expect(leans.place).toMatchObject({ flips: { value: 1 }, first: { value: 1 } });
      expect(full.evaluation.accuracy).toEqual(live.evaluation.accuracy);
      const distance = shown(
        (
          await stressReward({ name: "length", reward: length }, examples, {
            against: await scored(own, "other.jsonl"),
          })
        ).distance,
      );
      expect(distance).toMatchObject({ starc: { value: 0 }, regret: 0, followingOther: { value: 0 } });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("effectsOf", () => {
  it("finds the log-odds that were put into the choices (within the interval)", () => {
    const rng = random(seedFrom("effects"));
    const pairs = Array.from({ length: 3000 }, (_, i): StressPair => {
      const [a, b] = ["x".repeat(1 + rng.below(400)), "x".repeat(1 + rng.below(400))];
      const swap = rng.below(2) === 1;
      // the label's effect is 1, that of log length 0.8, that of standing first 0.5
      const first = swap ? b : a;
      const second = swap ? a : b;
      const eta = (swap ? -1 : 1) + 0.8 * Math.log((1 + first.length) / (1 + second.length)) + 0.5;
      const firstWins = rng.uniform() < 1 / (1 + Math.exp(-eta));
      const better = swap ? 1 : 0;
      const credit = firstWins === (better === 0) ? 1 : 0;
      const item = { id: `${i}`, cluster: `${i}`, credit } as Item;
      return { example: {} as Example, item, better, worse: 1 - better, betterText: a, worseText: b };
    });
    const { effects, constant } = shown(effectsOf(pairs, { seesOne: false, seed: seedFrom(1), level: 0.99 }));
    const of = (term: string) => effects.find((one) => one.term === term)!;
    const deltas = pairs.map(({ betterText: a, worseText: b }) => Math.log((1 + a.length) / (1 + b.length)));
    const sd = Math.sqrt(deltas.reduce((sum, x) => sum + x * x, 0) / deltas.length);
    for (const [term, truth] of [
      ["label", 1],
      ["length", 0.8 * sd],
      ["position", 0.5],
    ] as const) {
      expect(of(term).reward.low).toBeLessThan(truth);
      expect(of(term).reward.high).toBeGreaterThan(truth);
    }
    // the labels were drawn without regard to length
    expect(Math.abs(of("length").labels!.value)).toBeLessThan(0.15);
    expect(constant).toEqual(["format"]);
    const fixed = pairs.map((pair) => ({ ...pair, better: 0, worse: 1 }));
    expect(shown(effectsOf(fixed, { seesOne: false, seed: seedFrom(1), level: 0.95 })).position).toContain(
      "same place",
    );
  });
});

describe("shiftOf", () => {
  it("gives Newcombe's interval for 56 of 70 against 48 of 80 (1998, table II, example a, method 10: 0.0524 to 0.3339)", () => {
    const items = [...Array(150).keys()].map((i): Item => {
      const inside = i < 70;
      const credit = (inside ? i < 56 : i < 118) ? 1 : 0;
      return {
        id: `${i}`,
        which: "",
        repeat: 0,
        cluster: `${i}`,
        subsets: { source: inside ? "a" : "b" },
        credit,
        margin: 1,
        right: [],
        wrong: [],
        chance: 0.5,
        ceiling: 1,
        dissent: undefined,
      };
    });
    const [{ sources }] = shown(shiftOf(items, { key: "source", known: "a", level: 0.95 })) as unknown as [
      { sources: { difference?: { low: number; high: number } }[] },
    ];
    expect(sources).toHaveLength(1);
    expect(sources[0]!.difference!.low).toBeCloseTo(0.0524, 4);
    expect(sources[0]!.difference!.high).toBeCloseTo(0.3339, 4);
    expect(shiftOf(items, { key: "origin", level: 0.95 })).toMatchObject({
      missing: expect.stringContaining("there is source"),
    });
  });
});

describe("difficultyOf", () => {
  it("bins by the strength that labels state, the weakest first", async () => {
    const examples = questions(60);
    const { evaluation, difficulty } = await audit(length, examples);
    expect(shown(difficulty)).toMatchObject({
      by: "strength of the label",
      bins: [{ name: "1" }, { name: "2" }, { name: "3" }],
    });
    expect(shown(difficulty).bins.map(({ n }) => n)).toEqual([20, 20, 20]);
    const bare = examples.map((one) => ({ ...one, labels: { preferred: [{ first: 0, second: 1, p: 1 }] } }));
    expect(isMissing(difficultyOf(evaluation.made, bare, 0.95))).toBe(true);
  });
});

describe("overOptimisation", () => {
  const rng = random(seedFrom("gold"));
  const groups = Array.from({ length: 50 }, (_, g) => {
    const gold = Array.from({ length: 16 }, () => rng.normal());
    return { cluster: `${g}`, gold, scores: gold.map((value) => ({ value })) };
  });

  it("follows gold's own best where the reward is gold, and falls where it is its opposite", () => {
    const { points, peak, fall } = shown(overOptimisation(groups, "test", 0.95));
    expect(points.map(({ n }) => n)).toEqual([1, 2, 4, 8, 16]);
    // log n - (n - 1)/n, by hand
    expect(points.map(({ kl }) => Number(kl.toFixed(4)))).toEqual([0, 0.1931, 0.6363, 1.2044, 1.8351]);
    for (const { gold, oracle } of points) expect(gold.value).toBeCloseTo(oracle, 12);
    expect([peak, fall]).toEqual([16, undefined]);
    const opposite = groups.map((group) => ({ ...group, scores: group.gold.map((value) => ({ value: -value })) }));
    const turned = shown(overOptimisation(opposite, "test", 0.95));
    expect(turned.peak).toBe(1);
    expect(turned.fall!.high).toBeLessThan(0);
    expect(
      overOptimisation(
        groups.map((one) => ({ ...one, gold: one.gold.slice(0, 2) })),
        "test",
        0.95,
      ),
    ).toHaveProperty("missing");
  });
});

describe("contrast instructions and off-topic answers", () => {
  it("reads the released files' columns, drops items whose instructions are equal, and refuses unknown fields", async () => {
    const folder = mkdtempSync(join(tmpdir(), "laurel-contrast-"));
    try {
      const row = {
        query: "a",
        retrieval: "b",
        query_response_k: "ak",
        query_response_j: "aj",
        retrieval_response_k: "bk",
        retrieval_response_j: "bj",
      };
      const path = join(folder, "contrast.json");
      writeFileSync(path, JSON.stringify([row, { ...row, retrieval: "a" }]));
      const { items, dropped } = await readContrast(path, { template: "Question: {query}" });
      expect(dropped).toBe(1);
      expect(items[0]).toMatchObject({ queryAnswer: "ak", retrievalAnswer: "bk" });
      expect(items[0]!.query.prompt[0]!.content).toBe("Question: a");
      expect((await readContrast(path, { preferred: "j" })).items[0]!.queryAnswer).toBe("aj");
      await expect(readContrast(path, { template: "{question}" })).rejects.toThrow("{question}");
      writeFileSync(path, JSON.stringify([{ query: "a", retrieval: "b" }]));
      await expect(readContrast(path)).rejects.toThrow("query_response_k");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("pairs each question with its twin, and gives the rates of either direction", async () => {
    const items = contrastPairs(questions(40), { band: [0.2, 0.95] });
    expect(items).toHaveLength(20);
    for (const { id } of items) {
      const [a, b] = id.split("~").map((one) => Number(one.slice(1))) as [number, number];
      expect(Math.floor(a / 2)).toBe(Math.floor(b / 2));
    }
    expect(await consistency(onTopic, items, { directions: "one" })).toMatchObject({
      response: { value: 1 },
      items: 20,
    });
    expect(contrastPairs(questions(40), { band: [0.99, 1] })).toHaveLength(0);
    expect((await offTopic(length, questions(40), { short: 30, long: 25 })).preferred!.value).toBeGreaterThan(0.5);
  });

  it("keeps the labels out of the tasks that a reward sees", async () => {
    const seen: Judged[] = [];
    for await (const batch of judged({ name: "length", reward: length }, [questions(4)])) seen.push(...batch);
    for (const one of stressTasks(questions(4))) expect(one).not.toHaveProperty("labels");
    expect(seen).toHaveLength(4);
  });
});
