import { writeFileSync } from "node:fs";
import { readSafetensors, type Weights, writeSafetensors } from "laurel/models/embed";
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
});
