import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  type Comparer,
  candidate,
  directContext,
  isScored,
  type Preferred,
  type Reward,
  task,
} from "../../core/index.ts";
import type { Tensor, Weights } from "../../io/index.ts";
import { hashedNgrams } from "../../models/embed/index.ts";
import { rewardFrom } from "../../spec/index.ts";
import { type ArtefactConfig, featuresBy, type Head, heads, learned, mlpTensors, writeArtefact } from "./index.ts";

const folder = await mkdtemp(join(tmpdir(), "learned-"));
const path = join(folder, "rm");
afterAll(() => rm(folder, { recursive: true }));

const tensor = (shape: number[], ...values: number[]): Tensor => ({ shape, values: Float32Array.from(values) });
const linear: Weights = new Map([
  ["layers.0.weight", tensor([1, 2], 1, -2)],
  ["layers.0.bias", tensor([1], 0.5)],
]);
const score = (kind: string, weights: Weights, config: object, ...features: number[]) =>
  (heads[kind] as Head<object>).score!(weights, config)({ candidate: Float32Array.from(features) });

describe("heads", () => {
  it("linear: w·φ + b", () => {
    expect(score("linear", linear, { dim: 2 }, 3, 1)).toEqual({ value: 1.5 });
  });

  it("mlp: a ReLU between two layers", () => {
    const weights: Weights = new Map([
      ["layers.0.weight", tensor([2, 2], 1, -1, 2, 0)],
      ["layers.0.bias", tensor([2], 0, -1)],
      ["layers.1.weight", tensor([1, 2], 3, 4)],
      ["layers.1.bias", tensor([1], 0.5)],
    ]);
    expect(score("mlp", weights, { dim: 2, hidden: [2] }, 1, 2)).toEqual({ value: 4.5 });
  });

  it("attributes: one part an attribute, and their weighted sum", () => {
    const weights: Weights = new Map([
      ["layers.0.weight", tensor([2, 1], 2, -1)],
      ["layers.0.bias", tensor([2], 0, 1)],
    ]);
    const config = { dim: 1, hidden: [], names: ["help", "long"], weights: [1, -0.5] };
    expect(score("attributes", weights, config, 3)).toEqual({ value: 7, parts: { help: 6, long: -2 } });
  });

  it("quantile: sorted quantiles, the value asked for, and their spread", () => {
    const weights: Weights = new Map([
      ["layers.0.weight", tensor([3, 1], 3, 1, 2)],
      ["layers.0.bias", tensor([3], 0, 0, 0)],
    ]);
    const config = { dim: 1, hidden: [], taus: [0.1, 0.5, 0.9], value: "median" };
    const made = score("quantile", weights, config, 1);
    expect(made).toMatchObject({ value: 2, parts: { "q0.1": 1, "q0.5": 2, "q0.9": 3 } });
    expect(made.spread!.sd).toBeCloseTo(Math.sqrt(2 / 3), 12);
    expect(score("quantile", weights, { ...config, value: "lowest" }, 1).value).toBe(1);
  });

  it("ensemble: mean, least, and mean minus variance of its members", () => {
    const weights: Weights = new Map(
      [1, 3].flatMap((w, i) => [
        [`members.${i}.layers.0.weight`, tensor([1, 1], w)] as const,
        [`members.${i}.layers.0.bias`, tensor([1], 0)] as const,
      ]),
    );
    const config = { member: { kind: "linear", dim: 1 }, count: 2, combine: "mean", beta: 1 };
    expect(score("ensemble", weights, config, 1)).toEqual({
      value: 2,
      spread: { sd: Math.SQRT2, n: 2, over: "members" },
    });
    expect(score("ensemble", weights, { ...config, combine: "min" }, 1).value).toBe(1);
    expect(score("ensemble", weights, { ...config, combine: "mean-minus-variance", beta: 0.5 }, 1).value).toBe(1.5);
    expect(heads["ensemble"]!.config(z).safeParse({ member: { kind: "no" }, count: 2 }).success).toBe(false);
  });
});

const features = featuresBy(hashedNgrams(8), "hash:8", "interaction");
const config: Omit<ArtefactConfig, "format" | "version" | "weights"> = {
  head: { kind: "linear", dim: 16 },
  features: features.config,
  objective: { name: "bradley-terry", settings: {} },
  scale: "logit",
  data: {
    hash: "0",
    sources: [{ name: "p.jsonl", rows: 3 }],
    train: { rows: 3, prompts: 3 },
    validation: { rows: 0, prompts: 0 },
    test: { rows: 0, prompts: 0 },
  },
  seeds: ["0"],
  training: { settings: {}, members: [] },
  metrics: {},
};
const weights: Weights = new Map([
  ["layers.0.weight", tensor([1, 16], ...Array.from({ length: 16 }, (_, i) => (i % 5) - 2))],
  ["layers.0.bias", tensor([1], 0.25)],
]);

describe("learned", () => {
  beforeEach(async () => {
    await rm(path, { recursive: true, force: true });
    await writeArtefact(path, config, weights);
  });

  it("scores what its head says of the features, in a spec and by path", async () => {
    const reward = await rewardFrom({ kind: "learned", path });
    const one = task("What is blue?", ["The sky is blue.", "Nothing."]);
    const [scores] = await reward.score([one], directContext());
    const answered = one.candidates.map((own) => ({ prompt: one.prompt, candidate: own }));
    const made = await features.features(answered, directContext());
    const values = scores!.map((own) => (isScored(own) ? own.value : Number.NaN));
    for (const [i, vector] of made.entries()) {
      const x = (vector as { candidate: Float32Array }).candidate;
      const expected = x.reduce((sum, xi, k) => sum + xi * ((k % 5) - 2), 0.25);
      expect(values[i]).toBeCloseTo(expected, 6);
    }
    expect(values[0]).not.toBe(values[1]);
    await expect(rewardFrom({ kind: "learned", path }, { files: false })).rejects.toThrow(/not allowed/);
  });

  it("gives the same scores for batches of any size, and the same fingerprint wherever it lies", async () => {
    const reward = (await learned({ path })) as Reward;
    const tasks = Array.from({ length: 7 }, (_, i) => task(`prompt ${i}`, [`answer ${i}`, `other ${i * i}`]));
    const all = await reward.score(tasks, directContext());
    for (const [i, one] of tasks.entries()) expect((await reward.score([one], directContext()))[0]).toEqual(all[i]);
    await writeArtefact(join(folder, "copy"), config, weights);
    expect(((await learned({ path: join(folder, "copy") })) as Reward).fingerprint).toBe(reward.fingerprint);
    const other = new Map(weights).set("layers.0.bias", tensor([1], 1));
    await writeArtefact(join(folder, "copy"), config, other);
    expect(((await learned({ path: join(folder, "copy") })) as Reward).fingerprint).not.toBe(reward.fingerprint);
  });

  it("leaves a candidate with a picture unscored, and says why", async () => {
    const reward = (await learned({ path })) as Reward;
    const seen = candidate("x", {});
    const image = { type: "image" as const, media: { hash: "h", mediaType: "image/png", uri: "x.png" } };
    const [scores] = await reward.score(
      [{ id: "1", prompt: [{ role: "user", content: [image] }], candidates: [seen] }],
      directContext(),
    );
    expect(scores![0]!.unscored?.reason).toBe("unsupported");
  });

  it("is a comparer where its head only compares", async () => {
    const table = heads as Record<string, Head>;
    table["test-compare"] = {
      summary: "",
      config: (zod) => zod.strictObject({ dim: zod.int() }),
      inputs: () => ({ candidate: 16 }),
      tensors: () => mlpTensors([16, 1]),
      compare: () => (a, b) => ({ p: a.candidate[0]! > b.candidate[0]! ? 1 : 0 }),
    };
    try {
      await writeArtefact(path, { ...config, head: { kind: "test-compare", dim: 16 } }, weights);
      const made = (await learned({ path })) as Comparer;
      const one = task("p", ["first answer", "second answer"]);
      const pairs = [
        [0, 1],
        [1, 0],
      ] as const;
      const [row] = await made.compare([{ task: one, pairs }], directContext());
      const [there, back] = row as readonly Preferred[];
      expect(there!.p + back!.p).toBe(1);
    } finally {
      delete table["test-compare"];
    }
  });
});

describe("a learned reward's folder that is damaged", () => {
  const file = (name: string) => join(path, name);
  const change = async (edit: (own: Record<string, Record<string, unknown>>) => unknown): Promise<void> => {
    const own = JSON.parse(await readFile(file("config.json"), "utf8")) as Record<string, Record<string, unknown>>;
    edit(own);
    await writeFile(file("config.json"), JSON.stringify(own));
  };
  const set = (object: Record<string, unknown> | undefined, name: string, value: unknown): void => {
    object![name] = value;
  };
  beforeEach(async () => {
    await rm(path, { recursive: true, force: true });
    await writeArtefact(path, config, weights);
  });
  const faults: [string, () => Promise<unknown>, RegExp][] = [
    ["no folder", () => rm(path, { recursive: true }), /rm: there is no such folder/],
    ["no config", () => rm(file("config.json")), /config\.json: it is missing/],
    ["bad JSON", () => writeFile(file("config.json"), "{"), /config\.json: it is not valid JSON/],
    [
      "a newer version",
      () => change((own) => set(own, "version", 2)),
      /version: it is of version 2; this release reads 1/,
    ],
    ["another file", () => writeFile(file("config.json"), '{"a":1}'), /config\.json, format: /],
    [
      "an unknown head",
      () => change((own) => set(own["head"], "kind", "linaer")),
      /head\.kind: there is no head 'linaer'/,
    ],
    ["a wrong width", () => change((own) => set(own["head"], "dim", "x")), /head\.dim: /],
    ["an unknown member", () => change((own) => set(own, "colour", 1)), /colour/],
    ["no weights", () => rm(file("model.safetensors")), /model\.safetensors: it cannot be read/],
    [
      "other shapes",
      () => change((own) => set(own["head"], "dim", 7)),
      /model\.safetensors, layers\.0\.weight: its shape is \[1, 16\], but the linear head of config\.json needs \[1, 7\]/,
    ],
    [
      "weights of another training",
      async () => {
        const other = join(folder, "other");
        await writeArtefact(other, config, new Map(weights).set("layers.0.bias", tensor([1], 2)));
        await writeFile(file("model.safetensors"), await readFile(join(other, "model.safetensors")));
      },
      /it is not the file that config\.json was written with/,
    ],
    [
      "features of another width",
      () => change((own) => set(own["features"], "encoding", "joint")),
      /features: the head reads 16 numbers, but joint features of 8-number vectors have 8/,
    ],
    [
      "another embedder of the same width",
      () => change((own) => set(own["features"], "fingerprint", "0".repeat(32))),
      /were made by hash:8 \(000000000000\), but the one here is hash:8/,
    ],
    [
      "an embedder of another width",
      () => change((own) => set(own["features"], "embedder", "hash:9")),
      /with 8 numbers a vector, but hash:9 gives 9 here/,
    ],
    [
      "an embedder that is not there",
      () => change((own) => set(own["features"], "embedder", "local:no-such-model")),
      /no-such-model/,
    ],
  ];
  it.each(faults)("says exactly what is wrong: %s", async (_, damage, message) => {
    await damage();
    await expect(learned({ path })).rejects.toThrow(message);
  });

  it("names a cut or changed file wherever it is cut", async () => {
    const whole = await readFile(file("model.safetensors"));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (size) => {
        await writeFile(file("model.safetensors"), whole.subarray(0, size));
        await expect(learned({ path })).rejects.toThrow(/model\.safetensors: .*cut off/);
      }),
      { numRuns: 30 },
    );
  });
});
