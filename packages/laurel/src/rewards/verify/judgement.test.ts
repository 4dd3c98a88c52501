import { describe, expect, it } from "vitest";
import {
  directContext,
  type Generation,
  type LanguageModel,
  task,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { judgement, verdict, verdictValue } from "./judgement.ts";

const ctx = directContext();

/** A referee that gives its replies in turn and keeps what it was asked. */
function scripted(replies: readonly (string | Unscored)[]) {
  const asked: string[] = [];
  const model: LanguageModel = {
    name: "scripted",
    fingerprint: "scripted",
    supports: { n: false, seed: true, logprobs: false, tools: false, images: false, schema: false },
    async generate(requests) {
      return requests.map((request) => {
        asked.push(String(request.messages[0]!.content));
        const reply = replies[Math.min(asked.length, replies.length) - 1]!;
        if (typeof reply !== "string") return [reply];
        const usage = { model: "scripted", inputTokens: 0, outputTokens: 0, calls: 1 };
        return [{ text: reply, finish: "stop", modelId: "scripted", usage } satisfies Generation];
      });
    },
  };
  return { model, asked };
}

describe("verify.verdict (RM-R1)", () => {
  it("gives the specification's six outcomes", () => {
    const tagA = "<answer>[[A]]</answer>";
    const tagB = "<answer>[[B]]</answer>";
    const values = [tagA, tagB, `${tagA} ${tagB}`, `${tagA}${"x".repeat(80)}`, tagA.toLowerCase(), ""].map((text) =>
      verdictValue(text, "A"),
    );
    expect(values).toEqual([1, -1, -1, -1, -1, -1]);
  });

  it("reads the tag exactly at the border of the last 80 characters, counted in code points", () => {
    const tag = "<answer>[[A]]</answer>";
    expect(verdictValue(`${tag}${"😀".repeat(80 - tag.length)}`, "A")).toBe(1);
    expect(verdictValue(`${tag}${"😀".repeat(81 - tag.length)}`, "A")).toBe(-1);
  });

  it("takes the gold verdict from the reference, and is unscored without a usable one", async () => {
    const answer = "<answer>[[B]]</answer>";
    const scoreOf = async (reference?: string) =>
      (await verdict().score([task("q", [answer], reference)], ctx))[0]![0]!;
    expect(await scoreOf("model_b")).toEqual({ value: 1 });
    expect(await scoreOf("A")).toEqual({ value: -1 });
    expect((await scoreOf()).unscored?.reason).toBe("missing-reference");
    expect((await scoreOf("C")).unscored?.reason).toBe("bad-reference");
    expect(() => verdict({ right: 0, wrong: 1 })).toThrow(UsageError);
  });
});

describe("verify.judgement (R1-Reward)", () => {
  const good = "<think>a\nb\nResponse 1 is better.</think><answer>1</answer>";
  const score = async (reply: readonly (string | Unscored)[] | undefined, text: string, more = {}) => {
    const referee = reply === undefined ? undefined : scripted(reply);
    const reward = judgement({ referee: referee?.model, ...more });
    const scores = await reward.score([task("q", [text], "1")], ctx);
    const one = scores[0]![0]! as
      | { value: number; parts: object; unscored?: undefined }
      | { unscored: { reason: string }; value?: undefined };
    return { one, asked: referee?.asked ?? [] };
  };

  it("gives 2, 1.5, 1 and 0.5 for right and consistent, unreadable, contradictory, and wrong but well-formed", async () => {
    expect((await score(["1"], good)).one.value).toBe(2);
    const unreadable = await score(["hm", "yes", "?"], good);
    expect(unreadable.one).toMatchObject({ value: 1.5, parts: { format: 1, accuracy: 1, consistency: 0 } });
    expect(unreadable.asked).toHaveLength(3);
    expect((await score(["0"], good)).one.value).toBe(1);
    expect((await score(["1"], good.replace(">1<", ">2<"))).one.value).toBe(0.5);
  });

  it("keeps the second term for malformed text: 1 + 0.5c if right, 0 if wrong", async () => {
    expect((await score(["1"], " 1\n")).one.value).toBe(1.5);
    expect((await score(["0"], "1")).one.value).toBe(0.5);
    expect((await score(["1"], "2")).one.value).toBe(0);
    expect((await score(["1"], `${good} `)).one.value).toBe(1.5);
  });

  it("counts a contradiction as 0 in the binary form, and asks nobody where it is off or the answer is wrong", async () => {
    expect((await score(["0"], good, { consistency: "binary" })).one.value).toBe(1.5);
    expect((await score(["1"], good, { consistency: "off" })).asked).toEqual([]);
    expect((await score(["1"], good.replace(">1<", ">2<"))).asked).toEqual([]);
    expect((await score(undefined, good)).one).toMatchObject({ value: 1.5, parts: { consistency: null } });
  });

  it("shows the referee the last three lines only, quoted", async () => {
    const { asked } = await score(["1"], "<think>secret\none\ntwo\nthree</think><answer>1</answer>");
    expect(asked[0]).not.toContain("secret");
    expect(asked[0]).toContain('"one\\ntwo\\nthree"');
  });

  it("is unscored where the referee cannot be reached", async () => {
    const { one } = await score([unscored("transport", "down")], good);
    expect(one.unscored?.reason).toBe("transport");
  });
});
