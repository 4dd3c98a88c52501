import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { candidate, directContext, type Score, type Task, task } from "../core/index.ts";
import { precomputed, rememberPlaces } from "./precomputed.ts";

const place = mkdtempSync(join(tmpdir(), "laurel-precomputed-"));
afterAll(() => rmSync(place, { recursive: true }));
const file = (name: string, rows: readonly object[]): string => {
  const path = join(place, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
};
const shown = (score: Score): number | string => (score.unscored === undefined ? score.value : score.unscored.reason);
const scores = async (path: string, ...tasks: Task[]) => {
  const reward = await precomputed({ path });
  return (await reward.score(tasks, directContext())).map((row) => row.map(shown));
};
const of = (id: string, ...texts: string[]): Task => task("p", texts, undefined, { id });

describe("precomputed", () => {
  const rows = [
    { id: "a", candidate: 0, value: 1.5 },
    { id: "a", candidate: 1, value: -2, fault: "malformed" },
    { id: "b", candidate: 0, value: 0 },
    { id: "b", candidate: 1, unscored: "timeout" },
  ];

  it("looks values up by id and place, and keeps faults and what the file has no score for", async () => {
    const path = file("scores.jsonl", rows);
    expect(await scores(path, of("b", "x", "y"), of("a", "x", "y"))).toEqual([
      [0, "unsupported"],
      [1.5, -2],
    ]);
    const reward = await precomputed({ path });
    const [[, second] = []] = await reward.score([of("a", "x", "y")], directContext());
    expect(second).toEqual({ value: -2, fault: "malformed" });
  });

  it("leaves unknown ids and candidates unscored, with the reason", async () => {
    const path = file("scores.jsonl", rows);
    expect(await scores(path, of("c", "x"))).toEqual([["missing-reference"]]);
    expect(await scores(path, of("a", "x"), of("a", "x", "y", "z"))).toEqual([
      ["incomplete-group"],
      ["incomplete-group", "incomplete-group", "incomplete-group"],
    ]);
  });

  it("finds a candidate by its id, or by the place it had before it was moved", async () => {
    const named = file("named.jsonl", [
      { id: "a", candidate: "good", value: 9 },
      { id: "a", candidate: "bad", value: 1 },
    ]);
    const both = task("p", [candidate("x", { id: "bad" }), candidate("y", { id: "good" })], undefined, { id: "a" });
    expect(await scores(named, both)).toEqual([[1, 9]]);
    const path = file("scores.jsonl", rows);
    const known = of("a", "x", "y");
    rememberPlaces(known);
    const moved = { ...known, candidates: [...known.candidates].reverse() };
    expect(await scores(path, moved, { ...known, candidates: [known.candidates[1]!] })).toEqual([[-2, 1.5], [-2]]);
  });

  it("has the file's hash in its fingerprint", async () => {
    const print = async (name: string, list: readonly object[]) =>
      (await precomputed({ path: file(name, list) })).fingerprint;
    expect(await print("one.jsonl", rows)).toBe(await print("two.jsonl", rows));
    expect(await print("one.jsonl", rows)).not.toBe(await print("two.jsonl", rows.slice(1)));
    await expect(precomputed({ path: join(place, "none.jsonl") })).rejects.toThrow("none.jsonl");
  });
});
