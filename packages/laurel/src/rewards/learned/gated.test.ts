import { describe, expect, it } from "vitest";
import { mixture } from "../../compose/index.ts";
import { answerText, directContext, isScored, pointwise, type Task } from "../../core/index.ts";
import { gated, gatedHead } from "./gated.ts";
import { gateOf, gateTensors, groupShares, learnedGate } from "./gated-network.ts";

const tensor = (shape: readonly number[], values: readonly number[]) => ({ shape, values: Float32Array.from(values) });
const task = (...answers: string[]): Task => ({
  id: "t",
  prompt: [{ role: "user", content: "q" }],
  candidates: answers.map((content) => ({ output: [{ role: "assistant", content }] })),
});

describe("a learned gate", () => {
  const shape = { form: "prompt" as const, prompt: 2, hidden: [], groups: [2, 2], temperature: 2 };

  it("is s · softmax(z/T) in each group", () => {
    expect([...groupShares(Float64Array.of(0, Math.log(9), 5, 5), [2, 2], 2)]).toEqual([
      expect.closeTo(0.25, 14),
      expect.closeTo(0.75, 14),
      0.5,
      0.5,
    ]);
    const weights = new Map([
      ["g.layers.0.weight", tensor([4, 2], [0, 0, 1, 0, 0, 0, 0, 0])],
      ["g.layers.0.bias", tensor([4], [0, 0, 0, 0])],
      ["g.scale", tensor([1], [3])],
    ]);
    expect(gateTensors("g.", shape)).toEqual({ "g.layers.0.weight": [4, 2], "g.layers.0.bias": [4], "g.scale": [1] });
    const gate = gateOf("g.", shape, weights);
    const got = gate(Float32Array.of(2 * Math.log(3), 7));
    for (const [k, want] of [0.75, 2.25, 1.5, 1.5].entries()) expect(got[k]).toBeCloseTo(want, 6);
  });

  it("reads no prompt where it is static", () => {
    const fixed = { ...shape, form: "static" as const, groups: [2], temperature: 1 };
    expect(gateTensors("", fixed)).toEqual({ logits: [2], scale: [1] });
    const gate = gateOf(
      "",
      fixed,
      new Map([
        ["logits", tensor([2], [0, Math.log(3)])],
        ["scale", tensor([1], [1])],
      ]),
    );
    expect(gate()[1]).toBeCloseTo(0.75, 6);
  });

  it("does not overflow for logits of any size", () => {
    expect([...groupShares(Float64Array.of(-1e4, 1e4), [2], 1)]).toEqual([0, 1]);
  });
});

const config = { dim: 2, prompt: 1, hidden: [], temperature: 1, names: ["right", "long"], transform: true, top: 2 };
const weights = new Map([
  ["objectives.weight", tensor([2, 2], [1, 0, 0, 1])],
  // right loses half of long, long itself is taken out
  ["transform", tensor([2, 2], [1, 0, -0.5, 0])],
  ["gate.layers.0.weight", tensor([2, 1], [1, 0])],
  ["gate.layers.0.bias", tensor([2], [0, 0])],
  ["gate.scale", tensor([1], [1])],
]);

describe("gatedHead", () => {
  it("sums the raw objectives by coefficients T g, and names them", () => {
    const score = gatedHead.score!(weights, config);
    const { value, parts, rationale, facts } = score({
      candidate: Float32Array.of(4, 2),
      prompt: Float32Array.of(Math.log(3)),
    });
    // g = (0.75, 0.25), r = (4, 2), r′ = (4 − 1, 0)
    expect(value).toBeCloseTo(0.75 * 3, 6);
    expect(parts).toEqual({ right: 4, long: 2 });
    expect(rationale).toBe("right 0.750, long −0.375");
    const c = facts!["coefficients"] as Record<string, number>;
    expect(c["right"]! * 4 + c["long"]! * 2).toBeCloseTo(value, 12);
  });

  it("needs the tensors that its config says", () => {
    expect(gatedHead.tensors(config)).toEqual({
      "objectives.weight": [2, 2],
      transform: [2, 2],
      "gate.layers.0.weight": [2, 1],
      "gate.layers.0.bias": [2],
      "gate.scale": [1],
    });
    expect(gatedHead.inputs(config)).toEqual({ candidate: 2, prompt: 1 });
  });
});

describe("gated", () => {
  const objectives = pointwise(
    "two",
    (candidate) => {
      const parts = { right: answerText(candidate).includes("42") ? 1 : 0, long: answerText(candidate).length };
      return { value: 0, parts: answerText(candidate) === "" ? { ...parts, long: null } : parts };
    },
    { version: 1 },
  );
  const value = async (gate: Parameters<typeof gated>[0]["gate"], ...answers: string[]) =>
    (await gated({ objectives, gate, version: 1 }).score([task(...answers)], directContext()))[0]!;

  it("weighs the parts of one reward by a gate of the task", async () => {
    const scores = await value((of) => ({ right: of.id === "t" ? 2 : 0, long: 0.5 }), "42", "no");
    expect(scores[0]).toMatchObject({ value: 3, parts: { right: 1, long: 2 }, rationale: "right 2.000, long 0.500" });
    expect(scores[1]).toMatchObject({ value: 1 });
  });

  it("equals mixture of the parts as rewards of their own, under the same learned gate", async () => {
    const gate = learnedGate(
      ["right", "long"],
      (prompt) => Float64Array.of(prompt![0]!, 2),
      async () => Float32Array.of(3),
    );
    const part = (name: "right" | "long") =>
      pointwise(name, (c) => (name === "right" ? (answerText(c).includes("42") ? 1 : 0) : answerText(c).length));
    const mixed = mixture(gate, { right: part("right"), long: part("long") }, { scales: "native" });
    const [one] = await mixed.score([task("42 is it", "no")], directContext());
    const other = await value(gate, "42 is it", "no");
    for (const c of [0, 1]) {
      const [a, b] = [one![c]!, other[c]!];
      expect(isScored(a) && isScored(b) && a.value === b.value).toBe(true);
    }
  });

  it("is unscored where a part that counts is missing, not where it has weight 0", async () => {
    const [missing] = await value(() => ({ right: 1, long: 1 }), "");
    expect(missing).toMatchObject({
      unscored: { reason: "unsupported", message: "two gave no long, which the gate weighs" },
    });
    const [unneeded] = await value(() => ({ right: 1 }), "");
    expect(unneeded).toMatchObject({ value: 0 });
  });

  it("says so where the gate throws or the transform has another size", async () => {
    const [thrown] = await value(() => {
      throw new Error("no prompt boundary");
    }, "a");
    expect(thrown).toMatchObject({
      unscored: { reason: "bug", message: expect.stringContaining("no prompt boundary") },
    });
    expect(() => gated({ objectives, gate: () => ({}), transform: { names: ["a"], matrix: [1, 2] } })).toThrow(
      "1 numbers",
    );
  });
});
