import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Comparer,
  directContext,
  isScored,
  type Reward,
  random,
  seedFrom,
  split,
  type Task,
  UsageError,
} from "laurel";
import { toReward } from "laurel/compose";
import { rewardFrom } from "laurel/spec";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainReward } from "./train.ts";

const good = ["clear", "correct", "exact", "proof"];
const bad = ["vague", "wrong", "guess", "loose"];
const pad = ["well", "then", "also", "indeed"];

/** Answers of right or wrong words and of padding; half of the prompts ask for short ones, and there the shorter of two wins. */
function rows(count: number) {
  const rng = random(split(seedFrom("structured members"), count));
  const word = (list: readonly string[]): string => list[rng.below(list.length)]!;
  return Array.from({ length: count }, (_, i) => {
    const answers = [0, 1].map((k) => {
      const [right, padding] = [rng.uniform() < 0.5, rng.below(5)];
      const words = [...Array(4)].map(() => word(right ? good : bad)).concat([...Array(padding)].map(() => word(pad)));
      return { right, padding, text: `${words.join(" ")} ${i}${k}` };
    });
    const short = i % 2 === 0;
    const worth = (a: (typeof answers)[number]): number => (short ? -a.padding : 0) + (a.right ? 2.5 : 0);
    const gap = worth(answers[0]!) - worth(answers[1]!);
    return {
      id: `row ${i}`,
      prompt: short ? `Briefly please, question ${i}` : `At any length, topic ${i}`,
      candidates: answers.map(({ text }) => text),
      labels: {
        preferred: [{ first: 0, second: 1, p: gap === 0 ? 0.5 : gap > 0 ? 1 : 0 }],
        parts: answers.map(({ right, padding }) => ({
          "content/right": right ? 1 : -1,
          "content/clear": right ? 1 : -1,
          "form/brief": short ? (padding < 2 ? 1 : -1) : 0,
          verbosity: padding,
        })),
      },
    };
  });
}

const all = rows(240);
const tasks: Task[] = all.map(({ id, prompt, candidates }) => ({
  id,
  prompt: [{ role: "user", content: prompt }],
  candidates: candidates.map((content) => ({ output: [{ role: "assistant", content }] })),
}));
let place = "";
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "laurel-structured-"));
  writeFileSync(join(place, "rows.jsonl"), all.map((row) => JSON.stringify(row)).join("\n"));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const plan = (head: string, settings: Record<string, unknown>) => ({
  sources: [{ file: join(place, "rows.jsonl") }],
  read: {},
  objective: "bradley-terry",
  head,
  features: "hash:128",
  encoding: "answer" as const,
  settings: { epochs: 40, rate: 0.01, ...settings },
  validation: 0.15,
  test: 0.2,
  seed: "1",
});

/** How often the first taste of the rows is followed, over rows that are no ties. */
function agreement(scores: readonly (readonly { value?: number }[])[]): number {
  let [right, count] = [0, 0];
  for (const [i, row] of all.entries()) {
    const { p } = row.labels.preferred[0]!;
    if (p === 0.5) continue;
    const gap = scores[i]![0]!.value! - scores[i]![1]!.value!;
    right += (1 + Math.sign(p - 0.5) * Math.sign(gap)) / 2;
    count++;
  }
  return right / count;
}

async function trained(head: string, settings: Record<string, unknown> = {}) {
  const out = join(place, head);
  // cross-validation trains five more heads; the embedding below has it
  const { config, notes } = await trainReward(plan(head, settings), { out, folds: 0 });
  return { config, notes, made: await rewardFrom({ kind: "learned", path: out }) };
}

describe("heads with parts, trained from rows and loaded from their folder", () => {
  it("gated: objectives are the parts, and verbosity is taken out", async () => {
    const { config, notes, made } = await trained("gated", { debias: "verbosity", hidden: "8" });
    expect(all.some(({ labels }) => labels.preferred[0]!.p === 0.5)).toBe(true);
    expect(notes).toContain("a gated head takes its pairs as certain and alike: it does not read the rows' ties");
    expect(config.head).toMatchObject({ kind: "gated", transform: true });
    expect(config.metrics["accuracy"]!.value).toBeGreaterThan(0.5);
    const scores = await (made as Reward).score(tasks, directContext());
    const one = scores[0]![0]!;
    if (!isScored(one)) throw new Error(one.unscored.message);
    expect(Object.keys(one.parts!).sort()).toEqual(["content/clear", "content/right", "form/brief", "verbosity"]);
    expect(one.rationale).toMatch(/^\S+ −?\d\.\d{3}, /);
    expect(agreement(scores as never)).toBeGreaterThan(0.65);
  });

  it("criteria-tree: aspects and criteria are the parts", async () => {
    const { config, made } = await trained("criteria-tree", { hidden: "8" });
    expect(config.head).toMatchObject({ aspects: [{ name: "content" }, { name: "form" }] });
    const scores = await (made as Reward).score(tasks, directContext());
    expect(Object.keys((scores[0]![0] as never as { parts: object }).parts)).toEqual([
      "content",
      "content/right",
      "content/clear",
      "form",
      "form/brief",
    ]);
    expect(agreement(scores as never)).toBeGreaterThan(0.65);
  });

  it("mixture: tastes are the parts, and the router's confidence is a fact", async () => {
    const { made } = await trained("mixture", { tastes: 2 });
    const scores = await (made as Reward).score(tasks, directContext());
    const one = scores[0]![0] as never as { parts: object; facts: { confidence: number } };
    expect(Object.keys(one.parts)).toEqual(["taste 1", "taste 2"]);
    expect(one.facts.confidence).toBeGreaterThanOrEqual(0.5);
    expect(agreement(scores as never)).toBeGreaterThan(0.65);
  });

  it("embedding: the folder is a comparer, and its accuracy is measured by comparing", async () => {
    const out = join(place, "embedding");
    const { config } = await trainReward(plan("embedding", { components: 2 }), { out });
    expect(config.metrics["accuracy"]!.n).toBeGreaterThan(20);
    expect(config.metrics["lengthCorrelation"]).toBeUndefined();
    const { learned } = await import("laurel/rewards/learned");
    const comparer = (await learned({ path: out })) as Comparer;
    const scores = await toReward(comparer, { aggregate: "mean-score" }).score(tasks, directContext());
    expect(agreement(scores as never)).toBeGreaterThan(0.65);
  });

  it("says what rows lack, and that comparers make no ensemble", async () => {
    const bare = all.map(({ labels: { preferred }, ...row }) => JSON.stringify({ ...row, labels: { preferred } }));
    writeFileSync(join(place, "bare.jsonl"), bare.join("\n"));
    const without = (head: string) =>
      trainReward({ ...plan(head, {}), sources: [{ file: join(place, "bare.jsonl") }] }, { out: join(place, "none") });
    await expect(without("gated")).rejects.toThrow("needs rated objectives");
    await expect(without("criteria-tree")).rejects.toThrow("needs graded criteria");
    await expect(trainReward(plan("mixture", { smoothing: 0.1 }), { out: join(place, "smooth") })).rejects.toThrow(
      "does not take smoothing",
    );
    await expect(trainReward(plan("embedding", {}), { out: join(place, "two"), seeds: 2 })).rejects.toThrow(UsageError);
  });
});
