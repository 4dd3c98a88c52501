import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { answerText, type InputError, seedFrom } from "../core/index.ts";
import { type ExampleRow, type ExamplesOptions, readExamples } from "./examples.ts";
import { parseMap } from "./map.ts";

async function* stream(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function read(
  source: string | AsyncIterable<Uint8Array>,
  options: ExamplesOptions = {},
): Promise<{ good: ExampleRow[]; bad: InputError[] }> {
  const good: ExampleRow[] = [];
  const bad: InputError[] = [];
  for await (const batch of readExamples(source, options))
    for (const one of batch)
      if (one.bad !== undefined) bad.push(one.bad);
      else good.push(one);
  return { good, bad };
}

const jsonl = (rows: readonly object[]): AsyncIterable<Uint8Array> =>
  stream(rows.map((row) => JSON.stringify(row)).join("\n"));

describe("readExamples", () => {
  it("recognises the format from the first rows and reports rows of another form as bad", async () => {
    const pair = { prompt: "p", chosen: "a", rejected: "b" };
    const { good, bad } = await read(jsonl([pair, { prompt: "p" }, { ...pair, id: "x" }, { ...pair, id: "x" }]), {
      name: "f",
    });
    expect(good.map(({ example }) => example.task.id)).toEqual(["#1", "x"]);
    expect(bad.map((one) => one.message)).toEqual([
      "f, line 2: this is no row of the format preference; its columns are prompt",
      "f, line 4, id: the id 'x' is repeated; line 3 has it too",
    ]);
  });

  it("refuses a file whose rows are of no format, or of two in equal parts", async () => {
    await expect(read(jsonl([{ a: 1 }]))).rejects.toThrow("its row format is not known; the columns are a");
    await expect(
      read(
        jsonl([
          { prompt: "p", chosen: "a", rejected: "b" },
          { prompt: "p", completion: "c", label: true },
        ]),
      ),
    ).rejects.toThrow("its rows differ");
  });

  it("shuffles candidates by seed and gives the order of the file", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ id: `r${i}`, prompt: "p", chosen: "a", rejected: "b" }));
    const { good } = await read(jsonl(rows), { shuffle: seedFrom(1) });
    const first = good.map(({ example }) => answerText(example.task.candidates[0]!));
    // 40 fair coins show both faces with probability 1 - 2^-39
    expect(new Set(first)).toEqual(new Set(["a", "b"]));
    for (const { example, order } of good) {
      expect(order!.map((before) => ["a", "b"][before])).toEqual(example.task.candidates.map(answerText));
      const { first: better } = example.labels.preferred![0]!;
      expect(answerText(example.task.candidates[better]!)).toBe("a");
    }
  });

  it("takes prompts without candidates only where that is asked for", async () => {
    const row = { data_source: "d", prompt: [{ role: "user", content: "p" }], reward_model: { ground_truth: "1" } };
    expect((await read(jsonl([row]))).bad[0]?.reason).toContain("prompts without candidates");
    expect((await read(jsonl([row]), { candidates: "optional" })).good).toHaveLength(1);
  });

  it("maps the columns of a CSV file, labels included", async () => {
    const csv = stream("q,a,b,ok a,ok b,gold\n2+3?,5,6,TRUE,false,5\n");
    const map = parseMap("prompt=q,candidates=a+b,labels.correct=ok a+ok b,answer=gold");
    const { good } = await read(csv, { map, format: "csv" });
    expect(good[0]?.example.labels).toEqual({ correct: [true, false] });
    expect(good[0]?.example.task.reference).toEqual({ answer: "5" });
  });

  const pandalm = dataPath("pandalm/rows.jsonl");
  it.skipIf(pandalm === undefined)("reads PandaLM's three raters with one mapping (needs pandalm)", async () => {
    await expect(read(pandalm!)).rejects.toThrow(/its row format is not known; the columns are .*response1/);
    const map = parseMap(
      "id=id,prompt=instruction+input,candidates=response1+response2,winner=annotator1+annotator2+annotator3",
    );
    const { good, bad } = await read(pandalm!, { map });
    expect(bad).toEqual([]);
    // stated in the data's SOURCE.md
    expect(good).toHaveLength(666);
    expect(good.every(({ example }) => example.labels.preferred!.length === 3)).toBe(true);
  });
});
