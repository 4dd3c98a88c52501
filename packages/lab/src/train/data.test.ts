import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directContext, type Embedder } from "laurel";
import { hashedNgrams } from "laurel/models/embed";
import { promptKey } from "laurel/rewards/learned";
import { afterAll, describe, expect, it } from "vitest";
import { crossValidate } from "./cross-validate.ts";
import { readTraining } from "./data.ts";
import { keptEmbedder } from "./kept-embedder.ts";
import { prepare } from "./prepare.ts";

const folder = mkdtempSync(join(tmpdir(), "train-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, rows: readonly object[]): string => {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
};

describe("readTraining", () => {
  it("knows a prompt again whatever its spaces and case, and keeps each text once", async () => {
    const file = write("a.jsonl", [
      { prompt: "What is  blue?", chosen: "sky", rejected: "grass" },
      { prompt: "what is blue? ", chosen: "sea", rejected: "grass" },
      { prompt: "What is  blue?", chosen: "sky", rejected: "sky" },
    ]);
    const { items, prompts, pairs, notes } = await readTraining([{ file }]);
    expect(prompts.length).toBe(1);
    expect(items.length).toBe(4);
    expect([...pairs.group]).toEqual([0, 0]);
    expect(notes).toEqual([
      "pairs with the same text on both sides, left out since nothing can be learned from them: 1",
    ]);
    expect(promptKey([{ role: "user", content: "a" }])).not.toBe(promptKey([{ role: "system", content: "a" }]));
  });

  it("reads strengths, soft labels, ties and ratings, and gives another hash for other labels", async () => {
    const row = (p: number) => ({
      prompt: "p",
      candidates: ["a", "b"],
      labels: { preferred: [{ first: 0, second: 1, p, strength: 2 }], value: [1, null], parts: [{ x: 3 }, { y: 4 }] },
    });
    const { pairs, ratings, hash } = await readTraining([{ file: write("b.jsonl", [row(0.5), row(0.2)]) }]);
    expect([...pairs.labels.strength!]).toEqual([2, 2]);
    expect([...pairs.labels.target!]).toEqual([1, 0.8]);
    expect(Array.from(pairs.labels.tie!)).toEqual([1, 0]);
    expect(pairs.chosen[1]).toBe(pairs.rejected[0]);
    expect(ratings.names).toEqual(["x", "value", "y"]);
    expect([...ratings.values.subarray(0, 6)]).toEqual([3, 1, Number.NaN, Number.NaN, Number.NaN, 4]);
    const other = await readTraining([{ file: write("c.jsonl", [row(0.5), row(0.3)]) }]);
    expect(other.hash).not.toBe(hash);
  });
});

describe("keptEmbedder", () => {
  it("embeds a text once, over processes, and leaves out a record that was cut off", async () => {
    let asked: string[] = [];
    const inner: Embedder = {
      ...hashedNgrams(16),
      embed: (contents, ctx) => {
        asked.push(...(contents as string[]));
        return hashedNgrams(16).embed(contents, ctx);
      },
    };
    const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
    const first = await keptEmbedder(inner, join(folder, "kept")).embed(texts, directContext());
    expect(asked).toEqual(texts);
    asked = [];
    expect(await keptEmbedder(inner, join(folder, "kept")).embed(texts, directContext())).toEqual(first);
    expect(asked).toEqual([]);
    const place = join(folder, "kept", inner.fingerprint!);
    const [name] = readdirSync(place);
    writeFileSync(join(place, name!), readFileSync(join(place, name!)).subarray(0, 20 * 96 - 5));
    expect(await keptEmbedder(inner, join(folder, "kept")).embed(texts, directContext())).toEqual(first);
    expect(asked).toEqual(["text 19"]);
  });
});

describe("crossValidate", () => {
  it("scores each row by a head that has not seen its prompt: labels by chance stay at chance", async () => {
    const rows = Array.from({ length: 120 }, (_, i) => ({
      prompt: `prompt ${i}`,
      chosen: `answer ${((i + 1) * 7919) % 1009} of ${(i * 31) % 97}`,
      rejected: `answer ${((i + 1) * 104_729) % 1013} of ${(i * 37) % 89}`,
    }));
    const plan = {
      sources: [{ file: write("chance.jsonl", rows) }],
      read: {},
      objective: "bradley-terry",
      features: "hash:256",
      encoding: "answer" as const,
      settings: { epochs: 5 },
      validation: 0.1,
      test: 0,
      seed: "1",
    };
    const prepared = await prepare(plan);
    const { metrics } = await crossValidate(prepared, 4);
    // a share of 120 at ½ has an sd of 0.046; a head that had seen the rows would be right on most
    expect(Math.abs(metrics["accuracy"]!.value - 0.5)).toBeLessThan(0.16);
    expect(metrics["accuracy"]!.n).toBe(120);
    await expect(crossValidate(prepared, 121)).rejects.toThrow(/cannot be dealt out/);
  });
});
