import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Example } from "../core/index.ts";
import { parseMap } from "../io/index.ts";
import { type ReadOptions, readExamples } from "./read-examples.ts";

const place = mkdtempSync(join(tmpdir(), "laurel-read-"));
afterAll(() => rmSync(place, { recursive: true }));

async function read(name: string, text: string, options: Partial<ReadOptions> = {}) {
  const path = join(place, name);
  writeFileSync(path, text);
  const bad: string[] = [];
  let format: string | undefined;
  const examples: Example[] = [];
  const onBad: ReadOptions["onBad"] = (error) => void bad.push(error.message.replace(`${place}/`, ""));
  for await (const batch of readExamples(path, { onBad, onFormat: (one) => (format = one), ...options }))
    examples.push(...batch);
  return { examples, bad, format };
}
const lines = (...rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

describe("readExamples", () => {
  it("recognises foreign rows, and keeps what judges them in the labels", async () => {
    const { examples, format } = await read(
      "p.jsonl",
      lines({ prompt: "p", chosen: "a", rejected: "b", subset: "s", note: "n" }),
    );
    expect(format).toBe("rewardbench");
    expect(examples[0]).toMatchObject({
      task: { id: "#1", candidates: [{}, {}] },
      labels: { preferred: [{ first: 0, second: 1, p: 1 }], extra: { note: "n" } },
      subsets: { subset: "s" },
    });
  });

  it("reads CSV and JSON, through a mapping too", async () => {
    const csv = "prompt,chosen,rejected\np,a,b\nq,c,d\n";
    expect((await read("p.csv", csv)).examples.map(({ task }) => task.candidates.length)).toEqual([2, 2]);
    const mapped = await read("q.csv", "q,a1,a2\nwhat,x,y\n", { map: parseMap("prompt=q,candidates=a1+a2") });
    expect(mapped.examples[0]!.task.candidates).toHaveLength(2);
    expect(mapped.format).toBeUndefined();
    expect((await read("p.json", JSON.stringify([{ prompt: "p", candidates: ["x"] }]))).format).toBe("laurel");
  });

  it("reports the rows that are of another format than the first ones, one by one", async () => {
    const { examples, bad } = await read(
      "m.jsonl",
      lines(
        { prompt: "p", chosen: "a", rejected: "b" },
        { question: "q" },
        { prompt: "q", completion: "c", label: true },
        { prompt: "r", chosen: "c", rejected: "d" },
      ),
    );
    expect(examples).toHaveLength(2);
    expect(bad).toEqual([
      expect.stringContaining("m.jsonl, line 2, prompt: it is missing; the row has question"),
      expect.stringContaining("m.jsonl, line 3: this is no row of the format preference"),
    ]);
  });

  it("names what is missing where no format fits, and takes one by name", async () => {
    expect((await read("n.jsonl", lines({ question: "q", promt: "p" }))).bad).toEqual([
      expect.stringContaining("line 1, prompt: it is missing"),
    ]);
    const row = { prompt: "p", chosen: "a", rejected: "b", candidates: ["x"] };
    expect((await read("o.jsonl", lines(row), { from: "preference" })).examples[0]!.task.candidates).toHaveLength(2);
    await expect(read("o.jsonl", lines(row), { from: "preferences" })).rejects.toThrow("no row format");
  });
});
