import { describe, expect, it } from "vitest";
import { directContext, isScored, type Score, task } from "../../core/index.ts";
import { type ChoiceOptions, choice } from "./choice.ts";

async function score(text: string, answer: string | number | undefined, options: ChoiceOptions = {}): Promise<Score> {
  const [[one] = []] = await choice(options).score([task("q", [text], answer, { id: "1" })], directContext());
  return one!;
}

describe("verify.choice", () => {
  it.each([
    "(B)",
    "B",
    "B.",
    "**B**",
    "Answer: B",
    "The answer is B.",
    "the correct answer is (B)",
    "\\boxed{B}",
    "\\boxed{\\text{B}}",
    "\\boxed{\\text{(B)}}",
    "so it must be $\\boxed{\\mathbf{B}}$.",
    "A is too small and C is too large, so the answer is B",
    "I would choose option B because A is wrong.",
    "Let me think. A cat has four legs.\n\n(B)",
    "Answer: (B) London",
  ])("reads %s as B", async (text) => {
    const right = await score(text, "B");
    expect(isScored(right) && right.value).toBe(1);
    const wrong = await score(text, "C");
    expect(isScored(wrong) && wrong.value).toBe(0);
  });
  it("takes the last box when there are several", async () => {
    expect(await score("\\boxed{A} no, \\boxed{C}", "C")).toMatchObject({ value: 1 });
  });
  it("accepts the text of an option, and a reference by text or by number", async () => {
    const options = { options: ["Paris", "London", "Rome"] };
    expect(await score("The answer is London.", "B", options)).toMatchObject({
      value: 1,
      facts: { letter: "B", rule: "text" },
    });
    expect(await score("(B)", "London", options)).toMatchObject({ value: 1 });
    expect(await score("(B)", 1, options)).toMatchObject({ value: 1 });
    expect(await score("The answer is London.", "B", { ...options, text: false })).toMatchObject({
      fault: "no-answer",
      value: 0,
    });
  });
  it("faults on an answer without a choice and on a letter beyond the options", async () => {
    expect(await score("I do not know a thing about it", "B")).toMatchObject({ fault: "no-answer", value: 0 });
    expect(await score("(F)", "B", { options: ["x", "y"] })).toMatchObject({ fault: "no-answer", value: 0 });
  });
  it("is unscored without a usable reference", async () => {
    expect(await score("(B)", undefined)).toMatchObject({ unscored: { reason: "missing-reference" } });
    expect(await score("(B)", 7, { options: ["x", "y"] })).toMatchObject({ unscored: { reason: "bad-reference" } });
  });
});
