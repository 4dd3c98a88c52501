import { describe, expect, it } from "vitest";
import { answerText, directContext, type Policy, seedFrom } from "../../core/index.ts";
import { scriptedModel } from "../../models/index.ts";
import { type PolicyTriple, policyPairs } from "./policy-pairs.ts";

const ctx = directContext({ seed: seedFrom(1) });
const policy = (name: string, answer: (i: number) => string | undefined): Policy => ({
  name,
  fingerprint: null,
  async *sample({ n }) {
    for (let i = 0; i < n; i++) {
      const text = answer(i);
      if (text !== undefined) yield { output: [{ role: "assistant", content: text }] };
    }
  },
});
async function all(rows: AsyncIterable<PolicyTriple>): Promise<PolicyTriple[]> {
  const out: PolicyTriple[] = [];
  for await (const row of rows) out.push(row);
  return out;
}
const prompts = Array.from({ length: 30 }, (_, i) => `prompt ${i}`);

describe("policyPairs (POLAR's pre-training data)", () => {
  it("takes two answers of one policy and one of another, to the same prompt", async () => {
    const policies = ["a", "b", "c"].map((name) => policy(name, (i) => `${name} ${i}`));
    const rows = policyPairs(policies, prompts, { ctx, negatives: 2 });
    const triples = await all(rows);
    expect(rows.ledger).toEqual({ in: 30, out: 60, dropped: { failed: 0, equal: 0 } });
    for (const { reference, same, other, ids } of triples) {
      expect([answerText(reference), answerText(same)]).toEqual([`${ids.same} 0`, `${ids.same} 1`]);
      expect(answerText(other)).toBe(`${ids.other} 0`);
      expect(ids.other).not.toBe(ids.same);
    }
    expect(new Set(triples.map(({ ids }) => ids.same))).toEqual(new Set(["a", "b", "c"]));
  });

  it("gives a prompt the same policies whatever stands before it", async () => {
    const policies = ["a", "b", "c"].map((name) => policy(name, (i) => `${name} ${i}`));
    const ids = async (list: readonly string[]): Promise<PolicyTriple["ids"][]> =>
      (await all(policyPairs(policies, list, { ctx }))).map((row) => row.ids);
    expect((await ids(prompts)).slice(10)).toEqual(await ids(prompts.slice(10)));
  });

  it("counts rows that tell nothing, and rows that a policy did not answer", async () => {
    const said = scriptedModel(() => "yes");
    const rows = policyPairs([said, policy("yes too", () => "yes")], prompts, { ctx });
    expect(await all(rows)).toEqual([]);
    expect(rows.ledger).toEqual({ in: 30, out: 0, dropped: { failed: 0, equal: 30 } });
    const silent = policyPairs([policy("a", () => "a"), policy("b", () => undefined)], prompts, { ctx });
    expect(await all(silent)).toEqual([]);
    expect(silent.ledger.dropped).toEqual({ failed: 30, equal: 0 });
  });

  it("refuses too few policies, and two of one name", () => {
    const a = policy("a", () => "a");
    expect(() => policyPairs([a], [], { ctx })).toThrow(/1 negatives need 2 policies, not 1/);
    expect(() => policyPairs([a, a], [], { ctx })).toThrow(/same name/);
    expect(() => policyPairs([a], [], { ctx, negatives: 0 })).toThrow(/at least 1, not 0/);
  });
});
