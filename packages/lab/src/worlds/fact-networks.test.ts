import { seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { checkpointSteps, type FactDials, trainFactNetworks } from "./fact-networks.ts";

const dials: FactDials = {
  facts: 40,
  width: 16,
  runs: 2,
  steps: 400,
  batch: 32,
  learningRate: 0.1,
  checkpoints: 5,
  first: 5,
  choices: 4,
};

describe("fact networks", () => {
  it("learn their facts, and begin at chance", () => {
    const { logits, steps } = trainFactNetworks(dials, seedFrom("facts"));
    expect(logits).toHaveLength(2 * 5 * 40 * 4);
    const accuracy = (run: number, c: number): number => {
      let right = 0;
      for (let f = 0; f < 40; f++) {
        const own = logits.subarray(((run * 5 + c) * 40 + f) * 4, ((run * 5 + c) * 40 + f) * 4 + 4);
        if (Math.max(...own) === own[0]) right++;
      }
      return right / 40;
    };
    expect([...steps]).toEqual([5, 15, 45, 134, 400]);
    expect(accuracy(0, 0)).toBeLessThan(0.6);
    expect(accuracy(0, 4)).toBeGreaterThan(0.9);
    expect(accuracy(1, 4)).toBeGreaterThan(0.9);
  });
  it("differ by initialisation, and repeat by seed", () => {
    const short = { ...dials, steps: 20, checkpoints: 2 };
    const [a, b] = [trainFactNetworks(short, seedFrom(1)), trainFactNetworks(short, seedFrom(1))];
    expect(a.logits).toEqual(b.logits);
    const half = a.logits.length / 2;
    expect(a.logits.subarray(0, half)).not.toEqual(a.logits.subarray(half));
    expect([...checkpointSteps({ ...dials, checkpoints: 3, first: 4, steps: 400 })]).toEqual([4, 40, 400]);
  });
  it("follow the gradient: one step with the whole batch lowers the loss", () => {
    // two facts, seen 64 times in a step: the right logits rise against the others
    const two = { ...dials, facts: 2, runs: 1, batch: 64, steps: 60, first: 1, checkpoints: 2 };
    const { logits } = trainFactNetworks(two, seedFrom("step"));
    for (let f = 0; f < 2; f++) {
      const margin = (c: number): number => {
        const own = logits.subarray((c * 2 + f) * 4, (c * 2 + f) * 4 + 4);
        return own[0]! - Math.max(own[1]!, own[2]!, own[3]!);
      };
      expect(margin(1)).toBeGreaterThan(margin(0));
    }
  });
});
