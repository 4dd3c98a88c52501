import type { SymmetricComparer } from "../../compose/tournament.ts";
import { UsageError } from "../../core/index.ts";
import type { JudgeComparer } from "./judge.ts";
import { lastObject } from "./lenient-json.ts";
import { type PairOptions, pairMaterial, sideJudge } from "./pairwise.ts";
import { prompt } from "./prompt.ts";
import { onScale, scale } from "./scales.ts";
import { type Grammar, preferredLine, type Side, type Unreadable } from "./verdict.ts";

/** Options of `writingJudge`. */
export interface WritingOptions extends PairOptions {
  /** "scores" (default): principles, critiques and two scores 0 to 10; "preferred": reasoning and a last line `Preferred: A`. */
  form?: "scores" | "preferred" | undefined;
  /** Principles to judge by, beside those that the judge writes itself. */
  principles?: readonly string[] | undefined;
}

/** Two float scores and the principles behind them. */
export interface PairScores {
  a: number;
  b: number;
  principles?: readonly string[] | undefined;
}

const on = scale(0, 10, { whole: false });

const scored = prompt({
  name: "writing",
  version: 1,
  system:
    "You judge two pieces of writing made to one request. Write principles for this request, criticise both pieces by them, and score each from 0 to 10, decimals allowed. A longer piece or one that explains itself is not better for it, and the order of the pieces does not count.",
  user: `${pairMaterial}\n\n{{#principles}}Judge also by these principles:\n{{principles}}\n\n{{/principles}}End with JSON: {"principles": ["…"], "critique of A": "…", "critique of B": "…", "A": 6.5, "B": 7.0}`,
});

const preferred = prompt({
  name: "writing-preferred",
  version: 1,
  system: "You judge two stories written to one prompt, as a thoughtful reader would. Length and order do not count.",
  user: `${pairMaterial}\n\n{{#principles}}Judge by these principles:\n{{principles}}\n\n{{/principles}}{{form}}`,
});

/**
 * A pairwise judge of writing: it writes principles, criticises both pieces and gives two scores (Writing-Zero), or reasons
 * and names the preferred one (LitBench). Equal scores tie and are never broken by the order.
 *
 * @source Writing-Zero (2025), pairwise writing GenRM; LitBench (2025), zero-shot judges. The wording is ours
 * @example writingJudge({ model, principles: ["Show, do not tell."], orders: "both" })
 */
export function writingJudge(options: WritingOptions): JudgeComparer & Partial<SymmetricComparer> {
  const { form = "scores", principles } = options;
  const guidance = principles === undefined ? {} : { principles: principles.map((one) => `- ${one}`).join("\n") };
  if (form === "preferred") {
    const grammar = preferredLine();
    return sideJudge<Side>(options, {
      form: "judge.writing",
      prompt: preferred.bind({ ...guidance, form: grammar.form }),
      grammar,
      side: (said) => said,
    });
  }
  if (form !== "scores") throw new UsageError(`there is no form "${String(form)}" of a writing judge`);
  const grammar: Grammar<PairScores> = {
    id: "pair-scores-1",
    form: 'End with JSON: {"principles": ["…"], "A": 6.5, "B": 7.0}',
    read: parsePairScores,
  };
  return sideJudge<PairScores>(options, {
    form: "judge.writing",
    prompt: scored.bind(guidance),
    grammar,
    side: ({ a, b }): Side => (a > b ? "A" : a < b ? "B" : "tie"),
  });
}

/** Reads two scores from 0 to 10 out of the last JSON object. */
export function parsePairScores(text: string): PairScores | Unreadable {
  const value = lastObject(text)?.value;
  if (value === undefined) return { unreadable: "there is no JSON object" };
  const a = onScale(value["A"], on);
  const b = onScale(value["B"], on);
  if (a === undefined || b === undefined) return { unreadable: "A and B are not both numbers from 0 to 10" };
  const { principles } = value;
  const texts = Array.isArray(principles) ? principles.filter((one): one is string => typeof one === "string") : [];
  return { a, b, ...(texts.length > 0 ? { principles: texts } : {}) };
}

/**
 * The reward of a pairwise generative judge in training.
 *
 *     R = a·m·b:  a = ±1 by the label, m = clip(|s₁ − s₂|/2, ½, 1), b = clip(1/(2·rate of the chosen slot), ½, 2)
 *
 * Without readable scores, or with equal ones, −1.
 *
 * @param slotRate how often the judge chose that slot lately, in (0, 1]
 * @source Writing-Zero (2025) names the terms; their weights are ours
 */
export function pairScoreReward(text: string, gold: "A" | "B", slotRate = 0.5): number {
  const said = parsePairScores(text);
  if ("unreadable" in said || said.a === said.b) return -1;
  if (!(slotRate > 0 && slotRate <= 1))
    throw new UsageError(`pairScoreReward: the rate must lie in (0, 1], not ${slotRate}`);
  const chosen = said.a > said.b ? "A" : "B";
  const margin = Math.min(1, Math.max(0.5, Math.abs(said.a - said.b) / 2));
  const balance = Math.min(2, Math.max(0.5, 1 / (2 * slotRate)));
  return (chosen === gold ? 1 : -1) * margin * balance;
}
