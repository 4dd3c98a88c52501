import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { readScores, type ScoreOptions, type ScoreTable } from "./scores.ts";

const folder = mkdtempSync(join(tmpdir(), "laurel-scores-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(rows: readonly object[], options?: ScoreOptions): Promise<ScoreTable> {
  const path = join(folder, "s.jsonl");
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return readScores(path, { name: "s.jsonl", ...options });
}

describe("readScores", () => {
  it("reads a row a candidate, by index or by the candidate's id, scored or not", async () => {
    const scores = await read([
      { id: "a", candidate: 1, value: 0.5, parts: { x: 1 } },
      { id: "a", candidate: 0, value: -2, fault: "malformed" },
      { id: 7, score: 3 },
      { id: "b", candidate: "m1", unscored: { reason: "transport", message: "timeout" } },
      { id: "b", candidate: "m2", value: 1 },
      { id: "c", candidate: 2, unscored: true },
    ]);
    expect(scores).toMatchObject({ format: "long", size: 4, unscored: 2 });
    expect(scores.group("a")).toEqual([
      { value: -2, fault: "malformed" },
      { value: 0.5, parts: { x: 1 } },
    ]);
    expect(scores.get("7")).toEqual({ value: 3 });
    expect(scores.get("b", "m2")).toEqual({ value: 1 });
    expect(scores.get("b", "m1")).toMatchObject({ unscored: { reason: "transport", message: "timeout" } });
    expect(scores.get("b", "m3")).toBeUndefined();
    expect(scores.get("c", 0)).toBeUndefined();
    expect(scores.get("c", 2)).toMatchObject({ unscored: { reason: "unsupported" } });
    expect(scores.group("none")).toBeUndefined();
  });

  it("reads Parquet", async () => {
    const path = join(folder, "s.parquet");
    const columnData = [
      { name: "id", data: ["a", "a", "b"] },
      { name: "candidate", data: [0n, 1n, 0n] },
      { name: "value", data: [0.25, 0.75, -1] },
    ];
    writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData })));
    const scores = await readScores(path);
    expect(scores.group("a")).toEqual([{ value: 0.25 }, { value: 0.75 }]);
    expect(scores.get("b")).toEqual({ value: -1 });
  });

  it("reads Laurel's own rows, one repeat of them", async () => {
    const row = (id: string, repeat: number, value: number) => ({
      v: 1,
      id,
      repeat,
      scores: [{ value }, { unscored: { reason: "undecided", message: "m" } }],
      best: 0,
    });
    const rows = [row("a", 0, 1), row("a", 1, 2), row("b", 0, 3)];
    const scores = await read(rows);
    expect(scores).toMatchObject({ format: "laurel", size: 2, unscored: 2 });
    expect(scores.get("a", 0)).toEqual({ value: 1 });
    expect((await read(rows, { repeat: 1 })).get("a", 0)).toEqual({ value: 2 });
  });

  it("reads a row of plain numbers a task, null being unscored", async () => {
    const scores = await read([
      { id: "a", scores: [0.5, -2] },
      { id: "b", scores: [null, { value: 1 }] },
    ]);
    expect(scores).toMatchObject({ format: "laurel", size: 2, unscored: 1 });
    expect(scores.group("a")).toEqual([{ value: 0.5 }, { value: -2 }]);
    expect(scores.get("b", 1)).toEqual({ value: 1 });
  });

  it("reads reward-bench's outputs: chosen first, numbers or lists, as rows or as columns of one JSON object", async () => {
    const one = await read([{ id: 3, subset: "hep", scores_chosen: 1.5, scores_rejected: -1, results: 1 }]);
    expect(one.group("3")).toEqual([{ value: 1.5 }, { value: -1 }]);
    const two = await read([{ id: "q", scores_chosen: [[1.5]], scores_rejected: [[0.5], [0.25], [2]] }]);
    expect(two.group("q")?.map((score) => (score as { value: number }).value)).toEqual([1.5, 0.5, 0.25, 2]);
    const path = join(folder, "columns.json");
    writeFileSync(path, JSON.stringify({ id: [1, 2], scores_chosen: [1, 2], scores_rejected: [3, 4] }));
    expect((await readScores(path)).group("2")).toEqual([{ value: 2 }, { value: 4 }]);
    expect((await read([{ id: "r", score_chosen: [1, 2, 3], score_rejected: [4, 5, 6] }])).group("r")).toHaveLength(6);
  });

  it("reads lm-evaluation-harness samples by document and filter, and keeps the documents' hashes", async () => {
    const row = (doc_id: number, filter: string, exact_match: number) => ({
      doc_id,
      filter,
      metrics: ["exact_match"],
      exact_match,
      doc_hash: `h${doc_id}`,
    });
    const rows = [
      row(0, "strict-match", 1),
      row(1, "strict-match", 0),
      row(0, "flexible-extract", 1),
      row(1, "flexible-extract", 1),
    ];
    await expect(read(rows)).rejects.toThrow("it has results for 2 filters: strict-match, flexible-extract");
    const strict = await read(rows, { filter: "strict-match" });
    expect([strict.get("0"), strict.get("1")]).toEqual([{ value: 1 }, { value: 0 }]);
    expect(strict.documentHash("1")).toBe("h1");
    expect((await read(rows, { filter: "flexible-extract" })).get("1")).toEqual({ value: 1 });
    await expect(read(rows, { filter: "strict" })).rejects.toThrow("it has no results for the filter 'strict'");
    const two = { doc_id: 0, filter: "none", metrics: ["acc", "acc_norm"], acc: 1, acc_norm: 0 };
    await expect(read([two])).rejects.toThrow("it has several metrics: acc, acc_norm");
    expect((await read([two], { metric: "acc_norm" })).get("0")).toEqual({ value: 0 });
  });

  it.each([
    [
      [
        { id: "a", value: 1 },
        { id: "a", value: 2 },
      ],
      "s.jsonl, line 2: candidate 0 of 'a' has a score already",
    ],
    [[{ id: "a", value: null }], "s.jsonl, line 1, value: expected a finite number, found null"],
    [[{ id: "a", value: "high" }], "value: expected a finite number"],
    [[{ id: "a", candidate: -1, value: 1 }], "candidate: expected an index from 0"],
    [[{ id: "a", value: 1, fault: "odd" }], "fault: expected no-answer, malformed"],
    [[{ id: "a" }], "this is no row of scores; its columns are id"],
    [
      [
        { id: "a", value: 1 },
        { doc_id: 1, filter: "x", metrics: [] },
      ],
      "line 2: this row is of the format lm-eval, those before it of long",
    ],
    [[{ id: "a", scores: ["high"] }], "scores[0]: expected a number, null, or an object with a value"],
    [[{ id: "a", scores: [{}] }], "line 1, scores[0].score: expected a finite number, found nothing"],
  ])("refuses %j", async (rows, message) => {
    await expect(read(rows)).rejects.toThrow(message);
  });
});
