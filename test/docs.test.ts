import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Block {
  language: string;
  file: string | undefined;
  text: string;
  line: number;
}

/** Fenced blocks of a guide that do something: `sh` and `ts` run, `file=NAME` writes a file (and runs nothing). */
function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const pattern = /^```(\w+)([^\n]*)\n([\s\S]*?)^```/gm;
  for (const match of markdown.matchAll(pattern)) {
    const file = /file=(\S+)/.exec(match[2]!)?.[1];
    const line = markdown.slice(0, match.index).split("\n").length;
    blocks.push({ language: match[1]!, file, text: match[3]!, line });
  }
  return blocks;
}

const guides = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

describe("the guides", () => {
  it.each(guides)("every block of %s runs", { timeout: 300_000 }, (guide) => {
    mkdirSync(join(root, "test/.guides"), { recursive: true });
    // inside the repository, so that "laurel" is found as in a user's project
    const place = mkdtempSync(join(root, "test/.guides/guide-"));
    try {
      writeFileSync(join(place, "package.json"), '{ "type": "module" }');
      const env = {
        ...process.env,
        PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`,
        NO_COLOR: "1",
        CI: "true",
      };
      for (const { language, file, text, line } of blocksOf(readFileSync(join(root, guide), "utf8"))) {
        const where = `${guide}, block at line ${line}`;
        if (file !== undefined) {
          writeFileSync(join(place, file), text);
          continue;
        }
        if (language !== "sh" && language !== "ts") continue;
        let command = ["bash", "-euo", "pipefail", "-c", text];
        if (language === "ts") {
          writeFileSync(join(place, "block.ts"), text);
          command = [process.execPath, "--conditions=source", "block.ts"];
        }
        const ended = spawnSync(command[0]!, command.slice(1), { cwd: place, env, encoding: "utf8" });
        expect(ended.status, `${where}\n${text}\n${ended.stdout}\n${ended.stderr}`).toBe(0);
      }
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
});
