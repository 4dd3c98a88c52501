import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../../../../test/laurel.ts";
import { pointwise, task, unscored } from "../core/index.ts";
import { math } from "../rewards/index.ts";
import "./index.ts";

const plain = (right: number, wrong: number) =>
  Array.from({ length: right + wrong }, (_, i) => ({
    id: `q${i}`,
    prompt: `What is ${i} + 1?`,
    candidates: [i < right ? `${i + 1}` : "0"],
    answer: String(i + 1),
  }));

describe("expect(rows).toScore", () => {
  it("passes on the interval, for plain rows, tasks and examples, and for rewards in any form", async () => {
    await expect(plain(59, 1)).toScore(math(), { atLeast: 0.8 });
    await expect(plain(59, 1)).toScore("verify.math", { atLeast: 0.8, confidence: 0.99 });
    await expect(plain(59, 1)).toScore({ kind: "verify.math" }, { atLeast: 0.8 });
    const tasks = plain(59, 1).map((row) => task(row.prompt, row.candidates, row.answer, { id: row.id }));
    await expect(tasks).toScore(math(), { atLeast: 0.8 });
    const examples = tasks.map((one) => ({ task: one, labels: {}, cluster: one.id, subsets: {} }));
    await expect(examples).toScore(math(), { atLeast: 0.8 });
  });

  it("fails for a low mean and prints the worst rows", async () => {
    const failing = expect(plain(20, 40)).toScore(math(), { atLeast: 0.8 });
    await expect(failing).rejects.toThrow(/worse: the mean of verify\.math is 0\.333 \[.*below 0\.8/);
    await expect(failing).rejects.toThrow(/worst tasks:\n {2}q\d+ {2}0 .*What is \d+ \+ 1\? -> 0/);
  });

  it("fails where the interval straddles, with the number that is needed, and under .not as well", async () => {
    await expect(expect(plain(9, 1)).toScore(math(), { atLeast: 0.8 })).rejects.toThrow(
      /not enough data: .*about \d+ prompts are needed/,
    );
    await expect(expect(plain(9, 1)).not.toScore(math(), { atLeast: 0.8 })).rejects.toThrow(/not enough data/);
    await expect(plain(20, 40)).not.toScore(math(), { atLeast: 0.8 });
  });

  it("names the key that a reward lacks", async () => {
    const judge = pointwise("judge", () => unscored("unsupported", "JUDGE_API_KEY is not set"), { range: [0, 1] });
    await expect(expect(plain(3, 0)).toScore(judge, { atLeast: 0.5 })).rejects.toThrow(/JUDGE_API_KEY is not set/);
  });

  it("says which row is wrong", async () => {
    const rows: unknown[] = [...plain(2, 0), { prompt: "x", candidates: [7] }];
    await expect(expect(rows).toScore(math(), { atLeast: 0.5 })).rejects.toThrow(/rows, line 3, candidates\[0\]/);
    await expect(expect("a.jsonl").toScore(math(), { atLeast: 0.5 })).rejects.toThrow(/expected a list of rows/);
    await expect(expect([...plain(1, 0), ...plain(1, 0)]).toScore(math(), { atLeast: 0.5 })).rejects.toThrow(
      /repeated/,
    );
    await expect(expect([]).toScore(math(), { atLeast: 0.5 })).rejects.toThrow(/no tasks/);
    await expect(expect(plain(1, 0)).toScore("verify.maths", { atLeast: 0.5 })).rejects.toThrow(
      /did you mean verify.math/,
    );
  });
});

describe("expect(rows).toBeatBaseline", () => {
  it("holds rows against a scored file or a run of the store", async () => {
    using place = folder();
    const rows = plain(30, 30);
    writeFileSync(place.file("in.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
    laurel(["score", "in.jsonl", "--reward", "verify.math", "--out", "before.jsonl"], { cwd: place.path });
    const store = place.file(".laurel");
    const [run] = JSON.parse(laurel(["runs", "--json"], { cwd: place.path }).out) as [{ id: string }];
    const reward = math();
    await expect(plain(50, 10)).toBeatBaseline(place.file("before.jsonl"), { reward });
    await expect(plain(50, 10)).toBeatBaseline(run.id, { reward, store });
    await expect(plain(10, 50)).not.toBeatBaseline(run.id, { reward, store, margin: 0.02 });
    await expect(expect(rows).toBeatBaseline(run.id, { reward, store })).rejects.toThrow(/not enough data/);
    await expect(rows).toBeatBaseline(run.id, { reward, store, margin: 0.1 });
    await expect(expect(rows).toBeatBaseline("gone", { reward, store })).rejects.toThrow(
      /neither a file nor a run gone/,
    );
    await expect(expect(rows).toBeatBaseline("x.jsonl", { reward, store: place.file("no") })).rejects.toThrow(
      /no file x/,
    );
  });
});
