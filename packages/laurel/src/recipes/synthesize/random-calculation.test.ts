import { describe, expect, it } from "vitest";
import { directContext, seedFrom, type Task } from "../../core/index.ts";
import { closeness, numericCloseness } from "../../rewards/verify/index.ts";
import { randomCalculation } from "./random-calculation.ts";
import { decimal, rational } from "./rational.ts";

async function all(steps: number, count: number, seed = "test"): Promise<Task[]> {
  const tasks: Task[] = [];
  for await (const one of randomCalculation({ steps, count, seed: seedFrom(seed) })) tasks.push(one);
  return tasks;
}

/** An evaluator of its own: reads the LaTeX from left to right by precedence, with fractions that are never reduced. */
function evaluate(latex: string): [n: bigint, d: bigint] {
  let at = 0;
  const text = latex.replaceAll(" ", "");
  const eat = (token: string): boolean => {
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  const sum = (): [bigint, bigint] => {
    let [n, d] = product();
    for (;;) {
      const sign = eat("+") ? 1n : eat("-") ? -1n : 0n;
      if (sign === 0n) return [n, d];
      const [m, e] = product();
      [n, d] = [n * e + sign * m * d, d * e];
    }
  };
  const product = (): [bigint, bigint] => {
    let [n, d] = atom();
    while (eat("\\times")) {
      const [m, e] = atom();
      [n, d] = [n * m, d * e];
    }
    return [n, d];
  };
  const atom = (): [bigint, bigint] => {
    if (eat("\\left(")) {
      const inner = sum();
      expect(eat("\\right)")).toBe(true);
      return inner;
    }
    if (eat("\\frac{")) {
      const [n, d] = sum();
      expect(eat("}{")).toBe(true);
      const [m, e] = sum();
      expect(eat("}")).toBe(true);
      return [n * e, d * m];
    }
    const digits = /^\d+/.exec(text.slice(at))![0];
    at += digits.length;
    const base = BigInt(digits);
    if (eat("^{2}")) return [base ** 2n, 1n];
    if (eat("^{3}")) return [base ** 3n, 1n];
    return [base, 1n];
  };
  const value = sum();
  expect(at).toBe(text.length);
  return value;
}

describe("randomCalculation", () => {
  it("states values that an independent evaluation of the LaTeX gives, on 10,000 problems of 1 to 20 steps", async () => {
    let checked = 0;
    for (let steps = 1; steps <= 20; steps++)
      for (const { context, reference } of await all(steps, 500)) {
        const [n, d] = evaluate(String(context!["expression"]));
        const [top, bottom] = String(context!["exact"]).split("/").map(BigInt) as [bigint, bigint];
        if (n * bottom !== d * top) expect.fail(String(context!["expression"]));
        expect(n < 0n === d < 0n ? Number(n) / Number(d) : 0).toBeLessThanOrEqual(1e12);
        const printed = Number(reference!.answer);
        const exact = Number((n * 10n ** 30n) / d) / 1e30;
        // 15 digits are within 5e-15 of the value; doubles add as much again
        if (Math.abs(printed - exact) > 1e-14 * Math.abs(exact) + 1e-30) expect.fail(`${printed} is not ${exact}`);
        checked++;
      }
    expect(checked).toBe(10_000);
  });

  it("gives as many operations as steps, different expressions, and the same ones for one seed", async () => {
    const tasks = await all(7, 300);
    const expressions = tasks.map(({ context }) => String(context!["expression"]));
    expect(new Set(expressions).size).toBe(300);
    // a fraction of two bare numbers may be an operand or a division
    for (const one of expressions) {
      const sure = one.match(/\\times|[+-]/g)?.length ?? 0;
      const fractions = one.match(/\\frac/g)?.length ?? 0;
      expect(sure).toBeLessThanOrEqual(7);
      expect(sure + fractions).toBeGreaterThanOrEqual(7);
    }
    expect(await all(7, 300)).toEqual(tasks);
    expect(await all(7, 3, "other")).not.toEqual(tasks.slice(0, 3));
  });

  it("refuses steps outside 1 to 50, and says where there are too few expressions", async () => {
    await expect(all(0, 1)).rejects.toThrow("steps");
    await expect(all(51, 1)).rejects.toThrow("steps");
    const few = async (): Promise<number> => {
      let n = 0;
      const operands = { most: 1, forms: ["integer"] as const };
      for await (const _ of randomCalculation({ steps: 1, count: 100, seed: seedFrom(1), operands })) n++;
      return n;
    };
    // 0 or 1, four operations, less the two divisions by 0: 14 expressions
    await expect(few()).rejects.toThrow("only 14 different expressions");
  });

  it("goes with the closeness reward: 10 against 10.5 earns 0.7262, the value itself 1, far off 0", async () => {
    expect(closeness(10, 10.5)).toBeCloseTo(0.7262, 4);
    expect(closeness(0, 0)).toBe(1);
    expect(closeness(100, 10)).toBe(0);
    const [one] = await all(5, 1);
    const answers = [`\\boxed{${one!.reference!.answer}}`, "\\boxed{1e15}", "none"].map((text) => ({
      output: [{ role: "assistant" as const, content: text }],
    }));
    const [scores] = await numericCloseness().score([{ ...one!, candidates: answers }], directContext());
    expect(scores!.map((score) => score.unscored ?? score.value)).toEqual([1, 0, 0]);
  });
});

describe("decimal", () => {
  it("prints significant digits without an exponent, rounded half away from zero", () => {
    expect(decimal(rational(2, 3), 5)).toBe("0.66667");
    expect(decimal(rational(-1, 8), 2)).toBe("-0.13");
    expect(decimal(rational(123456789), 4)).toBe("123500000");
    expect(decimal(rational(1, 30_000_000), 3)).toBe("0.0000000333");
    expect(decimal(rational(9999, 10), 3)).toBe("1000");
    expect(decimal(rational(5), 15)).toBe("5");
  });
});
