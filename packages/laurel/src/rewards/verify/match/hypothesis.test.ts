import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactFacetMatcher, type Hypothesis, hypothesesOf, hypothesisMatch } from "./hypothesis.ts";

const h = (variables: string[], relation: string, context = "None"): Hypothesis => ({ context, variables, relation });
const matcher = exactFacetMatcher({ "a + b": ["a - b"] });

describe("hypothesisMatch", () => {
  // the specification's exact part
  it("gives 1/8 for two wanted, two predicted, one matched with half a relation", async () => {
    const wanted = [h(["x", "y"], "a + b"), h(["z"], "up", "only in winter")];
    const predicted = [h(["x", "y"], "a - b"), h(["z"], "up", "only in spring")];
    expect(await hypothesisMatch(wanted, predicted, matcher)).toEqual({
      value: 0.125,
      recallContext: 0.5,
      variableF1: 1,
      relation: 0.5,
      meanAccuracy: 0.25,
    });
  });
  it("gives 1 for the same hypotheses", async () => {
    const all = [h(["x", "y"], "a + b"), h(["z"], "up", "in winter")];
    expect((await hypothesisMatch(all, all, matcher)).value).toBe(1);
  });
  it("halves a perfect match when an unmatched prediction is added", async () => {
    const one = h(["x"], "up");
    expect((await hypothesisMatch([one], [one, h(["x"], "up", "in winter")], matcher)).value).toBe(0.5);
  });
  it("does not depend on the order of the variables", async () => {
    const variables = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(variables, variables, async (wanted, predicted) => {
        const straight = await hypothesisMatch([h(wanted, "r")], [h(predicted, "r")], matcher);
        const turned = await hypothesisMatch(
          [h([...wanted].reverse(), "r")],
          [h([...predicted].reverse(), "r")],
          matcher,
        );
        expect(turned).toEqual(straight);
        const shared = wanted.filter((name) => predicted.includes(name)).length;
        expect(straight.variableF1).toBeCloseTo((2 * shared) / (wanted.length + predicted.length), 12);
      }),
    );
  });
  it("takes the first free context in turn, where the best pairing may be better", async () => {
    const wanted = [h(["x"], "up"), h(["y"], "down")];
    const predicted = [h(["y"], "down"), h(["x"], "up")];
    expect((await hypothesisMatch(wanted, predicted, matcher)).value).toBe(0);
    expect((await hypothesisMatch(wanted, predicted, matcher, "optimal")).value).toBe(1);
  });
  it("matches no context with one, and gives 0 for no prediction", async () => {
    expect((await hypothesisMatch([h(["x"], "r")], [h(["x"], "r", "in winter")], matcher)).value).toBe(0);
    expect((await hypothesisMatch([h(["x"], "r")], [], matcher)).value).toBe(0);
  });
  it("asks a matcher that answers later", async () => {
    const judge = {
      context: async () => true,
      variables: async () => ({ wanted: 2, predicted: 1, shared: 1 }),
      relation: async () => 0.5 as const,
    };
    expect((await hypothesisMatch([h(["x"], "r")], [h(["y"], "s")], judge)).value).toBeCloseTo((2 / 3) * 0.5, 12);
  });
});

describe("hypothesesOf", () => {
  it("reads one or a list; an absent context is None", () => {
    expect(hypothesesOf({ variables: ["x"], relation: "r" })).toEqual([h(["x"], "r")]);
    expect(hypothesesOf([{ context: "c", variables: ["x"], relation: "r" }])).toEqual([h(["x"], "r", "c")]);
    expect(hypothesesOf([{ variables: "x", relation: "r" }])).toBeUndefined();
  });
});
