import { directContext, type Example, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { autobencherTopics, topicWorld } from "./topic-tree.ts";

async function written(world: ReturnType<typeof topicWorld>, at: number, error: number): Promise<Example[]> {
  const examples: Example[] = [];
  const context = directContext();
  for await (const one of world.writer(error).write(world.topics[at]!, 50, { seed: seedFrom(1) }, context))
    examples.push(one);
  return examples;
}

describe("topicWorld", () => {
  const world = topicWorld(autobencherTopics, seedFrom("topics"));
  it("has 300 topics of 20 parents and 17 takers, who answer as often as their probability says", async () => {
    expect(world.topics).toHaveLength(300);
    expect(new Set(world.topics.flatMap(({ parents }) => parents)).size).toBe(20);
    let [off, n] = [0, 0];
    for (let at = 0; at < 20; at++) {
      const examples = await written(world, at, 0);
      for (const [t, taker] of world.takers.entries()) {
        const right = await taker.answer(examples, directContext());
        expect(right).toEqual(await taker.answer(examples, directContext()));
        off += right.reduce<number>((sum, one) => sum + one!, 0) / 50 - world.probability[at * 17 + t]!;
        n++;
      }
    }
    // 340 shares of 50 answers: an sd of at most 0.5 / √17000 = 0.004
    expect(Math.abs(off / n)).toBeLessThan(0.016);
  });
  it("makes every taker wrong where gold is wrong, at the stated rate", async () => {
    let wrong = 0;
    for (let at = 0; at < 40; at++)
      for (const one of await written(world, at, 0.12)) if (one.task.context?.["wrong"] === true) wrong++;
    // 2,000 draws of 0.12: an sd of 0.0073
    expect(Math.abs(wrong / 2000 - 0.12)).toBeLessThan(0.03);
    const [first] = (await written(world, 0, 1)).slice(0, 1);
    for (const taker of world.takers) expect(await taker.answer([first!], directContext())).toEqual([0]);
  });
  it("has existing sets with the accuracies of their takers, the strongest the most", () => {
    const set = world.existing(300, 20, seedFrom("set"));
    expect(set[16]!).toBeGreaterThan(set[0]!);
    expect(set[16]! - set[0]!).toBeGreaterThan(0.3);
  });
});
