import { readFileSync } from "node:fs";
import { random, seedFrom, split } from "laurel";
import { criteriaTreeHead, gatedHead, gateOf, mixtureHead } from "laurel/rewards/learned";
import { describe, expect, it } from "vitest";
import { debias, transformed } from "./debias.ts";
import { fitGate, gateReward } from "./fit-gate.ts";
import { fitMixture, mixtureReward } from "./fit-mixture.ts";
import { type GateNetwork, gateNetwork, gateTape } from "./gate-network.ts";
import { type TreePairs, trainHierarchical, treeModel } from "./hierarchical.ts";
import { objectivesOf, ridgeObjectives, ridgeSolve } from "./ridge.ts";

const seed = seedFrom("structured tests");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};

/** The derivative of a function of parameters by one of them, by central differences; step 1e-5. */
function derivative(f: (theta: Float64Array) => number, theta: Float64Array, n: number): number {
  const moved = (by: number): Float64Array => theta.map((x, i) => (i === n ? x + by : x));
  return (f(moved(1e-5)) - f(moved(-1e-5))) / 2e-5;
}

describe("ridge", () => {
  const expected = JSON.parse(
    readFileSync(new URL("../../../../test/expected/ridge/ridge.json", import.meta.url), "utf8"),
  ) as { dim: number; x: number[][]; y: number[][]; fits: { alpha: number; weights: number[][] }[]; reference: string };

  it(`has scikit-learn's weights to 1e-4 (${expected.reference})`, () => {
    const { dim, x, y, fits } = expected;
    const gram = Float64Array.from({ length: dim * dim }, (_, at) =>
      x.reduce((sum, row) => sum + row[Math.floor(at / dim)]! * row[at % dim]!, 0),
    );
    for (const { alpha, weights } of fits)
      for (const [k, want] of weights.entries()) {
        const right = Float64Array.from({ length: dim }, (_, d) => x.reduce((s, row, i) => s + row[d]! * y[i]![k]!, 0));
        const got = ridgeSolve(gram, right, alpha);
        for (const [d, w] of want.entries()) expect(Math.abs(got[d]! - w)).toBeLessThan(1e-4);
      }
  });

  it("learns each objective from the rows that rate it, and reports how well", () => {
    const [dim, n] = [4, 400];
    const features = normals("x", n * dim);
    const truth = [1, -2, 0, 0.5];
    const noise = normals("noise", n);
    const ratings = Float64Array.from({ length: n * 2 }, (_, at) => {
      const i = Math.floor(at / 2);
      if (at % 2 === 1) return i < 30 ? features[i * dim]! : Number.NaN;
      return truth.reduce((sum, w, d) => sum + w * features[i * dim + d]!, 0) + 0.1 * noise[i]!;
    });
    const model = ridgeObjectives({ features, dim, ratings, names: ["sum", "first"] }, { seed });
    for (const [d, w] of truth.entries()) expect(Math.abs(model.weights[d]! - w)).toBeLessThan(0.03);
    expect(model.objectives[0]).toMatchObject({ name: "sum", train: 320, validation: 80 });
    expect(model.objectives[0]!.r2).toBeGreaterThan(0.99);
    expect(model.objectives[1]!.train + model.objectives[1]!.validation).toBe(30);
    const outputs = objectivesOf(model, features.subarray(0, dim));
    expect(outputs[1]).toBeCloseTo(features[0]!, 2);
  });

  it("names the objective that too few rows rate, and keeps a prompt's rows together", () => {
    const data = { features: normals("y", 40), dim: 2, names: ["rare"] };
    const few = Float64Array.from({ length: 20 }, (_, i) => (i < 9 ? 1 : Number.NaN));
    expect(() => ridgeObjectives({ ...data, ratings: few }, { seed })).toThrow("objective rare has 9 rated rows");
    const prompts = Array.from({ length: 20 }, (_, i) => i >> 2);
    const { objectives } = ridgeObjectives({ ...data, ratings: normals("z", 20), prompts }, { seed });
    expect(objectives[0]).toMatchObject({ train: 16, validation: 4 });
  });
});

describe("debias", () => {
  it("takes out of an objective as much of the nuisance as its correlation needs, and the nuisance whole", () => {
    const n = 2000;
    const [own, long] = [normals("own", n), normals("long", n)];
    const rewards = Float64Array.from({ length: n * 3 }, (_, at) => {
      const i = Math.floor(at / 3);
      return [own[i]! + 0.4 * long[i]!, own[i]!, long[i]!][at % 3]!;
    });
    const found = debias(rewards, ["leaky", "clean", "long"], { against: "long" });
    expect(found.lambda[0]).toBeGreaterThanOrEqual(0.3);
    expect(found.lambda[0]).toBeLessThanOrEqual(0.45);
    expect(found.lambda[1]).toBeLessThanOrEqual(0.05);
    expect(found.lambda[2]).toBe(1);
    expect(found.after[0]).toBeLessThanOrEqual(0.03);
    const after = transformed(rewards, found.transform);
    for (let i = 0; i < 20; i++) {
      expect(after[3 * i + 2]).toBe(0);
      expect(after[3 * i]).toBeCloseTo(rewards[3 * i]! - found.lambda[0]! * rewards[3 * i + 2]!, 12);
    }
  });

  it("skips constant columns with a warning and refuses a nuisance that is none of the objectives", () => {
    const rewards = Float64Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? 1 : at));
    const found = debias(rewards, ["constant", "long"], { against: "long" });
    expect(found.warnings).toEqual(["constant is constant on the reference set: its search is skipped"]);
    expect([...found.transform]).toEqual([1, 0, 0, 0]);
    expect(() => debias(rewards, ["a", "b"], { against: "long" })).toThrow('no objective "long"');
  });
});

const shapes: Record<string, GateNetwork> = {
  "a prompt's gate": gateNetwork(
    { form: "prompt", prompt: 3, hidden: [5], groups: [2, 3], temperature: 1.5 },
    { scale: 2 },
  ),
  "a static gate": gateNetwork({ form: "static", prompt: 3, hidden: [], groups: [2, 3], temperature: 0.7 }),
};

describe.each(Object.keys(shapes))("%s", (name) => {
  const network = shapes[name]!;
  const theta = network.start(split(seed, name)).map((x, i) => x + 0.1 * ((i % 5) - 2));

  it("has the gradient of central differences, to 1e-8, by weights and by shares", () => {
    const prompts = normals("prompts", 4 * 3);
    const [a, b] = [normals("a", 4 * 5), normals("b", 4 * 5)];
    const loss = (t: Float64Array): number => {
      const tape = gateTape();
      const g = network.forward(t, prompts, 4, tape);
      return g.reduce((sum, x, i) => sum + a[i]! * x + b[i]! * Math.log(1.1 - tape.shares[i]!), 0);
    };
    const tape = gateTape();
    network.forward(theta, prompts, 4, tape);
    const gradient = new Float64Array(network.parameters);
    const onShares = tape.shares.map((p, i) => -b[i]! / (1.1 - p));
    network.backward(theta, tape, a, gradient, onShares);
    for (let n = 0; n < gradient.length; n++)
      expect(Math.abs(gradient[n]! - derivative(loss, theta, n))).toBeLessThan(1e-8);
  });

  it("is the gate that its tensors score with", () => {
    const prompt = normals("prompt", 3);
    const own = network.forward(theta, prompt, 1);
    const served = gateOf("g.", network.shape, network.tensors(theta, "g."))(Float32Array.from(prompt));
    // the artefact holds float32
    for (const [k, g] of own.entries()) expect(served[k]).toBeCloseTo(g, 5);
  });
});

describe("fitGate", () => {
  const rows = 600;
  const prompts = Float64Array.from({ length: rows }, (_, p) => (p % 2 === 0 ? 1 : -1));
  // for prompts of 1 the first objective decides, for those of −1 the second
  const gap = normals("gap", rows * 2);
  const chosen = new Float64Array(rows * 2);
  const rejected = new Float64Array(rows * 2);
  for (let p = 0; p < rows; p++) {
    const won = gap[2 * p + (p % 2)]! > 0 ? 1 : -1;
    for (const k of [0, 1]) chosen[2 * p + k] = won * gap[2 * p + k]!;
  }

  it("has the gradient of central differences, to 1e-8", () => {
    const network = gateNetwork({ form: "prompt", prompt: 1, hidden: [3], groups: [2], temperature: 1 });
    const reward = gateReward({ chosen, rejected, prompts }, network);
    const theta = reward.start(seed);
    const batch = Int32Array.of(0, 3, 5, 8);
    const gradient = new Float64Array(reward.parameters);
    reward.loss(theta, batch, gradient);
    for (let n = 0; n < gradient.length; n++)
      expect(Math.abs(gradient[n]! - derivative((t) => reward.loss(t, batch), theta, n))).toBeLessThan(1e-8);
  });

  it("learns which objective counts for which prompt, and serves it", () => {
    const options = { objectives: 2, prompt: 1, hidden: [4], temperature: 1, steps: 300, batch: 128, lr: 0.02, seed };
    const fitted = fitGate({ chosen, rejected, prompts }, options);
    const [first, second] = [fitted.weights(Float64Array.of(1)), fitted.weights(Float64Array.of(-1))];
    expect(first[0]! / (first[0]! + first[1]!)).toBeGreaterThan(0.9);
    expect(second[1]! / (second[0]! + second[1]!)).toBeGreaterThan(0.9);
    const config = { dim: 2, prompt: 1, hidden: [4], temperature: 1, names: ["a", "b"], transform: false, top: 1 };
    const weights = fitted.network.tensors(fitted.theta, "gate.");
    weights.set("objectives.weight", { shape: [2, 2], values: Float32Array.of(1, 0, 0, 1) });
    const score = gatedHead.score!(weights, config);
    const { value, rationale } = score({ candidate: Float32Array.of(1, -1), prompt: Float32Array.of(1) });
    expect(value).toBeCloseTo(first[0]! - first[1]!, 4);
    expect(rationale).toMatch(/^a /);
  });

  it("refuses lists that do not fit together", () => {
    const options = { objectives: 3, prompt: 1, seed };
    expect(() => fitGate({ chosen, rejected, prompts }, options)).toThrow("no pairs of 3 and 1");
  });
});

/** Two groups with opposed tastes; the context's sign says which. */
function opposed(n: number) {
  const [differences, contexts] = [normals("differences", n * 2), new Float64Array(n)];
  const rng = random(split(seed, "opposed"));
  for (let i = 0; i < n; i++) {
    const group = i % 2;
    contexts[i] = (group === 0 ? 1 : -1) + 0.3 * rng.normal();
    const gap = 4 * (group === 0 ? 1 : -1) * differences[2 * i]!;
    if (rng.uniform() >= 1 / (1 + Math.exp(-gap))) for (const d of [0, 1]) differences[2 * i + d]! *= -1;
  }
  return { differences, dim: 2, contexts, context: 1 };
}

describe("fitMixture", () => {
  const pairs = opposed(1200);

  it("finds opposed tastes that one head cannot hold, and routes by context", () => {
    const two = fitMixture(pairs, { heads: 2, iterations: 40, restarts: 2, seed });
    const one = fitMixture(pairs, { heads: 1, iterations: 5, restarts: 1, seed });
    expect(two.logLikelihood).toBeGreaterThan(one.logLikelihood + 0.2);
    // heads come in any order: the one that is likely for a context of 1 has the first group's taste
    const pi = two.routed(Float64Array.of(1));
    const likely = pi[0]! > pi[1]! ? 0 : 1;
    expect(pi[likely]).toBeGreaterThan(0.9);
    expect(two.weights[likely * 2]).toBeGreaterThan(2);
    expect(two.weights[(1 - likely) * 2]).toBeLessThan(-2);
    const compare = mixtureHead.compare!(two.tensors(), {
      dim: 2,
      prompt: 1,
      hidden: [],
      names: ["a", "b"],
      value: "mean",
    });
    const prompt = Float32Array.of(1);
    const { p } = compare({ candidate: Float32Array.of(1, 0), prompt }, { candidate: Float32Array.of(0, 0), prompt });
    expect(p).toBeGreaterThan(0.8);
  });

  it("refuses no heads and lists that are no pairs", () => {
    expect(() => fitMixture(pairs, { heads: 0, seed })).toThrow("at least one head");
    expect(() => fitMixture({ ...pairs, context: 2 }, { heads: 2, seed })).toThrow("no pairs of 2 and 2");
  });
});

describe("mixtureReward", () => {
  it.each([
    { heads: 3, balance: 0.5 },
    { heads: 2, balance: 0, prior: { random: seed } },
  ])("%j: the gradient agrees with central differences to 1e-7", (options) => {
    const model = mixtureReward(opposed(40), options);
    const theta = model.start(seed);
    const batch = Int32Array.of(1, 4, 7, 30);
    const gradient = new Float64Array(model.parameters);
    model.loss(theta, batch, gradient);
    // the router's scale is fixed at 1
    for (let n = 0; n < gradient.length - 1; n++)
      expect(Math.abs(gradient[n]! - derivative((t) => model.loss(t, batch), theta, n))).toBeLessThan(1e-7);
    expect(gradient.at(-1)).toBe(0);
  });

  it("spreads the load: the balance term is least for an even router", () => {
    const pairs = opposed(40);
    const [plain, balanced] = [mixtureReward(pairs, { heads: 2, balance: 0 }), mixtureReward(pairs, { heads: 2 })];
    const theta = plain.start(seed);
    const all = Int32Array.from({ length: 40 }, (_, i) => i);
    const even = theta.map((x, i) => (i >= 4 && i < 8 ? 0 : x));
    const uneven = theta.map((x, i) => (i === 6 ? 9 : i > 3 && i < 8 ? 0 : x));
    const term = (t: Float64Array): number => balanced.loss(t, all) - plain.loss(t, all);
    expect(term(even)).toBeCloseTo(-0.5 * Math.LN2, 10);
    expect(term(uneven)).toBeGreaterThan(term(even));
  });
});

const tree = {
  aspects: [
    { name: "a", criteria: ["p", "q"] },
    { name: "b", criteria: ["r"] },
  ],
};

/** Pairs whose prompt's sign says which aspect counts. */
function treePairs(n: number): TreePairs {
  const prompts = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const side = (name: string) => {
    const features = normals(name, n * 3);
    const labels = Uint8Array.from(features, (x, at) => {
      const relevant = prompts[Math.floor(at / 3)]! > 0 ? at % 3 < 2 : at % 3 === 2;
      return relevant ? (x > 0 ? 1 : 2) : 0;
    });
    const aspects = Float64Array.from({ length: n * 2 }, (_, at) => {
      const i = at >> 1;
      if (at % 2 === 0) return prompts[i]! > 0 ? (features[3 * i]! + features[3 * i + 1]!) / 2 : 0;
      return prompts[i]! > 0 ? 0 : features[3 * i + 2]!;
    });
    return {
      features,
      labels,
      aspects,
      total: Float64Array.from(prompts, (_, i) => aspects[2 * i]! + aspects[2 * i + 1]!),
    };
  };
  const [first, second] = [side("first"), side("second")];
  return {
    first,
    second,
    prompts,
    aspectPreferences: Int8Array.from(first.aspects, (x, at) => Math.sign(x - second.aspects[at]!)),
    preferences: Int8Array.from(first.total, (x, i) => Math.sign(x - second.total[i]!)),
  };
}

describe("trainHierarchical", () => {
  const options = { dim: 3, prompt: 1, hidden: 4, depth: 1 };

  it.each(["criteria", "aspects", "overall"] as const)(
    "the gradient of the stage %s agrees with central differences to 1e-7, for gates of either form",
    (name) => {
      for (const gate of ["prompt", "static"] as const) {
        const model = treeModel(tree, treePairs(12), { ...options, gate });
        const stage = model.stage(name);
        const theta = model.start(seed).map((x, i) => x + 0.01 * ((i % 7) - 3));
        const batch = Int32Array.of(0, 3, 4, 9);
        const gradient = new Float64Array(model.parameters);
        stage.loss(theta, batch, gradient);
        for (let n = 0; n < gradient.length; n++)
          expect(Math.abs(gradient[n]! - derivative((t) => stage.loss(t, batch), theta, n))).toBeLessThan(1e-7);
        // what a stage does not reach it does not move
        expect(gradient.subarray(stage.reached).every((g) => g === 0)).toBe(true);
      }
    },
  );

  it("learns which aspect counts for which prompt, and serves it", () => {
    const pairs = treePairs(400);
    const { model, theta } = trainHierarchical(tree, pairs, {
      ...options,
      epochs: [15, 15, 30],
      lr: 0.03,
      batch: 32,
      seed,
    });
    const shares = model.aspectShares(theta, Float64Array.of(1, -1));
    expect(shares[0]).toBeGreaterThan(0.8);
    expect(shares[3]).toBeGreaterThan(0.8);
    const { values } = model.scores(theta, pairs.first.features, pairs.prompts);
    const others = model.scores(theta, pairs.second.features, pairs.prompts).values;
    const right = values.filter((v, i) => Math.sign(v - others[i]!) === pairs.preferences[i]).length;
    expect(right / values.length).toBeGreaterThan(0.9);
    const served = criteriaTreeHead.score!(model.tensors(theta), {
      ...tree,
      dim: 3,
      prompt: 1,
      gate: "prompt",
      hidden: [4],
      temperature: 1,
      top: 1,
    });
    const features = { candidate: Float32Array.from(pairs.first.features.subarray(0, 3)), prompt: Float32Array.of(1) };
    expect(served(features).value).toBeCloseTo(values[0]!, 4);
  });

  it("refuses trees and lists that do not fit", () => {
    const pairs = treePairs(4);
    expect(() => treeModel({ aspects: [] }, pairs, options)).toThrow("at least one aspect");
    expect(() => treeModel(tree, { ...pairs, preferences: new Int8Array(3) }, options)).toThrow("for 3 pairs");
  });
});
