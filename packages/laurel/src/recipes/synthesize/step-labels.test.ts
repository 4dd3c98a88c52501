import { describe, expect, it } from "vitest";
import { fakeModel, textOfRequest } from "../../../../../test/judge/fake.ts";
import {
  answerText,
  candidate,
  directContext,
  type Policy,
  pointwise,
  type Reward,
  random,
  type Task,
  task,
  UsageError,
} from "../../core/index.ts";
import { stepValues } from "./step-labels.ts";

/** Answers of three lines, each right with probability q. */
const chain = (q: number, asked: { prefix: string; n: number }[] = []): Policy => ({
  name: "chain",
  fingerprint: "chain",
  random: true,
  async *sample({ n, prefix = "", seed }) {
    asked.push({ prefix, n });
    const rng = random(seed);
    for (let i = 0; i < n; i++) {
      const lines = prefix === "" ? [] : prefix.split("\n");
      while (lines.length < 3) lines.push(rng.uniform() < q ? "right" : "wrong");
      yield candidate(lines.join("\n"));
    }
  },
});
const verify: Reward = pointwise("all right", (one) => (answerText(one).includes("wrong") ? 0 : 1), {
  version: 1,
  range: [0, 1],
});
const asked = (texts: readonly string[] = []): Task => ({
  ...task(
    "q",
    texts.map((text) => candidate(text)),
  ),
  reference: { answer: "right" },
});
const ctx = () => directContext({ seed: 7 });

describe("stepValues", () => {
  it("gives each step the share of completions that end right, and the last one the solution's verdict", async () => {
    const { examples, rollouts, unscored } = await stepValues(
      chain(0.5),
      verify,
      asked(["right\nright\nright", "right\nwrong\nright"]),
      { rollouts: 4000 },
      ctx(),
    );
    const [good, bad] = examples;
    // 0.5², 0.5 and the verdict; 0.03 is four sd of 4,000 roll-outs
    expect(Math.abs(good!.labels[0]! - 0.25)).toBeLessThan(0.03);
    expect(Math.abs(good!.labels[1]! - 0.5)).toBeLessThan(0.032);
    expect(good!.labels[2]).toBe(1);
    expect(good!.outcome).toBe(true);
    expect(bad!.labels.slice(1)).toEqual([0, 0]);
    expect(bad).toMatchObject({ outcome: false, steps: ["right", "wrong", "right"] });
    expect([rollouts, unscored]).toEqual([16_000, 0]);
  });

  it("grows a tree whose labels lie near the exact values, and whose ends have verdicts", async () => {
    const { examples } = await stepValues(
      chain(0.5),
      verify,
      asked(),
      { simulations: 300, rollouts: 50, expand: 6 },
      ctx(),
    );
    const exact = (steps: readonly string[]): number => (steps.includes("wrong") ? 0 : 0.5 ** (3 - steps.length));
    expect(examples.length).toBe(8);
    for (const { steps, labels, outcome } of examples) {
      expect(outcome).toBe(!steps.includes("wrong"));
      for (const t of [1, 2]) if (exact(steps.slice(0, t + 1)) === 0) expect(labels[t]).toBe(0);
      expect(labels[2]).toBe(outcome ? 1 : 0);
      // exploitation pulls labels of inner nodes up, towards their best child
      expect(labels[0]!).toBeGreaterThanOrEqual(exact(steps.slice(0, 1)) - 0.1);
    }
  });

  it("is decided by the context's seed, the task and the prefix", async () => {
    const again = () => stepValues(chain(0.5), verify, asked(["right\nright\nright"]), { rollouts: 5 }, ctx());
    expect(await again()).toEqual(await again());
  });

  it("hands a language model the prefix as the beginning of its answer", async () => {
    const model = fakeModel((request) => (textOfRequest(request).endsWith("right") ? "\nright" : "wrong"));
    const { examples } = await stepValues(model, verify, asked(["right\nright"]), { rollouts: 2 }, ctx());
    expect(examples[0]!.labels).toEqual([1, 1]);
    expect(model.requests[0]!.messages.at(-1)).toEqual({ role: "assistant", content: "right" });
  });

  it("marks a step -1 where no completion could be scored", async () => {
    const never: Reward = pointwise(
      "never",
      () => ({ unscored: { reason: "undecided", message: "?", transient: false } }),
      {
        version: 1,
        range: [0, 1],
      },
    );
    const { examples, unscored } = await stepValues(chain(0.5), never, asked(["right\nright"]), { rollouts: 2 }, ctx());
    expect(examples[0]!.labels).toEqual([-1, -1]);
    expect(examples[0]!.outcome).toBeUndefined();
    expect(unscored).toBe(2);
  });

  it("throws without a reference, or without steps", async () => {
    const { reference: _, ...open } = asked(["right"]);
    await expect(stepValues(chain(0.5), verify, open, {}, ctx())).rejects.toThrow(UsageError);
    await expect(stepValues(chain(0.5), verify, asked([" \n"]), {}, ctx())).rejects.toThrow(/no steps/);
    await expect(stepValues(chain(0.5), verify, asked(["a"]), { rollouts: 0 }, ctx())).rejects.toThrow(UsageError);
  });
});
