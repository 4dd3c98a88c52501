import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Example, type Labels, task } from "../../core/index.ts";
import { traceCorrect } from "../../rewards/judge/index.ts";
import { goldOfLabels, rejective } from "./rejective.ts";

const example = (id: string, candidates: readonly string[], labels: Labels): Example => ({
  task: task("q", candidates, undefined, { id }),
  labels,
  cluster: id,
  subsets: {},
});
const trace = (...scores: number[]) => ({ scores, text: scores.join() });
async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const row of rows) out.push(row);
  return out;
}

describe("rejective (DeepSeek-GRM's rejection fine-tuning)", () => {
  const two = (id: string) => example(id, ["a", "b"], { value: [0, 1] });

  it("keeps right judgements, leaves out tasks that are always right, and counts what it dropped", async () => {
    const said: Record<string, ReturnType<typeof trace>[]> = {
      easy: [trace(1, 5), trace(2, 5), trace(3, 4)],
      some: [trace(1, 5), trace(5, 1), trace(4, 4)],
      never: [trace(5, 1), trace(4, 4), trace(9, 8)],
    };
    const rows = rejective([...Object.keys(said).map(two), example("tied", ["a", "b"], { value: [1, 1] })], {
      sample: async ({ task: { id } }) => said[id]!,
    });
    expect((await all(rows)).map((row) => [row.example.task.id, row.trace.scores, row.hinted])).toEqual([
      ["some", [1, 5], false],
    ]);
    expect(rows.ledger).toEqual({ in: 4, out: 1, dropped: { unlabelled: 1, easy: 1, wrong: 1 } });
  });

  it("asks with the hint only where nothing was right without it", async () => {
    const asked: (number | undefined)[] = [];
    const rows = rejective([two("x"), example("one", ["a"], { value: [7] })], {
      n: 2,
      hinted: "fallback",
      sample: async ({ task: { candidates } }, { hint }) => {
        asked.push(hint);
        if (candidates.length === 1) return [trace(7), trace(3)];
        return hint === undefined ? [trace(5, 1), trace(2, 2)] : [trace(1, 9), trace(9, 1)];
      },
    });
    expect((await all(rows)).map((row) => [row.trace.scores, row.hinted])).toEqual([
      [[1, 9], true],
      [[7], false],
    ]);
    expect(asked).toEqual([undefined, 1, undefined]);
  });

  it("gives out no judgement that is wrong, whatever is drawn", async () => {
    const scores = fc.array(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(scores, fc.integer({ min: 0, max: 2 }), async (drawn, best) => {
        const labels = { value: [0, 1, 2].map((i) => (i === best ? 1 : 0)) };
        const rows = rejective([example("x", ["a", "b", "c"], labels)], {
          hinted: "fallback",
          sample: async () => drawn.map((each) => trace(...each)),
        });
        const kept = await all(rows);
        expect(kept.every((row) => traceCorrect(row.trace.scores, { best }))).toBe(true);
        expect(rows.ledger.out).toBe(kept.length);
      }),
    );
  });

  it("reads the gold from values or from the one preference", () => {
    expect(goldOfLabels(2, { preferred: [{ first: 0, second: 1, p: 0 }] })).toEqual({ best: 1 });
    expect(goldOfLabels(2, { preferred: [{ first: 0, second: 1, p: 0.5 }] })).toBeUndefined();
    expect(goldOfLabels(3, { value: [1, null, 2] })).toBeUndefined();
    expect(goldOfLabels(1, { value: [4] })).toEqual({ label: 4 });
  });
});
