import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { folder } from "../laurel.ts";

const packageFolder = fileURLToPath(new URL("../../packages/laurel", import.meta.url));
const MB = 1_000_000;

function npm(args: string[], cwd: string) {
  return spawnSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], { cwd, encoding: "utf8" });
}

function walk(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("the package as users install it", () => {
  it("is small, runs no install script, has no native code, and works", { timeout: 300_000 }, (context) => {
    using place = folder();
    const packed = npm(["pack", "--json", "--pack-destination", place.path], packageFolder);
    expect(packed.status, packed.stderr).toBe(0);
    const tarball = readdirSync(place.path).find((name) => name.endsWith(".tgz"))!;
    expect(statSync(place.file(tarball)).size).toBeLessThan(2 * MB);

    writeFileSync(place.file("package.json"), '{ "private": true, "type": "module" }');
    const installed = npm(["install", `./${tarball}`], place.path);
    if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN/.test(installed.stderr))
      context.skip("no package registry can be reached");
    expect(installed.status, installed.stderr).toBe(0);

    const files = walk(place.file("node_modules"));
    expect(files.filter((file) => file.endsWith(".node"))).toEqual([]);
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(25 * MB);
    const scripts = files
      .filter((file) => /node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(file))
      .filter((file) => {
        const own = (JSON.parse(readFileSync(file, "utf8")) as { scripts?: Record<string, string> }).scripts ?? {};
        return ["preinstall", "install", "postinstall"].some((name) => own[name] !== undefined);
      });
    expect(scripts).toEqual([]);

    writeFileSync(
      place.file("import.js"),
      `import module from "node:module";
       const loaded = [];
       module.registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
       await import("laurel");
       console.log(JSON.stringify(loaded));`,
    );
    const imported = spawnSync(process.execPath, ["import.js"], { cwd: place.path, encoding: "utf8" });
    expect(imported.status, imported.stderr).toBe(0);
    const loaded = JSON.parse(imported.stdout) as string[];
    expect(loaded.some((url) => url.endsWith("/laurel/dist/core/index.js"))).toBe(true);
    expect(
      loaded.filter((url) => /zod|wasm|snappy|compressors|hyparquet|csv-parse|commander|sqlite/.test(url)),
    ).toEqual([]);

    const bin = place.file("node_modules/.bin/laurel");
    const demo = spawnSync(process.execPath, [bin, "demo", "--tasks", "30"], { cwd: place.path, encoding: "utf8" });
    expect(demo.status, demo.stderr).toBe(0);
    const papers = spawnSync(process.execPath, [bin, "papers", "--json"], { cwd: place.path, encoding: "utf8" });
    expect(JSON.parse(papers.stdout)).toHaveLength(91);
  });

  it("says in one line which Node it needs under one without node:sqlite", () => {
    const stub = `import module from "node:module"; const real = module.isBuiltin; module.isBuiltin = (name) => name !== "node:sqlite" && real(name);`;
    using place = folder();
    writeFileSync(place.file("no-sqlite.mjs"), stub);
    const old = spawnSync(
      process.execPath,
      [`--import=${place.file("no-sqlite.mjs")}`, join(packageFolder, "bin/laurel.js"), "--version"],
      { encoding: "utf8" },
    );
    expect(old.status).toBe(2);
    expect(old.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(old.stderr).toContain("22.18");
  });
});
