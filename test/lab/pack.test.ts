import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkedSlugs } from "@laurel/lab";
import { describe, expect, it } from "vitest";
import { folder } from "../laurel.ts";

const lab = fileURLToPath(new URL("../../packages/lab", import.meta.url));

describe("the laboratory as users install it", () => {
  it("is packed with its results and without sources, and runs a paper in worker processes", {
    timeout: 600_000,
  }, () => {
    using place = folder();
    const npm = (...args: string[]) =>
      spawnSync("npm", [...args, "--loglevel=error"], { cwd: lab, encoding: "utf8", env: process.env });
    const packed = npm("pack", "--pack-destination", place.path);
    expect(packed.status, packed.stderr).toBe(0);
    const tarball = readdirSync(place.path).find((name) => name.endsWith(".tgz"))!;
    const unpacked = spawnSync("tar", ["-xzf", tarball], { cwd: place.path });
    expect(unpacked.status).toBe(0);
    const files = readdirSync(place.file("package"), { recursive: true, encoding: "utf8" });
    expect(files).toEqual(
      expect.arrayContaining(["LICENSE", "NOTICE", "dist/index.js", "dist/index.d.ts", "dist/lab/worker.js"]),
    );
    for (const slug of checkedSlugs) expect(files).toContain(`dist/papers/results/${slug}.json`);
    expect(files.filter((file) => /(?<!\.d)\.ts$|\.test\./.test(file))).toEqual([]);

    // the light package is the workspace's own, by its sources
    const script = `
      const lab = await import(${JSON.stringify(new URL("../../packages/lab/dist/index.js", import.meta.url).href)});
      const run = await lab.runPaper(lab.paperModule("selm"), { seeds: 2, workers: 2, claims: ["identities"] });
      console.log(JSON.stringify(run.outcomes.map(({ id, bars }) => [id, bars.length])), lab.readResult("par").slug);`;
    const ran = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: place.path,
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "--conditions=source" },
    });
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^\[\["identities",\d+\]\] par\n$/);
  });
});
