import { describe, expect, it } from "vitest";
import { type Example, type Labels, random, seedFrom, task } from "../../core/index.ts";
import { auditData } from "./audit-data.ts";
import type { Finding } from "./finding.ts";
import { NearDuplicates } from "./near-duplicates.ts";

const example = (
  id: string,
  prompt: string,
  answers: readonly string[],
  labels: Labels,
  subsets: Record<string, string> = {},
): Example => ({ task: task(prompt, [...answers], undefined, { id }), labels, cluster: prompt, subsets });

const chosen: Labels = { preferred: [{ first: 0, second: 1, p: 1 }] };
const named = async (examples: readonly Example[], options = {}): Promise<Map<string, Finding>> =>
  new Map((await auditData([examples], options)).findings.map((finding) => [finding.id, finding]));

/** Answers of random lengths; the share `bias` of pairs prefers the longer one, which stands at a random place. */
function pairs(n: number, bias: number): Example[] {
  const rng = random(seedFrom("audit"));
  return Array.from({ length: n }, (_, i) => {
    const [short, long] = [1 + rng.below(20), 30 + rng.below(20)];
    const answers = ["word ".repeat(long), "word ".repeat(short)];
    const longerIsBetter = i < bias * n;
    const swap = rng.below(2) === 1;
    const better = longerIsBetter === !swap ? 0 : 1;
    return example(`p${i}`, `prompt ${i}`, swap ? [...answers].reverse() : answers, {
      preferred: [{ first: better, second: 1 - better, p: 1 }],
    });
  });
}

describe("auditData", () => {
  it("finds that length tells the label where it does, and not where it does not", async () => {
    const biased = (await named(pairs(200, 0.85))).get("length")!;
    expect(biased).toMatchObject({ estimate: { value: 0.85, n: 200 }, shown: true, exceeds: true });
    expect(biased.rows).toHaveLength(5);
    const even = await named(pairs(200, 0.5));
    expect(even.get("length")).toMatchObject({ estimate: { value: 0.5 }, shown: false, exceeds: false });
    expect(even.get("position")!.exceeds).toBe(false);
  });

  it("finds position unless the format fixes it, and format in single labelled answers by AUC", async () => {
    const first = Array.from({ length: 40 }, (_, i) => example(`p${i}`, `q ${i}`, [`a${i}`, `b${i}`], chosen));
    expect((await named(first)).get("position")).toMatchObject({ estimate: { value: 1 }, exceeds: true });
    expect((await named(first, { fixedOrder: () => true })).has("position")).toBe(false);
    const labelled = Array.from({ length: 60 }, (_, i) =>
      example(`p${i}`, `q ${i}`, [i % 2 === 0 ? `**bold** ${"x".repeat(i % 7)}` : `plain ${"x".repeat(i % 7)}`], {
        correct: [i % 2 === 0],
      }),
    );
    const found = await named(labelled);
    expect(found.get("format.bold")).toMatchObject({ estimate: { value: 1 }, exceeds: true });
    expect(found.get("length")!.estimate.value).toBeGreaterThan(0.5);
  });

  it("counts equal texts, empty answers, repeated rows and leaks across a split", async () => {
    const rows = Array.from({ length: 20 }, (_, i) =>
      example(`p${i}`, `what is the meaning of number ${i} in this list`, [`right ${i}`, `wrong ${i}`], chosen, {
        split: i < 10 ? "train" : "test",
      }),
    );
    rows.push(example("same", "equal", ["x", "x"], chosen, { split: "train" }));
    rows.push(example("empty", "none", ["", "y"], chosen, { split: "train" }));
    rows.push({ ...rows[0]!, task: { ...rows[0]!.task, id: "again" } });
    rows.push({ ...rows[1]!, task: { ...rows[1]!.task, id: "leak" }, subsets: { split: "test" } });
    const found = await named(rows);
    expect(found.get("equal")).toMatchObject({ estimate: { value: 1 / 24 }, exceeds: true, rows: ["same"] });
    expect(found.get("empty")).toMatchObject({ estimate: { value: 1 / 48 }, exceeds: true, rows: ["empty"] });
    expect(found.get("duplicates")).toMatchObject({ estimate: { value: 2 / 24 }, rows: ["again", "leak"] });
    expect(found.get("leak")).toMatchObject({ estimate: { value: 2 / 24 }, exceeds: true, rows: ["p1", "leak"] });
    const clean = await named(rows.slice(0, 20));
    expect(clean.get("leak")).toMatchObject({ estimate: { value: 0 }, exceeds: false });
    expect((await auditData([rows.map((row) => ({ ...row, subsets: {} }))])).skipped.join()).toContain(
      "no row states a split",
    );
  });

  it("finds the error rate of raters that was put in, from one row's raters and from repeated rows", async () => {
    const rng = random(seedFrom("raters"));
    const rate = 0.15;
    const rows = Array.from({ length: 800 }, (_, i) => {
      const truth = rng.below(2);
      const votes = [0, 1, 2].map((k) => ({
        first: 0,
        second: 1,
        p: rng.uniform() < rate ? 1 - truth : truth,
        rater: String(k),
      }));
      return example(`p${i}`, `q${i}`, [`a${i}`, `b${i}`], { preferred: votes });
    });
    const noise = (await named(rows)).get("noise")!.estimate;
    expect(noise.low).toBeLessThan(rate);
    expect(noise.high).toBeGreaterThan(rate);
    expect(noise.high - noise.low).toBeLessThan(0.06);
    const turned = (
      await named([
        ...rows.slice(0, 50).map((row) => ({ ...row, labels: chosen })),
        ...rows.slice(0, 50).map((row) => ({
          ...row,
          task: { ...row.task, id: `again ${row.task.id}`, candidates: [...row.task.candidates].reverse() },
          labels: chosen,
        })),
      ])
    ).get("agreement")!;
    expect(turned).toMatchObject({ estimate: { value: 0, n: 50 }, exceeds: true });
  });

  it("says what could not be looked at, and refuses nothing at all", async () => {
    const { findings, skipped } = await auditData([[example("a", "q", ["x"], {}), example("b", "r", ["y"], {})]]);
    expect(skipped.join("\n")).toMatch(/confounds: no row has labels[\s\S]*leaks[\s\S]*disagreement/);
    expect(findings.map(({ id }) => id)).toEqual(["empty", "duplicates", "near-duplicates"]);
    await expect(auditData([])).rejects.toThrow("no rows");
  });
});

describe("NearDuplicates", () => {
  const text = (salt: string): string =>
    Array.from({ length: 60 }, (_, i) => `${salt}${(i * 7) % 31}word${i}`).join(" ");

  it("groups texts that differ in a word, and not those that share a few", () => {
    const near = new NearDuplicates();
    const base = text("a");
    for (const one of [base, base.replace("word59", "other"), text("b"), `${base.slice(0, 60)} ${text("c")}`, base])
      near.add(one);
    const [first, changed, other, shared, again] = near.groups();
    expect(changed).toBe(first);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(shared).not.toBe(first);
  });
});
