import fc from "fast-check";
import { fault, pointwise, type Score, settle, unscored } from "laurel/core";
import { describe, expect, it } from "vitest";
import { NoNumber, Numbers } from "./numbers.ts";

const reward = pointwise("r", () => 0, { range: [0, 1] });
const lasting = unscored("missing-reference", "none");
const passing = unscored("transport", "away");
const options = (named?: number) => ({ policy: "number" as const, request: () => "same", named });

describe("Numbers", () => {
  it("never turns a missing score into a number that nobody gave", () => {
    const score = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }).map((value): Score => ({ value })),
      fc.constant<Score>(lasting),
    );
    const samples = fc.array(fc.record({ score, group: fc.constantFrom("a", "b", "c") }), { maxLength: 8 });
    fc.assert(
      fc.property(
        samples,
        fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
        (list, named) => {
          const scores = list.map((one) => one.score);
          const groups = list.map((one) => one.group);
          let numbers: ReturnType<Numbers["give"]>;
          try {
            numbers = new Numbers().give(reward, scores, groups, options(named));
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(NoNumber);
            expect(named).toBeUndefined();
            return;
          }
          for (const [i, one] of numbers.entries()) {
            const given = scores[i]!;
            if (given.unscored === undefined) {
              expect(one).toMatchObject({ value: given.value, unscored: null });
              continue;
            }
            expect(one.unscored).toBe("missing-reference");
            const values = list.flatMap((other) =>
              other.group === groups[i] && other.score.unscored === undefined ? [other.score.value] : [],
            );
            const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
            // the same sum in the same order
            expect(one.value).toBe(named ?? mean);
          }
        },
      ),
    );
  });

  it("asks to come again while the reason passes, as often as it was told, then fills in", () => {
    const numbers = new Numbers(2);
    const give = () => numbers.give(reward, [passing], ["p"], options(-1));
    expect(give).toThrow(expect.objectContaining({ retry: true }));
    expect(give).toThrow(expect.objectContaining({ retry: true }));
    expect(give()).toMatchObject([{ value: -1, unscored: "transport", filled: "number" }]);
  });

  it("gives null where the wire knows it, at once", () => {
    const made = new Numbers().give(reward, [passing, { value: 0.5 }], ["p", "p"], { ...options(), policy: "null" });
    expect(made).toMatchObject([
      { value: null, unscored: "transport" },
      { value: 0.5, unscored: null },
    ]);
  });

  it("takes a fault for a score: its floor", () => {
    const faulted = settle(fault("time-limit"), reward);
    expect(new Numbers().give(reward, [faulted], ["p"], options())).toMatchObject([
      { value: 0, unscored: null, fault: true },
    ]);
  });
});
