import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { laurel } from "../laurel.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("the test file of docs/gate.md passes in a Vitest of its own, and fails where the product is worse", () => {
  const guide = readFileSync(join(root, "docs/gate.md"), "utf8");
  mkdirSync(join(root, "test/.guides"), { recursive: true });
  // inside the repository, so that "laurel" and "vitest" are found as in a user's project
  const place = mkdtempSync(join(root, "test/.guides/vitest-"));
  const vitest = () =>
    spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", "app.test.ts"], {
      cwd: place,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], NO_COLOR: "1", CI: "true" },
    });
  try {
    const blocks = [...guide.matchAll(/^```ts file=(app\S*)\n([\s\S]*?)^```/gm)];
    expect(blocks.map((block) => block[1])).toEqual(["app.ts", "app.test.ts"]);
    for (const [, name, text] of blocks) writeFileSync(join(place, name!), text!);
    writeFileSync(join(place, "package.json"), '{ "type": "module" }');
    // the workspace's own sources stand for the installed package
    const conditions = 'resolve: { conditions: ["source"] }';
    writeFileSync(
      join(place, "vitest.config.ts"),
      `export default { ${conditions}, ssr: { ${conditions} }, test: { testTimeout: 60000 } };`,
    );
    const cases = Array.from({ length: 60 }, (_, i) => {
      const right = i === 13 ? "I am not sure." : `\\boxed{${i + 4}}`;
      return JSON.stringify({
        id: `sum-${i}`,
        prompt: `What is ${i} + 4?`,
        candidates: [right],
        answer: String(i + 4),
      });
    });
    writeFileSync(join(place, "answers.jsonl"), cases.join("\n"));
    laurel(["score", "answers.jsonl", "--reward", "verify.math", "--out", "release.scored.jsonl"], { cwd: place });
    const good = vitest();
    expect(good.status, good.stdout + good.stderr).toBe(0);
    expect(good.stdout).toMatch(/Tests +2 passed/);
    const app = readFileSync(join(place, "app.ts"), "utf8");
    writeFileSync(join(place, "app.ts"), app.replace("a === 13", "a! % 2 === 0"));
    const bad = vitest();
    expect(bad.status).toBe(1);
    expect(bad.stderr).toMatch(/worse: the mean of verify\.math is 0\.5 /);
    expect(bad.stderr).toMatch(/worse: worse by more than 0\.1/);
    expect(bad.stderr).toMatch(/I am not sure\./);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});
