/**
 * Programs graded in a second by verify.code, in Python, JavaScript and TypeScript.
 *
 * Run: node perf/code.ts [count]. Each program is trivial and distinct. Beside the rate stands the processor time of the sandbox
 * and of this process for one program: on a machine that others use too, the rate tells little and the time tells more.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { type CodeTest, directContext, task } from "../packages/laurel/src/core/index.ts";
import { type CodeOptions, code } from "../packages/laurel/src/rewards/verify/code/index.ts";

const count = Number(process.argv[2] ?? 400);
const uid = 61_077;
const context = directContext();

/** Milliseconds of processor time of all processes of the sandbox's uid and of those that they have waited for. */
function sandboxTime(): number {
  let ticks = 0;
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${entry}/status`, "latin1").includes(`Uid:\t${uid}\t`)) continue;
      const fields = readFileSync(`/proc/${entry}/stat`, "latin1").split(") ")[1]!.split(" ");
      for (const i of [11, 12, 13, 14]) ticks += Number(fields[i]);
    } catch (thrown) {
      // a process that ended between the listing and the reading has no time left to add
      if (!["ENOENT", "ESRCH"].includes((thrown as NodeJS.ErrnoException).code ?? "")) throw thrown;
    }
  }
  return 10 * ticks;
}

interface Case {
  name: string;
  options: CodeOptions;
  count: number;
  program(i: number): string;
  tests: readonly CodeTest[];
}

const call: readonly CodeTest[] = [{ kind: "call", name: "f", args: [3], result: 6 }];
const stdio: readonly CodeTest[] = [{ kind: "stdio", stdin: "3\n", stdout: "6\n" }];
const asserts: readonly CodeTest[] = [1, 2, 3].map((x) => ({ kind: "assert", code: `assert f(${x}) == ${2 * x}` }));
const closed: readonly CodeTest[] = [{ kind: "assert", code: "for i in range(5):\n    assert f(i) == 2 * i" }];
const python = (i: number): string => `\`\`\`python\ndef f(x):\n    return 2 * x  # ${i}\n\`\`\``;

const cases: readonly Case[] = [
  { name: "Python, one call", options: {}, count, program: python, tests: call },
  { name: "Python, three assertions", options: {}, count, program: python, tests: asserts },
  { name: "Python, one stdio", options: {}, count, program: (i) => `print(2 * int(input()))  # ${i}`, tests: stdio },
  { name: "Python, a loop driven from outside", options: {}, count: count / 4, program: python, tests: closed },
  {
    name: "JavaScript, one call",
    options: { language: "javascript" },
    count: count / 10,
    program: (i) => `\`\`\`js\nconst f = (x) => 2 * x; // ${i}\n\`\`\``,
    tests: call,
  },
  {
    name: "JavaScript, one stdio",
    options: { language: "javascript" },
    count: count / 10,
    program: (i) => `\`\`\`js\nconsole.log(2 * require("fs").readFileSync(0, "utf8")); // ${i}\n\`\`\``,
    tests: stdio,
  },
  {
    name: "TypeScript, one call",
    options: { language: "typescript" },
    count: count / 10,
    program: (i) => `\`\`\`ts\nconst f = (x: number): number => 2 * x; // ${i}\n\`\`\``,
    tests: call,
  },
];

console.log(
  `${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)} before the start, Node ${process.version}`,
);
for (const one of cases) {
  const reward = code({ ...one.options, sandbox: { uid }, limits: { seconds: 30, loadSeconds: 30 } });
  const n = Math.max(4, Math.round(one.count));
  const answers = Array.from({ length: n + 4 }, (_, i) => one.program(i));
  await reward.score([task("warm", answers.slice(0, 4), { tests: one.tests })], context);
  const own = process.cpuUsage();
  const before = sandboxTime();
  const began = performance.now();
  const [scores] = await reward.score([task("p", answers.slice(4), { tests: one.tests })], context);
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(own);
  const passed = scores!.filter((score) => score.unscored === undefined && score.value === 1).length;
  const sandbox = (sandboxTime() - before) / n;
  const here = (used.user + used.system) / 1000 / n;
  console.log(
    `${one.name.padEnd(36)} ${(n / seconds).toFixed(0).padStart(5)} a second   ` +
      `${sandbox.toFixed(1).padStart(6)} ms sandbox + ${here.toFixed(2)} ms here each` +
      (passed === n ? "" : `   only ${passed} of ${n} passed`),
  );
  await reward[Symbol.asyncDispose]?.();
}

// what one start of an interpreter for each program would cost, before any isolation
const starts = 20;
const python3 = spawnSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).stdout.trim();
const began = performance.now();
for (let i = 0; i < starts; i++) spawnSync(python3, ["-c", "print(2 * 3)"]);
console.log(
  `for comparison: a start of python3 each  ${((1000 * starts) / (performance.now() - began)).toFixed(0)} a second on one core`,
);
