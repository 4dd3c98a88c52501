import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext, promptText, seedFrom, type Task } from "../../core/index.ts";
import { match } from "../../rewards/verify/index.ts";
import {
  discoveryForms,
  discoveryMatcher,
  discoveryTask,
  discoveryTasks,
  formValue,
  generalRelation,
  isOrdered,
} from "./discovery.ts";

const correlation = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  const n = x.length;
  const mean = (of: ArrayLike<number>) => Array.from(of).reduce((a, b) => a + b, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    xy += (x[i]! - mx) * (y[i]! - my);
    xx += (x[i]! - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
};

describe("discoveryTask", () => {
  it("hides the gold relation in the table: r is 1/√(1 + noise²) where it holds, and about 0 elsewhere", () => {
    for (let i = 0; i < 40; i++) {
      const { names, columns, category, target, gold } = discoveryTask({ rows: 1500 }, seedFrom(i));
      const [a, b] = gold.variables.map((name) => columns[names.indexOf(name)]!);
      const inside = (row: number): boolean => gold.context === "None" || category[row] === 0;
      const rows = [...target.keys()];
      const r = (kept: readonly number[]) =>
        correlation(
          kept.map((row) => formValue(gold.relation as (typeof discoveryForms)[number], a![row]!, b![row]!)),
          kept.map((row) => target[row]!),
        );
      // 1/√1.01 = 0.995; over 500 rows the sd of r is 0.0005
      expect(r(rows.filter(inside))).toBeGreaterThan(0.99);
      const outside = rows.filter((row) => !inside(row));
      // 1000 rows: sd 0.032
      if (outside.length > 0) expect(Math.abs(r(outside))).toBeLessThan(0.15);
    }
  });

  it("draws all forms and both contexts, blurs by height and depth, and is the same for the same seed", () => {
    const many = Array.from({ length: 300 }, (_, i) => discoveryTask({ rows: 5 }, seedFrom(i)).gold);
    expect(new Set(many.map(({ relation }) => relation))).toEqual(new Set(discoveryForms));
    const whole = many.filter(({ context }) => context === "None").length;
    // 300 coins: 150 with a standard deviation of 8.7
    expect(Math.abs(whole - 150)).toBeLessThan(35);
    expect(discoveryTask({ height: 2 }, seedFrom(1))).toEqual(discoveryTask({ height: 2 }, seedFrom(1)));
    const { tree } = discoveryTask({ height: 1, depth: 2 }, seedFrom(1));
    const depthOf = (node: { from: readonly (typeof tree)[] }): number => 1 + Math.max(0, ...node.from.map(depthOf));
    // y twice blurred, the relation, and columns once blurred above the parents
    expect([tree.name, depthOf(tree)]).toEqual(["y", 7]);
    expect(() => discoveryTask({ height: -1 }, seedFrom(1))).toThrow("height");
  });
});

describe("discoveryMatcher", () => {
  it("gives 1 for itself, whatever the form, and ½ for the general statement", () => {
    fc.assert(
      fc.property(fc.constantFrom(...discoveryForms), fc.constantFrom(...discoveryForms), (one, other) => {
        const gold = { context: "None", variables: ["x1", "x2"], relation: one };
        expect(discoveryMatcher.relation(gold, gold)).toBe(1);
        expect(discoveryMatcher.relation(gold, { ...gold, relation: generalRelation })).toBe(0.5);
        const turned = discoveryMatcher.relation(gold, { ...gold, variables: ["x2", "x1"] });
        expect(turned).toBe(isOrdered(one) ? 0 : 1);
        const confused = [one, other].sort().join() === "a + b,a - b" ? 0.5 : one === other ? 1 : 0;
        expect(discoveryMatcher.relation(gold, { ...gold, relation: other })).toBe(confused);
      }),
    );
  });
});

describe("discoveryTasks", () => {
  it("are prompts with the table, whose gold answer verify.match scores 1 and a wrong context 0", async () => {
    const tasks: Task[] = [];
    for await (const one of discoveryTasks({ n: 4, rows: 12 }, seedFrom(5))) tasks.push(one);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(4);
    expect(promptText(tasks[0]!).split("\n")).toHaveLength(4 + 12);
    const reward = match({ of: "hypotheses" });
    for (const one of tasks) {
      const [gold] = one.reference!.answer as unknown as [{ context: string }];
      const said = [gold, { ...gold, context: "category 2" }].map((answer) => ({
        output: [{ role: "assistant" as const, content: JSON.stringify(answer) }],
      }));
      const [scores] = await reward.score([{ ...one, candidates: said }], directContext());
      expect(scores!.map((score) => score.unscored ?? score.value)).toEqual([1, 0]);
    }
  });
});
