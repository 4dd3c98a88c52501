import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregateRatings, aggregateVotes } from "./votes.ts";

describe("aggregateVotes (HelpSteer2's three most similar)", () => {
  it("takes the mean of the three closest, rounded", () => {
    expect(aggregateVotes([4, 1, 3, 4])).toEqual({ value: 4, spread: 1, kept: [0, 2, 3] });
    expect(aggregateVotes([0, 0, 1, 4, 4])).toEqual({ value: 0, spread: 1, kept: [0, 1, 2] });
    expect(aggregateVotes([1, 2, 2], { round: false })).toMatchObject({ value: 5 / 3 });
    expect(aggregateVotes([-3, -2, 3, -3])).toEqual({ value: -3, spread: 1, kept: [0, 1, 3] });
  });

  it("drops items whose closest votes are too far apart, or too few", () => {
    expect(aggregateVotes([0, 2, 4])).toEqual({ dropped: "spread", spread: 4 });
    expect(aggregateVotes([0, 3, 3, 0])).toEqual({ dropped: "spread", spread: 3 });
    expect(aggregateVotes([2, null, 2])).toEqual({ dropped: "few" });
    expect(aggregateVotes([2, null, 2], { keepClosest: 2 })).toMatchObject({ value: 2, kept: [0, 2] });
  });

  it("takes of equally close sets the tighter, then the one nearest to all votes, then the lower", () => {
    expect(aggregateVotes([0, 0, 2, 3, 4], { round: false })).toMatchObject({ kept: [2, 3, 4] });
    expect(aggregateVotes([0, 1, 2, 3, 4])).toMatchObject({ kept: [1, 2, 3] });
    expect(aggregateVotes([0, 1, 2, 3])).toMatchObject({ value: 1, kept: [0, 1, 2] });
  });

  it("rounds halves away from 0, so that turning the votes round turns the label round", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 2 }), (votes) => {
        const there = aggregateVotes(votes, { keepClosest: 2, maxSpread: 6 });
        const back = aggregateVotes(
          votes.map((vote) => -vote + 0),
          { keepClosest: 2, maxSpread: 6 },
        );
        expect(back.value! + there.value!).toBe(0);
      }),
    );
  });

  it("never lies outside the votes and does not depend on their order, on any votes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 7 }), (votes) => {
        const made = aggregateVotes(votes, { maxSpread: 4 });
        expect(made.value).toBeGreaterThanOrEqual(Math.min(...votes));
        expect(made.value).toBeLessThanOrEqual(Math.max(...votes));
        const turned = aggregateVotes([...votes].reverse(), { maxSpread: 4 });
        expect([turned.value, turned.spread]).toEqual([made.value, made.spread]);
      }),
    );
  });

  it("lets one attribute choose the raters for all", () => {
    const raters = [
      { helpfulness: 4, verbosity: 0 },
      { helpfulness: 4, verbosity: 1 },
      { helpfulness: 3, verbosity: 1 },
      { helpfulness: 0, verbosity: 4 },
    ];
    const own = aggregateRatings([...raters, { helpfulness: 0, verbosity: 4 }], { round: false });
    expect(own["verbosity"]).toMatchObject({ value: 2 / 3 });
    const by = aggregateRatings(raters, { by: "helpfulness", round: false });
    expect(by).toMatchObject({ helpfulness: { kept: [0, 1, 2] }, verbosity: { kept: [0, 1, 2], value: 2 / 3 } });
    const apart = aggregateRatings(raters.slice(1), { by: "helpfulness" });
    expect(apart["verbosity"]).toEqual({ dropped: "spread", spread: 4 });
  });

  it("refuses options out of range", () => {
    expect(() => aggregateVotes([1], { keepClosest: 0 })).toThrow(/keepClosest/);
    expect(() => aggregateVotes([1], { maxSpread: -1 })).toThrow(/maxSpread/);
  });
});
