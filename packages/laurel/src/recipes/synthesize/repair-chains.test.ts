import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext, type Example, task } from "../../core/index.ts";
import { scriptedModel } from "../../models/index.ts";
import { parseReasoningVerdict } from "../../rewards/judge/index.ts";
import { type DistilledChain, repairChains } from "./repair-chains.ts";

const ctx = directContext();
const pair = (id: string, better: 0 | 1 | undefined): Example => ({
  task: task("Which is right?", [`first of ${id}`, `second of ${id}`], undefined, { id }),
  labels: better === undefined ? {} : { value: better === 0 ? [1, 0] : [0, 1] },
  cluster: id,
  subsets: {},
});
const verdict = (side: string, words = "because"): string =>
  `<type>Chat</type><rubric>1. Right 100%</rubric><eval>${words}</eval><answer>[[${side}]]</answer>`;
async function all(rows: AsyncIterable<DistilledChain>): Promise<DistilledChain[]> {
  const out: DistilledChain[] = [];
  for await (const row of rows) out.push(row);
  return out;
}

describe("repairChains (RM-R1's distillation)", () => {
  it("keeps right chains of the first model and has the second write anew what was wrong or unreadable", async () => {
    const first = scriptedModel(({ prompt }) => (prompt.includes("of c") ? "hm" : verdict("A", "first's words")));
    const shown: string[] = [];
    const second = scriptedModel(({ prompt }) => {
      shown.push(prompt);
      return verdict(/The right verdict is \[\[(A|B)\]\]/.exec(prompt)![1]!);
    });
    const rows = repairChains([pair("a", 0), pair("b", 1), pair("c", 1), pair("d", undefined)], { first, second, ctx });
    const kept = await all(rows);
    expect(kept.map(({ task: { id }, winner, by }) => [id, winner, by])).toEqual([
      ["a", "model_a", "first"],
      ["b", "model_b", "second"],
      ["c", "model_b", "second"],
    ]);
    expect(rows.ledger).toEqual({ in: 4, out: 3, dropped: { unlabelled: 1, wrong: 0, refused: 0, "too-long": 0 } });
    // the second sees the wrong chain as quoted material; what is learned from holds neither it nor the verdict
    expect(shown[0]).toMatch(/\[begin chain [0-9a-f]{16}\]\n<type>Chat[\s\S]*first's words/);
    for (const { messages } of kept) {
      expect(messages.map(({ role }) => role)).toEqual(["system", "user"]);
      expect(JSON.stringify(messages)).not.toContain("right verdict");
    }
  });

  it("drops what even the second gets wrong, and what `keep` refuses", async () => {
    const first = scriptedModel([verdict("B")]);
    const second = scriptedModel([verdict("B")]);
    const rows = repairChains([pair("a", 0), pair("b", 1)], { first, second, ctx, keep: () => false });
    expect(await all(rows)).toEqual([]);
    expect(rows.ledger.dropped).toEqual({ unlabelled: 0, wrong: 1, refused: 1, "too-long": 0 });
    await expect(
      all(repairChains([{ ...pair("x", 0), task: task("q", ["a"]) }], { first, second, ctx })),
    ).rejects.toThrow("not two");
  });

  it("never gives out a chain whose verdict is not the label's", async () => {
    const says = fc.constantFrom(verdict("A"), verdict("B"), "", `${verdict("A")}${verdict("B")}`, "[[A]]");
    const labels = fc.array(fc.constantFrom<0 | 1 | undefined>(0, 1, undefined), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(says, { minLength: 9 }), labels, async (texts, better) => {
        let at = 0;
        const model = scriptedModel(() => texts[at++ % texts.length]!);
        const rows = repairChains(
          better.map((one, i) => pair(`p${i}`, one)),
          { first: model, second: model, ctx, batch: 3 },
        );
        for (const { chain, winner } of await all(rows)) {
          const read = parseReasoningVerdict(chain);
          expect(read).toMatchObject({ verdict: winner === "model_a" ? "A" : "B" });
        }
        const { dropped } = rows.ledger;
        expect(rows.ledger.in).toBe(rows.ledger.out + Object.values(dropped).reduce((sum, one) => sum + one, 0));
      }),
      { numRuns: 50 },
    );
  });
});
