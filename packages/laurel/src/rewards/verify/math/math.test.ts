import { describe, expect, it } from "vitest";
import { directContext, type Reference, type Score, task } from "../../../core/index.ts";
import { type MathOptions, math } from "./math.ts";

async function score(
  text: string,
  reference: Reference | string | number | undefined,
  options: MathOptions = {},
): Promise<Score> {
  const [[one] = []] = await math(options).score([task("q", [text], reference, { id: "1" })], directContext());
  return one!;
}

describe("verify.math", () => {
  it("gives 1 or 0 with what it extracted, its normal form and the rule", async () => {
    expect(await score("so \\boxed{\\frac{2}{4}}", "0.5")).toEqual({
      value: 1,
      facts: { extracted: "\\frac{2}{4}", strategy: "boxed", normal: "1/2", rule: "exact" },
    });
    expect(await score("so \\boxed{7}", 8)).toMatchObject({ value: 0, facts: { extracted: "7", normal: "7" } });
  });
  it("accepts any of several reference answers, and a solution that ends in its answer", async () => {
    expect(await score("\\boxed{7}", { answer: ["6", "7"] })).toMatchObject({ value: 1 });
    expect(await score("\\boxed{7}", { texts: ["seven is it", "7"] })).toMatchObject({ value: 1 });
    expect(await score("\\boxed{7}", "3 + 4 = 7\n#### 7")).toMatchObject({ value: 1 });
  });
  it("faults on an answer that is missing or too large", async () => {
    expect(await score("I give up", "7")).toMatchObject({ value: 0, fault: "no-answer" });
    expect(await score(`\\boxed{${"(".repeat(900)}7${")".repeat(900)}}`, "7")).toMatchObject({
      value: 0,
      fault: "over-long",
    });
    expect(await score("\\boxed{\\sum_{k=1}^{10^{9}} k}", "x^2")).toMatchObject({ value: 0, fault: "over-long" });
  });
  it("is unscored for a reference that is missing, too large or without a value", async () => {
    expect(await score("\\boxed{7}", undefined)).toMatchObject({ unscored: { reason: "missing-reference" } });
    expect(await score("\\boxed{7}", "")).toMatchObject({ unscored: { reason: "missing-reference" } });
    expect(await score("\\boxed{7}", "(".repeat(3000))).toMatchObject({ unscored: { reason: "bad-reference" } });
    expect(await score("\\boxed{7}", "\\frac{1}{0}")).toMatchObject({ unscored: { reason: "undecided" } });
  });
  it("refuses boxes that disagree when they must agree", async () => {
    const text = "\\boxed{6}. No: \\boxed{7}";
    expect(await score(text, "7")).toMatchObject({ value: 1 });
    expect(await score(text, "7", { several: "agree" })).toMatchObject({ value: 0, facts: { rule: "boxes disagree" } });
    expect(await score("\\boxed{7}. So \\boxed{14/2}", "7", { several: "agree" })).toMatchObject({ value: 1 });
  });
  it("states its spec, so that a worker can build it again, and changes its fingerprint with its options", () => {
    expect(math({ units: "required" })).toMatchObject({
      work: "cpu",
      range: [0, 1],
      timeLimit: 50,
      spec: { kind: "verify.math", units: "required" },
    });
    expect(math({ units: "required" }).fingerprint).not.toBe(math().fingerprint);
  });
});
