import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { drawMultiTask } from "./multi-task.ts";

const dials = { inputs: 8, features: 6, tasks: 3, classes: 5, novelty: 0.7 };
const agreement = (a: Uint8Array, b: Uint8Array): number => a.filter((label, i) => label === b[i]).length / a.length;

describe("drawMultiTask", () => {
  const world = drawMultiTask(dials, seedFrom("world"));
  const x = world.draw(random(seedFrom("x")), 2000);

  it("labels by all classes, each task differently", () => {
    for (let t = 0; t < 3; t++) expect(new Set(world.labels(x, t, "old")).size).toBe(5);
    expect(agreement(world.labels(x, 0, "old"), world.labels(x, 1, "old"))).toBeLessThan(0.6);
  });

  it("changes some labels under a new concept, more of them the newer it is, and none without novelty", () => {
    const share = (novelty: number): number => {
      const own = drawMultiTask({ ...dials, novelty }, seedFrom("world"));
      return agreement(own.labels(x, 0, "old"), own.labels(x, 0, "new"));
    };
    expect(share(0)).toBe(1);
    expect(share(0.7)).toBeLessThan(0.95);
    expect(share(0.7)).toBeGreaterThan(share(5));
  });

  it("is the same for the same seed, and labels do not depend on what else is labelled", () => {
    const again = drawMultiTask(dials, seedFrom("world"));
    expect(again.labels(x, 2, "new")).toEqual(world.labels(x, 2, "new"));
    expect(world.labels(x.slice(0, 80), 2, "new")).toEqual(world.labels(x, 2, "new").slice(0, 10));
  });
});
