import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Score, task, unscored } from "../core/index.ts";
import { filteredVote, filterVotes, type ValuedSample } from "./votes.ts";

describe("filterVotes", () => {
  const samples: ValuedSample[] = [
    { answer: "7", values: [0.5, 0.4, 0.9] },
    { answer: "8", values: [0.5, -0.1, 0.9] },
    { answer: "8", values: [0, 0.4, 0.9] },
    { answer: "7", values: [0.1, 0.1, -1] },
    { answer: "8", values: [0.2, 0.2, 0.2] },
  ];

  it("stops a sample at its first step that is not above the threshold, and votes among the others", () => {
    expect(filterVotes(samples, { threshold: 0 })).toEqual({
      answer: "7",
      tied: ["7"],
      kept: [0, 3, 4],
      stoppedAfter: [null, 2, 1, null, null],
      tokens: 15,
      saved: 3,
    });
  });

  it("checks once where a share says so, and counts the tokens of the steps that are left out", () => {
    const counted = samples.map((one) => ({ ...one, tokens: [1, 10, 100] }));
    const { stoppedAfter, saved, tokens } = filterVotes(counted, { threshold: 0.15, checkAt: 0.5 });
    // half of three steps: after the second
    expect([stoppedAfter, saved, tokens]).toEqual([[null, 2, null, 2, null], 200, 555]);
  });

  it("lets all vote and saves nothing where none survives", () => {
    const { kept, saved, answer } = filterVotes(samples, { threshold: 1 });
    expect([kept, saved, answer]).toEqual([[0, 1, 2, 3, 4], 0, "8"]);
  });

  it("never saves more under a lower threshold, as long as a sample survives", () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true });
    const drawn = fc.array(
      fc.record({ answer: fc.constantFrom("a", "b", null), values: fc.array(value, { minLength: 2, maxLength: 6 }) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(drawn, value, value, (list, one, two) => {
        const [low, high] = [Math.min(one, two), Math.max(one, two)];
        const [less, more] = [filterVotes(list, { threshold: low }), filterVotes(list, { threshold: high })];
        if (more.stoppedAfter.some((stop) => stop === null)) expect(less.saved).toBeLessThanOrEqual(more.saved);
        expect(more.saved).toBeLessThan(more.tokens);
      }),
    );
  });

  it("says what is wrong", () => {
    expect(() => filterVotes([{ answer: "a", values: [] }], { threshold: 0 })).toThrow(/no values/);
    expect(() => filterVotes([{ answer: "a", values: [1], tokens: [1, 2] }], { threshold: 0 })).toThrow(/2 token/);
    expect(() => filterVotes(samples, { threshold: 0, checkAt: 1 })).toThrow(/between 0 and 1/);
  });
});

describe("filteredVote", () => {
  it("takes the candidates that have values of their steps", () => {
    const asked = task("?", ["x 7", "y 8", "z 9"]);
    const steps = [
      { start: 0, end: 2 },
      { start: 2, end: 3 },
    ];
    const valued = { ...asked, candidates: asked.candidates.map((one) => ({ ...one, steps })) };
    const score = (...values: number[]): Score => ({ value: values[1]!, local: [{ unit: "step", values }] });
    const row = [score(-1, 1), unscored("undecided", "?"), score(1, 1)];
    const vote = filteredVote(valued, row, { threshold: 0, answer: (text) => text.at(-1) ?? null });
    expect(vote).toMatchObject({ answer: "9", candidates: [0, 2], kept: [1], tokens: 6, saved: 1 });
    expect(() => filteredVote(asked, [{ value: 1 }], { threshold: 0, answer: () => null })).toThrow(/no candidate/);
  });
});
