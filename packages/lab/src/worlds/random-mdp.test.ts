import { seedFrom } from "laurel";
import { checkMdp, expectedReturn, expectedReward, uniformPolicy } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { drawMdp, drawRedistribution, drawReward, starcDials } from "./random-mdp.ts";

describe("random decision processes", () => {
  const mdp = drawMdp(starcDials, seedFrom("mdp"));
  it("are processes, with about one next state in five likely", () => {
    checkMdp(mdp);
    const likely = mdp.transition.filter((p) => p > 1e-6).length / mdp.transition.length;
    // P(N(0, 1) > 1) = 0.159, and with 0.841^16 = 0.063 none is, so that all are alike; four standard errors of 64 rows
    expect(Math.abs(likely - 0.222)).toBeLessThan(4 * 0.03);
  });
  it("have redistributions that change no return", () => {
    const noise = drawRedistribution(mdp, seedFrom("noise"));
    expect(expectedReturn(expectedReward(noise, mdp), mdp, uniformPolicy(mdp))).toBeCloseTo(0, 12);
  });
  it("have plain normal rewards where no coin falls, and repeat by seed", () => {
    const none = { ...starcDials, sparse: 0, scaled: 0, shifted: 0, shapedBy: 0, redistributed: 0 };
    const reward = drawReward(mdp, none, seedFrom("r"));
    const mean = reward.reduce((a, b) => a + b, 0) / reward.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(reward.length));
    expect(drawReward(mdp, none, seedFrom("r"))).toEqual(reward);
    const all = { ...none, sparse: 1 };
    expect(
      drawReward(mdp, all, seedFrom("r"))
        .filter((r) => r !== 0)
        .every((r) => r > 3),
    ).toBe(true);
  });
});
