import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, seedFrom, UsageError } from "../core/index.ts";
import { capabilityMatrix, singleBestRegret } from "./capabilities.ts";
import { axisSpread, type CellRow, cellTable, worstCell } from "./cells.ts";

const seed = seedFrom("cells");

describe("cellTable", () => {
  it("keeps apart names that would collide when joined, counts unscored, and never averages them in", () => {
    const table = cellTable(
      [
        { at: { a: "x_y", b: "z" }, value: 1 },
        { at: { a: "x", b: "y_z" }, value: 0 },
        { at: { a: "x", b: "y_z" }, value: null },
        { at: { a: "q", b: "r" }, value: null },
      ],
      ["a", "b"],
    );
    expect(table.cells.map((cell) => [cell.key, cell.mean?.value, cell.unscored])).toEqual([
      [["x_y", "z"], 1, 0],
      [["x", "y_z"], 0, 1],
      [["q", "r"], undefined, 1],
    ]);
    expect(() => cellTable([{ at: {}, value: 1 }], ["a"])).toThrow(UsageError);
    expect(() => cellTable([{ at: { a: "x" }, value: Number.NaN }], ["a"])).toThrow(UsageError);
    expect(cellTable([], ["a"]).cells).toEqual([]);
  });
});

describe("worstCell", () => {
  it("covers the least true mean in at least 95 % less 4 standard errors of 500 tables of 20 equal cells", () => {
    const r = random(seedFrom("worst"));
    let simultaneous = 0;
    let naive = 0;
    for (let s = 0; s < 500; s++) {
      const rows: CellRow[] = [];
      for (let c = 0; c < 20; c++)
        for (let i = 0; i < 50; i++) rows.push({ at: { c: String(c) }, value: r.uniform() < 0.7 ? 1 : 0 });
      const table = cellTable(rows, ["c"]);
      const { estimate, cell } = worstCell(table);
      if (estimate.low <= 0.7 && 0.7 <= estimate.high) simultaneous++;
      if (cell.mean!.low <= 0.7 && 0.7 <= cell.mean!.high) naive++;
    }
    expect(simultaneous / 500).toBeGreaterThan(0.911);
    // Wilson's own interval of the picked cell does not know that it was picked.
    expect(naive / 500).toBeLessThan(0.8);
  });

  it("is the cell with the lowest mean, and needs one with a value", () => {
    const rows = [0, 1, 1].flatMap((v, c) => [1, v].map((value): CellRow => ({ at: { c: String(c) }, value })));
    expect(worstCell(cellTable(rows, ["c"])).cell.key).toEqual(["0"]);
    expect(() => worstCell(cellTable([{ at: { c: "0" }, value: null }], ["c"]))).toThrow(NotEnoughDataError);
  });
});

describe("axisSpread", () => {
  it("is the mean range along the axis over complete combinations, and skips the others", () => {
    const rows: CellRow[] = [
      ["d1", "first", 1],
      ["d1", "third", 0.5],
      ["d2", "first", 0.8],
      ["d2", "third", 0.7],
      ["d3", "first", 0.2],
    ].flatMap(([domain, person, value]) =>
      Array.from({ length: 3 }, () => ({
        at: { domain: String(domain), person: String(person) },
        value: value as number,
      })),
    );
    const { spread, skipped } = axisSpread(cellTable(rows, ["domain", "person"]), "person", { seed, reps: 50 });
    expect(spread.value).toBeCloseTo((0.5 + 0.1) / 2, 12);
    expect([spread.low, spread.high].map((x) => Math.round(1e9 * x) / 1e9)).toEqual([0.3, 0.3]);
    expect(skipped).toBe(1);
    expect(() => axisSpread(cellTable(rows, ["domain"]), "person", { seed })).toThrow(UsageError);
    expect(() => axisSpread(cellTable(rows.slice(0, 3), ["person"]), "person", { seed })).toThrow(NotEnoughDataError);
  });

  it("resamples within each cell: its interval contains the value where cells vary", () => {
    const r = random(seedFrom(6));
    const rows: CellRow[] = ["a", "b"].flatMap((p, c) =>
      Array.from({ length: 60 }, () => ({ at: { p }, value: r.uniform() < 0.3 + 0.4 * c ? 1 : 0 })),
    );
    const { spread } = axisSpread(cellTable(rows, ["p"]), "p", { seed });
    expect(spread.low).toBeLessThan(spread.value);
    expect(spread.high).toBeGreaterThan(spread.value);
    expect(spread.low).toBeGreaterThan(0.1);
  });
});

/** Eureka's model zoo: skill 0.5 g + own · s, logit 1.5 skill - difficulty. */
function zoo(name: string, own: number, models = 12, capabilities = 10, items = 300): Float64Array[] {
  const r = random(seedFrom(name));
  const general = Array.from({ length: models }, () => r.normal());
  return Array.from({ length: capabilities }, () => {
    const skill = general.map((g) => 1.5 * (0.5 * g + own * r.normal()));
    const table = new Float64Array(models * items);
    for (let at = 0; at < items; at++) {
      const difficulty = r.normal();
      for (let i = 0; i < models; i++)
        table[i * items + at] = r.uniform() < 1 / (1 + Math.exp(difficulty - skill[i]!)) ? 1 : 0;
    }
    return table;
  });
}

describe("singleBestRegret", () => {
  it("is the hand-made value where each model owns a capability: 1 - 1/2", () => {
    const own = Float64Array.of(1, 1, 1, 1, 0, 0, 0, 0);
    const other = Float64Array.of(0, 0, 0, 0, 1, 1, 1, 1);
    expect(singleBestRegret([own, other], 2, { seed })).toMatchObject({ value: 0.5, low: 0.5, high: 0.5, n: 4 });
    expect(singleBestRegret([own, own], 2, { seed }).value).toBe(0);
  });

  it("is above 0 with own skills and not with one ability: no winner's curse (20 zoos each)", () => {
    const regrets = (own: number): number[] =>
      Array.from(
        { length: 20 },
        (_, s) => singleBestRegret(zoo(`zoo ${own} ${s}`, own), 12, { seed: seedFrom(s) }).value,
      );
    const mean = (x: number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
    expect(mean(regrets(0.5))).toBeGreaterThan(0.02);
    expect(mean(regrets(0))).toBeLessThan(0.002);
  });

  it("covers 0 in 95 % of 600 tables of equal models (4 standard errors: 0.914 to 0.986)", () => {
    const r = random(seedFrom("equal models"));
    let hits = 0;
    for (let s = 0; s < 600; s++) {
      const tables = Array.from({ length: 5 }, () => Float64Array.from({ length: 6 * 80 }, () => r.below(2)));
      const { low, high } = singleBestRegret(tables, 6, { seed: seedFrom(s) });
      if (low <= 0 && 0 <= high) hits++;
    }
    expect(hits / 600).toBeGreaterThan(0.914);
    expect(hits / 600).toBeLessThan(0.986);
  });

  it("needs two models, a capability, and four items", () => {
    expect(() => singleBestRegret([new Float64Array(8)], 1, { seed })).toThrow(NotEnoughDataError);
    expect(() => singleBestRegret([], 2, { seed })).toThrow(NotEnoughDataError);
    expect(() => singleBestRegret([new Float64Array(6)], 2, { seed })).toThrow(NotEnoughDataError);
  });
});

describe("capabilityMatrix", () => {
  const rows = ["strong", "weak"].flatMap((model, m) =>
    ["math", "code"].flatMap((capability, c) =>
      Array.from({ length: 20 }, (_, i) => ({
        model,
        capability,
        item: String(i),
        value: m === 0 ? (i < 15 ? 1 : 0) : c === 0 ? (i < 5 ? 1 : 0) : i < 15 ? 1 : 0,
      })),
    ),
  );

  it("gives cells, winners with equals, the chance of being best, and the pairs that can be told apart", () => {
    const m = capabilityMatrix(rows, { seed, reps: 200 });
    expect(m.cells.map((row) => row.map((cell) => cell.value))).toEqual([
      [0.75, 0.75],
      [0.25, 0.75],
    ]);
    expect(m.winners).toEqual([["strong"], ["strong", "weak"]]);
    expect(m.probabilityBest[0]).toBeGreaterThan(0.99);
    expect(m.probabilityBest[1]).toBeCloseTo(0.5, 9);
    for (let c = 0; c < 2; c++) expect(m.probabilityBest[c]! + m.probabilityBest[2 + c]!).toBeCloseTo(1, 9);
    // In code both models do the same on every item: zero variance is not separable.
    expect(m.separablePairs).toMatchObject({ value: 0.5, n: 2 });
    expect(m.singleBestRegret.value).toBe(0);
  });

  it("leaves out items that one model lacks or could not be scored on, for all models, and counts them", () => {
    const holes = rows.filter((row) => !(row.model === "weak" && row.item === "3"));
    const m = capabilityMatrix(
      holes.map((row) => (row.capability === "math" && row.item === "4" ? { ...row, value: null } : row)),
      { seed, reps: 20 },
    );
    expect([...m.unpaired]).toEqual([2, 1]);
    expect(m.cells[0]!.map((cell) => cell.n)).toEqual([18, 19]);
    expect(() => capabilityMatrix([...rows, rows[0]!], { seed })).toThrow(UsageError);
    expect(() => capabilityMatrix(rows.slice(0, 40), { seed })).toThrow(NotEnoughDataError);
    expect(() => capabilityMatrix([], { seed })).toThrow(NotEnoughDataError);
  });
});
