import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerText,
  type Candidate,
  candidate,
  candidateHash,
  canonicalJson,
  combine,
  directContext,
  fault,
  groupwise,
  InputError,
  isScored,
  type Json,
  NotEnoughDataError,
  pairwise,
  partsOf,
  pointwise,
  promptHash,
  promptText,
  type Reward,
  type Score,
  StoppedError,
  settle,
  sha256,
  type Task,
  task,
  UsageError,
  unscored,
} from "./index.ts";

const score = async (reward: Reward, ...tasks: Task[]): Promise<readonly (readonly Score[])[]> =>
  reward.score(tasks, directContext());
const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe("canonicalJson and hashes", () => {
  it("are equal for equal values whatever the order of keys, and say the same as JSON", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed as Json)).toBe(canonicalJson(object as Json));
        expect(JSON.parse(canonicalJson(object as Json))).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });
  it("sha256 gives the published digest of abc", () => {
    // FIPS 180-2, appendix B.1
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
  it("a candidate's hash leaves out id and tokens, and nothing else", () => {
    const base = candidate("hello");
    expect(candidateHash({ ...base, id: "x", tokens: { count: 3, tokenizer: "t" } })).toBe(candidateHash(base));
    const others: Candidate[] = [
      candidate("hello "),
      { output: [{ role: "tool", content: "hello" }] },
      { ...base, finish: "length" },
      { ...base, meta: { a: 1 } },
      { ...base, partial: true },
      { ...base, steps: [{ start: 0, end: 2 }] },
      { output: [...base.output, ...base.output] },
    ];
    expect(new Set([base, ...others].map(candidateHash)).size).toBe(others.length + 1);
  });
  it("a prompt's hash sees prompt, reference and context, not candidates or id", () => {
    const one = task("p", ["a"], "r", { id: "1", context: { k: 1 } });
    expect(promptHash({ ...one, id: "2", candidates: [candidate("b")] })).toBe(promptHash(one));
    expect(promptHash(task("q", ["a"], "r", { context: { k: 1 } }))).not.toBe(promptHash(one));
    expect(promptHash(task("p", ["a"], "s", { context: { k: 1 } }))).not.toBe(promptHash(one));
    expect(promptHash(task("p", ["a"], "r", { context: { k: 2 } }))).not.toBe(promptHash(one));
  });
});

describe("task and text", () => {
  it("makes tasks of plain values, with the same id for the same content", () => {
    expect(task("p", ["a"], 5).reference).toEqual({ answer: 5 });
    expect(task("p", ["a"]).id).toBe(task("p", ["a"]).id);
    expect(task("p", ["a"]).id).not.toBe(task("p", ["b"]).id);
    expect(
      promptText(
        task(
          [
            { role: "system", content: "s" },
            { role: "user", content: "u" },
          ],
          [],
        ),
      ),
    ).toBe("s\nu");
  });
  it("answers with assistant texts only: no reasoning, media or tool parts", () => {
    const whole: Candidate = {
      output: [
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "hm" },
            { type: "text", text: "one" },
            { type: "tool-call", id: "1", name: "f", input: {} },
          ],
        },
        { role: "tool", content: "tool says" },
        { role: "assistant", content: "two" },
      ],
    };
    expect(answerText(whole)).toBe("one\ntwo");
    expect(answerText({ output: [{ role: "tool", content: "x" }] })).toBe("");
  });
});

describe("settle", () => {
  const ranged = { name: "r", range: [0, 1] as const };
  it("takes numbers, booleans and scores, and fills a fault with the floor", () => {
    expect(settle(0.5, ranged)).toEqual({ value: 0.5 });
    expect(settle(true, ranged)).toEqual({ value: 1 });
    expect(settle(fault("no-answer"), ranged)).toEqual({ fault: "no-answer", value: 0 });
    expect(settle(fault("no-answer"), { name: "r", floor: -3 })).toEqual({ fault: "no-answer", value: -3 });
    const not = unscored("transport", "down");
    expect(settle(not, ranged)).toBe(not);
  });
  it("never lets a value through that is not finite, outside the range, or missing", () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 1.5, -0.1, {} as never, null as never, "1" as never])
      expect(settle(wrong, ranged)).toMatchObject({ unscored: { reason: "bug" } });
    expect(settle(fault("crashed"), { name: "r" })).toMatchObject({
      unscored: { reason: "bug", message: expect.stringContaining("floor") },
    });
    expect(settle(1 + 1e-12, ranged)).toEqual({ value: 1 + 1e-12 });
  });
});

describe("pointwise and groupwise", () => {
  it("score each candidate in its place; a throw is a bug of the reward, not a zero", async () => {
    const reward = pointwise("r", (one) => {
      if (answerText(one) === "bad") throw new Error("no");
      return answerText(one) === "later" ? Promise.resolve(2) : 1;
    });
    const [scores] = await score(reward, task("p", ["a", "bad", "later"]));
    expect(scores).toMatchObject([{ value: 1 }, { unscored: { reason: "bug", message: "r threw: no" } }, { value: 2 }]);
  });
  it("a cancelled context gives cancelled", async () => {
    const stop = AbortSignal.abort();
    const reward = pointwise("r", () => Promise.reject(new Error("aborted")));
    expect((await reward.score([task("p", ["a"])], directContext({ signal: stop })))[0]![0]).toMatchObject({
      unscored: { reason: "cancelled" },
    });
  });
  it("a group of the wrong size is a bug for all of it", async () => {
    const [scores] = await score(
      groupwise("g", () => [1]),
      task("p", ["a", "b"]),
    );
    expect(scores).toMatchObject([{ unscored: { reason: "bug" } }, { unscored: { reason: "bug" } }]);
  });
  it("random rewards depend on seed, task id and content, not on neighbours or batches", async () => {
    const reward = pointwise("r", (_c, _t, ctx) => Number.parseInt(ctx.seed.slice(0, 8), 16), {
      random: true,
      version: 1,
    });
    const value = async (of: Task, at = 0, seed = 1) =>
      ((await reward.score([of], directContext({ seed })))[0]![at] as { value: number }).value;
    const a = await value(task("p", ["x"], undefined, { id: "1" }));
    expect(await value(task("p", ["y", "x"], undefined, { id: "1" }), 1)).toBe(a);
    expect(await value(task("p", ["x"], undefined, { id: "2" }))).not.toBe(a);
    expect(await value(task("p", ["x"], undefined, { id: "1" }), 0, 2)).not.toBe(a);
  });
  it("fingerprints change with name, version and spec, and are null without a version", () => {
    const print = (name: string, more: Parameters<typeof pointwise>[2]) => pointwise(name, () => 1, more).fingerprint;
    expect(print("a", {})).toBeNull();
    const all = [
      print("a", { version: 1 }),
      print("b", { version: 1 }),
      print("a", { version: 2 }),
      print("a", { version: 1, spec: { kind: "k" } }),
    ];
    expect(new Set(all).size).toBe(4);
    expect(print("a", { version: 1 })).toBe(all[0]);
  });
});

describe("pairwise", () => {
  it("keeps p in [0, 1], pairs in their places, and throws as bugs", async () => {
    const comparer = pairwise("c", (a, b) => {
      if (answerText(b) === "bad") throw new Error("no");
      return answerText(a).length > answerText(b).length ? 1 : answerText(b) === "out" ? 7 : 0.5;
    });
    const of = task("p", ["aa", "b", "bad", "out"]);
    const [verdicts] = await comparer.compare(
      [
        {
          task: of,
          pairs: [
            [0, 1],
            [1, 2],
            [1, 3],
            [0, 9],
          ],
        },
      ],
      directContext(),
    );
    expect(verdicts).toMatchObject([
      { first: 0, second: 1, p: 1 },
      { first: 1, second: 2, unscored: { reason: "bug" } },
      { first: 1, second: 3, unscored: { reason: "bug", message: expect.stringContaining("outside") } },
      { first: 0, second: 9, unscored: { reason: "bug" } },
    ]);
  });
});

describe("combine", () => {
  const one = pointwise("one", () => 1, { version: 1, range: [0, 1], spec: { kind: "one" } });
  const two = pointwise("two", () => ({ value: 2, parts: { inner: 2 } }), { version: 1, spec: { kind: "two" } });
  const sum = (more: Parameters<typeof combine>[2] = {}) =>
    combine(
      { one, two },
      (scores) => ({
        value: (scores.one as { value: number }).value + (scores.two as { value: number }).value,
        parts: partsOf(scores),
      }),
      more,
    );

  it("hands every child's score to the function, and calls children only through the context", async () => {
    const asked: string[] = [];
    const context = directContext();
    const watched = {
      ...context,
      score: (child: Reward, tasks: readonly Task[]) => {
        asked.push(child.name);
        return child.score(tasks, context);
      },
    };
    const [scores] = await sum().score([task("p", ["a"])], watched);
    expect(scores).toEqual([{ value: 3, parts: { one: 1, two: 2, "two.inner": 2 } }]);
    expect(asked).toEqual(["one", "two"]);
  });
  it("takes fingerprint, spec, sees and children from its children", () => {
    const group = groupwise("g", (of) => of.candidates.map(() => 1), { version: 1 });
    expect(sum({ version: 1, spec: { kind: "sum" } }).spec).toEqual({
      kind: "sum",
      rewards: { one: { kind: "one" }, two: { kind: "two" } },
    });
    expect(sum().fingerprint).toBeNull();
    expect(sum({ version: 1 }).fingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(combine({ one, group }, () => 1).sees).toBe("group");
    expect(combine({ one, two }, () => 1).children).toEqual([one, two]);
    const bare = pointwise("bare", () => 1);
    expect(combine({ bare }, () => 1, { version: 1, spec: { kind: "x" } }).fingerprint).toBeNull();
    expect(combine({ bare }, () => 1, { version: 1, spec: { kind: "x" } }).spec).toBeUndefined();
    expect(() => combine({}, () => 1)).toThrow(UsageError);
  });
  it("keeps a throw of the function to its candidate", async () => {
    const picky = combine({ one }, (_s, own) => {
      if (answerText(own) === "bad") throw new Error("no");
      return Promise.resolve(1);
    });
    const [scores] = await score(picky, task("p", ["ok", "bad"]));
    expect(scores!.map(isScored)).toEqual([true, false]);
  });
});

describe("errors", () => {
  it("name the place and carry an exit code", () => {
    expect(new InputError({ file: "a.jsonl", line: 17, field: "chosen" }, "expected string").message).toBe(
      "a.jsonl, line 17, chosen: expected string",
    );
    expect(new InputError({}, "nothing").message).toBe("nothing");
    expect([
      new UsageError("x").exitCode,
      new NotEnoughDataError("x", 40).exitCode,
      new StoppedError("x").exitCode,
    ]).toEqual([2, 3, 4]);
    expect(new NotEnoughDataError("x", 40).hint).toContain("40");
  });
});
