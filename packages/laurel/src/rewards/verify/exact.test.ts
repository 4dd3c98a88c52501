import { describe, expect, it } from "vitest";
import { directContext, task, UsageError } from "../../core/index.ts";
import { exact } from "./exact.ts";

const ctx = directContext();
const valuesOf = async (reward: ReturnType<typeof exact>, answers: string[], reference?: string) =>
  (await reward.score([task("q", answers, reference)], ctx))[0]!.map((score) =>
    score.unscored === undefined ? score.value : score.unscored.reason,
  );

describe("verify.exact", () => {
  it("ignores outer white space by default and nothing else", async () => {
    expect(await valuesOf(exact(), [" Paris\n", "paris", "Paris."], "Paris")).toEqual([1, 0, 0]);
  });

  it("applies the named normalisations to both sides in the order given", async () => {
    const reward = exact({ normalise: ["nfkc", "lowercase", "punctuation", "whitespace"] });
    expect(await valuesOf(reward, ["ＰＡＲＩＳ.", "par is"], "Paris!")).toEqual([1, 0]);
    expect(await valuesOf(exact({ normalise: ["squad"] }), ["The  cat!"], "a cat")).toEqual([1]);
  });

  it("compares only the answer tag where asked, and an answer without one is a fault", async () => {
    const reward = exact({ within: "answer-tag" });
    const [scores] = await reward.score([task("q", ["<think>5</think><answer> 4 </answer>", "4"], "4")], ctx);
    expect(scores).toEqual([{ value: 1 }, { value: 0, fault: "no-answer" }]);
  });

  it("accepts any of several reference texts, and is unscored without any", async () => {
    const several = task("q", ["b", "c"], { texts: ["a", "b"] });
    expect((await exact().score([several], ctx))[0]).toEqual([{ value: 1 }, { value: 0 }]);
    expect(await valuesOf(exact(), ["x"])).toEqual(["missing-reference"]);
  });

  it("refuses an unknown normalisation", () => {
    expect(() => exact({ normalise: ["stem" as "trim"] })).toThrow(UsageError);
  });
});
