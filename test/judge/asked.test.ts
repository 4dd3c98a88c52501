import { describe, expect, it } from "vitest";
import { directContext, type JsonObject, type Task, task } from "../../packages/laurel/src/core/index.ts";
import { hashedNgrams } from "../../packages/laurel/src/models/embed/index.ts";
import { type Script, scriptedServer } from "../../packages/laurel/src/models/index.ts";
import { rewardFrom } from "../../packages/laurel/src/spec/index.ts";

/** The scores of a spec whose `asked` member is a model that speaks by a script. */
async function scored(spec: JsonObject, asked: string, script: Script, given: Task) {
  await using server = await scriptedServer(script, { name: "m", embedder: hashedNgrams(64) });
  const reward = await rewardFrom({ ...spec, [asked]: `${server.url}#m` });
  const scores = (await reward.score([given], directContext()))[0]!;
  return { reward, scores, asked: server.requests.length };
}

describe("verifiers and metrics that ask a model which their spec names", () => {
  const facts = { reference: { facts: ["a red circle", "a blue square"], answer: "4" } };

  it("verify.match takes the facts that a model finds stated", async () => {
    const given = { ...task("What is there?", ["Something round and red."]), ...facts };
    const { reward, scores } = await scored({ kind: "verify.match", of: "facts" }, "judge", ["[1, 0]"], given);
    expect(scores).toMatchObject([{ value: 0.5, parts: { fact1: 1, fact2: 0 } }]);
    expect(reward.spec).toMatchObject({ kind: "verify.match", of: "facts", judge: expect.stringContaining("#m") });
    expect(reward.fingerprint).toMatch(/^[0-9a-f]{32}/);
    await expect(
      rewardFrom({ kind: "verify.match", of: "facts", judge: "http://127.0.0.1:9/v1#m", rewards: { judge: "length" } }),
    ).rejects.toThrow("one judge");
  });

  it("verify.judgement asks its referee about a right verdict only", async () => {
    const given: Task = {
      ...task("Which?", [
        "<think>So 1 wins.</think><answer>1</answer>",
        "<think>So 2 wins.</think><answer>1</answer>",
        "<think>So 2 wins.</think><answer>2</answer>",
      ]),
      reference: { answer: "A" },
    };
    const script: Script = ({ prompt }) => (prompt.includes("So 1 wins") ? "1" : "0");
    const { scores, asked } = await scored({ kind: "verify.judgement" }, "referee", script, given);
    expect(scores.map((score) => (score.unscored === undefined ? score.value : null))).toEqual([2, 1, 0.5]);
    expect(asked).toBe(2);
  });

  it("verify.perception weighs answer, form, facts and repetition as Perception-R1 does", async () => {
    const text = "<think>\nA red circle.\n</think>\n<answer>\n\\boxed{4}\n</answer>";
    const given = { ...task("How many?", [text, "\\boxed{5}"]), ...facts };
    const script: Script = ({ prompt }) => (prompt.includes("red circle.") ? "[1, 0]" : "[0, 0]");
    const { scores } = await scored({ kind: "verify.perception" }, "judge", script, given);
    // 0.9·1 + 0.1·1 + 0.7·½, and nothing
    expect(scores).toMatchObject([
      { value: expect.closeTo(1.35, 9), parts: { accuracy: 1, format: 1, visual: 0.5 } },
      { value: expect.closeTo(0, 9) },
    ]);
  });

  it("reference.similarity embeds by a server, or without one", async () => {
    const given: Task = {
      ...task("q", ["the cat sat on the mat", "entirely other words"]),
      reference: { texts: ["the cat sat on a mat"] },
    };
    const { scores } = await scored({ kind: "reference.similarity" }, "embedder", [""], given);
    const values = scores.map((score) => (score.unscored === undefined ? score.value : Number.NaN));
    expect(values[0]).toBeGreaterThan(values[1]! + 0.3);
    const local = await rewardFrom({ kind: "reference.similarity", embedder: "hash:64" });
    const [alone] = await local.score([given], directContext());
    // the same vectors over the wire, but for their rounding to 32 bits in text
    expect(alone!.map((score) => (score.unscored === undefined ? score.value : null))).toEqual(
      values.map((value) => expect.closeTo(value, 5)),
    );
  });
});
