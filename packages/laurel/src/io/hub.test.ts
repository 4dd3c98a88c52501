import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { datasetLayout, globMatcher } from "./dataset-layout.ts";
import { type DatasetOptions, openDataset, openSource } from "./hub.ts";

const folder = mkdtempSync(join(tmpdir(), "laurel-hub-"));
afterAll(() => rmSync(folder, { recursive: true }));

const parquet = (values: string[]): Buffer =>
  Buffer.from(parquetWriteBuffer({ columnData: [{ name: "t", data: values }] }));
const readme =
  "---\nconfigs:\n- config_name: main\n  data_files:\n  - split: train\n    path: data/train-*\n  - split: test\n    path: [data/test-00000-of-00001.parquet]\n---\n# words\n";
/** A text that does not compress to less than a break-off. */
const long = Array.from({ length: 300 }, (_, i) => createHash("sha256").update(String(i)).digest("hex")).join("");
const files: Record<string, Buffer> = {
  "README.md": Buffer.from(readme),
  "data/train-00000-of-00002.parquet": parquet(["a", "b"]),
  "data/train-00001-of-00002.parquet": parquet(["c"]),
  "data/test-00000-of-00001.parquet": parquet([long]),
};

async function texts(source: string, options: DatasetOptions): Promise<{ lines: number[]; texts: unknown[] }> {
  const got: { lines: number[]; texts: unknown[] } = { lines: [], texts: [] };
  for await (const batch of (await openDataset(source, options)).batches())
    for (const { line, row } of batch) {
      got.lines.push(line);
      got.texts.push(row!["t"]);
    }
  return got;
}

describe("datasetLayout", () => {
  const splits = (paths: string[], metadata?: unknown) =>
    datasetLayout(paths, metadata).map(({ name, isDefault, splits }) => [name, isDefault, splits]);

  it("sorts files by the split in their names or folders, else all are train", () => {
    expect(splits(["train.csv", "dev.csv", "x/ignored.txt", "dataset_infos.json"])).toEqual([
      ["default", true, { train: ["train.csv"], validation: ["dev.csv"] }],
    ]);
    expect(splits(["data/filtered-00000-of-00001.parquet", "data/raw-00000-of-00001.parquet"])).toEqual([
      [
        "default",
        true,
        { filtered: ["data/filtered-00000-of-00001.parquet"], raw: ["data/raw-00000-of-00001.parquet"] },
      ],
    ]);
    expect(splits(["test/a.jsonl", "train/b.jsonl.gz", "train/a.jsonl"])).toEqual([
      ["default", true, { test: ["test/a.jsonl"], train: ["train/a.jsonl", "train/b.jsonl.gz"] }],
    ]);
    expect(splits(["a.jsonl", "b.jsonl"])).toEqual([["default", true, { train: ["a.jsonl", "b.jsonl"] }]]);
  });

  it("takes folders for configurations", () => {
    expect(splits(["en/test.csv", "fr/test.csv"])).toEqual([
      ["en", false, { test: ["en/test.csv"] }],
      ["fr", false, { test: ["fr/test.csv"] }],
    ]);
  });

  it.each([
    ["a pattern", "*.csv", { train: ["a.csv", "b.csv"] }],
    ["a list", ["a.csv", "b.csv"], { train: ["a.csv", "b.csv"] }],
    ["a map", { test: "b.csv" }, { test: ["b.csv"] }],
    ["splits with paths", [{ split: "x", path: ["a.csv", "{a,b}.csv"] }], { x: ["a.csv", "b.csv"] }],
  ])("follows a README that gives data_files as %s", (_, data_files, expected) => {
    expect(splits(["a.csv", "b.csv", "c.json"], { configs: [{ config_name: "k", data_files }] })).toEqual([
      ["k", true, expected],
    ]);
  });

  it("matches patterns within and across folders, and hostile ones in time", () => {
    expect(["data/a.csv", "data/x/a.csv", "a.csv"].filter(globMatcher("data/*.csv"))).toEqual(["data/a.csv"]);
    expect(["data/a.csv", "data/x/y/a.csv", "a.csv"].filter(globMatcher("**/a.csv"))).toEqual([
      "data/a.csv",
      "data/x/y/a.csv",
      "a.csv",
    ]);
    expect(globMatcher("t?st.{csv,json}")("test.json")).toBe(true);
    const start = performance.now();
    expect(globMatcher(`${"*a".repeat(500)}b`)("a".repeat(5000))).toBe(false);
    expect(globMatcher("{a,b}".repeat(40))("x")).toBe(false);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("openDataset of a local folder", () => {
  it("reads the shards of a split as one table with running lines, and says what there is", async () => {
    const root = join(folder, "local");
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    expect(await texts(root, {})).toEqual({ lines: [1, 2, 3], texts: ["a", "b", "c"] });
    expect((await texts(root, { config: "main", split: "test" })).texts).toHaveLength(1);
    await expect(texts(root, { split: "tests" })).rejects.toThrow("it has no split 'tests'; there is train, test");
    await expect(texts(root, { config: "mian" })).rejects.toThrow("it has no configuration 'mian'");
    await expect(texts(join(folder, "none"), {})).rejects.toThrow("there is no such file");
    expect((await openSource(root)).file).toBe(`${root} (train)`);
    expect((await openSource(join(root, "data/test-00000-of-00001.parquet"))).total).toBe(1);
    mkdirSync(join(folder, "bare"));
    await expect(texts(join(folder, "bare"), {})).rejects.toThrow("this dataset holds no tables");
  });
});

describe("openDataset of a hub", () => {
  const sha = "0123456789abcdef0123456789abcdef01234567";
  const asked: { url: string; range: string | undefined; token: string | undefined; port: number }[] = [];
  let fault: ((url: string) => "break" | "corrupt" | "short" | undefined) | undefined;
  let hub: Server;
  let store: Server;
  let endpoint = "";
  let cache = "";
  let run = 0;

  function serve(): Server {
    const server: Server = createServer((request, response) => {
      const url = decodeURIComponent(request.url ?? "");
      const port = (server.address() as AddressInfo).port;
      asked.push({ url, range: request.headers.range, token: request.headers.authorization, port });
      if (request.headers.authorization === undefined && url.includes("owner/private")) {
        response.writeHead(401).end();
        return;
      }
      if (url.includes("/api/datasets/owner/")) {
        const siblings = [...Object.keys(files), "../../escape.csv"].map((rfilename) => ({ rfilename }));
        response.end(JSON.stringify({ sha, siblings }));
        return;
      }
      const path = url.split(`/${sha}/`)[1] ?? "";
      const content = files[path];
      if (content === undefined) {
        response.writeHead(404).end();
        return;
      }
      // large files are elsewhere, as on the real hub
      if (server === hub && path.includes("test")) {
        response
          .writeHead(302, { location: `http://localhost:${(store.address() as AddressInfo).port}${request.url}` })
          .end();
        return;
      }
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      if (from > content.length) {
        response.writeHead(416).end();
        return;
      }
      const kind = fault?.(url);
      const body = content.subarray(from);
      const digest = createHash("sha256").update(content).digest("hex");
      response.writeHead(from > 0 ? 206 : 200, {
        "content-length": body.length,
        ...(from > 0 ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
        "x-linked-etag": `"${kind === "corrupt" ? "0".repeat(64) : digest}"`,
      });
      if (kind !== "break") {
        response.end(body);
        return;
      }
      response.write(body.subarray(0, 700), () => setTimeout(() => response.destroy(), 50));
    });
    return server;
  }

  beforeAll(async () => {
    hub = serve();
    store = serve();
    for (const server of [hub, store]) await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    endpoint = `http://localhost:${(hub.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    hub.close();
    store.close();
  });
  afterEach(() => {
    asked.length = 0;
    fault = undefined;
  });
  const options = (more: DatasetOptions = {}): DatasetOptions => {
    cache = join(folder, `cache-${++run}`);
    return { endpoint, cache, token: "secret", ...more };
  };

  it("downloads what is needed once, sends the token to the hub only, and keeps names inside the cache", async () => {
    const same = options();
    expect((await texts("hub:owner/data", same)).texts).toEqual(["a", "b", "c"]);
    expect(asked.map(({ url }) => url.split("/").at(-1))).toEqual([
      "main",
      "README.md",
      "train-00000-of-00002.parquet",
      "train-00001-of-00002.parquet",
    ]);
    expect(asked.every(({ token }) => token === "Bearer secret")).toBe(true);
    asked.length = 0;
    await texts(`hub:owner/data@${sha}`, same);
    expect(asked).toEqual([]);
    await texts("hub:owner/data", { ...same, split: "test" });
    const redirected = asked.filter(({ port }) => port === (store.address() as AddressInfo).port);
    expect(redirected.map(({ token }) => token)).toEqual([undefined]);
    expect(readdirSync(join(cache, "owner", "data"))).toEqual([sha]);
    expect(existsSync(join(folder, "escape.csv"))).toBe(false);
  });

  it("goes on with a broken download where it stopped", async () => {
    const same = options({ split: "test" });
    fault = (url) => (url.includes("test-") ? "break" : undefined);
    await expect(texts("hub:owner/data", same)).rejects.toThrow(/download (broke off|ended after)/);
    const part = join(cache, "owner", "data", sha, "data", "test-00000-of-00001.parquet.part");
    const have = statSync(part).size;
    expect(have).toBe(700);
    fault = undefined;
    asked.length = 0;
    expect((await texts("hub:owner/data", same)).texts).toEqual([long]);
    expect(asked.filter(({ url }) => url.includes("test-")).every(({ range }) => range === "bytes=700-")).toBe(true);
    expect(existsSync(part)).toBe(false);
  });

  it("starts again where the part is longer than the file", async () => {
    const same = options({ split: "test" });
    const part = join(cache, "owner", "data", sha, "data", "test-00000-of-00001.parquet.part");
    mkdirSync(dirname(part), { recursive: true });
    writeFileSync(part, Buffer.alloc(100_000));
    expect((await texts("hub:owner/data", same)).texts).toEqual([long]);
  });

  it("refuses what the hub's own hash does not confirm, and keeps nothing of it", async () => {
    fault = (url) => (url.includes("train-00000") ? "corrupt" : undefined);
    await expect(texts("hub:owner/data", options())).rejects.toThrow("its SHA-256 differs");
    expect(readdirSync(join(cache, "owner", "data", sha, "data"))).toEqual([]);
  });

  it("says what to do when access is refused, nothing is there, or no hub is set", async () => {
    await expect(texts("hub:owner/private", options({ token: "" }))).rejects.toThrow("the hub refuses access (401)");
    await expect(texts("hub:nobody/data", options())).rejects.toThrow("the hub has no such dataset");
    await expect(texts("hub:owner/data", options({ endpoint: "http://localhost:1" }))).rejects.toThrow(
      "the hub cannot be reached",
    );
    await expect(texts("hub:owner/data", { endpoint: "", cache })).rejects.toThrow("no hub is set");
    await expect(texts("hub:../x", options())).rejects.toThrow("does not name a dataset");
  });
});
