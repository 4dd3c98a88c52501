import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { random, StoppedError, seedFrom, split } from "laurel";
import { afterAll, describe, expect, it } from "vitest";
import expected from "../../../../test/expected/train/adamw.json" with { type: "json" };
import { adamState, adamwStep } from "./adam.ts";
import { epochOrder } from "./epoch.ts";
import { type FitSettings, fit } from "./fit.ts";
import { pairModel, tieModel } from "./head-models.ts";
import { bradleyTerry } from "./losses/pair.ts";
import { davidson } from "./losses/ties.ts";
import { clipNorm, rateShare, type Schedule } from "./schedule.ts";
import { scorerOf } from "./scorer.ts";
import { splitByPrompt } from "./split.ts";
import type { TrainableReward } from "./trainable.ts";

const folder = mkdtempSync(join(tmpdir(), "fit-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("AdamW, its schedules and clipping", () => {
  it.each(expected.runs)(
    `goes where ${expected.made_with} goes, to 1e-12: rate $rate, decay $decay, $schedule, clip $clip`,
    ({ rate, decay, schedule, clip, theta: path, norms }) => {
      const theta = Float64Array.from(expected.start);
      const state = adamState(4);
      for (const [step, where] of path.entries()) {
        const gradient = theta.map((x, d) => expected.curvature[d]! * (x - expected.target[d]!));
        const norm = clipNorm(gradient, clip === 0 ? Number.POSITIVE_INFINITY : clip);
        if (clip > 0) expect(norm).toBeCloseTo(norms[step]!, 12);
        adamwStep(theta, gradient, state, rate * rateShare(schedule as Schedule, step, path.length, 0), decay);
        for (const [d, x] of where.entries()) expect(Math.abs(theta[d]! - x)).toBeLessThan(1e-12);
      }
    },
  );

  it("warms up from a share of the rate to all of it, then falls to none", () => {
    const shares = (schedule: Schedule) => Array.from({ length: 7 }, (_, t) => rateShare(schedule, t, 6, 2));
    expect(shares("constant")).toEqual([0.5, 1, 1, 1, 1, 1, 1]);
    expect(shares("linear")).toEqual([0.5, 1, 1, 0.75, 0.5, 0.25, 0]);
    expect(shares("cosine").map((x) => Number(x.toFixed(6)))).toEqual([0.5, 1, 1, 0.853553, 0.5, 0.146447, 0]);
  });
});

describe("epochOrder", () => {
  const seed = seedFrom(3);
  it("gives each row once, in another order each epoch, the same for the same seed", () => {
    const rows = Int32Array.from({ length: 50 }, (_, i) => i * 2);
    const [a, b] = [epochOrder(rows, seed, 0), epochOrder(rows, seed, 1)];
    expect([...a].sort((x, y) => x - y)).toEqual([...rows]);
    expect(a).not.toEqual(b);
    expect(epochOrder(rows, seed, 0)).toEqual(a);
  });

  it("mixes sources by weight, and sees none of a source's rows twice before it saw all", () => {
    const sources = Int32Array.from({ length: 40 }, (_, i) => (i < 30 ? 0 : 1));
    const rows = Int32Array.from({ length: 40 }, (_, i) => i);
    const order = epochOrder(rows, seed, 0, sources, [1, 1]);
    const second = [...order].filter((row) => row >= 30);
    expect(order.length).toBe(40);
    expect(second.length).toBe(20);
    for (let row = 30; row < 40; row++) expect(second.filter((one) => one === row).length).toBe(2);
  });
});

describe("splitByPrompt", () => {
  it("parts by prompt, whatever the order of the rows, and gives each part at least one", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { minLength: 3, maxLength: 60 }),
        fc.double({ min: 0.01, max: 0.4, noNaN: true }),
        fc.double({ min: 0.01, max: 0.4, noNaN: true }),
        (keys, validation, test) => {
          const parts = splitByPrompt(keys, { validation, test }, seedFrom(1));
          for (const part of ["train", "validation", "test"] as const) expect(parts).toContain(part);
          const reversed = splitByPrompt([...keys].reverse(), { validation, test }, seedFrom(1));
          expect(reversed.reverse()).toEqual(parts);
        },
      ),
    );
  });

  it("says why one prompt allows no validation", () => {
    const one = () => splitByPrompt(["a"], { validation: 0.1, test: 0.2 }, seedFrom(1));
    expect(one).toThrow(/all rows have the same prompt, so no validation is possible/);
    expect(() => splitByPrompt(["a", "b"], { validation: 0.1, test: 0.2 }, seedFrom(1))).toThrow(
      /2 prompts are too few/,
    );
    expect(splitByPrompt(["a"], { validation: 0, test: 0 }, seedFrom(1))).toEqual(["train"]);
  });
});

/** Pairs of a linear reward of 5 features with noise, as a model that `fit` moves. */
function pairsOf(n: number, hidden: readonly number[]): TrainableReward & { right(theta: Float64Array): number } {
  const rng = random(split(seedFrom(5), "pairs"));
  const w = [1, -2, 0.5, 0, 3];
  const table = { rows: 2 * n, dim: 5, values: Float32Array.from({ length: 10 * n }, () => rng.normal()) };
  const gold = (item: number): number => w.reduce((sum, x, d) => sum + x * table.values[item * 5 + d]!, 0);
  const order = Array.from({ length: n }, (_, i) =>
    gold(2 * i) - gold(2 * i + 1) + 0.3 * rng.normal() > 0 ? [2 * i, 2 * i + 1] : [2 * i + 1, 2 * i],
  );
  const pairs = {
    chosen: Int32Array.from(order, ([a]) => a!),
    rejected: Int32Array.from(order, ([, b]) => b!),
    labels: {},
  };
  const scorer = scorerOf(table, { centre: new Float64Array(5), scale: 1 }, hidden, 1);
  const model = pairModel(scorer, pairs, bradleyTerry());
  return {
    ...model,
    right(theta) {
      const [a, b] = [scorer.forward(theta, pairs.chosen), scorer.forward(theta, pairs.rejected)];
      return a.reduce((sum, x, i) => sum + (x > b[i]! ? 1 : 0), 0) / n;
    },
  };
}

const all = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);
const settings: Partial<FitSettings> = { epochs: 6, batch: 16, rate: 0.05, patience: 0 };

describe("fit", () => {
  it.each([[[]], [[8]]])("learns a preference that is there, with hidden layers %j", async (hidden) => {
    const model = pairsOf(300, hidden);
    const { theta, curve } = await fit(model, settings, { seed: seedFrom(1), rows: all(300) });
    // noise of 0.3 beside gaps with an sd of 5.3 turns about 2 % of the pairs round
    expect(model.right(theta)).toBeGreaterThan(0.95);
    expect(curve.at(-1)!.loss).toBeLessThan(curve[0]!.loss / 2);
  });

  it("gives the gradients of central differences: linear, hidden layers, and a tie parameter", () => {
    for (const hidden of [[], [3]]) {
      const rng = random(seedFrom(2));
      const table = { rows: 6, dim: 4, values: Float32Array.from({ length: 24 }, () => rng.normal()) };
      const moved = { centre: Float64Array.of(0.1, -0.2, 0, 1), scale: 1.7 };
      const scorer = scorerOf(table, moved, hidden, 1);
      const pairs = {
        chosen: Int32Array.of(0, 1, 2),
        rejected: Int32Array.of(3, 4, 5),
        labels: { tie: Uint8Array.of(0, 1, 0) },
      };
      for (const model of [pairModel(scorer, pairs, bradleyTerry()), tieModel(scorer, pairs, davidson)]) {
        const theta = Float64Array.from({ length: model.parameters }, () => 0.5 * rng.normal());
        const batch = Int32Array.of(0, 1, 2);
        const gradient = new Float64Array(model.parameters);
        model.loss(theta, batch, gradient);
        for (let d = 0; d < theta.length; d++) {
          const at = (by: number) =>
            model.loss(
              theta.map((x, e) => (e === d ? x + by : x)),
              batch,
            );
          expect(gradient[d]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 7);
        }
      }
    }
  });

  it("folds standardisation and targets' scale into the tensors", () => {
    const table = { rows: 3, dim: 2, values: Float32Array.of(1, 2, 3, 4, -1, 0.5) };
    const moved = { centre: Float64Array.of(0.5, 1), scale: 2 };
    for (const hidden of [[], [3]]) {
      const scorer = scorerOf(table, moved, hidden, 2);
      const theta = Float64Array.from({ length: scorer.parameters }, (_, i) => Math.sin(i + 1));
      const outputs = scorer.forward(theta, all(3));
      const packed = scorer.pack(theta, [2, -1], [0.5, 3]);
      const plain = scorerOf(table, { centre: new Float64Array(2), scale: 1 }, hidden, 2);
      const flat = Float64Array.from([...packed.values()].flatMap(({ values }) => [...values]));
      const again = plain.forward(flat, all(3));
      // float32 tensors: 1e-5 of values of a few units
      for (let i = 0; i < 3; i++) {
        expect(again[2 * i]).toBeCloseTo(2 * outputs[2 * i]! + 0.5, 5);
        expect(again[2 * i + 1]).toBeCloseTo(-outputs[2 * i + 1]! + 3, 5);
      }
    }
  });

  it("stops early and keeps the best parameters by validation loss", async () => {
    const model = pairsOf(60, []);
    const losses = [0.6, 0.5, 0.7, 0.8, 0.9];
    let seen = 0;
    const kept: Float64Array[] = [];
    const { theta, stopped, steps, best } = await fit(
      model,
      { ...settings, epochs: 50, patience: 3 },
      {
        seed: seedFrom(1),
        rows: all(60),
        validate: (now) => {
          kept.push(Float64Array.from(now));
          return { loss: losses[seen++]! };
        },
      },
    );
    expect({ stopped, steps, best }).toEqual({ stopped: "early", steps: 20, best: 8 });
    expect(theta).toEqual(kept[1]);
  });

  it("goes on from a checkpoint to the same bits, wherever it was stopped", async () => {
    const whole = await fit(pairsOf(80, [4]), settings, { seed: seedFrom(1), rows: all(80) });
    for (const after of [1, 3, 7, 11, 29]) {
      const checkpoint = join(folder, `stop-${after}.ck`);
      const stop = new AbortController();
      const model = pairsOf(80, [4]);
      let steps = 0;
      const counted: TrainableReward = {
        ...model,
        loss(theta, batch, gradient) {
          if (++steps === after) stop.abort();
          return model.loss(theta, batch, gradient);
        },
      };
      const options = { seed: seedFrom(1), rows: all(80), checkpoint };
      await expect(fit(counted, settings, { ...options, signal: stop.signal })).rejects.toThrow(StoppedError);
      const resumed = await fit(pairsOf(80, [4]), settings, options);
      expect(resumed.theta).toEqual(whole.theta);
      expect(resumed.curve).toEqual(whole.curve);
      // a finished run's checkpoint gives it again
      expect((await fit(pairsOf(80, [4]), settings, options)).theta).toEqual(whole.theta);
    }
  });

  it("refuses another training's checkpoint, a damaged one, bad settings and a loss that is no number", async () => {
    const checkpoint = join(folder, "other.ck");
    const options = { seed: seedFrom(1), rows: all(80), checkpoint };
    await fit(pairsOf(80, []), settings, options);
    await expect(fit(pairsOf(80, []), { ...settings, rate: 0.01 }, options)).rejects.toThrow(/other data or settings/);
    await expect(fit(pairsOf(80, []), settings, { ...options, identity: { data: "b" } })).rejects.toThrow(/other data/);
    const bytes = readFileSync(checkpoint);
    writeFileSync(checkpoint, bytes.subarray(0, bytes.length - 9));
    await expect(fit(pairsOf(80, []), settings, options)).rejects.toThrow(/cut off/);
    writeFileSync(checkpoint, "something else");
    await expect(fit(pairsOf(80, []), settings, options)).rejects.toThrow(/no checkpoint/);
    const plain = { seed: seedFrom(1), rows: all(80) };
    for (const wrong of [{ epochs: 0 }, { batch: 1.5 }, { rate: 0 }, { warmup: 1 }, { decay: -1 }, { patience: -1 }])
      await expect(fit(pairsOf(80, []), wrong, plain), JSON.stringify(wrong)).rejects.toThrow(Object.keys(wrong)[0]!);
    const broken: TrainableReward = { ...pairsOf(80, []), loss: () => Number.NaN };
    await expect(fit(broken, settings, plain)).rejects.toThrow(/loss is NaN at step 1/);
    await expect(fit(pairsOf(80, []), settings, { ...plain, rows: all(0) })).rejects.toThrow(/no rows/);
  });
});
