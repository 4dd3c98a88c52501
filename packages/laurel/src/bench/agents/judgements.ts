import { isRaw, type Raw } from "../../io/messages.ts";
import { yesNo } from "./labels.ts";

/**
 * A published judgement as a value: 1 success, 0 failure (also where the answer names neither), −1 for "n/a" and for a judge that gave no
 * answer at all. `functional` is the benchmark's own rule: a cumulative reward above ½.
 *
 * @param judge the folder's name: "functional", "aer", "aerv", "nnetnav", or another, whose answers hold a `<success>` tag
 * @returns undefined where the file is no judgement
 * Source: AgentRewardBench (2025), score_judgments.py and judge/__init__.py
 * @example judgementValue({ response: { choices: [{ message: { content: "<success>Successful</success>" } }] } }, "gpt-4o") // 1
 */
export function judgementValue(file: Raw, judge: string): 1 | 0 | -1 | undefined {
  const reward = cumulativeReward(file);
  if (judge === "functional") return reward === undefined ? undefined : reward > 0.5 ? 1 : 0;
  const { response } = file;
  if (response === null || (isRaw(response) && !hasChoices(response))) return -1;
  if (!isRaw(response)) return undefined;
  const [first] = response["choices"] as unknown[];
  const message = isRaw(first) && isRaw(first["message"]) ? first["message"]["content"] : undefined;
  if (typeof message !== "string") return -1;
  const said = judge === "nnetnav" ? nnetnav(message) : judge.startsWith("aer") ? aer(message) : tag(message);
  return typeof said === "number" ? said : wordValue(said);
}

/** The rule's reward of a run, where the file has it. */
export function cumulativeReward(file: Raw): number | undefined {
  const info = file["trajectory_info"];
  const summary = isRaw(info) ? info["summary_info"] : file["summary_info"];
  const reward = isRaw(summary) ? summary["cum_reward"] : undefined;
  return typeof reward === "number" ? reward : undefined;
}

function hasChoices(response: Raw): boolean {
  const { choices } = response;
  return Array.isArray(choices) && choices.length > 0;
}

function wordValue(said: string | undefined): 1 | 0 | -1 {
  if (said === undefined) return 0;
  if (said.trim().toLowerCase() === "n/a") return -1;
  return yesNo(said) === true ? 1 : 0;
}

function tag(message: string): string | undefined {
  const start = message.indexOf("<success>");
  const end = message.indexOf("</success>");
  return start < 0 || end < start ? undefined : message.slice(start + "<success>".length, end);
}

/** AER answers on a line "Status: success" or "Status: failure". */
function aer(message: string): string | undefined {
  const lines = message.split("\n").filter((line) => line.startsWith("Status:"));
  return lines.at(-1)?.slice("Status:".length);
}

/** NNetNav gives a grade of 1 to 5 after "Reward:"; 4 and 5 are success. */
function nnetnav(message: string): 1 | 0 {
  const at = message.indexOf("Reward:");
  const grade = at < 0 ? "" : message.slice(at + "Reward:".length).trim();
  return /^\d+$/.test(grade) && Number(grade) >= 4 ? 1 : 0;
}

/** NNetNav's grade of 1 to 5 on the four steps of optimality: 1 and 2 are a failure. */
export function fourStepOptimality(grade: 1 | 2 | 3 | 4 | 5): 1 | 2 | 3 | 4 {
  return ({ 1: 1, 2: 1, 3: 2, 4: 3, 5: 4 } as const)[grade];
}
