import { describe, expect, it } from "vitest";
import { firstRating, likert, onScale } from "./scales.ts";
import { bracketRating, isUnreadable, jsonScore, labelledScore } from "./verdict.ts";

describe("scales in words (MJ-Bench)", () => {
  it("take the longest word that a text holds, so that Extremely Poor and Very Poor are not Poor", () => {
    const five = likert(5);
    expect(["Extremely Poor", "poor.", "It is Average", "GOOD", "outstanding!", "fine"].map(five.parse)).toEqual([
      1,
      2,
      3,
      4,
      5,
      undefined,
    ]);
    // as the official parser does, "not poor" is poor, and five words have no Very Poor
    expect([five.parse("Not Poor"), five.parse("Very Poor")]).toEqual([2, 2]);
    const ten = likert(10);
    expect(ten.words.map((word) => ten.parse(`I say ${word}`))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(() => likert(7 as 5)).toThrow(/5 and of 10 words/);
  });

  it("are asked for by name, in JSON, in brackets or on a line, and a number is then no verdict", () => {
    const { scale } = likert(5);
    expect(onScale("extremely poor", scale)).toBe(1);
    expect(onScale(3, scale)).toBeUndefined();
    const json = jsonScore(scale);
    expect(json.read('{"reason": "r", "score": "Good"}')).toMatchObject({ score: 4 });
    expect(isUnreadable(json.read('{"reason": "r", "score": 4}'))).toBe(true);
    expect(json.schema).toMatchObject({ properties: { score: { type: "string", enum: likert(5).words } } });
    expect(bracketRating(scale).read("so [[Extremely Poor]]")).toBe(1);
    expect(labelledScore(scale).read("Score: Outstanding")).toBe(5);
  });
});

describe("ratings in numbers (MJ-Bench)", () => {
  it("are the first whole number or English numeral, and none above 10", () => {
    expect(["7", "Rating: eight of 10", "ten", "zero", "11", "none of it", "someone"].map(firstRating)).toEqual([
      7,
      8,
      10,
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
