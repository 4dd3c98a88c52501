import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";

const dir = folder();
afterAll(() => dir[Symbol.dispose]());
const show = (...args: string[]) => laurel(["judge", "show", ...args], { cwd: dir.path });

describe("laurel judge show", () => {
  it("prints every prompt of a kind with version and fingerprint, asking no model", () => {
    const { code, out } = show("judge.pairwise");
    expect(code).toBe(0);
    expect(out).toMatch(/judge\.pairwise, fingerprint [0-9a-f]{32}/);
    expect(out).toMatch(/prompt pairwise v1, fingerprint [0-9a-f]{32}/);
    expect(out).toContain("{{quote answer-A}}");
    expect(out).toContain('"[[C]]" for a tie');
  });
  it("fills in a rubric's file, and changes the fingerprint with it", () => {
    const file = (criterion: string): string => {
      writeFileSync(dir.file("r.yaml"), `criterion: ${criterion}\nlevels:\n  1: no\n  2: yes\n`);
      return show("r.yaml", "--json").out;
    };
    const [one, two] = [file("Is it brief?"), file("Is it kind?")].map((out) => JSON.parse(out).judges[0]);
    expect(one).toMatchObject({ kind: "judge.rubric", prompts: [{ name: "rubric", version: 1 }] });
    expect(one.prompts[0].user).toContain("[Is it brief?]\nScore 1: no\nScore 2: yes");
    expect(one.fingerprint).not.toBe(two.fingerprint);
  });
  it("shows the judges inside a composite, and the requests for a task", () => {
    writeFileSync(
      dir.file("t.jsonl"),
      `${JSON.stringify({ prompt: "Capital of France?", candidates: ["Paris", "Lyon"], reference: { answer: "Paris" } })}\n`,
    );
    const spec = "{kind: to-reward, comparer: {kind: judge.pairwise, model: 'http://127.0.0.1:9/v1#m'}}";
    const { judges } = JSON.parse(show(spec, "--task", "t.jsonl", "--json").out) as {
      judges: { kind: string; requests: { messages: { role: string; content: string }[] }[] }[];
    };
    expect(judges.map((judge) => judge.kind)).toEqual(["judge.pairwise"]);
    const [first, second] = judges[0]!.requests.map(({ messages }) => messages[1]!.content);
    expect(first).toMatch(/\[begin answer-A ([0-9a-f]{16})\]\nParis\n\[end answer-A \1\]/);
    expect(second).toMatch(/\[begin answer-A ([0-9a-f]{16})\]\nLyon\n\[end answer-A \1\]/);
  });
  it("says what is wrong: no judge, an unknown kind, a wrong option, a wrong rubric", () => {
    expect(show("verify.math")).toMatchObject({ code: 2, err: expect.stringContaining("asks no language model") });
    expect(show("{kind: judge.pairwse}")).toMatchObject({ code: 2, err: expect.stringContaining("judge.pairwise") });
    expect(show("judge.pairwise", "--set", "orders=once")).toMatchObject({
      code: 2,
      err: expect.stringContaining("orders"),
    });
    writeFileSync(dir.file("gap.yaml"), "criterion: c\nlevels:\n  1: a\n  3: b\n");
    expect(show("gap.yaml")).toMatchObject({ code: 2, err: expect.stringContaining("without a gap") });
  });
});

describe("a judge's spec", () => {
  it("is listed with options and an example, and refused with a path where it is wrong", () => {
    const { code, out } = laurel(["kinds", "judge.faithfulness"], { cwd: dir.path });
    expect(code).toBe(0);
    expect(out).toContain("kind: judge.faithfulness");
    writeFileSync(dir.file("one.jsonl"), `${JSON.stringify({ prompt: "q", candidates: ["a"] })}\n`);
    const wrong = laurel(
      ["score", "one.jsonl", "--reward", "{kind: judge.pointwise, model: 'http://127.0.0.1:9/v1#m', scale: five}"],
      {
        cwd: dir.path,
      },
    );
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("scale") });
  });
});
