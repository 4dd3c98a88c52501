import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { answerText, type Estimate, promptText, random, seedFrom, split, type Task } from "../core/index.ts";
import { html, lineChart, raw, type Series, text } from "../report/index.ts";
import { type Row, readExamples, scoreFile } from "../run/index.ts";
import { rewardFromText } from "../spec/index.ts";
import { openStore } from "../store/index.ts";
import { bestOfNCurve } from "./best-of-n.ts";
import { demoRows } from "./demo-data.ts";
import { shown } from "./paths.ts";
import { writeReport } from "./report.ts";
import { serve } from "./serve.ts";
import { counted, duration, paint, plain, short, table, whole } from "./terminal.ts";

const candidates = 8;

const rewardYaml = `# Right answers first, then the form asked for, then brevity.
kind: weighted
rewards:
  right: verify.math
  form: { kind: verify.format, patterns: ['\\\\boxed\\{'] }
  brief: { kind: length, unit: words, form: target, target: 25, tolerance: 75 }
weights: { right: 1, form: 0.2, brief: 0.1 }
`;

interface Options {
  dir: string;
  tasks: number;
  seed: string;
  json?: boolean;
  page?: boolean;
  open?: boolean;
  port: number;
}

/** The curves of the demo: how often the best of n is right when it is chosen by each of these. */
function curves(
  rows: readonly { task: Task; row: Row; correct: readonly boolean[] }[],
  seed: string,
): Record<string, Estimate[]> {
  const choosers: Record<string, (one: (typeof rows)[number]) => number[]> = {
    "the reward": ({ row }) =>
      row.scores.map((score) => (score.unscored === undefined ? score.value : Number.NEGATIVE_INFINITY)),
    length: ({ task }) => task.candidates.map((candidate) => answerText(candidate).length),
    chance: ({ task }) => {
      const r = random(split(seedFrom(seed), `random:${task.id}`));
      return task.candidates.map(() => r.uniform());
    },
  };
  return Object.fromEntries(
    Object.entries(choosers).map(([name, chooser]) => [
      name,
      bestOfNCurve(rows.map((one) => ({ proxy: chooser(one), gold: one.correct.map(Number) }))),
    ]),
  );
}

/** `laurel demo`: the main job on a sample that it makes itself. */
export async function demo(options: Options): Promise<void> {
  const began = performance.now();
  const quiet = options.json === true;
  const say = (line: string): void => {
    if (!quiet) process.stdout.write(`${line}\n`);
  };
  await mkdir(options.dir, { recursive: true });
  const path = (name: string): string => join(options.dir, name);
  const input = path("sample.jsonl");
  const out = path("scored.jsonl");
  const sample = demoRows(options.tasks, candidates, seedFrom(options.seed));
  await writeFile(input, `${sample.map((row) => JSON.stringify(row)).join("\n")}\n`);
  await writeFile(path("reward.yaml"), rewardYaml);
  await rm(out, { force: true });
  say(`1. Made ${whole(sample.length)} word problems with ${candidates} candidate solutions each: ${shown(input)}`);

  const reward = await rewardFromText(path("reward.yaml"));
  const rows: { task: Task; row: Row }[] = [];
  using store = await openStore(path(".laurel"));
  const result = await scoreFile(reward, {
    input,
    out,
    store,
    onRows: (some) => {
      rows.push(...some);
    },
  });
  say(
    `2. Scored ${counted(result.progress?.candidates ?? 0, "candidates")} with ${shown(path("reward.yaml"))} in ${duration(result.progress?.milliseconds ?? 0)}`,
  );

  const correct = new Map<string, readonly boolean[]>();
  for await (const examples of readExamples(input, {
    onBad: (bad) => {
      throw bad;
    },
  }))
    for (const { task, labels } of examples)
      correct.set(
        task.id,
        (labels.correct ?? []).map((one) => one === true),
      );
  const labelled = rows.map((one) => ({ ...one, correct: correct.get(one.task.id)! }));
  const byChooser = curves(labelled, options.seed);

  say(`3. The best of each problem, for the first three:\n`);
  for (const { task, row } of rows.slice(0, 3)) {
    say(paint("bold", plain(promptText(task), 96)));
    const order = row.scores
      .map((score, i) => ({ i, value: score.unscored === undefined ? score.value : Number.NaN }))
      .sort((a, b) => b.value - a.value);
    for (const { i, value } of [...order.slice(0, 2), order.at(-1)!])
      say(
        `  ${short(value).padStart(5)}  ${correct.get(task.id)![i] ? "right" : "wrong"}  ${plain(answerText(task.candidates[i]!), 76)}`,
      );
    say("");
  }
  const names = Object.keys(byChooser);
  say(`4. How often is the best of n right? (95 % intervals by problem, ${counted(rows.length, "problems")})\n`);
  const cell = (one: Estimate): string => `${short(one.value)} [${short(one.low)}, ${short(one.high)}]`;
  say(
    table(
      ["n", ...names.map((name) => `by ${name}`)],
      [1, 2, 4, 8].map((n) => [String(n), ...names.map((name) => cell(byChooser[name]![n - 1]!))]),
    ),
  );

  const series: Series[] = names.map((name) => ({
    name,
    points: byChooser[name]!.map((one, i) => ({ x: i + 1, y: one.value, low: one.low, high: one.high })),
  }));
  const chart = lineChart(series, {
    title: "How often is the best of n right?",
    x: "n candidates, one chosen",
    y: "share right",
    note: `${whole(rows.length)} generated problems, ${candidates} candidates each; bands: 95 % intervals by problem`,
  });
  await writeFile(path("best-of-n.svg"), chart);
  await writeReport({
    scored: out,
    input,
    out: path("report.html"),
    title: "Laurel demo",
    first: [
      html`<h2>Best of n</h2><p>${text("Each problem has solutions that are right or wrong by construction. A reward that sees the reference finds a right one where there is one; length does not.")}</p><div class="charts">${raw(chart)}</div>`,
    ],
  });
  if (quiet) {
    process.stdout.write(
      `${JSON.stringify({ tasks: rows.length, candidates: candidates * rows.length, bestOfN: byChooser, report: path("report.html") }, null, 2)}\n`,
    );
    return;
  }
  say(
    `\n5. A report with plots: ${paint("bold", shown(path("report.html")))} (all of this took ${duration(performance.now() - began)})\n`,
  );
  say("Next, on a file of your own (each line: a prompt, candidates, and an answer to hold them against):");
  say(`  npx laurel inspect ${shown(input)}`);
  say(
    `  npx laurel score ${shown(input)} --reward ${shown(path("reward.yaml"))} --out scored.jsonl --report report.html`,
  );
  say(`  npx laurel rank ${shown(input)} --reward verify.math --limit 3 --top 3`);
  if (options.page === true) {
    say("\n6. The page on these files (Ctrl-C ends it):");
    await serve({
      reward: [`demo=${path("reward.yaml")}`, "verify.math"],
      port: options.port,
      host: "127.0.0.1",
      folder: options.dir,
      open: options.open === false ? false : "#/runs/one/scored.jsonl",
      once: (process.env["CI"] ?? "") !== "",
      quiet: true,
    });
  }
}
