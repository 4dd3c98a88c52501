import { describe, expect, it } from "vitest";
import { type Fake, fakeModel, textOfRequest } from "../../../../../test/judge/fake.ts";
import { candidate, directContext, pointwise, random, type Score, seedFrom, task } from "../../core/index.ts";
import { toNumber } from "../verify/math/rational.ts";
import { calculate, calculation, shownNumber } from "./calculator.ts";
import { dayDifference, targetDay, weekDay } from "./calendar.ts";
import { corpusIndex } from "./corpus-search.ts";
import {
  calculatorTool,
  calendarTool,
  lookupTool,
  rewardTool,
  searchTool,
  type Tool,
  translateTool,
} from "./judge-tools.ts";
import { type ToolJudgeOptions, toolJudge, traceOf } from "./tools.ts";

const says = (...texts: string[]): Fake => fakeModel((_request, i) => texts[Math.min(i, texts.length - 1)]!);
const one = async (options: ToolJudgeOptions, text = "an answer"): Promise<Score> =>
  (await toolJudge(options).score([task("q", [text])], directContext()))[0]![0]!;
const call = (tool: string, input: object) => JSON.stringify({ tool, input });

describe("calculator", () => {
  it("agrees with big integers on 10 000 random expressions", () => {
    const r = random(seedFrom("calculator"));
    // value and text grow together, so the expected value comes from BigInt alone
    const expression = (depth: number): { text: string; value: bigint } => {
      if (depth === 0 || r.uniform() < 0.2) {
        const value = BigInt(r.below(100_000));
        return { text: value.toString(), value };
      }
      const a = expression(depth - 1);
      const b = expression(depth - 1);
      const op = "+-*"[r.below(3)]!;
      const value = op === "+" ? a.value + b.value : op === "-" ? a.value - b.value : a.value * b.value;
      return { text: `(${a.text} ${op} ${b.text})`, value };
    };
    for (let i = 0; i < 10_000; i++) {
      const { text, value } = expression(3);
      const got = calculate(text);
      if (got.error !== undefined) throw new Error(`${text}: ${got.error}`);
      if (got.value.n !== value || got.value.d !== 1n)
        throw new Error(`${text} is ${value}, not ${got.value.n}/${got.value.d}`);
    }
  });
  it.each([
    ["-2^2", "-4"],
    ["2^3^2", "512"],
    ["2^-2", "0.25"],
    ["1,234,567 + 1", "1234568"],
    ["((1+2))*(3 - -4)", "21"],
    ["10% * 50", "5"],
    ["0.1 + 0.2", "0.3"],
    ["-1/8", "-0.125"],
    ["2 ** 10 ÷ 4 × 3", "768"],
  ])("%s is %s", (text, wanted) => {
    const got = calculate(text);
    expect(got.error ?? shownNumber(got.value).text).toBe(wanted);
  });
  it.each(["1/0", "9^9^9^9", "2^100000", "(1", "1 +", "a", "", "process.exit()", "(".repeat(500), "1e9", "0^-1"])(
    "refuses %j in words, quickly",
    (text) => {
      const before = performance.now();
      expect(calculate(text)).toHaveProperty("error");
      expect(performance.now() - before).toBeLessThan(200);
    },
  );
  it("says which equations are right, exactly for whole numbers and to 1e-6 for decimals", () => {
    expect(calculation("<<3 * 4 = 12>>, << 12+1=14 >>")).toBe(
      '3 * 4 = 12, so "3 * 4 = 12" is right\n12+1 = 13, so "12+1=14" is wrong',
    );
    expect(calculation("1/3 = 0.3333333")).toContain("is right");
    expect(calculation("1/3 = 0.333")).toContain("is wrong");
    expect(calculation("1/3")).toBe("1/3 ≈ 0.3333333333");
    expect(toNumber({ n: 1n, d: 4n })).toBe(0.25);
  });
});

describe("calendar", () => {
  it("agrees with counting through all days from 1900 to 2100", () => {
    // 1 January 1900 was a Monday; the table is made by counting, with the Gregorian leap rule written out
    const names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let count = 0;
    let before: string | undefined;
    for (let year = 1900; year <= 2100; year++) {
      const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
      for (const [m, length] of [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].entries())
        for (let day = 1; day <= length; day++) {
          const iso = `${year}-${String(m + 1).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
          if (weekDay(iso) !== names[count % 7]) throw new Error(`${iso}: ${weekDay(iso)}`);
          if (before !== undefined && targetDay(before, 1) !== iso) throw new Error(`the day after ${before}`);
          before = iso;
          count++;
        }
    }
    expect(count).toBe(73_414);
    expect(dayDifference("1900-01-01", "2100-12-31")).toBe(count - 1);
  });
  it("knows leap days, goes back, ignores the order, and says nothing of days that are none", () => {
    expect([
      targetDay("2024-02-28", 1),
      targetDay("2023-03-01", -1),
      dayDifference("2024-03-01", "2024-02-01"),
    ]).toEqual(["2024-02-29", "2023-02-28", 29]);
    expect([
      weekDay("2023-02-29"),
      weekDay("29.2.2024"),
      targetDay("2024-01-01", 1.5),
      dayDifference("2024-01-01", "x"),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("corpus search", () => {
  it("finds the text with the rarer words, and nothing without shared words", () => {
    const find = corpusIndex([
      { text: "the cat sat" },
      { text: "the dog sat on the mat" },
      { text: "a treaty of 1648" },
    ]);
    expect(find("Where is the DOG?", 2).map(({ index }) => index)).toEqual([1, 0]);
    expect(find("treaty", 3).map(({ index }) => index)).toEqual([2]);
    expect(find("zebra", 3)).toEqual([]);
  });
});

describe("toolJudge (Themis)", () => {
  it("calls tools, shows their observations quoted, and keeps the trace", async () => {
    const model = says(
      call("calculator", { expression: "17*23" }),
      call("calendar", { date: "2024-02-29" }),
      '{"reason": "checked", "score": 9}',
    );
    const score = await one({ model, tools: [calculatorTool(), calendarTool()] });
    expect(score).toMatchObject({ value: 9, facts: { toolCalls: 2, failedCalls: 0 } });
    expect(traceOf(score).map(({ observation }) => observation)).toEqual(["17*23 = 391", "Thursday"]);
    expect(textOfRequest(model.requests[1]!)).toMatch(
      /\[begin observation ([0-9a-f]{16})\]\n17\*23 = 391\n\[end observation \1\]/,
    );
    expect((score as { rationale: string }).rationale).toMatch(/17\*23 = 391[\s\S]*checked/);
  });
  it("turns unknown tools, wrong inputs, errors and timeouts into observations", async () => {
    const broken: Tool = { ...calculatorTool(), name: "broken", run: () => Promise.reject(new Error("no power")) };
    const slow: Tool = { ...calculatorTool(), name: "slow", run: () => new Promise(() => {}) };
    const model = says(
      call("nothing", {}),
      call("calculator", {}),
      call("broken", {}),
      call("slow", {}),
      '{"score": 1}',
    );
    const score = await one({ model, tools: [calculatorTool(), broken, slow], timeoutMs: 20 });
    expect(traceOf(score).map(({ observation }) => observation.slice(0, 26))).toEqual(
      [
        "error: unknown tool; there ",
        'error: the input needs "ex',
        "error: no power",
        "error: the tool took too l",
      ].map((text) => text.slice(0, 26)),
    );
    expect(score).toMatchObject({ facts: { failedCalls: 4, allToolsFailed: true } });
  });
  it("ends after the calls it has, and takes no reply that is both", async () => {
    const again = call("calculator", { expression: "1" });
    expect(await one({ model: says(again), tools: [calculatorTool()], maxCalls: 3 })).toMatchObject({
      unscored: { reason: "judge-unparsable", message: expect.stringContaining("3 calls") },
    });
    expect(await one({ model: says('{"tool": "calculator", "score": 3}'), tools: [calculatorTool()] })).toHaveProperty(
      "unscored.reason",
      "judge-unparsable",
    );
  });
  it("runs the same input of a tool once, unless it is volatile", async () => {
    let runs = 0;
    const tool = (volatile: boolean): Tool => ({ ...calculatorTool(), volatile, run: () => String(++runs) });
    const texts = [call("calculator", { expression: "1" }), call("calculator", { expression: "1" }), '{"score": 5}'];
    await one({ model: says(...texts), tools: [tool(false)] });
    expect(runs).toBe(1);
    await one({ model: says(...texts), tools: [tool(true)] });
    expect(runs).toBe(3);
  });
  it("takes rewards, tables, corpora and translation as tools", async () => {
    const words = pointwise("words", (c) => JSON.stringify(c.output).length, { version: 1 });
    const translator = says("Guten Tag");
    const tools = [
      rewardTool("measure", "measures", words),
      lookupTool({ Paris: "France" }),
      searchTool([{ text: "Lyon lies on the Rhône." }]),
      translateTool(translator),
    ];
    const model = says(
      call("measure", {}),
      call("lookup", { key: "paris" }),
      call("search", { query: "Rhône" }),
      call("translate", { text: "Good day", language: "German" }),
      '{"score": 5}',
    );
    expect(traceOf(await one({ model, tools }, "x")).map(({ observation }) => observation)).toEqual([
      `score ${JSON.stringify(candidate("x").output).length}`,
      "France",
      "1. Lyon lies on the Rhône.",
      "Guten Tag",
    ]);
  });
  it("has tools in its fingerprint, and none with a tool that has no version", () => {
    const model = says("");
    const print = (tools: readonly Tool[]) => toolJudge({ model, tools }).fingerprint;
    expect(
      new Set([print([calculatorTool()]), print([calendarTool()]), print([calendarTool({ today: "2024-01-01" })])])
        .size,
    ).toBe(3);
    expect(print([{ ...calculatorTool(), version: null }])).toBeNull();
    expect(() => toolJudge({ model, tools: [] })).toThrow(/at least one/);
    expect(() => toolJudge({ model, tools: [calculatorTool(), calculatorTool()] })).toThrow(/one name/);
  });
});
