import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import { mlp, mlpTape } from "./mlp.ts";

describe("mlp", () => {
  it("computes by hand what two layers with a ReLU give", () => {
    const net = mlp([2, 2, 1]);
    // W1 = [[1, −1], [2, 0]], b1 = [0, −1], W2 = [3, 4], b2 = 0.5
    const theta = Float64Array.of(1, -1, 2, 0, 0, -1, 3, 4, 0.5);
    expect(net.parameters).toBe(9);
    // x = (1, 2): h = (max(0, −1), max(0, 1)) = (0, 1), out = 4.5; x = (2, 1): h = (1, 3), out = 15.5
    expect([...net.forward(theta, Float64Array.of(1, 2, 2, 1))]).toEqual([4.5, 15.5]);
  });

  it("has the gradients of central differences, by parameters and by input", () => {
    const net = mlp([3, 5, 4, 2]);
    const seed = seedFrom(4);
    const theta = net.start(split(seed, "start"));
    const rng = random(split(seed, "input"));
    const x = Float64Array.from({ length: 6 * 3 }, () => rng.normal());
    const weights = Float64Array.from({ length: 6 * 2 }, () => rng.normal());
    const loss = (t: Float64Array, input: Float64Array): number =>
      net.forward(t, input).reduce((sum, y, i) => sum + weights[i]! * y * y, 0);
    const tape = mlpTape();
    const out = net.forward(theta, x, tape);
    const gradient = new Float64Array(theta.length);
    const down = net.backward(
      theta,
      tape,
      out.map((y, i) => 2 * weights[i]! * y),
      gradient,
    );
    const moved = (values: Float64Array, i: number, by: number): Float64Array =>
      values.map((value, j) => (j === i ? value + by : value));
    for (let i = 0; i < theta.length; i++)
      expect(gradient[i]).toBeCloseTo((loss(moved(theta, i, 1e-5), x) - loss(moved(theta, i, -1e-5), x)) / 2e-5, 4);
    for (let i = 0; i < x.length; i++)
      expect(down[i]).toBeCloseTo((loss(theta, moved(x, i, 1e-5)) - loss(theta, moved(x, i, -1e-5))) / 2e-5, 4);
  });

  it("refuses widths that are none", () => {
    expect(() => mlp([3])).toThrow("at least two widths");
    expect(() => mlp([3, 0])).toThrow("above 0");
  });
});
