import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { answerText, promptText } from "laurel";
import { pairsOf } from "laurel/io";
import { readExamples } from "laurel/run";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";

const fixture = fileURLToPath(new URL("../fixtures/export-pairs.jsonl", import.meta.url));
// made by scripts/expected/export_trainers.py, which ran TRL and OpenRLHF's code on what was exported then
const recorded = JSON.parse(
  readFileSync(fileURLToPath(new URL("../expected/export/trainers.json", import.meta.url)), "utf8"),
) as Record<
  "trl" | "openrlhf",
  {
    unknownOptions: string[];
    files: Record<string, string>;
    splits?: Record<string, number>;
    kept?: number;
    steps?: number;
  }
>;

async function pairsIn(...files: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const file of files)
    for await (const batch of readExamples(file, {
      onBad: (bad) => {
        throw bad;
      },
    }))
      for (const example of batch)
        for (const { prompt, chosen, rejected, tie } of pairsOf(example)) {
          const [a, b] = [answerText(chosen), answerText(rejected)];
          const roles = prompt.map(({ role }) => role).join();
          if (tie !== true && a !== b)
            found.push(JSON.stringify([roles, promptText({ ...example.task, prompt }), a, b]));
        }
  return found.sort();
}

describe("laurel export", () => {
  it.each(["trl", "openrlhf"] as const)(
    "writes for %s the files that the trainer itself loaded, whose pairs come back the same",
    { timeout: 60_000 },
    async (trainer) => {
      using place = folder();
      const args = ["export", trainer, fixture, "--out", "x", "--model", "tiny/model", "--held-out", "0.2"];
      const ended = laurel(args, { cwd: place.path });
      expect(ended.code, ended.err).toBe(0);
      expect(ended.out).toContain("left out: 4 pairs: the raters saw no difference");
      expect(ended.out).toContain("left out: 1 pair: equal texts");
      expect(ended.out).toContain("4 soft labels written as hard ones");
      const { files, unknownOptions } = recorded[trainer];
      expect(unknownOptions).toEqual([]);
      for (const [name, hash] of Object.entries(files))
        expect(
          createHash("sha256")
            .update(readFileSync(place.file(`x/${name}`)))
            .digest("hex"),
          name,
        ).toBe(hash);
      expect(statSync(place.file("x/launch.sh")).mode & 0o111).not.toBe(0);
      const back = await pairsIn(place.file("x/data/train.jsonl"), place.file("x/data/test.jsonl"));
      expect(back).toHaveLength(28);
      expect(back).toEqual(await pairsIn(fixture));
      const prompts = (part: string) =>
        new Set(
          readFileSync(place.file(`x/data/${part}.jsonl`), "utf8")
            .trimEnd()
            .split("\n")
            .map((line) => JSON.stringify((JSON.parse(line) as { prompt: unknown }).prompt)),
        );
      for (const prompt of prompts("test")) expect(prompts("train").has(prompt)).toBe(false);
      expect(laurel(args, { cwd: place.path })).toMatchObject({ code: 2, err: expect.stringContaining("--overwrite") });
    },
  );

  it("was loaded and trained on by TRL as a whole", () => {
    const { splits, kept, steps } = recorded.trl;
    expect(splits!["train"]! + splits!["test"]!).toBe(28);
    expect(kept).toBe(splits!["train"]);
    expect(steps).toBe(3);
  });

  it("writes margins only where every label states a strength, and says what is wrong with its arguments", {
    timeout: 60_000,
  }, () => {
    using place = folder();
    const run = (...args: string[]) => laurel(["export", ...args], { cwd: place.path });
    expect(run("trl", fixture, "--out", "x", "--margin")).toMatchObject({
      code: 2,
      err: expect.stringContaining("strength"),
    });
    const row = { id: "a", prompt: "q", chosen: "x", rejected: "y", margin: 2 };
    const other = { ...row, id: "b", prompt: "r" };
    const input = `${JSON.stringify(row)}\n${JSON.stringify(other)}\n`;
    expect(
      laurel(["export", "openrlhf", "-", "--out", "m", "--margin", "--held-out", "0"], { cwd: place.path, input }).code,
    ).toBe(0);
    expect(JSON.parse(readFileSync(place.file("m/data/train.jsonl"), "utf8").split("\n")[0]!)).toMatchObject({
      margin: 2,
    });
    expect(readFileSync(place.file("m/launch.sh"), "utf8")).toContain("--model.margin_loss_enable");
    expect(run("verl", fixture, "--out", "x")).toMatchObject({
      code: 2,
      err: expect.stringContaining("trl, openrlhf"),
    });
  });
});
