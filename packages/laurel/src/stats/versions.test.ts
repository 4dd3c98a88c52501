import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { nondeterminism, type Repeat } from "./nondeterminism.ts";
import { type Outcome, versionChange } from "./versions.ts";

const rows = (right: readonly (boolean | null)[]): Outcome[] => right.map((one, i) => ({ item: `i${i}`, right: one }));

describe("versionChange", () => {
  it("gives the table of the specification: 40 both right, 10 only old, 20 only new, 30 none", () => {
    const old = rows([
      ...new Array(40).fill(true),
      ...new Array(10).fill(true),
      ...new Array(20).fill(false),
      ...new Array(30).fill(false),
    ]);
    const now = rows([
      ...new Array(40).fill(true),
      ...new Array(10).fill(false),
      ...new Array(20).fill(true),
      ...new Array(30).fill(false),
    ]);
    const { progress, regress, net, trust, error } = versionChange(old, now);
    expect([progress.value, regress.value, trust!.value, error!.value]).toEqual([0.2, 0.1, 0.8, 0.6]);
    expect(net.value).toBeCloseTo(0.1, 12);
  });
  it("changes accuracy by progress less regress, for any table", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 2, maxLength: 40 }), (pairs) => {
        const { progress, regress, net } = versionChange(rows(pairs.map(([a]) => a)), rows(pairs.map(([, b]) => b)));
        expect(net.value).toBeCloseTo(progress.value - regress.value, 12);
      }),
    );
  });
  it("pairs by item, names what it cannot pair, and counts what was not scored", () => {
    const change = versionChange(rows([true, false, null]), [
      ...rows([true, true, true]).reverse(),
      { item: "new", right: true },
    ]);
    expect(change).toMatchObject({ items: 2, unpaired: ["new"] });
    expect(change.progress).toMatchObject({ value: 0.5, unscored: 1 });
    expect(() => versionChange(rows([true]), rows([true]))).toThrow(NotEnoughDataError);
    expect(() => versionChange([...rows([true]), ...rows([true])], [])).toThrow(UsageError);
    expect(versionChange(rows([true, true]), rows([true, true])).error).toBeNull();
  });
});

describe("nondeterminism", () => {
  const repeats = (
    outcomes: readonly (readonly (number | null)[])[],
    text = (i: number, r: number): string => `${i}/${r}`,
  ): Repeat[] =>
    outcomes.flatMap((own, i) => own.map((outcome, r) => ({ item: `i${i}`, repeat: r, outcome, text: text(i, r) })));
  it("is zero throughout for identical repeats", () => {
    const found = nondeterminism(
      repeats(
        [
          [1, 1, 1],
          [0, 0, 0],
          [1, 1, 1],
        ],
        (i) => `${i}`,
      ),
    );
    expect([
      found.betweenRuns,
      found.flips.value,
      found.pairFlips.value,
      found.textChanges!.value,
      found.entropy.value,
    ]).toEqual([0, 0, 0, 0, 0]);
  });
  it("counts items and pairs that flip, and texts that change under equal outcomes", () => {
    const found = nondeterminism(
      repeats([
        [1, 0, 1],
        [1, 1, 1],
      ]),
    );
    expect(found.flips.value).toBe(0.5);
    // of the first item's three pairs two differ
    expect(found.pairFlips.value).toBeCloseTo(1 / 3, 12);
    expect(found.textChanges!.value).toBe(1);
    expect(found.perRepeat.map((one) => one.value)).toEqual([1, 0.5, 1]);
    expect(found.entropy.value).toBeCloseTo((-(2 / 3) * Math.log2(2 / 3) - (1 / 3) * Math.log2(1 / 3)) / 2, 12);
  });
  it("leaves out items with an unscored repeat and refuses missing ones", () => {
    expect(
      nondeterminism(
        repeats([
          [1, 1],
          [0, null],
          [0, 0],
        ]),
      ),
    ).toMatchObject({ items: 2, flips: { unscored: 1 } });
    expect(() => nondeterminism(repeats([[1, 1], [0]]))).toThrow(/lacks the repeat 1/);
    expect(() => nondeterminism(repeats([[1], [0]]))).toThrow(NotEnoughDataError);
  });
});
