import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Score, unscored } from "../core/index.ts";
import { Limiter } from "./limiter.ts";
import { ranked, rowLine, rowOf } from "./row.ts";

const scored = (...values: (number | null)[]): Score[] =>
  values.map((value) => (value === null ? unscored("bug", "x") : { value }));

describe("ranked", () => {
  it("best is the lowest index at the maximum, tied all of them, margin best minus next", () => {
    expect(ranked(scored(1, 3, 2))).toEqual({ best: 1, tied: [1], margin: 1 });
    expect(ranked(scored(3, 1, 3))).toEqual({ best: 0, tied: [0, 2], margin: 0 });
    expect(ranked(scored(null, 2))).toEqual({ best: 1, tied: [1], margin: null });
    expect(ranked(scored(null, null))).toEqual({ best: null, tied: [], margin: null });
    expect(ranked([])).toEqual({ best: null, tied: [], margin: null });
  });
  it("agrees with sorting", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: -3, max: 3 })), { maxLength: 8 }), (values) => {
        const known = values.filter((value) => value !== null);
        const sorted = [...known].sort((a, b) => b - a);
        const { best, tied, margin } = ranked(scored(...values));
        expect(best === null ? null : values[best]).toBe(sorted[0] ?? null);
        expect(tied).toEqual(values.flatMap((value, i) => (value !== null && value === sorted[0] ? [i] : [])));
        expect(margin).toBe(known.length < 2 ? null : sorted[0]! - sorted[1]!);
      }),
    );
  });
});

describe("rowLine", () => {
  it("is one line of JSON in the stable form", () => {
    const row = rowOf("a\n", [{ value: 1, rationale: "x\ny" }, unscored("transport", "down", { raw: "?" })]);
    const line = rowLine(row);
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      v: 1,
      id: "a\n",
      scores: [{ value: 1, rationale: "x\ny" }, { unscored: { reason: "transport", message: "down", raw: "?" } }],
      best: 0,
      tied: [0],
      margin: null,
    });
  });
});

describe("Limiter", () => {
  it("runs at most its limit, in order, and goes on after a failure", async () => {
    const limiter = new Limiter(2);
    let open = 0;
    let most = 0;
    const order: number[] = [];
    const results = await Promise.allSettled(
      Array.from({ length: 3000 }, (_, i) =>
        limiter.run(async () => {
          most = Math.max(most, ++open);
          order.push(i);
          await Promise.resolve();
          open--;
          if (i === 7) throw new Error("seven");
          return i;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual(order.map((_, i) => i));
    expect(results.filter((one) => one.status === "rejected")).toHaveLength(1);
  });
});
