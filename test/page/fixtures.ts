import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { lines } from "../evaluate/real.ts";
import { laurel } from "../laurel.ts";

/** A module whose reward takes its time, so that a run can be stopped in the middle; its value is the answer's length. */
export const slowModule = `import { setTimeout as sleep } from "node:timers/promises";
const score = async (candidate) => {
  await sleep(100);
  return { value: candidate.output[0].content.length };
};
export const slow = {
  name: "slow", fingerprint: "slow-1", sees: "candidate", work: "io", range: [0, 1e6],
  score: (tasks) => Promise.all(tasks.map((task) => Promise.all(task.candidates.map(score)))),
};
`;

/** Markup, a script, a change of direction, marks without end and other things that a page must show and not follow. */
export const hostile = [
  "<script>window.hacked = true</script><img src=x onerror='window.hacked = true'>",
  "\u202Ereversed\u202C \u0000 e\u0301\u0301\u0301 \u{1F469}\u200D\u{1F469}\u200D\u{1F467} </div></main>{@html 1} javascript:alert(1)",
];

/** So many tasks of two candidates. */
export function writeTasks(path: string, n: number): void {
  const rows = Array.from({ length: n }, (_, i) => ({
    id: `t${i}`,
    prompt: `Say it ${i} times.`,
    candidates: ["it ".repeat((i * 7) % 11), "it".repeat((i * 5) % 13)],
  }));
  writeFileSync(path, lines(rows));
}

interface Solved {
  idx: number;
  question: string;
  ground_truth: string;
  [model: string]: unknown;
}

/** GSM8K's questions with the answers of four models (shared data), whether each is right, as tasks. */
export function writeGsm8k(from: string, to: string, n: number): void {
  const rows = readFileSync(from, "utf8").trimEnd().split("\n").slice(0, n);
  const models = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"];
  const tasks = rows.map((line) => {
    const row = JSON.parse(line) as Solved;
    const answers = models.map((model) => row[model] as { solution: string; is_correct: boolean });
    return {
      id: `g${row.idx}`,
      prompt: row.question,
      candidates: answers.map(({ solution }) => solution),
      answer: row.ground_truth.split("A: ").at(-1)!,
      labels: { correct: answers.map(({ is_correct }) => is_correct) },
    };
  });
  writeFileSync(to, lines(tasks));
}

/** `laurel` with arguments in a folder; what it printed. */
export function run(cwd: string, ...args: string[]): string {
  const { code, out, err } = laurel(args, { cwd });
  // 1: compare found A to be worse
  if (code !== 0 && !(args[0] === "compare" && code === 1))
    throw new Error(`laurel ${args.join(" ")} ended with ${code}: ${err}`);
  return out;
}

/** A port that is free now, so that a server can come back on it. */
export async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}
