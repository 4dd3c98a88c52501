import { describe, expect, it } from "vitest";
import { type Labels, type Score, unscored } from "../core/index.ts";
import { itemise } from "./items.ts";
import type { Judged } from "./judged.ts";

const row = (values: readonly (number | null)[], labels: Labels, id = "a"): Judged => ({
  id,
  repeat: 0,
  cluster: id,
  subsets: {},
  labels,
  scores: values.map((value): Score => (value === null ? unscored("undecided", "") : { value })),
});
const credits = (rows: Judged[], options = {}) => itemise(rows, options).items.map((item) => item.credit);

describe("itemise", () => {
  it("gives a pair 1, a half in a tie, and 0, whichever side is named first", () => {
    expect(credits([row([2, 1], { preferred: [{ first: 0, second: 1, p: 1 }] })])).toEqual([1]);
    expect(credits([row([2, 1], { preferred: [{ first: 1, second: 0, p: 0 }] })])).toEqual([1]);
    expect(credits([row([2, 2], { preferred: [{ first: 0, second: 1, p: 1 }] })])).toEqual([0.5]);
    expect(credits([row([1, 2], { preferred: [{ first: 0, second: 1, p: 0.8 }] })])).toEqual([0]);
  });

  it("takes the most frequent vote of several raters as the label, and leaves out pairs called equal", () => {
    const votes = (...ps: number[]) => ({ preferred: ps.map((p) => ({ first: 0, second: 1, p })) });
    expect(itemise([row([2, 1], votes(1, 1, 0))]).items).toMatchObject([{ credit: 1, dissent: 1 / 3 }]);
    expect(itemise([row([2, 1], votes(0.5, 0.5, 1))])).toMatchObject({ items: [], ties: 1, unlabelled: 0 });
    expect(itemise([row([2, 1], votes(0.5, 0))]).items).toMatchObject([{ credit: 0, which: "1>0" }]);
  });

  it("gives best of k the share of right ones among those tied at the top", () => {
    const correct = [true, false, true, false];
    expect(credits([row([3, 3, 1, 0], { correct })])).toEqual([0.5]);
    expect(credits([row([3, 3, 3, 0], { correct })])).toEqual([2 / 3]);
    expect(credits([row([0, 3, 1, 0], { correct })])).toEqual([0]);
    expect(credits([row([1, 2], { correct: [false, false] })])).toEqual([0]);
    expect(credits([row([1, 2, 3], { value: [5, 7, 7] })])).toEqual([1]);
  });

  it("states which threshold labels are held against, and why", () => {
    const rows = [row([0.7], { correct: [true] }, "a"), row([0.4], { correct: [true] }, "b")];
    expect(itemise(rows)).toMatchObject({
      basis: "labels",
      threshold: { value: 0.5, why: "all values lie in [0, 1]" },
    });
    expect(credits(rows)).toEqual([1, 0]);
    expect(credits(rows, { threshold: 0.7 })).toEqual([0.5, 0]);
    expect(itemise(rows, { range: [0, 10] }).threshold?.value).toBe(5);
    expect(itemise([row([-3], { correct: [false] })]).threshold?.value).toBe(0);
  });

  it("leaves a decision unscored when one of its candidates is", () => {
    expect(credits([row([null, 1], { preferred: [{ first: 0, second: 1, p: 1 }] })])).toEqual([null]);
    expect(credits([row([3, null, 1], { correct: [true, false, false] })])).toEqual([null]);
  });

  it("chooses the basis that most rows have, and derives pairs from right and wrong when asked", () => {
    const rows = [
      row([1, 2], { preferred: [{ first: 0, second: 1, p: 1 }] }, "a"),
      row([1, 2, 3], { correct: [true, false, false] }, "b"),
      row([1, 2], { correct: [true, false] }, "c"),
    ];
    expect(itemise(rows)).toMatchObject({ basis: "best-of-k", chosen: "auto", unlabelled: 1 });
    expect(itemise(rows, { basis: "preferences" }).items.map(({ id, which }) => id + which)).toEqual([
      "a0>1",
      "b0>1",
      "b0>2",
      "c0>1",
    ]);
    expect(() => itemise([row([1, 2], {})])).toThrow("no labels");
    expect(() => itemise([row([1], { value: [3] })])).toThrow("neither right nor wrong");
    expect(() => itemise([])).toThrow("no rows");
  });
});
