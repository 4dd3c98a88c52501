import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { scriptedServer } from "../../packages/laurel/src/models/scripted.ts";
import { folder, start } from "../laurel.ts";

const longer = (prompt: string): string => {
  const answer = (name: string): string =>
    new RegExp(`\\[begin ${name} ([0-9a-f]{16})\\]\\n([^]*?)\\n\\[end ${name} \\1\\]`).exec(prompt)?.[2] ?? "";
  if (prompt.includes("answer-A")) return answer("answer-A").length > answer("answer-B").length ? "[[A]]" : "[[B]]";
  return `{"reason": "by length", "score": ${Math.min(10, answer("answer").length)}}`;
};

describe("laurel score with a judge behind a server", () => {
  it("scores with a pointwise and a pairwise judge, and pays once for what it asked before", async () => {
    using dir = folder();
    await using server = await scriptedServer(({ prompt }) => longer(prompt), { name: "judge" });
    writeFileSync(
      dir.file("tasks.jsonl"),
      [
        ["Yes", "Yes, it is", ":"],
        ["Nope", "No"],
      ]
        .map((candidates, i) => JSON.stringify({ id: `t${i}`, prompt: `Question ${i}?`, candidates }))
        .join("\n"),
    );
    const model = `${server.url}#judge`;
    const score = async (spec: object, out: string) => {
      const args = ["score", "tasks.jsonl", "--reward", JSON.stringify(spec), "--out", out];
      const finished = await start(args, { cwd: dir.path }).done;
      expect(finished.code, finished.err).toBe(0);
      return readFileSync(dir.file(out), "utf8")
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { scores: { value?: number; fault?: string }[] }).scores);
    };
    const pointwise = await score({ kind: "judge.pointwise", model }, "one.jsonl");
    expect(pointwise.map((row) => row.map((each) => each.value))).toEqual([
      [3, 10, 1],
      [4, 2],
    ]);
    expect(pointwise[0]![2]!.fault).toBe("no-answer");
    const asked = server.requests.length;
    expect(asked).toBe(4);
    await score({ kind: "judge.pointwise", model }, "again.jsonl");
    expect(server.requests.length).toBe(asked);
    const pairwise = await score({ kind: "to-reward", comparer: { kind: "judge.pairwise", model } }, "two.jsonl");
    expect(pairwise.map((row) => row.map((each) => each.value))).toEqual([
      [0.5, 1, 0],
      [1, 0],
    ]);
    // two pairs of readable answers, each in both orders; the pairs with ":" cost nothing
    expect(server.requests.length).toBe(asked + 4);
  });
});
