import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workspace } from "./workspace.ts";

let outside: string;
let folder: string;
beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), "laurel-workspace-"));
  folder = join(outside, "in");
  mkdirSync(join(folder, "sub"), { recursive: true });
  mkdirSync(join(folder, ".git"));
  writeFileSync(join(folder, "a.jsonl"), "{}\n");
  writeFileSync(join(folder, "sub", "b.jsonl"), "{}\n");
  writeFileSync(join(folder, ".git", "secret"), "x");
  writeFileSync(join(outside, "secret"), "x");
  symlinkSync(join(outside, "secret"), join(folder, "link"));
  symlinkSync(outside, join(folder, "up"));
});
afterAll(() => rmSync(outside, { recursive: true }));

describe("Workspace", () => {
  it("lists files and folders, but nothing hidden and no links", () => {
    const paths = new Workspace(folder).list().map(({ path }) => path);
    expect(paths.sort()).toEqual(["a.jsonl", "sub", "sub/b.jsonl"]);
  });

  it("resolves what is inside", () => {
    expect(new Workspace(folder).resolve("sub/b.jsonl")).toMatch(/sub.b\.jsonl$/);
  });

  it.each([
    "link",
    "up/secret",
    "../secret",
    "sub/../../secret",
    "/etc/passwd",
    ".git/secret",
    "",
    "a\0",
    "..\\secret",
  ])("finds no %j", (path) => {
    expect(() => new Workspace(folder).resolve(path)).toThrow("there is no");
  });

  it("gives nothing outside, whatever the path", () => {
    const part = fc.constantFrom("..", ".", "sub", "up", "link", "a.jsonl", "secret", "", "~", "in");
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        try {
          expect(new Workspace(folder).resolve(parts.join("/"))).toContain(`${folder}/`);
        } catch (thrown) {
          expect(String(thrown)).toContain("there is no");
        }
      }),
    );
  });

  it("says which folder does not exist", () => {
    expect(() => new Workspace(join(outside, "none"))).toThrow("there is no folder");
  });
});
