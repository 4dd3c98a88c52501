import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seedFrom, type Task, task } from "../../core/index.ts";
import { scriptedModel } from "../../models/index.ts";
import { randomCalculation } from "../../recipes/index.ts";
import { rougeScores } from "../../rewards/reference/index.ts";
import { partialPromptAudit } from "./audit.ts";
import { cutPrompt } from "./cut.ts";
import { answersIn, completesExactly, goldOf, remainderRouge } from "./likeness.ts";
import { contaminationVerdict } from "./verdict.ts";

/** Questions of different words, each with an answer of its own. */
function questions(n: number): Task[] {
  const names = ["Ada", "Ben", "Cleo", "Dov", "Edo", "Fay", "Gus", "Hal", "Ida", "Jon"];
  const goods = ["apples", "bricks", "coins", "drums", "eggs", "flags", "gears", "hats"];
  return Array.from({ length: n }, (_, i) =>
    task(
      `${names[i % 10]} buys ${10 + i} ${goods[i % 8]} on day ${i} and gives away ${3 + (i % 7)} of the ${goods[i % 8]} to ${names[(i * 3 + 1) % 10]}. How many ${goods[(i + 1) % 8]} could ${names[i % 10]} get for the rest?`,
      [],
      String(1000 + 37 * i),
      { id: `q${i}` },
    ),
  );
}

/** A model that knows some questions with their answers by heart, and else says something of the kind. */
function memory(known: readonly Task[]) {
  const texts = known.map((one) => `${String(one.prompt[0]!.content)} The answer is ${String(one.reference!.answer)}.`);
  return scriptedModel(
    ({ prompt }) => {
      const found = texts.find((text) => text.startsWith(prompt));
      return found === undefined ? " and so on. How many are there? The answer is 7." : found.slice(prompt.length);
    },
    { version: 1 },
  );
}

describe("cutPrompt", () => {
  it("cuts at the end of a word and loses no character", () => {
    expect(cutPrompt("How many eggs are left?", 0.6)).toEqual({ given: "How many eggs", rest: " are left?" });
    expect(cutPrompt("How many eggs are left?", 0.55)).toEqual({ given: "How many", rest: " eggs are left?" });
    expect(cutPrompt("one", 0.5)).toBeUndefined();
    expect(() => cutPrompt("one two", 1)).toThrow("between 0 and 1");
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (text, fraction) => {
          const cut = cutPrompt(text, fraction);
          if (cut === undefined) return;
          expect(cut.given + cut.rest).toBe(text);
          expect(cut.given.length).toBeLessThanOrEqual(Math.floor(text.length * fraction));
        },
      ),
    );
  });
  it("cuts a script without spaces where it stands, never within a character", () => {
    const cut = cutPrompt("𠮷".repeat(100), 0.505)!;
    expect([cut.given.length, cut.rest.isWellFormed()]).toEqual([100, true]);
  });
});

describe("likeness to the remainder", () => {
  it("is exact where the continuation begins with it, at a word's end", () => {
    expect(completesExactly(" are  left?", "are left? There are 9.")).toBe(true);
    expect(completesExactly(" costs 12", " costs 123")).toBe(false);
    expect(completesExactly(" costs 12", " costs 12.")).toBe(true);
  });
  it("has the ROUGE-L of rouge-score once the continuation is as long as the remainder", () => {
    const rest = "the cat sat on the mat";
    const same = "a cat lay on the mat";
    expect(remainderRouge(rest, same)).toBeCloseTo(rougeScores(same, [rest], { types: ["rougeL"] }).rougeL.f1, 12);
    expect(remainderRouge(rest, `${rest} and then it slept for hours`)).toBe(1);
    expect(remainderRouge("左に三つ", "左に二つ")).toBeCloseTo(0.75, 12);
  });
  it("finds numbers by value and at a number's border, words at a word's", () => {
    const says = answersIn("She has 1,200.0 eggs, 180 of them white.");
    expect(["1200", "$1,200", "18", "180", "white", "egg"].map((gold) => says(goldOf(gold)!))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});

describe("partialPromptAudit", () => {
  const tasks = questions(100);
  const known = tasks.filter((_, i) => i % 10 < 3);

  it("separates 30 memorised from 70 other questions exactly, at every share", async () => {
    const report = await partialPromptAudit(memory(known), tasks);
    for (const facts of report.audited.fractions) {
      expect(facts.exact.value).toBe(0.3);
      // Wilson's interval of 30 of 100
      expect([facts.exact.low, facts.exact.high].map((end) => end.toFixed(4))).toEqual(["0.2189", "0.3958"]);
      // questions of the same form end alike now and then, which the chance figure shows
      expect(facts.exactChance.value).toBeLessThan(0.06);
      expect([facts.answer!.value, facts.answerChance!.value]).toEqual([0.3, 0]);
      // the known 30 have 1, the others what the same words give by chance
      expect(facts.rougeL.value).toBeGreaterThanOrEqual(0.3);
    }
    const right = report.continuations.filter(({ fraction, exact }) => fraction === 0.6 && exact).map(({ id }) => id);
    expect(right).toEqual(known.map(({ id }) => id));
    expect(report.completed).toEqual(known.map(({ id }) => ({ id, fraction: 0.4 })));
  });

  it("shows a model that knows none nothing, though it says numbers, and holds fresh arithmetic beside", async () => {
    const fresh: Task[] = [];
    for await (const one of randomCalculation({ steps: 5, count: 60, seed: seedFrom(3) })) fresh.push(one);
    const clean = await partialPromptAudit(memory([]), tasks, { fresh });
    for (const facts of clean.audited.fractions) expect([facts.exact.value, facts.answer!.value]).toEqual([0, 0]);
    expect([clean.shown, contaminationVerdict(clean)]).toEqual([
      { words: false, answers: false },
      "no memory of these tasks is shown",
    ]);
    for (const { exact } of clean.differences!) expect([exact.value, exact.low < 0]).toEqual([0, true]);
    const leaked = await partialPromptAudit(memory(known), tasks, { fresh });
    for (const { exact, answerAboveChance } of leaked.differences!) {
      expect(exact.low).toBeGreaterThan(0.15);
      expect(answerAboveChance!.low).toBeGreaterThan(0.15);
    }
    expect([leaked.fresh!.tasks, leaked.shown]).toEqual([60, { words: true, answers: true }]);
  });

  it("counts answers that any text would hold as chance: a model that lists all numbers is not above it", async () => {
    const every = tasks.map((one) => String(one.reference!.answer)).join(" ");
    const report = await partialPromptAudit(
      scriptedModel(() => every),
      tasks,
    );
    const { answer, answerChance, answerAboveChance } = report.audited.fractions[0]!;
    expect([answer!.value, answerChance!.value, answerAboveChance!.value]).toEqual([1, 1, 0]);
    expect(report.shown).toEqual({ words: false, answers: false });
  });

  it("asks only for what an earlier go did not hear, and leaves out questions that are too short", async () => {
    const heard: Parameters<
      NonNullable<NonNullable<Parameters<typeof partialPromptAudit>[2]>["onHeard"]>
    >[0][number][] = [];
    const some = [...tasks.slice(0, 5), task("Why?", [], "1", { id: "short" })];
    const first = await partialPromptAudit(memory(known), some, {
      onHeard: (more) => void heard.push(...more),
    });
    expect([first.audited.tasks, first.audited.tooShort, heard.length]).toEqual([5, 1, 15]);
    let asked = 0;
    const counting = scriptedModel(() => {
      asked++;
      return "nothing";
    });
    const second = await partialPromptAudit(counting, some, { done: heard.slice(0, 12) });
    expect(asked).toBe(3);
    expect(second.continuations.filter(({ continuation }) => continuation === "nothing")).toHaveLength(3);
    await expect(partialPromptAudit(counting, [task("Why?", [])])).rejects.toThrow("no question that is long enough");
  });
});
