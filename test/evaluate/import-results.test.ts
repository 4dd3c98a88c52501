import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync, zstdCompressSync } from "node:zlib";
import { importResults } from "laurel/bench";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";

/** A zip archive of some texts, each packed by method 93 (zstd), 8 (deflate) or 0. */
function zip(files: Record<string, string>, method: 0 | 8 | 93): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const bytes = Buffer.from(text);
    const packed = method === 93 ? zstdCompressSync(bytes) : method === 8 ? deflateRawSync(bytes) : bytes;
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(method, 8);
    head.writeUInt32LE(crc32(bytes), 14);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(bytes.length, 22);
    head.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc32(bytes), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(bytes.length, 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(at, 42);
    parts.push(head, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + packed.length;
  }
  const end = Buffer.alloc(22);
  const list = Buffer.concat(directory);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}

// the shapes of logs that inspect_ai 0.3.285 wrote for a mock model: two epochs, three scorers, one of them of a dictionary
const grade = (i: number): string => (i % 3 === 0 ? "I" : "C");
const samples = [1, 2].flatMap((epoch) =>
  Array.from({ length: 6 }, (_, i) => ({
    id: `q${i}`,
    epoch,
    scores: {
      match: { value: grade(i), answer: "yes", history: [] },
      multi: { value: { style: 0.25 * epoch, fact: i === 5 ? null : 1 } },
    },
  })),
);
const scores = (name: string, metrics: Record<string, number>) => ({
  name,
  scorer: name,
  scored_samples: 6,
  unscored_samples: 0,
  metrics: Object.fromEntries(
    Object.entries(metrics).map(([metric, value]) => [metric, { name: metric, value, params: {} }]),
  ),
});
const header = {
  version: 2,
  status: "success",
  eval: { task: "toy", model: "mockllm/model", config: { epochs: 2 } },
  results: {
    total_samples: 12,
    scores: [
      scores("match", { accuracy: 4 / 6, stderr: 0.21 }),
      scores("style", { mean: 0.375, stderr: 0 }),
      scores("fact", { mean: 1 }),
    ],
  },
};
const archive = (method: 0 | 8 | 93, more: Record<string, string> = { "summaries.json": JSON.stringify(samples) }) =>
  zip({ "header.json": JSON.stringify(header), ...more }, method);

const lm = {
  results: {
    toy: {
      name: "toy",
      alias: "toy",
      sample_len: 12,
      "acc,none": 1 / 3,
      "acc_stderr,none": 0.1421,
      "perplexity,strict": 7.5,
      "perplexity_stderr,strict": "N/A",
    },
  },
  configs: { toy: { task: "toy" } },
  higher_is_better: { toy: { acc: true, perplexity: false } },
  "n-samples": { toy: { original: 12, effective: 12 } },
  model_name: "small",
};
const doc = (id: number, acc: number) => ({
  doc_id: id,
  doc: {},
  filter: "none",
  metrics: ["acc"],
  doc_hash: `h${id}`,
  acc,
});

const promptfoo = {
  evalId: "e",
  results: {
    version: 3,
    prompts: [],
    results: [0, 1, 2].flatMap((testIdx) =>
      ["loud", "quiet"].map((label) => ({
        promptIdx: 0,
        testIdx,
        provider: { id: `file://${label}.js`, label },
        score: label === "loud" ? 1 : 0,
        success: label === "loud",
        failureReason: label === "quiet" && testIdx === 2 ? 2 : 0,
        namedScores: { polite: 0.5 },
      })),
    ),
  },
};

describe("importResults", () => {
  it.each([93, 8, 0] as const)(
    "reads an Inspect log packed by method %i, and a value a sample as the mean of its epochs",
    async (method) => {
      using place = folder();
      const file = join(place.path, "log.eval");
      writeFileSync(file, archive(method));
      const { results, notes } = await importResults(file);
      expect(results.map(({ metric, value, n }) => [metric, value, n])).toEqual([
        ["match", 4 / 6, 6],
        ["style", 0.375, 6],
        ["fact", 1, 6],
      ]);
      expect(results[1]!.items!.every(({ value }) => value === 0.375)).toBe(true);
      expect(results[2]!.items!.filter(({ value }) => value === null)).toHaveLength(1);
      expect(results[0]).toMatchObject({ system: "mockllm/model", tool: "inspect", task: "toy", standardError: 0.21 });
      expect(notes).toEqual([]);
    },
  );

  it("reads the .json form as the .eval form, and a log that was cut short from its samples", async () => {
    using place = folder();
    const at = (name: string) => join(place.path, name);
    writeFileSync(at("log.json"), JSON.stringify({ ...header, samples }));
    writeFileSync(at("log.eval"), archive(93));
    const [json, packed] = [await importResults(at("log.json")), await importResults(at("log.eval"))];
    const bare = ({ results }: typeof json) => results.map(({ file: _, ...rest }) => rest);
    expect(bare(json)).toEqual(bare(packed));
    const each = Object.fromEntries(
      samples.slice(0, 4).map((one) => [`samples/${one.id}_epoch_1.json`, JSON.stringify(one)]),
    );
    const { results: _, ...started } = header;
    writeFileSync(
      at("cut.eval"),
      zip({ "_journal/start.json": JSON.stringify({ ...started, status: "started" }), ...each }, 93),
    );
    const cut = await importResults(at("cut.eval"));
    expect(cut.results.find(({ metric }) => metric === "match")).toMatchObject({ value: 0.5, n: 4 });
    expect(cut.notes[0]).toMatch(/status is started/);
  });

  it("reads lm-evaluation-harness's results with their errors, direction and NaN, and its samples", async () => {
    using place = folder();
    const at = (name: string) => join(place.path, name);
    writeFileSync(at("results_1.json"), JSON.stringify({ ...lm, total: 1 }).replace('"total":1', '"total": NaN'));
    const { results } = await importResults(at("results_1.json"));
    expect(
      results.map(({ metric, value, standardError, lowerIsBetter }) => [metric, value, standardError, lowerIsBetter]),
    ).toEqual([
      ["acc", 1 / 3, 0.1421, undefined],
      ["perplexity,strict", 7.5, undefined, true],
    ]);
    writeFileSync(
      at("samples_toy_2026-11-26T19-43-29.963860.jsonl"),
      [0, 1, 2].map((i) => `${JSON.stringify(doc(i, i === 0 ? 1 : 0))}\n`).join(""),
    );
    const [sampled] = (await importResults(at("samples_toy_2026-11-26T19-43-29.963860.jsonl"), "small")).results;
    expect(sampled).toMatchObject({ system: "small", task: "toy", metric: "acc", value: 1 / 3, n: 3 });
  });

  it("reads reward-bench's summaries and scores, and promptfoo's results with errors unscored", async () => {
    using place = folder();
    const at = (name: string) => join(place.path, name);
    const read = async (name: string, value: unknown) => {
      writeFileSync(at(name), JSON.stringify(value));
      return importResults(at(name));
    };
    const summary = await read("summary.json", {
      model: "a/rm",
      model_type: "Seq. Classifier",
      "hep-cpp": 0.9,
      xstest: 0.5,
    });
    expect(summary.results.map(({ metric, value }) => [metric, value])).toEqual([
      ["hep-cpp", 0.9],
      ["xstest", 0.5],
    ]);
    const command = await read("cli.json", { accuracy: 0.75, num_prompts: 4, model: "a/rm", extra_results: null });
    expect(command.results).toMatchObject([{ metric: "accuracy", value: 0.75, n: 4 }]);
    const rows = {
      model: "a/rm",
      id: [1, 2, 3, 4],
      subset: ["x", "x", "y", "y"],
      results: [1, 0, 1, 1],
      scores_chosen: [1, 2, 3, 4],
    };
    expect((await read("scores.json", rows)).results.map(({ metric, value }) => [metric, value])).toEqual([
      ["accuracy", 0.75],
      ["x", 0.5],
      ["y", 1],
    ]);
    const { results, notes } = await read("promptfoo.json", promptfoo);
    expect(
      results.filter(({ metric }) => metric === "score").map(({ system, n, unscored }) => [system, n, unscored]),
    ).toEqual([
      ["loud", 3, 0],
      ["quiet", 2, 1],
    ]);
    expect(results.filter(({ metric }) => metric === "polite")).toHaveLength(2);
    expect(notes[0]).toMatch(/1 results are errors/);
  });

  it("names file, row and field of what is broken", async () => {
    using place = folder();
    const at = (name: string) => join(place.path, name);
    const failing = async (name: string, content: string | Buffer) => {
      writeFileSync(at(name), content);
      const thrown: unknown = await importResults(at(name)).catch((one: unknown) => one);
      return String((thrown as Error).message);
    };
    expect(await failing("a.eval", archive(93).subarray(0, 300))).toMatch(/a\.eval.*(no zip archive|cut off)/);
    const whole = archive(93);
    whole.fill(7, 45, 90);
    expect(await failing("b.eval", whole)).toMatch(/b\.eval.*cannot be read/);
    expect(await failing("c.json", "{")).toMatch(/c\.json.*no JSON/);
    expect(await failing("d.json", "{}")).toMatch(/no results file of/);
    expect(
      await failing(
        "samples_t_2026.jsonl",
        `${JSON.stringify(doc(0, 1))}\n${JSON.stringify({ ...doc(1, 0), acc: "x" })}\n`,
      ),
    ).toMatch(/line 2.*acc|:2.*acc/);
    expect(await failing("e.json", JSON.stringify({ results: [1, 2], id: ["a"], model: "m" }))).toMatch(
      /id.*1 values for 2/,
    );
    expect(
      await failing(
        "f.json",
        JSON.stringify({ ...header, samples: [{ id: 1, scores: { match: { value: "maybe" } } }] }),
      ),
    ).toMatch(/samples\[0\]\.scores\.match.*maybe/);
    expect(await failing("g.json", JSON.stringify({ model: "m", x: 7 }))).toMatch(/x.*share from 0 to 1/);
  });
});

describe("laurel bench import", () => {
  it("makes one table of all tools, and runs that bench report compares item by item", () => {
    using place = folder();
    const at = (name: string) => join(place.path, name);
    mkdirSync(at("small"));
    writeFileSync(at("small/results_1.json"), JSON.stringify(lm));
    const acc = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    const samplesOf = (name: string, values: number[]) =>
      writeFileSync(
        at(`${name}/samples_toy_2026-11-26T19-43-29.963860.jsonl`),
        values.map((one, i) => `${JSON.stringify(doc(i, one))}\n`).join(""),
      );
    samplesOf("small", acc);
    mkdirSync(at("large"));
    samplesOf(
      "large",
      acc.map(() => 1),
    );
    writeFileSync(at("log.eval"), archive(93));
    writeFileSync(at("promptfoo.json"), JSON.stringify(promptfoo));
    const files = [
      "small/results_1.json",
      ...["small", "large"].map((name) => `${name}/samples_toy_2026-11-26T19-43-29.963860.jsonl`),
    ];
    const run = laurel(
      ["bench", "import", ...files, "log.eval", "promptfoo.json", "--runs", "runs", "--csv", "board.csv"],
      { cwd: place.path },
    );
    expect(run.code, run.err).toBe(0);
    // the stated value and the items of one system are one line
    expect(run.out.match(/toy +acc +small/g)).toHaveLength(1);
    expect(run.out).toMatch(/toy +match +mockllm\/model +inspect +0\.6667 +\[/);
    expect(run.out).toMatch(/perplexity,strict \(lower is better\) +small .* none /);
    expect(readFileSync(at("board.csv"), "utf8")).toMatch(/^task,metric,system,tool,value/);
    const runs = readdirSync(at("runs"))
      .filter((name) => name.startsWith("toy.acc."))
      .map((name) => `runs/${name}`);
    expect(runs).toHaveLength(2);
    const board = laurel(["bench", "report", ...runs], { cwd: place.path });
    expect(board.code, board.err).toBe(0);
    expect(board.out).toMatch(/imported toy: acc \(12 items\)/);
    expect(board.out).toMatch(/1 of 1 differences between two systems are shown/);
    expect(board.out).not.toMatch(/chance/);
  });
});
