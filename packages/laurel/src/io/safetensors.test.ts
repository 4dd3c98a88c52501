import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSafetensors, safetensorsBytes, type Weights, writeSafetensors } from "./safetensors.ts";

const folder = await mkdtemp(join(tmpdir(), "safetensors-"));
const path = join(folder, "m.safetensors");
const weights: Weights = new Map([
  ["weight", { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6.5) }],
  ["bias", { shape: [2], values: Float32Array.of(-1, 0.25) }],
]);

describe("safetensors", () => {
  it("writes the published layout: length, JSON header, little-endian floats", () => {
    const bytes = Buffer.from(safetensorsBytes(weights, { made: "here" }));
    const length = Number(bytes.readBigUInt64LE(0));
    expect((8 + length) % 8).toBe(0);
    expect(JSON.parse(bytes.toString("utf8", 8, 8 + length))).toEqual({
      __metadata__: { made: "here" },
      weight: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
      bias: { dtype: "F32", shape: [2], data_offsets: [24, 32] },
    });
    expect(bytes.readFloatLE(8 + length + 20)).toBe(6.5);
    expect(bytes.length).toBe(8 + length + 32);
  });

  it("reads back what it wrote, bit for bit, and leaves nothing beside it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((name) => name !== "__metadata__" && name !== "__proto__"),
          fc.float32Array({ noNaN: true, noDefaultInfinity: true }),
        ),
        async (tensors) => {
          const given: Weights = new Map(
            Object.entries(tensors).map(([name, values]) => [name, { shape: [values.length], values }]),
          );
          await writeSafetensors(path, given);
          expect(await readSafetensors(path)).toEqual(given);
        },
      ),
      { numRuns: 30 },
    );
    expect(await readdir(folder)).toEqual(["m.safetensors"]);
  });

  it("says exactly what is wrong with a file, wherever it is cut", async () => {
    await writeSafetensors(path, weights);
    const whole = await readFile(path);
    for (let size = 0; size < whole.length; size++) {
      await writeFile(path, whole.subarray(0, size));
      await expect(readSafetensors(path), `${size} bytes`).rejects.toThrow(/cut off/);
    }
    const changed = (from: string, to: string) =>
      writeFile(path, Buffer.from(whole.toString("latin1").replace(from, to), "latin1"));
    await changed('{"weight', "{?weight");
    await expect(readSafetensors(path)).rejects.toThrow(/header is not valid JSON/);
    await changed("[2,3]", "[9,3]");
    await expect(readSafetensors(path)).rejects.toThrow("weight has 24 bytes, but its shape [9, 3] needs 108");
    await changed('"F32"', '"F16"');
    await expect(readSafetensors(path)).rejects.toThrow("weight is of type F16; only F32 is read");
    await changed('"shape"', '"shave"');
    await expect(readSafetensors(path)).rejects.toThrow("entry for weight lacks dtype, shape or data_offsets");
    await expect(readSafetensors(join(folder, "none"))).rejects.toThrow(/cannot be read/);
  });

  it("refuses to write what is no number or no such shape", async () => {
    const one = (shape: number[], ...values: number[]): Weights =>
      new Map([["w", { shape, values: Float32Array.from(values) }]]);
    expect(() => safetensorsBytes(one([2], 1))).toThrow("w has 1 values");
    await expect(writeSafetensors(path, one([2], 1, Number.NaN))).rejects.toThrow("w holds NaN at place 1");
  });
});
