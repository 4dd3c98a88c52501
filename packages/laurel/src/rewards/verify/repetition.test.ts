import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../test/data.ts";
import { candidate, directContext, task, UsageError } from "../../core/index.ts";
import { countGrams, repetition } from "./repetition.ts";

const vectors = dataPath("reward-vectors/trl_cases.jsonl");
const ctx = directContext();

describe("verify.repetition", () => {
  it.skipIf(vectors === undefined)("gives TRL's repetition penalty (data: reward-vectors)", async () => {
    const rows = readFileSync(vectors!, "utf8")
      .trim()
      .split("\n")
      .map(
        (line) =>
          JSON.parse(line) as {
            reward: string;
            options: Record<string, number>;
            completion_ids: number[];
            expected: number;
          },
      )
      .filter((row) => row.reward === "repetition_penalty");
    expect(rows).toHaveLength(6);
    for (const row of rows) {
      const reward = repetition({
        unit: "tokens",
        n: row.options["ngram_size"],
        maxPenalty: row.options["max_penalty"],
      });
      const tokens = { count: row.completion_ids.length, tokenizer: "t", ids: row.completion_ids };
      const [[score]] = (await reward.score([task("q", [candidate("", { tokens })])], ctx)) as [[{ value: number }]];
      expect(score.value).toBeCloseTo(row.expected, 12);
    }
  });

  it("counts n-grams as a plain count of joined grams does, for every n", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 25 }),
        (symbols, n) => {
          const counts = new Map<string, number>();
          for (let i = 0; i + n <= symbols.length; i++) {
            const gram = symbols.slice(i, i + n).join(",");
            counts.set(gram, (counts.get(gram) ?? 0) + 1);
          }
          const repeatedTypes = [...counts.values()].filter((count) => count > 1).length;
          expect(countGrams(symbols, n)).toEqual({
            total: Math.max(0, symbols.length - n + 1),
            types: counts.size,
            repeatedTypes,
          });
        },
      ),
      { numRuns: 300, seed: 2 },
    );
  });

  it("works on words or characters without tokens, and is unscored where tokens are missing", async () => {
    const one = async (options: Parameters<typeof repetition>[0], text: string) =>
      (await repetition(options).score([task("q", [text])], ctx))[0]![0]!;
    expect(await one({ n: 1 }, "go Go go stop")).toMatchObject({ value: -0.5 });
    expect(await one({ n: 2, unit: "characters" }, "ababab")).toMatchObject({ value: -0.6 });
    expect(await one({}, "")).toMatchObject({ value: 0 });
    expect((await one({ unit: "tokens" }, "x")).unscored?.reason).toBe("unsupported");
  });

  it("does not take token ids that JSON has spoilt for an empty answer", async () => {
    const ids = JSON.parse(JSON.stringify(Int32Array.of(5, 5, 5, 5))) as Int32Array;
    const spoilt = candidate("", { tokens: { count: 4, tokenizer: "t", ids } });
    const reward = repetition({ unit: "tokens" });
    expect((await reward.score([task("q", [spoilt])], ctx))[0]![0]!.unscored?.reason).toBe("bug");
    const whole = candidate("", { tokens: { count: 4, tokenizer: "t", ids: Int32Array.of(5, 5, 5, 5) } });
    expect((await reward.score([task("q", [whole])], ctx))[0]![0]).toMatchObject({ value: -0.5 });
  });

  it("stays near-linear for long grams of a long repeating text", () => {
    const symbols = new Int32Array(200_000);
    const started = performance.now();
    expect(countGrams(symbols, 1000)).toEqual({ total: 199_001, types: 1, repeatedTypes: 1 });
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("refuses a penalty above 0 and an n below 1", () => {
    expect(() => repetition({ maxPenalty: 1 })).toThrow(UsageError);
    expect(() => repetition({ n: 0 })).toThrow(UsageError);
  });
});
