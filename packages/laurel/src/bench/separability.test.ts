import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { quantileOfSorted } from "../stats/index.ts";
import { agreementWithConfidence, type Ranged, separability } from "./separability.ts";

const folder = dataPath("arena-hard-stats/published.json");

describe("separability", () => {
  it("lets touching intervals stand apart, and counts equal intervals once", () => {
    const at = (system: string, low: number, high: number): Ranged => ({ system, value: (low + high) / 2, low, high });
    expect(separability([at("a", 0, 1), at("b", 1, 2)])).toEqual({ overlapping: 0, pairs: 1, separability: 1 });
    expect(separability([at("a", 0, 1), at("b", 0, 1), at("c", 0, 1)])).toMatchObject({ overlapping: 1, pairs: 3 });
    expect(() => separability([at("a", 0, 1)])).toThrow(/two systems/);
    expect(() => agreementWithConfidence([at("a", 0, 1)], [at("b", 0, 1)])).toThrow(/same systems/);
  });
});

describe.skipIf(folder === undefined)(
  "Arena-Hard against Chatbot Arena (skipped where the shared data is absent)",
  () => {
    const read = <T>(name: string): T[] =>
      readFileSync(dataPath(`arena-hard-stats/${name}`)!, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as T);
    const own =
      folder === undefined
        ? []
        : read<{ model: string; score: number; lower: number; upper: number; results: number[] }>(
            "arena_hard_bootstrap.jsonl",
          );
    const elo =
      folder === undefined
        ? []
        : read<{ model: string; rating: number; rating_q025: number; rating_q975: number }>(
            "chatbot_arena_elo_20240329.jsonl",
          );
    const names = new Map(
      folder === undefined
        ? []
        : Object.entries(
            (
              JSON.parse(readFileSync(dataPath("arena-hard-stats/model_name_map.json")!, "utf8")) as {
                arena_to_arena_hard: Record<string, string>;
              }
            ).arena_to_arena_hard,
          ).map(([arena, hard]) => [hard.toLowerCase(), arena.toLowerCase()]),
    );
    const ranged = (level: number): Ranged[] =>
      own.map(({ model, score, results }) => {
        const sorted = [...results].sort((a, b) => a - b);
        const tail = (1 - level) / 2;
        return {
          system: names.get(model.toLowerCase()) ?? model,
          value: score,
          low: quantileOfSorted(sorted, tail),
          high: quantileOfSorted(sorted, 1 - tail),
        };
      });
    const arena = elo.map(
      (one): Ranged => ({
        system: one.model.toLowerCase(),
        value: one.rating,
        low: one.rating_q025,
        high: one.rating_q975,
      }),
    );
    const mapped = new Set(names.values());
    const shared = (list: readonly Ranged[]): Ranged[] =>
      list.filter(({ system }) => mapped.has(system)).sort((a, b) => (a.system < b.system ? -1 : 1));
    const published =
      folder === undefined
        ? undefined
        : (JSON.parse(readFileSync(folder, "utf8")) as {
            arena_hard: Record<string, number> & { overlapping_pairs_28_models: number[] };
            chatbot_arena: Record<string, number[]>;
          });

    it("keeps as many pairs apart as published: 76 of 378 overlap, 30 and 17 of 190, and 258 of 2,850 and 16 of 190 of the Arena's", () => {
      const count = (list: readonly Ranged[]): number[] => {
        const { overlapping, pairs } = separability(list);
        return [overlapping, pairs];
      };
      expect(count(ranged(0.95))).toEqual([76, 378]);
      expect(separability(ranged(0.95)).separability).toBeCloseTo(0.7989, 4);
      expect(count(shared(ranged(0.95)))).toEqual([30, 190]);
      expect(count(shared(ranged(0.8)))).toEqual([17, 190]);
      expect(count(arena)).toEqual([258, 2850]);
      expect(count(shared(arena))).toEqual([16, 190]);
    });

    it("agrees with the Arena as published, over all pairs and with confidence", () => {
      const [mine, theirs] = [shared(ranged(0.95)), shared(arena)];
      expect(mine).toHaveLength(20);
      const { pair_agreement_strict, agreement_with_confidence } = published!.arena_hard;
      expect(agreementWithConfidence(mine, theirs, true)).toBeCloseTo(pair_agreement_strict!, 12);
      expect(agreementWithConfidence(mine, theirs)).toBeCloseTo(agreement_with_confidence!, 12);
    });
  },
);
