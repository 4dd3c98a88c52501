import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CodeTest,
  directContext,
  isScored,
  type Reward,
  type Score,
  task,
} from "../../packages/laurel/src/core/index.ts";
import { code } from "../../packages/laurel/src/rewards/verify/code/index.ts";
import { scripts } from "./hostile-javascript.ts";
import { cheats, probeProgram, probes, stallers } from "./hostile-python.ts";
import { missing, where } from "./sandbox.ts";

const key = "k3y-482915736402-qmwz";
const limits = { seconds: 1, loadSeconds: 1, memoryMb: 256, outputBytes: 1 << 16, diskMb: 8, processes: 32, files: 48 };

/** The same answer in every form that a test may have. */
const tests: Readonly<Record<string, readonly CodeTest[]>> = {
  call: [{ kind: "call", name: "f", args: [2], result: key }],
  assertion: [{ kind: "assert", code: `assert f(2) == "${key}"` }],
  "closed assertion": [{ kind: "assert", code: `for i in range(2):\n    assert f(i) == "${key}"[: 20 + i]` }],
  output: [{ kind: "stdio", stdin: "2\n", stdout: `${key}\n` }],
};
const right = `def f(x):\n  return "${key}"[: 20 + x] if x < 2 else "${key}"\nif __name__ == "__main__":\n  print(f(2))`;

const ctx = directContext();

async function grade(reward: Reward, program: string, given: readonly CodeTest[], tag = "python"): Promise<Score> {
  const answer = `\`\`\`${tag}\n${program}\n\`\`\``;
  return (await reward.score([task("p", [answer], { tests: given })], ctx))[0]![0]!;
}

/** Processes of the sandbox's uid on this machine, by their number in the host's table. */
function ofUid(uid: number): number {
  let count = 0;
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${entry}/status`, "latin1"))?.[1] === String(uid)) count++;
    } catch (thrown) {
      // a process may end between the listing and the reading
      if ((thrown as { code?: string }).code !== "ENOENT" && (thrown as { code?: string }).code !== "ESRCH")
        throw thrown;
    }
  }
  return count;
}

describe.skipIf(missing !== undefined)(`the sandbox under hostile Python programs${where}`, () => {
  const uid = 61_007;
  const reward = code({ limits, candidateSeconds: 4, sandbox: { slots: 2, uid } });
  // the same pool with time to spare, so that a busy machine fails no right program
  const patient = code({ limits: { ...limits, seconds: 20, loadSeconds: 20 }, sandbox: { slots: 2, uid } });
  let before = 0;
  beforeAll(async () => {
    for (const given of Object.values(tests)) expect(await grade(patient, right, given)).toMatchObject({ value: 1 });
    before = ofUid(uid);
  });
  afterAll(async () => {
    await reward[Symbol.asyncDispose]?.();
    await patient[Symbol.asyncDispose]?.();
    expect(ofUid(uid)).toBe(0);
  });

  // a program that stalls does so before any test: two forms show it as well as four
  const forms = { stall: [tests["call"]!, tests["output"]!], cheat: Object.values(tests) };
  const every = [
    ...stallers.map((one) => ({ ...one, given: forms.stall })),
    ...cheats.map((one) => ({ ...one, given: forms.cheat })),
  ];
  for (const { name, program, given } of every)
    it(`gives nothing for ${name}, and the next program is graded as always`, async () => {
      const began = performance.now();
      const scores = await Promise.all(given.map((one) => grade(reward, program, one)));
      for (const score of scores) {
        expect(isScored(score), JSON.stringify(score)).toBe(true);
        expect((score as { value: number }).value, JSON.stringify(score)).toBe(0);
      }
      expect(performance.now() - began).toBeLessThan(20_000);
      const after = await Promise.all(given.map((one) => grade(patient, right, one)));
      for (const score of after) expect(score).toMatchObject({ value: 1 });
      // the answer does not wait for the end of the last process, so that it may still be going
      if (process.getuid?.() === 0) await expect.poll(() => ofUid(uid), { timeout: 5000 }).toBe(before);
    });

  for (const { name, program } of probes)
    it(`does not let a program ${name}`, async () => {
      const score = await grade(patient, probeProgram(program), [
        { kind: "call", name: "f", args: [1], result: "denied" },
      ]);
      expect(score, JSON.stringify(score)).toMatchObject({ value: 1 });
    });
});

describe.skipIf(missing !== undefined)(`the sandbox under hostile JavaScript programs${where}`, () => {
  const uid = 61_008;
  const options = { language: "javascript", sandbox: { slots: 2, uid } } as const;
  const reward = code({
    ...options,
    limits: { ...limits, seconds: 3, loadSeconds: 3, processes: 48 },
    candidateSeconds: 8,
  });
  const patient = code({ ...options, limits: { ...limits, seconds: 20, loadSeconds: 20, processes: 48 } });
  const given: readonly (readonly CodeTest[])[] = [
    tests["call"]!,
    tests["output"]!,
    [{ kind: "assert", code: `const assert = require("node:assert"); assert.strictEqual(f(2), "${key}");` }],
  ];
  const good = `function f(x) { return "${key}"; }\nif (process.argv[1] === "/tmp/main.js") console.log(f(2));`;
  afterAll(async () => {
    await reward[Symbol.asyncDispose]?.();
    await patient[Symbol.asyncDispose]?.();
    expect(ofUid(uid)).toBe(0);
  });
  for (const { name, program } of scripts)
    it(`gives nothing for ${name}, and the next program is graded as always`, async () => {
      for (const score of await Promise.all(given.map((one) => grade(reward, program, one, "js"))))
        expect(score, JSON.stringify(score)).toMatchObject({ value: 0 });
      for (const score of await Promise.all(given.map((one) => grade(patient, good, one, "js"))))
        expect(score, JSON.stringify(score)).toMatchObject({ value: 1 });
    });
});
