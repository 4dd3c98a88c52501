import { describe, expect, it } from "vitest";
import { directContext, isScored, type Reward, task } from "../core/index.ts";
import { allKinds, comparerFrom, rewardFrom, rewardFromText, specFromText, specSchema } from "./index.ts";

const build = async (spec: unknown): Promise<unknown> =>
  allKinds()[(spec as { kind: string }).kind]?.makes === "comparer" ? comparerFrom(spec) : rewardFrom(spec);

const shipped = Object.entries(allKinds()).filter(([name]) => !["module", "precomputed", "learned"].includes(name));

describe("rewardFrom", () => {
  it.each(shipped)("builds %s from its example, and again from the spec it states", async (_name, kind) => {
    const made = (await build(kind.example)) as Reward;
    expect(made.fingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(made.spec).toBeDefined();
    const again = (await build(JSON.parse(JSON.stringify(made.spec)))) as Reward;
    expect(again.fingerprint).toBe(made.fingerprint);
  });

  it("gives another fingerprint for other options, children or weights", async () => {
    const specs = [
      { kind: "weighted", rewards: { a: "verify.math", b: "reference.tokenF1" }, weights: { a: 1, b: 1 } },
      { kind: "weighted", rewards: { a: "verify.math", b: "reference.tokenF1" }, weights: { a: 1, b: 2 } },
      { kind: "weighted", rewards: { a: "verify.math", b: "reference.exactMatch" }, weights: { a: 1, b: 1 } },
      { kind: "weighted", rewards: { a: "verify.math", c: "reference.tokenF1" }, weights: { a: 1, c: 1 } },
    ];
    const prints = await Promise.all(specs.map(async (spec) => (await rewardFrom(spec)).fingerprint));
    expect(new Set(prints).size).toBe(4);
  });

  it("scores what it builds", async () => {
    const reward = await rewardFrom({
      kind: "weighted",
      rewards: { right: "verify.math", form: { kind: "verify.format", patterns: ["\\\\boxed"] } },
      weights: { right: 1, form: 0.5 },
    });
    const [scores] = await reward.score([task("1 + 1?", ["\\boxed{2}", "2", "\\boxed{3}"], "2")], directContext());
    expect(scores!.map((score) => (isScored(score) ? score.value : null))).toEqual([1.5, 1, 0.5]);
  });

  it("lists near misses for an unknown kind, with where it stands", async () => {
    await expect(rewardFrom("verify.mth")).rejects.toMatchObject({
      message: 'there is no kind "verify.mth"',
      hint: expect.stringContaining("verify.math"),
    });
    const nested = { kind: "weighted", rewards: { a: { kind: "lenght" } }, weights: { a: 1 } };
    await expect(rewardFrom(nested)).rejects.toMatchObject({
      message: 'rewards.a: there is no kind "lenght"',
      hint: expect.stringContaining("length"),
    });
  });

  it("names each wrong option with its path", async () => {
    await expect(rewardFrom({ kind: "weighted", rewards: { a: "length" }, weights: { a: "much" } })).rejects.toThrow(
      /weights\.a/,
    );
    await expect(rewardFrom({ kind: "verify.exact", ignoreCase: true })).rejects.toThrow(/ignoreCase/);
    await expect(rewardFrom({ rewards: {} })).rejects.toThrow(/"kind" is missing/);
    await expect(rewardFrom(["verify.math"])).rejects.toThrow(/a kind's name or an object/);
    await expect(rewardFrom("to-comparer")).rejects.toThrow(/rewards/);
    await expect(rewardFrom({ kind: "to-comparer", rewards: { reward: "length" } })).rejects.toThrow(/is a comparer/);
  });

  it("lets a caller add kinds but not replace shipped ones, and keeps files away where asked", async () => {
    const { pointwise } = await import("../core/index.ts");
    const mine = {
      summary: "mine",
      options: (z: import("./kind.ts").Z) => z.strictObject({ k: z.number() }),
      example: { kind: "mine", k: 1 },
      build: async (options: Record<string, unknown>) =>
        pointwise("mine", () => options["k"] as number, { version: 1 }),
    };
    const reward = await rewardFrom({ kind: "mine", k: 3 }, { kinds: { mine, "verify.math": mine } });
    expect((await reward.score([task("p", ["a"])], directContext()))[0]).toEqual([{ value: 3 }]);
    expect((await rewardFrom("verify.math", { kinds: { "verify.math": mine } })).name).toBe("verify.math");
    for (const spec of [
      { kind: "module", path: "x.ts" },
      { kind: "judge.pointwise", model: "http://127.0.0.1:9/v1#m" },
      { kind: "to-reward", comparer: { kind: "judge.pairwise", model: "http://127.0.0.1:9/v1#m" } },
      { kind: "remote", url: "http://127.0.0.1:9" },
      { kind: "verify.match", of: "facts", judge: "http://127.0.0.1:9/v1#m" },
      { kind: "verify.judgement", referee: "http://127.0.0.1:9/v1#m" },
      { kind: "reference.similarity", embedder: "http://127.0.0.1:9/v1#m" },
      { kind: "reference.relevance", embedder: "http://127.0.0.1:9/v1#m" },
      { kind: "reference.r3", embedder: "http://127.0.0.1:9/v1#m" },
    ])
      await expect(rewardFrom(spec, { files: false })).rejects.toThrow(/not allowed/);
    expect((await rewardFrom({ kind: "reference.similarity", embedder: "hash" }, { files: false })).sees).toBe(
      "candidate",
    );
  });
});

describe("specFromText", () => {
  it("reads a kind, inline YAML and JSON, a module and a URL", async () => {
    expect(await specFromText("verify.math")).toBe("verify.math");
    expect(await specFromText("{ kind: length, unit: words }")).toEqual({ kind: "length", unit: "words" });
    expect(await specFromText("kind: length\nunit: words")).toEqual({ kind: "length", unit: "words" });
    expect(await specFromText('{"kind":"length"}')).toEqual({ kind: "length" });
    expect(await specFromText("./a/mine.ts#good", { directory: "/x" })).toEqual({
      kind: "module",
      path: "/x/a/mine.ts",
      export: "good",
    });
    expect(await specFromText("http://127.0.0.1:8000")).toEqual({ kind: "remote", url: "http://127.0.0.1:8000" });
  });

  it("says what is wrong with a name, a file or YAML", async () => {
    await expect(specFromText("lenght")).rejects.toMatchObject({ hint: expect.stringContaining("length") });
    await expect(specFromText("no-such.yaml")).rejects.toThrow(/cannot be read/);
    await expect(specFromText("{ kind: [ }")).rejects.toThrow(/not valid YAML/);
    await expect(specFromText("")).rejects.toThrow(/empty/);
  });

  it("loads a reward of the user's own module, and says what a module lacks", async () => {
    const file = new URL("../../../../test/fixtures/rewards.ts", import.meta.url).pathname;
    const reward = await rewardFromText(`${file}#size`);
    expect((await reward.score([task("p", ["abc"])], directContext()))[0]).toEqual([{ value: 3 }]);
    await expect(rewardFromText(`${file}#nothing`)).rejects.toMatchObject({ hint: expect.stringContaining("size") });
    await expect(rewardFromText("./nowhere.ts")).rejects.toThrow(/there is no file/);
  });
});

describe("specSchema", () => {
  it("describes every kind, closed over its own references", async () => {
    const schema = await specSchema();
    const defs = schema["$defs"] as Record<string, { properties?: { kind?: unknown } }>;
    for (const name of Object.keys(allKinds())) expect(defs[name], name).toBeDefined();
    const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map((match) => match[1]!);
    for (const ref of refs) expect(Object.keys(defs)).toContain(ref);
    expect(refs).toContain("reward");
  });
});
