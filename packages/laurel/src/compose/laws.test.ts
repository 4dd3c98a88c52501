import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  answerText,
  type Comparer,
  type Context,
  candidate,
  type Draft,
  directContext,
  type Example,
  fault,
  floorOf,
  isScored,
  pairwise,
  pointwise,
  type Reward,
  type Score,
  type Task,
  task,
  unscored,
} from "../core/index.ts";
import { against } from "./against.ts";
import { allOf } from "./all-of.ts";
import { calibrateFalseNegatives } from "./calibrate.ts";
import { ensemble } from "./ensemble.ts";
import { gate } from "./gate.ts";
import { lengthPenalty } from "./length-penalty.ts";
import { multiplicative } from "./multiplicative.ts";
import { flipNoise } from "./noise.ts";
import { knockout, pivot, swiss } from "./pairing.ts";
import { fixedReferences, referencesFromContext } from "./references.ts";
import { route } from "./route.ts";
import { shape } from "./shape.ts";
import { inverted } from "./spurious.ts";
import { groupZScore, standardise } from "./standardise.ts";
import { toComparer } from "./to-comparer.ts";
import { toReward } from "./to-reward.ts";
import { affine, logSigmoidCentred, preferenceAsReward } from "./transforms.ts";
import { weighted } from "./weighted.ts";

/** Reads its own letter's mark from the answer: "a0.5 bF cU" is 0.5 for a, a fault for b, unscored for c. */
function child(letter: string): Reward {
  return pointwise(
    letter,
    (c): Draft => {
      const mark = answerText(c)
        .split(" ")
        .find((one) => one.startsWith(letter))!
        .slice(1);
      if (mark === "F") return fault("crashed");
      return mark === "U" ? unscored("sandbox", "none") : Number(mark);
    },
    { version: 1, range: [0, 1], spec: { kind: letter } },
  );
}

const size = (text: string): number => Number.parseFloat(text.slice(1)) || 0;
const judge: Comparer = pairwise("judge", (x, y) => 1 / (1 + Math.exp(size(answerText(y)) - size(answerText(x)))), {
  version: 1,
  spec: { kind: "judge" },
});

const [a, b, c] = [child("a"), child("b"), child("c")];
const refs = fixedReferences([0.2, 0.6, 0.7]);
const logs = { a: shape(a, logSigmoidCentred(), refs), b: shape(b, logSigmoidCentred(), refs) };

const compositions: Readonly<Record<string, Reward>> = {
  weighted: weighted({ a, b, c }, { a: 1, b: -2, c: 0.5 }),
  renormalised: weighted({ a, b, c }, { a: 1, b: 2, c: 0.5 }, { missing: "renormalise" }),
  gate: gate({ condition: a, reward: b }, { atLeast: 0.5 }),
  "gate else": gate({ condition: a, reward: b, else: c }, { atLeast: 0.5 }),
  route: route({ context: "to" }, { a, b }, { default: "a" }),
  mean: ensemble({ a, b, c }),
  pessimist: ensemble({ a, b, c }, { aggregate: { meanMinusSd: 1.5 }, quorum: 2 }),
  multiplicative: multiplicative({ progress: a, b, c }, { hard: ["c"] }),
  par: shape(a, preferenceAsReward(), refs),
  "par from context": shape(a, preferenceAsReward(), referencesFromContext("refs")),
  affine: shape(a, affine({ scale: 3, shift: -1 })),
  "all of": allOf(logs),
  "length penalty": lengthPenalty(a, { limit: 5, perToken: 0.01, unit: "characters", most: 0.5 }),
  inverted: inverted(a),
  "flip noise": flipNoise(a, { probability: 0.5, unit: "candidate", seed: 1 }),
  "false negatives": calibrateFalseNegatives(a, b),
  standardise: standardise(a),
  "z mean": groupZScore({ a, b }),
  "to reward": toReward(judge, { pairing: swiss({ rounds: 2 }) }),
  "bradley-terry": toReward(judge, { pairing: pivot({ anchors: 2 }), aggregate: "bradley-terry" }),
  "round trip": toReward(toComparer(a), { pairing: knockout(), aggregate: "borda" }),
  anchor: against(judge, { opponent: "anchor" }),
  member: against(judge, { opponent: "group-member" }),
  nested: weighted({ g: gate({ condition: b, reward: a }, { atLeast: 0.2 }), e: ensemble({ b, c }) }, { g: 1, e: 1 }),
};

const mark = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 8 }).map((eighths) => String(eighths / 8)) },
  { weight: 1, arbitrary: fc.constant("F") },
  { weight: 1, arbitrary: fc.constant("U") },
);
const answer = fc.tuple(mark, mark, mark).map(([x, y, z]) => `a${x} b${y} c${z}`);
const more = { context: { refs: [0.1, 0.9], anchor: "a0.4 b0 c0", to: "b" } };
const group = fc
  .array(answer, { minLength: 1, maxLength: 6 })
  .map((answers): Task => task("q", answers, undefined, { ...more, id: "t" }));

const scoreBy = async (reward: Reward, tasks: readonly Task[], ctx: Context = directContext()): Promise<Score[][]> =>
  (await ctx.score(reward, tasks)).map((row) => [...row]);

describe("every composition", () => {
  it("keeps to its range, and puts every fault of the whole at its floor", async () => {
    for (const [name, reward] of Object.entries(compositions))
      await fc.assert(
        fc.asyncProperty(group, async (one) => {
          const [row] = await scoreBy(reward, [one]);
          expect(row, name).toHaveLength(one.candidates.length);
          const floor = floorOf(reward);
          for (const score of row!) {
            if (!isScored(score)) {
              expect(score.unscored.reason, `${name}: ${score.unscored.message}`).not.toBe("bug");
              continue;
            }
            expect(Number.isFinite(score.value), name).toBe(true);
            if (score.fault !== undefined && floor !== undefined) expect(score.value, name).toBe(floor);
            if (reward.range !== undefined) {
              expect(score.value, name).toBeGreaterThanOrEqual(Math.min(reward.range[0], floor!) - 1e-9);
              expect(score.value, name).toBeLessThanOrEqual(reward.range[1] + 1e-9);
            }
          }
        }),
        { numRuns: 25 },
      );
  });

  it("scores candidates alike in every order", async () => {
    for (const [name, reward] of Object.entries(compositions))
      await fc.assert(
        fc.asyncProperty(group, async (one) => {
          const [forth] = await scoreBy(reward, [one]);
          const [back] = await scoreBy(reward, [{ ...one, candidates: [...one.candidates].reverse() }]);
          expect(back!.reverse(), name).toEqual(forth);
        }),
        { numRuns: 15 },
      );
  });

  it("scores batches of 1, 3 and 64 tasks alike", async () => {
    const marks = ["0", "0.25", "1", "F", "U"];
    const tasks = Array.from({ length: 64 }, (_, i) =>
      task(
        `q${i}`,
        [0, 1, 2].map((k) => `a${marks[(i + k) % 5]} b${marks[(i * (k + 2)) % 5]} c${marks[(i + 3 * k) % 4]}`),
        undefined,
        { context: { ...more.context, to: i % 3 === 0 ? "a" : "b" } },
      ),
    );
    for (const [name, reward] of Object.entries(compositions)) {
      const inBatches = async (n: number): Promise<Score[][]> => {
        const out: Score[][] = [];
        for (let at = 0; at < 64; at += n) out.push(...(await scoreBy(reward, tasks.slice(at, at + n))));
        return out;
      };
      const whole = await inBatches(64);
      expect(await inBatches(1), name).toEqual(whole);
      expect(await inBatches(3), name).toEqual(whole);
    }
  });

  it("calls its children only through the context, where cache, pool and ledger are", async () => {
    for (const [name, reward] of Object.entries(compositions)) {
      const outer = directContext();
      let calls = 0;
      const refusing: Context = {
        ...outer,
        score: (one, tasks) => {
          calls++;
          return Promise.resolve(tasks.map(({ candidates }) => candidates.map(() => unscored("cancelled", one.name))));
        },
        compare: (_, jobs) => {
          calls++;
          return Promise.resolve(
            jobs.map(({ pairs }) =>
              pairs.map(([first, second]) => ({ first, second, ...unscored("cancelled", "judge") })),
            ),
          );
        },
      };
      const [row] = await reward.score([task("q", ["a1 b1 c1", "a0 b0 c0", "a1 b0 c0"], undefined, more)], refusing);
      expect(calls, name).toBeGreaterThan(0);
      const answered = row!.filter(isScored);
      // the group member that is its own opponent ties without being asked
      expect(answered.length, name).toBe(name === "member" ? 1 : 0);
    }
  });

  it("has a fingerprint and a spec of plain data that names its kind, its children's specs inside", () => {
    const prints = new Set<string>();
    for (const [name, reward] of Object.entries(compositions)) {
      expect(reward.fingerprint, name).toMatch(/^[0-9a-f]{32}$/);
      prints.add(reward.fingerprint!);
      expect(JSON.parse(JSON.stringify(reward.spec)), name).toEqual(reward.spec);
      expect(typeof reward.spec!["kind"], name).toBe("string");
      expect(
        Object.keys(reward.spec!).some((key) => key === "rewards" || key === "comparer"),
        name,
      ).toBe(true);
      expect(reward.work, name).toBe("compose");
    }
    expect(prints.size).toBe(Object.keys(compositions).length);
  });

  it("is handed tasks, which hold no labels: there is nothing to permute", async () => {
    expectTypeOf<Parameters<Reward["score"]>[0]>().toEqualTypeOf<readonly Task[]>();
    expectTypeOf<Extract<keyof Task, keyof Example | "labels">>().toEqualTypeOf<never>();
    const one = task("q", [candidate("a1 b1 c1", { id: "first" }), "a0 b1 c1"], undefined, more);
    const other = { ...one, candidates: one.candidates.map((each, i) => ({ ...each, id: `renamed ${i}` })) };
    for (const [name, reward] of Object.entries(compositions))
      expect(await scoreBy(reward, [other]), name).toEqual(await scoreBy(reward, [one]));
  });
});
