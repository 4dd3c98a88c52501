import { writeFileSync } from "node:fs";
import { readSafetensors, type Weights, writeSafetensors } from "laurel/io";
import { hashedNgrams } from "laurel/models/embed";
import { type ArtefactConfig, featuresBy, readArtefact, writeArtefact } from "laurel/rewards/learned";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";

const model = (of: (layer: number) => number): Weights =>
  new Map([0, 1, 2].map((l) => [`model.layers.${l}.w`, { shape: [2], values: Float32Array.of(of(l), -of(l)) }]));

describe("laurel merge", () => {
  it("averages, adds task vectors and scales them by depth, and says what it did", { timeout: 60_000 }, async () => {
    using place = folder();
    const run = (...args: string[]) => laurel(["merge", ...args], { cwd: place.path });
    const first = async (name: string) =>
      [...(await readSafetensors(place.file(name))).values()].map(({ values }) => values[0]);
    await writeSafetensors(
      place.file("base.safetensors"),
      model(() => 1),
    );
    await writeSafetensors(
      place.file("a.safetensors"),
      model(() => 2),
    );
    await writeSafetensors(
      place.file("b.safetensors"),
      model(() => 4),
    );
    const mean = run("a.safetensors", "b.safetensors", "--out", "m.safetensors");
    expect(mean.code, mean.err).toBe(0);
    expect(await first("m.safetensors")).toEqual([3, 3, 3]);
    expect(
      run("a.safetensors", "b.safetensors", "--base", "base.safetensors", "--scale", "0.5", "--out", "s.safetensors")
        .code,
    ).toBe(0);
    expect(await first("s.safetensors")).toEqual([3, 3, 3]);
    const lines = run(
      "a.safetensors",
      "--base",
      "base.safetensors",
      "--lines",
      "--alpha",
      "0",
      "--out",
      "l.safetensors",
    );
    expect(lines.out).toContain("factors from 0 to 1 over 3 blocks of model.layers");
    expect(await first("l.safetensors")).toEqual([1, 1.5, 2]);
    const again = run("a.safetensors", "b.safetensors", "--out", "m.safetensors");
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("--overwrite") });
    writeFileSync(place.file("c.safetensors"), "no model");
    expect(run("a.safetensors", "c.safetensors", "--out", "x.safetensors")).toMatchObject({
      code: 2,
      err: expect.stringContaining("no safetensors file"),
    });
    expect(run("a.safetensors", "--alpha", "1", "--out", "x.safetensors").err).toContain("--lines");
    const several = run(
      "a.safetensors",
      "b.safetensors",
      "--base",
      "base.safetensors",
      "--lines",
      "--out",
      "x.safetensors",
    );
    expect(several).toMatchObject({ code: 2, err: expect.stringContaining("beta") });
  });

  it("makes one learned reward of several, whose figures are not known, and refuses another head", {
    timeout: 60_000,
  }, async () => {
    using place = folder();
    const config = (dim: number): Omit<ArtefactConfig, "format" | "version" | "weights"> => ({
      head: { kind: "linear", dim },
      features: featuresBy(hashedNgrams(dim / 2), `hash:${dim / 2}`, "interaction").config,
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
      metrics: { accuracy: { value: 0.7, low: 0.6, high: 0.8, level: 0.95, n: 3, unscored: 0, method: "Wilson" } },
    });
    const head = (dim: number, value: number): Weights =>
      new Map([
        ["layers.0.weight", { shape: [1, dim], values: new Float32Array(dim).fill(value) }],
        ["layers.0.bias", { shape: [1], values: Float32Array.of(value) }],
      ]);
    await writeArtefact(place.file("a"), config(16), head(16, 1));
    await writeArtefact(place.file("b"), { ...config(16), seeds: ["1"] }, head(16, 3));
    await writeArtefact(place.file("c"), config(32), head(32, 3));
    const run = (...args: string[]) => laurel(["merge", ...args], { cwd: place.path });
    const ended = run("a", "b", "--weights", "3,1", "--out", "m");
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toContain("its figures are not known");
    const made = await readArtefact(place.file("m"));
    expect(made.weights.get("layers.0.bias")!.values).toEqual(Float32Array.of(1.5));
    expect(made.config).toMatchObject({ seeds: ["0", "1"], metrics: {} });
    expect(run("a", "c", "--out", "x")).toMatchObject({
      code: 2,
      err: expect.stringContaining("c has another head than a"),
    });
    expect(run("a", "b", "--base", "a", "--out", "v").code).toBe(0);
    expect((await readArtefact(place.file("v"))).weights.get("layers.0.bias")!.values).toEqual(Float32Array.of(3));
  });
});
