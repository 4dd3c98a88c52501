import { describe, expect, it } from "vitest";
import { type Example, type Labels, random, seedFrom, task } from "../../core/index.ts";
import { Overlap } from "./overlap.ts";
import { tokenizerChecks } from "./tokenizer.ts";
import { type TrainingCheckOptions, trainingChecks } from "./training-checks.ts";
import type { TrainingFinding } from "./training-finding.ts";

const chosen: Labels = { preferred: [{ first: 0, second: 1, p: 1 }] };
const example = (
  id: string,
  prompt: string,
  answers: readonly string[],
  labels: Labels = chosen,
  subsets: Record<string, string> = {},
): Example => ({ task: task(prompt, [...answers], undefined, { id }), labels, cluster: prompt, subsets });
const named = (examples: readonly Example[], options?: TrainingCheckOptions): Map<string, TrainingFinding> =>
  new Map(trainingChecks(examples, options).map((one) => [one.id, one]));

/** Pairs that words tell apart, of which a share is labelled the wrong way round. */
function noisy(n: number, flipped: number): Example[] {
  const rng = random(seedFrom("noisy"));
  const words = (kind: string): string => Array.from({ length: 12 }, () => `${kind}${rng.below(20)}`).join(" ");
  return Array.from({ length: n }, (_, i) =>
    example(`p${i}`, `question ${i}`, [words("good"), words("evil")], {
      preferred: [{ first: 0, second: 1, p: rng.uniform() < flipped ? 0 : 1 }],
    }),
  );
}

describe("trainingChecks", () => {
  it("stops for pairs of equal texts that are most of the data, and warns of a few", () => {
    const rows = Array.from({ length: 10 }, (_, i) => example(`p${i}`, `q${i}`, [`right ${i}`, `wrong ${i}`]));
    const few = named([...rows, example("same", "q", ["x y", "X  y"])]).get("equal-pairs")!;
    expect(few).toMatchObject({ severity: "warn", count: 1, of: 11, rows: ["same"] });
    expect(few.sentence).toContain("drop them");
    const most = named(
      rows.map((row) => ({
        ...row,
        task: { ...row.task, candidates: [row.task.candidates[0]!, row.task.candidates[0]!] },
      })),
    );
    expect(most.get("equal-pairs")).toMatchObject({ severity: "stop", count: 10 });
    expect(named(rows).get("equal-pairs")!.severity).toBe("ok");
    expect(trainingChecks([...rows, example("same", "q", ["x", "x"])])[0]!.id).toBe("equal-pairs");
  });

  it("finds a pair that is labelled both ways, whatever the order of its answers", () => {
    const rows = [
      example("a", "q", ["x", "y"]),
      example("b", "q", ["y", "x"]),
      example("c", "r", ["x", "y"]),
      example("d", "r", ["x", "y"]),
    ];
    expect(named(rows).get("contradictory-pairs")).toMatchObject({
      severity: "warn",
      count: 1,
      of: 2,
      rows: ["a", "b"],
    });
  });

  it("finds prompts and near-duplicates on both sides of a split that the caller makes", () => {
    const text = Array.from({ length: 60 }, (_, i) => `word${(i * 7) % 31}x${i}`).join(" ");
    const other = (i: number): string => Array.from({ length: 20 }, (_, k) => `w${i}n${k}`).join(" ");
    const rows = [
      example("a", text, ["x", "y"]),
      example("b", text.replace("x59", "z"), ["x", "z"]),
      example("c", "the same question", ["x", "y"]),
      example("d", "the same question", ["x", "z"]),
      ...Array.from({ length: 20 }, (_, i) => example(`e${i}`, other(i), ["x", "y"])),
    ];
    const train = new Set(["a", "c"]);
    const found = named(rows, { split: ({ task: { id } }) => (train.has(id) ? "train" : "validation") });
    expect(found.get("split-leak")).toMatchObject({ count: 2, of: 24, rows: ["c", "d"], severity: "stop" });
    expect(found.get("split-near-leak")).toMatchObject({ count: 2, rows: ["a", "b"], severity: "warn" });
    expect(named(rows).get("split-leak")!.severity).toBe("skipped");
  });

  it("finds items of a benchmark by half of their 8-grams", () => {
    const item = (s: string): string => Array.from({ length: 20 }, (_, i) => `${s}${i}`).join(" ");
    const half = `${item("a").split(" ").slice(0, 15).join(" ")} and then quite another ending`;
    const rows = [example("x", `Please: ${half}`, ["1", "2"]), example("y", item("c"), ["1", "2"])];
    const found = named(rows, { benchmark: { name: "bench", texts: [item("a"), item("b"), "short one"] } });
    expect(found.get("benchmark-leak")).toMatchObject({ count: 1, of: 3, rows: ["x"], severity: "stop" });
    expect(new Overlap([item("a")]).find(item("a").split(" ").slice(0, 9).join(" "))).toEqual([]);
    expect(new Overlap(["Short, ONE"]).find("short one!")).toEqual([0]);
  });

  it("tells how well length alone explains the labels, by a direction from other prompts", () => {
    const rng = random(seedFrom("length"));
    const rows = Array.from({ length: 400 }, (_, i) => {
      const [long, short] = ["word ".repeat(30 + rng.below(20)), "word ".repeat(1 + rng.below(20))];
      return example(`p${i}`, `q${i}`, i % 5 === 0 ? [short, long] : [long, short]);
    });
    const biased = named(rows).get("length-baseline")!;
    expect(biased).toMatchObject({ severity: "warn", estimate: { value: 0.8 }, count: 320, of: 400 });
    expect(biased.sentence).toContain("the longer answer");
    expect(named(noisy(400, 0)).get("length-baseline")!.severity).toBe("ok");
  });

  it("finds the share of wrong labels that was put in, from labels alone and from repeated pairs", () => {
    const rows = noisy(1500, 0.15);
    const noise = named(rows).get("label-noise.out-of-fold")!;
    // the surest fifth are 300 pairs, whose Wilson interval at 0.15 is 0.08 wide; the draw's own share differs from 0.15 by chance; it lies within the interval
    const share = rows.filter(({ labels }) => labels.preferred![0]!.p === 0).length / rows.length;
    expect(noise.estimate!.low).toBeLessThan(share);
    expect(noise.estimate!.high).toBeGreaterThan(share);
    expect(noise.estimate!.high - noise.estimate!.low).toBeLessThan(0.1);
    expect(noise.rows).toHaveLength(5);
    for (const id of noise.rows) expect(rows.find((row) => row.task.id === id)!.labels.preferred![0]!.p).toBe(0);
    expect(named(noisy(500, 0)).get("label-noise.out-of-fold")!.estimate!.value).toBe(0);
    const rng = random(seedFrom("votes"));
    const voted = rows.map((row) => ({
      ...row,
      labels: { preferred: [0, 1].map(() => ({ first: 0, second: 1, p: rng.uniform() < 0.1 ? 0 : 1 })) },
    }));
    const repeated = named(voted).get("label-noise.repeated")!.estimate!;
    expect(repeated.low).toBeLessThan(0.1);
    expect(repeated.high).toBeGreaterThan(0.1);
  });

  it("makes no estimate of noise where words tell nothing", () => {
    const rng = random(seedFrom("empty"));
    const rows = Array.from({ length: 300 }, (_, i) =>
      example(`p${i}`, `q${i}`, [`w${rng.below(50)} v`, `w${rng.below(50)} u`], {
        preferred: [{ first: 0, second: 1, p: rng.below(2) }],
      }),
    );
    expect(named(rows).get("label-noise.out-of-fold")!.severity).toBe("skipped");
  });
});

describe("tokenizerChecks", () => {
  const severities = (files: Parameters<typeof tokenizerChecks>[0]): Record<string, string> =>
    Object.fromEntries(tokenizerChecks(files).map(({ id, severity }) => [id, severity]));

  it("finds padding that is missing, equal to the end, on the left, or unknown to the model", () => {
    expect(severities({ tokenizer: { eos_token: "</s>" }, model: {} })).toEqual({
      "padding-token": "stop",
      "padding-is-eos": "skipped",
      "padding-id": "stop",
      "padding-side": "ok",
      "chat-template": "warn",
    });
    expect(
      severities({
        tokenizer: {
          pad_token: { content: "</s>" },
          padding_side: "left",
          chat_template: "{{ messages }}",
          added_tokens_decoder: { "2": { content: "</s>" } },
        },
        specialTokens: { eos_token: "</s>" },
        model: { pad_token_id: 0 },
      }),
    ).toEqual({
      "padding-token": "ok",
      "padding-is-eos": "warn",
      "padding-id": "stop",
      "padding-side": "warn",
      "chat-template": "ok",
    });
    const good = { pad_token: "<pad>", eos_token: "</s>", chat_template: "x" };
    expect(Object.values(severities({ tokenizer: good, model: { pad_token_id: 3 } }))).toEqual(
      new Array<string>(5).fill("ok"),
    );
  });
});
