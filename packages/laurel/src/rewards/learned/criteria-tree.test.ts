import { describe, expect, it } from "vitest";
import { z } from "zod";
import { random, seedFrom } from "../../core/index.ts";
import { type CriteriaTreeConfig, checkTree, criteriaTreeHead, treeCriteria, treeScore } from "./criteria-tree.ts";
import { gatedHead } from "./gated.ts";

const tensor = (shape: readonly number[], values: readonly number[]) => ({ shape, values: Float32Array.from(values) });
const tree = {
  aspects: [
    { name: "safe", criteria: ["calm", "legal"] },
    { name: "sharp", criteria: ["focus", "light"] },
  ],
};

describe("treeScore", () => {
  it("is the specification's fixture: aspects (0, 1) under gates (0.25, 0.75) come to 0.75", () => {
    const half = Float64Array.of(0.5, 0.5, 0.5, 0.5);
    const { value, aspects } = treeScore(tree, [1, -1, 2, 0], half, Float64Array.of(0.25, 0.75));
    expect([...aspects]).toEqual([0, 1]);
    expect(value).toBe(0.75);
  });
});

describe("checkTree", () => {
  it("says which criterion stands in two aspects or in none", () => {
    expect(treeCriteria(tree)).toEqual(["calm", "legal", "focus", "light"]);
    expect(() => checkTree(tree)).not.toThrow();
    expect(() => checkTree(tree, ["calm", "hue"])).toThrow("the criterion hue stands in no aspect");
    const twice = { aspects: [...tree.aspects, { name: "third", criteria: ["calm"] }] };
    expect(() => checkTree(twice)).toThrow("calm stands in two aspects, safe and third");
    expect(() => checkTree({ aspects: [] })).toThrow("at least one aspect");
    const schema = criteriaTreeHead.config(z);
    const wrong = schema.safeParse({ dim: 1, prompt: 1, aspects: twice.aspects });
    expect(wrong.error?.issues[0]).toMatchObject({
      path: ["aspects"],
      message: expect.stringContaining("two aspects"),
    });
  });
});

describe("criteriaTreeHead", () => {
  const config: CriteriaTreeConfig = { ...tree, dim: 4, prompt: 1, gate: "static", hidden: [], temperature: 1, top: 1 };

  it("weighs criteria within aspects and aspects within the whole, and names them all", () => {
    const weights = new Map([
      ["criteria.weight", tensor([4, 4], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])],
      ["criterion-gate.logits", tensor([4], [0, 0, 0, 0])],
      ["criterion-gate.scale", tensor([1], [1])],
      ["aspect-gate.logits", tensor([2], [0, Math.log(3)])],
      ["aspect-gate.scale", tensor([1], [1])],
    ]);
    expect(Object.keys(criteriaTreeHead.tensors(config)).sort()).toEqual([...weights.keys()].sort());
    expect(criteriaTreeHead.inputs(config)).toEqual({ candidate: 4 });
    const score = criteriaTreeHead.score!(weights, config)({ candidate: Float32Array.of(1, -1, 2, 0) });
    expect(score.value).toBeCloseTo(0.75, 6);
    expect(score.parts).toEqual({
      safe: 0,
      "safe/calm": 1,
      "safe/legal": -1,
      sharp: 1,
      "sharp/focus": 2,
      "sharp/light": 0,
    });
    expect(score.rationale).toBe("sharp/focus 0.375");
  });

  it("with one aspect and a gate of the prompt is the gated head, value for value", () => {
    const rng = random(seedFrom("one aspect"));
    const draw = (n: number): number[] => Array.from({ length: n }, () => rng.normal());
    const names = ["a", "b", "c"];
    const one: CriteriaTreeConfig = {
      aspects: [{ name: "all", criteria: names }],
      dim: 5,
      prompt: 2,
      gate: "prompt",
      hidden: [4],
      temperature: 2,
      top: 3,
    };
    const objectives = tensor([3, 5], draw(15));
    const gate = {
      "layers.0.weight": tensor([4, 2], draw(8)),
      "layers.0.bias": tensor([4], draw(4)),
      "layers.1.weight": tensor([3, 4], draw(12)),
      "layers.1.bias": tensor([3], draw(3)),
      scale: tensor([1], [1.7]),
    };
    const under = (prefix: string) => Object.entries(gate).map(([name, t]) => [prefix + name, t] as const);
    const gated = gatedHead.score!(new Map([["objectives.weight", objectives], ...under("gate.")]), {
      dim: 5,
      prompt: 2,
      hidden: [4],
      temperature: 2,
      names,
      transform: false,
      top: 3,
    });
    // an aspect gate over one aspect is its scale, whatever its network says
    const asTree = criteriaTreeHead.score!(
      new Map([
        ["criteria.weight", objectives],
        ...under("criterion-gate."),
        ["aspect-gate.layers.0.weight", tensor([4, 2], draw(8))],
        ["aspect-gate.layers.0.bias", tensor([4], draw(4))],
        ["aspect-gate.layers.1.weight", tensor([1, 4], draw(4))],
        ["aspect-gate.layers.1.bias", tensor([1], draw(1))],
        ["aspect-gate.scale", tensor([1], [1])],
      ]),
      one,
    );
    for (let i = 0; i < 20; i++) {
      const features = { candidate: Float32Array.from(draw(5)), prompt: Float32Array.from(draw(2)) };
      const [a, b] = [gated(features), asTree(features)];
      expect(b.value).toBeCloseTo(a.value, 12);
      for (const name of names) expect(b.parts![`all/${name}`]).toBe(a.parts![name]);
    }
  });
});
