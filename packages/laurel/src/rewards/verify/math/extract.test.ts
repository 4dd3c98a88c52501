import { describe, expect, it } from "vitest";
import { extractAnswer } from "./extract.ts";

const text = (source: string, options = {}): string | undefined => extractAnswer(source, options)?.text;

describe("extractAnswer", () => {
  it("takes the last box, with nested braces", () => {
    expect(extractAnswer("first \\boxed{1}. Then \\boxed{\\frac{1}{\\sqrt{2}}}.")).toEqual({
      text: "\\frac{1}{\\sqrt{2}}",
      strategy: "boxed",
    });
    expect(text("\\fbox{7}")).toBe("7");
    expect(text("\\boxed 7.")).toBe("7");
    expect(text("cut off: \\boxed{12")).toBe("12");
    expect(text("nothing: \\boxed{} but 5 before")).toBe("5");
  });
  it("joins boxes that are parts of one answer, and only those", () => {
    expect(text("\\boxed{2} and \\boxed{3}")).toBe("2 , 3");
    expect(text("\\boxed{2}. So \\boxed{3}")).toBe("3");
    expect(text("either \\boxed{41} or \\boxed{42}")).toBe("41 , 42");
  });
  it("takes the first box or all of them when told so", () => {
    expect(text("\\boxed{2}. So \\boxed{3}", { several: "first" })).toBe("2");
    expect(extractAnswer("\\boxed{2}. So \\boxed{3}", { several: "agree" })).toEqual({
      text: "3",
      strategy: "boxed",
      others: ["2"],
    });
  });
  it("prefers a final answer that is stated after the last box", () => {
    expect(text("\\boxed{200} so far. Final Answer: The final answer is $10,455$. I hope it is correct.")).toBe(
      "10,455",
    );
  });
  it.each([
    ["So the answer is 42.", "42"],
    ["The answer is: **42**", "42"],
    ["**Answer:** 42", "42"],
    ["Answer: $x = 5$ because of that", "x = 5"],
    ["The final answer is $\\frac{1}{2}$. I hope it is correct.", "\\frac{1}{2}"],
    ["Final Answer: The volume of $ABC$ is 120. I hope it is correct.", "120"],
    ["The answer is 60 + 5 = 65.", "60 + 5 = 65"],
    ["The answer is Paris.", "Paris"],
    ["答案是：42。", "42"],
    ["La réponse est 3,5", "3,5"],
    ["Die Antwort lautet 12.", "12"],
    ["La respuesta es 7.", "7"],
    ["Ответ: 15", "15"],
    ["Answer:\n42", "42"],
  ])("reads %j as %j by its phrase", (source, answer) => {
    expect(extractAnswer(source)).toEqual({ text: answer, strategy: "answer" });
  });
  it("reads GSM8K's lines", () => {
    expect(extractAnswer("3 + 4 = <<3+4=7>>7\n#### 7")).toEqual({ text: "7", strategy: "hash" });
    expect(extractAnswer("3 + 4 = <<3+4=7>>7\nA: 7")).toEqual({ text: "7", strategy: "answer" });
  });
  it.each([
    ["She has 3 apples and buys 4, so she has 7 apples.", "7"],
    ["The temperature fell to -5 degrees", "-5 degrees"],
    ["it's 1,000.99€", "1,000.99€"],
    ["it grows by 28 percent", "28 percent"],
    ["Hence $x^2 + 1$ it is.", "x^2 + 1"],
    ["costs $5 and then $7", "7"],
    ["-½", "-½"],
  ])("takes the last expression of %j", (source, answer) => {
    expect(extractAnswer(source)).toEqual({ text: answer, strategy: "last" });
  });
  it("finds no answer in words with digits in them, in prose, or in nothing", () => {
    expect(extractAnswer("AZYUK2A")).toBeUndefined();
    expect(extractAnswer("I do not know how to do this at all")).toBeUndefined();
    expect(extractAnswer("")).toBeUndefined();
  });
  it("takes both answers of a hedge", () => {
    expect(text("The answer is either 41 or 42.")).toBe("41 , 42");
    expect(text("I think that it must be 41 or 42")).toBe("41 , 42");
  });
  it("skips thinking that is closed, unless nothing follows it", () => {
    expect(text("<think>maybe \\boxed{1}</think> It is \\boxed{2}.")).toBe("2");
    expect(text("<think>so \\boxed{1}</think>")).toBe("1");
  });
  it("tries only the strategies that it is given", () => {
    expect(text("The answer is 42", { strategies: ["boxed"] })).toBeUndefined();
    expect(text("The answer is (C).", { strategies: ["choice"] })).toBe("C");
  });
});
