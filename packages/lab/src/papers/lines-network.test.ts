import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { normals } from "../worlds/preferences/index.ts";
import { residualNetwork, softmaxInPlace } from "./lines-network.ts";

describe("residualNetwork", () => {
  const network = residualNetwork({ inputs: 8, width: 12, blocks: 3, tasks: 2, classes: 5 }, seedFrom("heads"));
  const theta = network.start(seedFrom("start"));
  const x = normals(random(seedFrom("x")), 4 * 8);
  const task = Uint8Array.of(0, 1, 1, 0);
  const label = Uint8Array.of(3, 0, 4, 2);
  const loss = (at: Float64Array): number => {
    const y = network.represent(at, x);
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      const z = network.logits(y, task[i]!).slice(i * 5, i * 5 + 5);
      softmaxInPlace(z);
      sum -= Math.log(z[label[i]!]!) / 4;
    }
    return sum;
  };

  it("has the gradient that central differences have (step 1e-5, within 1e-7)", () => {
    const gradient = network.gradient(theta, x, task, label);
    for (let d = 0; d < network.parameters; d += 7) {
      const [up, down] = [theta.slice(), theta.slice()];
      up[d]! += 1e-5;
      down[d]! -= 1e-5;
      expect(Math.abs(gradient[d]! - (loss(up) - loss(down)) / 2e-5), `parameter ${d}`).toBeLessThan(1e-7);
    }
  });

  it("names its tensors so that blocks are found, and reads them back as float32", () => {
    const weights = network.toWeights(theta);
    expect([...weights.keys()].slice(0, 4)).toEqual(["stem", "blocks.0.w", "blocks.0.b", "blocks.0.v"]);
    expect(network.fromWeights(weights)).toEqual(Float64Array.from(Float32Array.from(theta)));
  });
});
