import { UsageError } from "../../core/index.ts";
import { banditRegret, groupsOf, starcBandit } from "../../stats/index.ts";
import { bootstrapValues, percentileEstimate } from "../../stats/percentile.ts";
import type { Line, Method } from "./method.ts";

/** `laurel stats distance`: how far rewards differ in what can change behaviour. */
export const distance: Method = {
  about:
    "distance of rewards that counts only what can change the best answer (STARC), and the regret of the wrong one",
  group: "agreement",
  settings: {
    prompt: "column of the prompt whose answers are compared (default: prompt)",
    rewards: "columns of the rewards' scores, joined by + (default: all but prompt, candidate and id)",
    weight: "column of the answers' weights, such as their probability (default: equal)",
    reps: "resamples of prompts (default: 1000)",
  },
  run(columns, settings) {
    const prompt = settings.text("prompt", "prompt");
    const prompts = columns.texts(prompt);
    const weight = settings.has("weight") ? columns.numbers(settings.text("weight", "weight"), "error") : undefined;
    const not = new Set([prompt, "candidate", "id", settings.text("weight", "weight")]);
    const names = settings.list("rewards") ?? columns.names.filter((name) => !not.has(name));
    if (names.length < 2) throw new UsageError("a distance needs the columns of two rewards", "rewards=A+B");
    const scores = names.map((name) => columns.numbers(name, "error"));
    const { of: places, count } = groupsOf(prompts);
    const lines: Line[] = [];
    for (const [i, a] of scores.entries())
      for (const [j, b] of scores.entries()) {
        if (j <= i) continue;
        const estimate = (of: (rows: ArrayLike<number>, groups: number[]) => number, method: string) => {
          const boot = bootstrapValues(prompts.length, (drawn) => of(drawn, regrouped(drawn, places)), {
            seed: settings.seed,
            reps: settings.number("reps", 1000),
            clusters: prompts,
          });
          const all = Int32Array.from(prompts, (_, row) => row);
          return percentileEstimate(of(all, regrouped(all, places)), boot, {
            n: prompts.length,
            clusters: count,
            level: settings.level,
            method,
          });
        };
        const pick = (rows: ArrayLike<number>, from: readonly number[]): number[] =>
          Array.from(rows, (row) => from[row]!);
        lines.push({
          name: `distance of ${names[i]} and ${names[j]}`,
          estimate: estimate(
            (rows, groups) =>
              starcBandit(pick(rows, a), pick(rows, b), groups, {
                weights: weight === undefined ? undefined : pick(rows, weight),
              }),
            "STARC, prompts resampled",
          ),
        });
        lines.push({
          name: `regret between ${names[i]} and ${names[j]}`,
          estimate: estimate(
            (rows, groups) => banditRegret(pick(rows, a), pick(rows, b), groups),
            "normalised regret, prompts resampled",
          ),
        });
      }
    return {
      lines,
      notes: [
        "0: the same order of answers up to scale and a shift a prompt; √2: unrelated; 2: opposite. Distances over few answers a prompt are biased upwards",
      ],
    };
  },
};

/** Groups of a resample in which a prompt that was drawn twice is two prompts. */
function regrouped(drawn: ArrayLike<number>, prompts: Int32Array): number[] {
  const turns = new Int32Array(prompts.length);
  return Array.from(drawn, (row) => prompts[row]! + prompts.length * turns[row]!++);
}
