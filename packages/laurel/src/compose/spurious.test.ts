import { describe, expect, it } from "vitest";
import { answerText, directContext, fault, isScored, pointwise, type Score, task, unscored } from "../core/index.ts";
import { inverted, majorityIncorrect, randomReward } from "./spurious.ts";

const right = pointwise(
  "right",
  (c) => {
    const text = answerText(c);
    if (text === "") return fault("no-answer");
    return text === "?" ? unscored("transport", "down") : text === "5";
  },
  { version: 1, range: [0, 1], spec: { kind: "right" } },
);

const values = (scores: readonly Score[]): (number | undefined)[] =>
  scores.map((score) => (isScored(score) ? score.value : undefined));

describe("spurious rewards", () => {
  it("random pays with its probability, whatever is said, and the same for the same content, seed and repeat", async () => {
    const answers = Array.from({ length: 1000 }, (_, i) => String(i));
    const draw = async (seed: number, repeat = 0) =>
      values(
        (await randomReward({ probability: 0.3 }).score([task("q", answers)], directContext({ seed, repeat })))[0]!,
      );
    const first = await draw(1);
    // Binomial(1000, 0.3): sd 14.5, five of them
    expect(Math.abs(first.filter((value) => value === 1).length - 300)).toBeLessThan(73);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
    expect(await draw(1, 1)).not.toEqual(first);
    expect(() => randomReward({ probability: 2 })).toThrow(/\[0, 1\]/);
  });

  it("inverted turns values round but lets no fault pay", async () => {
    const [row] = await inverted(right).score([task("q", ["5", "6", "", "?"])], directContext());
    expect(values(row!)).toEqual([0, 1, 0, undefined]);
    expect(row![2]).toMatchObject({ fault: "no-answer" });
    expect(() => inverted(pointwise("free", () => 1))).toThrow(/states no range/);
    const [again] = await inverted(inverted(right)).score([task("q", ["5", "6"])], directContext());
    expect(values(again!)).toEqual([1, 0]);
  });

  it("majority-incorrect pays for the majority's answer only where it is wrong", async () => {
    const reward = majorityIncorrect(right, { answer: answerText, version: 1 });
    const scored = async (answers: readonly string[]) =>
      values((await reward.score([task("q", answers)], directContext()))[0]!);
    expect(await scored(["6", "6", "5", "7"])).toEqual([1, 1, 0, 0]);
    expect(await scored(["5", "5", "6"])).toEqual([0, 0, 0]);
    expect(await scored(["6", "6", "7", "7"])).toEqual([0, 0, 0, 0]);
    expect(await scored(["6", "", "", "?"])).toEqual([1, 0, 0, undefined]);
    expect(reward.sees).toBe("group");
    expect(majorityIncorrect(right, { answer: answerText }).fingerprint).toBeNull();
  });

  it("takes the base model's majority from the context where that is asked for", async () => {
    const reward = majorityIncorrect(right, { answer: answerText, majority: { context: "majority" }, version: 1 });
    const scored = async (majority: string | undefined) =>
      values(
        (
          await reward.score(
            [task("q", ["6", "5", "7"], undefined, majority === undefined ? {} : { context: { majority } })],
            directContext(),
          )
        )[0]!,
      );
    expect(await scored("7")).toEqual([0, 0, 1]);
    expect(await scored("5")).toEqual([0, 0, 0]);
    expect(await scored(undefined)).toEqual([0, 0, 0]);
    expect(reward.fingerprint).not.toBe(majorityIncorrect(right, { answer: answerText, version: 1 }).fingerprint);
  });
});
