import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { benchmarkOf, loadBenchmark } from "laurel/bench";
import { describe, expect, it } from "vitest";
import { folder, start } from "../laurel.ts";

const rows = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => ({
    id: from + i,
    prompt: `q${from + i}`,
    chosen: `a longer answer ${from + i}`,
    rejected: "no",
    subset: "hep-python",
  }));
const parquet = (some: Record<string, unknown>[]): Buffer =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: Object.keys(some[0]!).map((name) => ({ name, data: some.map((row) => row[name]) as string[] })),
    }),
  );
const rewardBench = benchmarkOf("rewardbench");
const failure = (file: string): Promise<string> =>
  loadBenchmark(rewardBench, file).then(
    () => "no failure",
    (thrown: unknown) => String((thrown as Error).message),
  );

describe("a benchmark from Parquet", () => {
  it("is read, and its errors name file, row and field", async () => {
    using place = folder();
    const at = (name: string) => join(place.path, name);
    writeFileSync(at("good.parquet"), parquet(rows(5)));
    expect(await loadBenchmark(rewardBench, at("good.parquet"))).toHaveLength(5);
    const bad = rows(5).map((row, i) => ({ ...row, rejected: i === 3 ? null : row.rejected }));
    writeFileSync(at("null.parquet"), parquet(bad as never));
    const message = await failure(at("null.parquet"));
    for (const part of ["null.parquet", "4", "rejected"]) expect(message).toContain(part);
    const missing = rows(5).map(({ chosen: _, ...row }) => row);
    writeFileSync(at("missing.parquet"), parquet(missing));
    expect(await failure(at("missing.parquet"))).toMatch(/missing\.parquet.*1.*chosen/);
    writeFileSync(at("twice.parquet"), parquet([...rows(3), ...rows(1)]));
    expect(await failure(at("twice.parquet"))).toMatch(/twice\.parquet.*'0' stands twice/);
  });

  it("that is cut off, empty or none at all is refused with the file's name", async () => {
    using place = folder();
    const whole = parquet(rows(200));
    const cases: Record<string, Buffer> = {
      "cut.parquet": whole.subarray(0, whole.length - 40),
      "half.parquet": whole.subarray(0, whole.length / 2),
      "head.parquet": Buffer.concat([whole.subarray(0, 600), whole.subarray(900)]),
      "short.parquet": whole.subarray(0, 6),
      "empty.parquet": Buffer.alloc(0),
      "text.parquet": Buffer.from("id,prompt\n1,2\n"),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      writeFileSync(join(place.path, name), bytes);
      expect(await failure(join(place.path, name)), name).toMatch(
        new RegExp(`${name}.*(Parquet|page|cut off|column|row group|empty|short)`),
      );
    }
  });
});

describe("a benchmark from the hub", () => {
  it("is downloaded from the published name and run, each item twice", async () => {
    using place = folder();
    const shards: Record<string, Buffer> = {
      "data/filtered-00000-of-00002.parquet": parquet(rows(12)),
      "data/filtered-00001-of-00002.parquet": parquet(rows(8, 12)),
    };
    const sha = "0123456789012345678901234567890123456789";
    const asked: string[] = [];
    const hub = createServer((request, response) => {
      const url = request.url ?? "";
      asked.push(url);
      if (url.includes("/api/datasets/")) {
        response.end(JSON.stringify({ sha, siblings: Object.keys(shards).map((rfilename) => ({ rfilename })) }));
        return;
      }
      const content = shards[url.split(`/${sha}/`)[1] ?? ""];
      if (content === undefined) response.writeHead(404).end();
      else response.writeHead(200, { "content-length": content.length }).end(content);
    });
    await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
    try {
      const env = { LAUREL_HUB: `http://127.0.0.1:${(hub.address() as AddressInfo).port}` };
      const run = (out: string) =>
        start(["bench", "run", "rewardbench", "--reward", "length", "--repeat", "2", "--out", out], {
          cwd: place.path,
          env,
        }).done;
      const good = await run("a.run.jsonl");
      expect(good.code, good.err).toBe(0);
      expect(good.out).toMatch(/20 items/);
      expect(good.out).toMatch(/2 repeats an item.*variance between an item's repeats 0 /);
      expect(asked.some((url) => url.includes("allenai/reward-bench"))).toBe(true);
    } finally {
      hub.close();
    }
  });
});
