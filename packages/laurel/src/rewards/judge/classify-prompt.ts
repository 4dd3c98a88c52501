import {
  type Context,
  type LanguageModel,
  type Message,
  promptHash,
  split,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { askAll, drawOf } from "./ask.ts";
import { prompt as judgePrompt } from "./prompt.ts";
import type { Grammar } from "./verdict.ts";

/** A class of prompts, and what belongs to it. */
export interface PromptLabel {
  name: string;
  definition: string;
}

/** R3's two classes, for `reference.r3`. */
export const promptBranches: readonly PromptLabel[] = [
  { name: "open", definition: "many different answers would be good, and a fuller one is better" },
  { name: "closed", definition: "there is one right answer, or very few, and all that matters is whether it is given" },
];

/** Options of `classifyPrompt`. */
export interface ClassifyPromptOptions {
  model: LanguageModel;
  /** At least two of different names; default `promptBranches`. */
  labels?: readonly PromptLabel[] | undefined;
  /** How often an unreadable reply is asked for again; default 1. */
  retries?: number | undefined;
}

const wording = judgePrompt({
  name: "classify-prompt",
  version: 1,
  system: "You sort prompts into classes. You do not answer them.",
  user: "The classes:\n{{classes}}\n\nThe prompt:\n{{quote prompt}}\n\nWhich class does it belong to? {{form}}",
});

/**
 * A function that asks a model for the class of a prompt.
 *
 * Give it a model with a cache: the same prompt is then asked once. For `reference.r3` put the answer into `context.promptBranch`.
 *
 * @returns the label's name, or unscored: `judge-unparsable` with the raw reply, or the model's own reason
 * @throws UsageError for fewer than two labels, or two of one name
 * @source R3 (2024): prompts typed by GPT-4, right for 83 % of about 100 that were checked; the wording is ours
 * @example await classifyPrompt({ model })(task.prompt, ctx) // "open"
 */
export function classifyPrompt(
  options: ClassifyPromptOptions,
): (prompt: readonly Message[], ctx: Context) => Promise<string | Unscored> {
  const { model, labels = promptBranches, retries = 1 } = options;
  const names = labels.map(({ name }) => name);
  if (names.length < 2 || new Set(names).size !== names.length)
    throw new UsageError(`classifyPrompt needs two or more labels of different names, not ${names.join(", ")}`);
  const grammar: Grammar<string> = {
    id: `class-1 ${names.join("|")}`,
    form: `End with the class alone in double brackets: ${names.map((name) => `[[${name}]]`).join(" or ")}.`,
    read(text) {
      const said = [...new Set(text.match(/\[\[[^[\]]{1,100}\]\]/g) ?? [])].map((one) => one.slice(2, -2).trim());
      const [only, ...more] = said;
      if (only === undefined) return { unreadable: "there is no [[class]]" };
      if (more.length > 0) return { unreadable: "it names different classes" };
      const found = names.find((name) => name.toLowerCase() === only.toLowerCase());
      return found ?? { unreadable: `"${only}" is no class` };
    },
  };
  const classes = labels.map(({ name, definition }) => `${name}: ${definition}`).join("\n");
  return async (prompt, ctx) => {
    const rendered = wording.render({ classes, prompt, form: grammar.form });
    if (rendered.tooLong !== undefined) return unscored("unsupported", "the prompt is too long for the model");
    const seed = split(ctx.seed, promptHash({ id: "", prompt: rendered.messages, candidates: [] }));
    const [answer] = await askAll(
      model,
      [{ messages: rendered.messages, grammar, seed }],
      drawOf({ model, retries }),
      ctx,
    );
    return answer!.votes[0]?.verdict ?? answer!.lost[0]!;
  };
}
