import { describe, expect, it } from "vitest";
import { directContext, type JsonObject, promptText, seedFrom, type Task } from "../../core/index.ts";
import { choice, numeric } from "../../rewards/verify/index.ts";
import { steerElements } from "./steer-me.ts";
import { defineElement, type Element, generate, templateFault } from "./template.ts";

type Values = Record<string, number>;

async function draws(element: Element, n: number, more = {}): Promise<Task[]> {
  const tasks: Task[] = [];
  for await (const one of generate(element, { n, seed: seedFrom("test"), ...more })) tasks.push(one);
  return tasks;
}
const slotsOf = ({ context }: Task): Values => context!["slots"] as JsonObject as Values;
const exactOf = ({ context }: Task): number => context!["value"] as number;
const byId = (id: string): Element => steerElements.find((one) => one.id === id)!;

// what defines each answer x, as two sides that must be equal; the market clears at q
const clears = ({ a, b, c, d }: Values): number => (a! - c!) / (b! + d!);
const slope = (f: (x: number) => number, x: number): number => (f(x + 1e-4 * x) - f(x - 1e-4 * x)) / (2e-4 * x);
const conditions: Readonly<Record<string, (s: Values, x: number) => readonly [number, number]>> = {
  "equilibrium quantity": (s, x) => [s["a"]! - s["b"]! * x, s["c"]! + s["d"]! * x],
  "equilibrium price": (s, x) => [(s["a"]! - x) / s["b"]!, (x - s["c"]!) / s["d"]!],
  "consumer surplus": (s, x) => [x, ((s["a"]! - (s["a"]! - s["b"]! * clears(s))) * clears(s)) / 2],
  "producer surplus": (s, x) => [x, ((s["c"]! + s["d"]! * clears(s) - s["c"]!) * clears(s)) / 2],
  "quantity under a tax": (s, x) => [s["a"]! - s["b"]! * x, s["c"]! + s["d"]! * x + s["t"]!],
  "buyers' price under a tax": (s, x) => [(s["a"]! - x) / s["b"]!, (x - s["t"]! - s["c"]!) / s["d"]!],
  "tax revenue": (s, x) => [s["a"]! - (s["b"]! * x) / s["t"]!, s["c"]! + (s["d"]! * x) / s["t"]! + s["t"]!],
  // the triangle between demand and supply, by its height t and the quantity that is lost
  "deadweight loss": (s, x) => [(2 * x) / s["t"]!, s["t"]! / (s["b"]! + s["d"]!)],
  "tax incidence on buyers": (s, x) => [
    x * s["t"]!,
    s["a"]! - s["b"]! * ((s["a"]! - s["c"]! - s["t"]!) / (s["b"]! + s["d"]!)) - (s["a"]! - s["b"]! * clears(s)),
  ],
  "shortage under a price ceiling": (s, x) => [
    s["a"]! - s["b"]! * (x + (s["ceiling"]! - s["c"]!) / s["d"]!),
    s["ceiling"]!,
  ],
  "Leontief demand": (s, x) => [x * s["px"]! + s["k"]! * x * s["py"]!, s["income"]!],
  "perfect substitutes": (s, x) => [x * s["px"]!, s["income"]!],
  "Cobb-Douglas demand": (s, x) => [(s["alpha"]! / (1 - s["alpha"]!)) * ((s["income"]! - x * s["px"]!) / x), s["px"]!],
  // the ratio of the amounts is the price ratio to the power of minus sigma
  "CES demand": (s, x) => [(x * s["py"]!) / (s["income"]! - x * s["px"]!), (s["px"]! / s["py"]!) ** -s["sigma"]!],
  "compensating variation": (s, x) => [
    (s["income"]! + x) / s["p2"]! ** s["alpha"]!,
    s["income"]! / s["px"]! ** s["alpha"]!,
  ],
  "profit maximum": (s, x) => [s["p"]!, s["c"]! + s["d"]! * x],
  // at the lowest average variable cost the line of the price touches the curve: one root
  "shutdown price": (s, x) => [4 * s["z"]! * (s["v"]! - x), s["w"]! ** 2],
  "expected utility": (s, x) => [(x - (1 - s["p"]!) * Math.sqrt(s["y"]!)) / s["p"]!, Math.sqrt(s["x"]!)],
  "monopoly quantity": (s, x) => [s["a"]! - 2 * s["b"]! * x, s["c"]! + s["d"]! * x],
  // with the tax the market picks the quantity at which the tax is the marginal damage
  "Pigouvian tax": (s, x) => [x, (s["e"]! * (s["a"]! - s["c"]! - x)) / (s["b"]! + s["d"]!)],
  "choice over time": (s, x) => [((s["m1"]! - x) * (1 + s["i"]!) + s["m2"]!) / x, s["beta"]! * (1 + s["i"]!)],
  "certainty equivalent": (s, x) => [Math.sqrt(x), s["p"]! * Math.sqrt(s["x"]!) + (1 - s["p"]!) * Math.sqrt(s["y"]!)],
  "point elasticity": (s, x) => [x * ((s["a"]! - s["p"]!) / s["b"]!), -s["p"]! / s["b"]!],
  "arc elasticity": (s, x) => [
    x * (s["r"]! - s["p"]!) * (s["s"]! + s["q"]!),
    (s["s"]! - s["q"]!) * (s["r"]! + s["p"]!),
  ],
  "cost minimisation": (s, x) => {
    // capital from the isoquant; at the minimum the ratio of marginal products is the ratio of prices
    const k = (s["q"]! / x ** s["alpha"]!) ** (1 / (1 - s["alpha"]!));
    return [(s["alpha"]! * k) / ((1 - s["alpha"]!) * x), s["w"]! / s["r"]!];
  },
  "marginal rate of substitution": (s, x) => [x * (1 - s["alpha"]!) * s["x"]!, s["alpha"]! * s["y"]!],
};

describe("steerElements", () => {
  it("are 26 with different names, each with a condition that defines its answer", () => {
    expect(steerElements.map(({ id }) => id).sort()).toEqual(Object.keys(conditions).sort());
    expect(steerElements).toHaveLength(26);
  });

  it("have answers that meet their defining conditions to 1e-9, on 10,920 draws", async () => {
    let checked = 0;
    for (const element of steerElements)
      for (const one of await draws(element, 420)) {
        const [left, right] = conditions[element.id]!(slotsOf(one), exactOf(one));
        if (!(Math.abs(left - right) <= 1e-9 * Math.max(1, Math.abs(left), Math.abs(right))))
          expect.fail(`${element.id} ${JSON.stringify(slotsOf(one))}: ${left} is not ${right}`);
        checked++;
      }
    expect(checked).toBe(10_920);
  });

  it("have marginal rates that are the slope of the indifference curve (by differences, to 1e-6)", async () => {
    for (const one of await draws(byId("marginal rate of substitution"), 50)) {
      const { alpha, x, y } = slotsOf(one) as { alpha: number; x: number; y: number };
      const utility = x ** alpha * y ** (1 - alpha);
      const curve = (at: number): number => (utility / at ** alpha) ** (1 / (1 - alpha));
      expect(-slope(curve, x) / exactOf(one)).toBeCloseTo(1, 6);
    }
  });

  it("offer four different options, one of them right, with documented slips: the forgotten half doubles the loss", async () => {
    let doubled = 0;
    for (const element of steerElements)
      for (const one of await draws(element, 100)) {
        const options = one.context!["options"] as string[];
        expect(options).toHaveLength(4);
        const numbers = options.map(Number);
        for (const [i, a] of numbers.entries())
          for (const b of numbers.slice(i + 1))
            if (!(Math.abs(a - b) > 0.005 * Math.max(Math.abs(a), Math.abs(b))))
              expect.fail(`${element.id}: ${options}`);
        expect(options.filter((text) => text === one.reference!.answer)).toHaveLength(1);
        if (element.id === "deadweight loss" && numbers.some((value) => Math.abs(value - 2 * exactOf(one)) < 0.01))
          doubled++;
      }
    expect(doubled).toBeGreaterThan(90);
  });

  it("are asked in four domains and two perspectives, and the right option is no more often the first", async () => {
    const tasks = await draws(byId("Cobb-Douglas demand"), 400);
    const first = tasks.filter(
      ({ context, reference }) => (context!["options"] as string[])[0] === reference!.answer,
    ).length;
    // 400 draws of probability 1/4: 100 with a standard deviation of 8.7
    expect(Math.abs(first - 100)).toBeLessThan(35);
    expect(new Set(tasks.map(({ context }) => `${context!["domain"]}, ${context!["perspective"]}`)).size).toBe(8);
    const [you] = await draws(byId("Cobb-Douglas demand"), 1, {
      domain: "medicine",
      perspective: "second person",
      options: "hidden",
    });
    expect(promptText(you!)).toMatch(/^You buy a vaccine .* How many does one buy\?$/);
    expect(await draws(byId("tax revenue"), 5)).toEqual(await draws(byId("tax revenue"), 5));
    expect((await draws(byId("perfect substitutes"), 1))[0]!.context!["corner"]).toBe(true);
  });

  it("are graded by verify.choice and by verify.numeric rounded to two decimals", async () => {
    const [one] = await draws(byId("deadweight loss"), 1);
    const right = String(one!.reference!.answer);
    const letter = String.fromCharCode(65 + (one!.context!["options"] as string[]).indexOf(right));
    const answers = [`\\boxed{${letter}}`, `So the loss is \\boxed{${right}}`].map((text) => ({
      output: [{ role: "assistant" as const, content: text }],
    }));
    const values = async (reward: ReturnType<typeof choice>) =>
      (await reward.score([{ ...one!, candidates: answers }], directContext()))[0]!.map(
        (score) => score.unscored ?? score.value,
      );
    expect(await values(choice())).toEqual([1, 1]);
    expect((await values(numeric({ scoring: "rounded", decimals: 2 })))[1]).toBe(1);
  });
});

describe("defineElement and generate", () => {
  const base = {
    id: "sum",
    setting: "arithmetic",
    type: "linear",
    slots: { a: { low: 1, high: 9, step: 1 } },
    solve: ({ a }: { a: number }) => a + 1,
    wrong: [],
    texts: { shop: { plain: "What is one more than {a}?" } },
  };
  it("refuse a text that loses a slot, repeats one, invents one or has a number of its own", () => {
    expect(templateFault("What is {a} plus {b}?", ["a", "b"])).toBeUndefined();
    expect(templateFault("What is {a}?", ["a", "b"])).toBe("the slot {b} stands 0 times");
    expect(templateFault("{a} and {a}?", ["a"])).toBe("the slot {a} stands 2 times");
    expect(templateFault("{a} and {c}?", ["a"])).toBe("there is no slot {c}");
    expect(templateFault("{a} and 5?", ["a"])).toBe("it has a number of its own");
    expect(() => defineElement({ ...base, texts: { shop: { plain: "What is it?" } } })).toThrow("sum, shop, plain");
  });
  it("stop with the element's name where no values can be asked about, and for an unknown domain", async () => {
    await expect(draws(defineElement({ ...base, feasible: () => false }), 1)).rejects.toThrow("sum: no values");
    await expect(draws(defineElement(base), 1, { domain: "moon" })).rejects.toThrow('no domain "moon"');
  });
});
