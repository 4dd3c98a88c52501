import type { Estimate } from "../core/index.ts";
import type { Gated, GateSubset, WorstTask } from "../run/index.ts";

/** At most `digits` decimals, no trailing zeros. */
function short(value: number, digits = 3): string {
  return String(Number(value.toFixed(digits)));
}

function figure({ value, low, high }: Estimate): string {
  return `${short(value)} [${short(low)}, ${short(high)}]`;
}

function line(text: string, width: number): string {
  const flat = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  const units = [...flat];
  return units.length <= width ? flat : `${units.slice(0, width - 1).join("")}…`;
}

/** What a gate decided, in one sentence. */
export function gateSentence(result: Gated): string {
  const { estimate, verdict, bar } = result;
  const interval = `${figure(estimate)} (${short(estimate.level * 100)} %, ${estimate.n} tasks)`;
  if ("min" in bar) {
    if (verdict === "pass") return `pass: the mean of ${result.reward} is ${interval}, at least ${bar.min}`;
    if (verdict === "worse") return `worse: the mean of ${result.reward} is ${interval}, below ${bar.min}`;
    return `not enough data: the mean of ${result.reward} is ${interval}, so that ${bar.min} is neither reached nor missed; ${undecidedBecause(result)}`;
  }
  const what = `the difference from ${bar.baseline} is ${interval}`;
  const [passes, fails, open] =
    bar.margin === 0
      ? ["better", "worse", "whether it is better"]
      : [
          `no worse by more than ${short(bar.margin, 6)}`,
          `worse by more than ${short(bar.margin, 6)}`,
          `whether it is worse by more than ${short(bar.margin, 6)}`,
        ];
  if (verdict === "pass") return `pass: ${passes}; ${what}`;
  if (verdict === "worse") return `worse: ${fails}; ${what}`;
  return `not enough data: it is open ${open}; ${what}; ${undecidedBecause(result)}`;
}

function undecidedBecause({ because, needed, unscored, tasks, bounds, pairing }: Gated): string {
  if (because === "no-variation")
    return "the values do not vary and the reward states no range, so that no interval can be made";
  if (because === "unscored") {
    const gone = pairing === undefined ? 0 : pairing.onlyBaseline;
    const ends =
      bounds === undefined
        ? "and the reward states no range that would bound them"
        : `and the answer depends on them: [${short(bounds.low)}, ${short(bounds.high)}]`;
    const missing = gone === 0 ? "" : `, of which ${gone} are in the baseline only`;
    return `${unscored.tasks} of ${tasks + gone} tasks have no score${missing}, ${ends}`;
  }
  return needed === undefined
    ? "the mean is so close to the bar that no feasible number of prompts is enough"
    : `about ${needed} prompts are needed`;
}

/** The lines below the sentence: the means, what is missing, subsets, the worst tasks. */
export function gateDetails(result: Gated): string[] {
  const { means, unscored, faults, pairing } = result;
  const lines: string[] = [];
  if (means?.now !== undefined && means.baseline !== undefined)
    lines.push(`now ${figure(means.now)}, baseline ${figure(means.baseline)}`);
  if (pairing !== undefined && pairing.onlyNow + pairing.onlyBaseline > 0)
    lines.push(`${pairing.onlyNow} tasks are new and left out; ${pairing.onlyBaseline} are in the baseline only`);
  const counts = (record: Readonly<Partial<Record<string, number>>>): string =>
    Object.entries(record)
      .map(([name, n]) => `${n} ${name}`)
      .join(", ");
  if (Object.keys(faults).length > 0) lines.push(`faults: ${counts(faults)}`);
  if (Object.keys(unscored.reasons).length > 0)
    lines.push(`unscored: ${counts(unscored.reasons)} (such as: ${line(unscored.message ?? "", 160)})`);
  for (const [key, values] of Object.entries(result.subsets))
    for (const [value, subset] of Object.entries(values))
      lines.push(`${line(key, 40)} ${line(value, 40)}: ${subsetText(subset)}`);
  if (result.worst.length > 0) lines.push("worst tasks:");
  for (const task of result.worst) {
    lines.push(`  ${line(task.id, 40)}  ${worstValue(task)}  ${line(task.prompt, 60)} -> ${line(task.answer, 60)}`);
    if (task.rationale !== undefined) lines.push(`    ${line(task.rationale, 120)}`);
  }
  return lines;
}

function subsetText({ estimate, n, unscored, verdict }: GateSubset): string {
  const missing = unscored === 0 ? "" : `, ${unscored} unscored`;
  if (estimate === undefined) return `too little for an interval (${n} tasks${missing})`;
  return `${figure(estimate)} (${n} tasks${missing})${verdict === "worse" ? "  WORSE" : ""}`;
}

function worstValue({ value, baseline, fault }: WorstTask): string {
  const was = baseline === undefined ? "" : ` (was ${short(baseline)})`;
  return `${short(value)}${was}${fault === undefined ? "" : ` ${fault}`}`;
}

const words = { pass: "passed", worse: "failed: worse", undecided: "failed: not enough data" } as const;

/** Text in a Markdown table: no cell, line, tag, link or emphasis of its own. */
function cell(text: string): string {
  return line(text, 200)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/[\\`*_[\]|~#@$]/g, "\\$&");
}

/** The result as Markdown, for a comment or a job's summary. */
export function gateMarkdown(result: Gated): string {
  const lines = [`### Gate ${words[result.verdict]}`, "", `${cellLong(gateSentence(result))}.`, ""];
  const { means } = result;
  const rows: string[][] = [];
  const difference = "baseline" in result.bar;
  rows.push([
    difference ? "**difference**" : "**all**",
    figure(result.estimate),
    String(result.estimate.n),
    String(result.unscored.tasks),
    "",
  ]);
  if (means?.now !== undefined) rows.push(["now", figure(means.now), String(means.now.n), "", ""]);
  if (means?.baseline !== undefined) rows.push(["baseline", figure(means.baseline), String(means.baseline.n), "", ""]);
  for (const [key, values] of Object.entries(result.subsets))
    for (const [value, { n, unscored, estimate, verdict }] of Object.entries(values))
      rows.push([
        `${cell(key)} ${cell(value)}`,
        estimate === undefined ? "too few" : figure(estimate),
        String(n),
        String(unscored),
        verdict === "worse" ? "worse" : "",
      ]);
  lines.push(`| | ${difference ? "difference or mean" : "mean"} | tasks | unscored | |`, "|---|---|---:|---:|---|");
  for (const row of rows) lines.push(`| ${row.join(" | ")} |`);
  if (result.worst.length > 0) {
    lines.push("", "Worst tasks", "", "| id | value | prompt | answer |", "|---|---|---|---|");
    for (const task of result.worst)
      lines.push(`| ${cell(task.id)} | ${worstValue(task)} | ${cell(task.prompt)} | ${cell(task.answer)} |`);
  }
  return `${lines.join("\n")}\n`;
}

function cellLong(text: string): string {
  return text.replace(/</g, "&lt;").replace(/[\\`*_|]/g, "\\$&");
}
