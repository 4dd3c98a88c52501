import { describe, expect, it } from "vitest";
import { spearman } from "./correlation.ts";
import { crossGain, memberAgreement } from "./underspecification.ts";

describe("memberAgreement", () => {
  const members = [
    [1, 2, 3, 4, 9, 7, 8, 1],
    [1, 3, 2, 4, 0, 7, 9, 2],
    [2, 2, 1, 5, 3, 7, 8, 1],
  ];

  it("is the mean over prompts and pairs of members of Spearman's correlation", () => {
    const made = memberAgreement(members, 4);
    const pair = (i: number, j: number, p: number): number =>
      spearman(members[i]!.slice(4 * p, 4 * p + 4), members[j]!.slice(4 * p, 4 * p + 4)).value;
    const prompt = (p: number): number => (pair(0, 1, p) + pair(0, 2, p) + pair(1, 2, p)) / 3;
    expect(made.value).toBeCloseTo((prompt(0) + prompt(1)) / 2, 12);
    expect(made).toMatchObject({ n: 2, unscored: 0 });
  });

  it("is 1 for members that rank alike, and leaves out prompts on which one cannot", () => {
    const same = memberAgreement([members[0]!, members[0]!.map((x) => Math.exp(x))], 4);
    expect(same.value).toBeCloseTo(1, 12);
    const flat = members.map((own, m) => (m === 0 ? [...own, 5, 5, 5, 5] : [...own, 1, 2, 3, 4]));
    expect(memberAgreement(flat, 4)).toMatchObject({ n: 2, unscored: 1 });
  });

  it("refuses fewer than two members and scores that are no groups", () => {
    expect(() => memberAgreement([members[0]!], 4)).toThrow(/at least 2 members/);
    expect(() => memberAgreement(members, 3)).toThrow(/no groups of 3/);
    expect(() =>
      memberAgreement(
        [
          [1, 1],
          [1, 1],
        ],
        2,
      ),
    ).toThrow(/two prompts/);
  });
});

describe("crossGain", () => {
  it("judges each member's favourites by every member, in standard deviations", () => {
    // member 0 likes candidate 1, member 1 candidate 0 of both prompts; sds are 1 and 2
    const made = crossGain(
      [
        [-1, 1, -1, 1],
        [5, 1, 5, 1],
      ],
      2,
    );
    expect([...made]).toEqual([1, -1, -1, 1]);
    expect(() => crossGain([[1, 1]], 2)).toThrow(/do not vary/);
  });
});
