import { UsageError } from "../../core/index.ts";

interface Turn {
  role: string;
  content: string;
}

/** How a conversation becomes the text that a model reads. */
export interface ChatTemplate {
  name: string;
  render(turns: readonly Turn[]): string;
}

/** The formats that are known by name. */
export const templateNames = ["chatml", "llama3", "gemma", "plain"] as const;
/** One of them, or your own turns: `{role}` and `{content}` in `turn`, `before` and `after` the whole. */
export type TemplateOption = (typeof templateNames)[number] | { turn: string; before?: string; after?: string };

function filled(pattern: string, turn: Turn): string {
  // one pass, so that a text that itself holds {content} is left as it is
  return pattern.replace(/\{(role|content)\}/g, (_, name: string) => (name === "role" ? turn.role : turn.content));
}

/**
 * The chat template of a name or of one's own turns. The right one is the one that the reward model was trained with:
 * a wrong one shifts scores without an error.
 * @throws UsageError for an unknown name
 * @example templateOf("chatml").render([{ role: "user", content: "Hi" }])
 */
export function templateOf(option: TemplateOption): ChatTemplate {
  if (typeof option === "object")
    return {
      name: "own",
      render: (turns) =>
        (option.before ?? "") + turns.map((turn) => filled(option.turn, turn)).join("") + (option.after ?? ""),
    };
  switch (option) {
    case "chatml":
      return {
        name: option,
        render: (turns) => turns.map((turn) => `<|im_start|>${turn.role}\n${turn.content}<|im_end|>\n`).join(""),
      };
    case "llama3":
      return {
        name: option,
        render: (turns) =>
          `<|begin_of_text|>${turns
            .map((turn) => `<|start_header_id|>${turn.role}<|end_header_id|>\n\n${turn.content.trim()}<|eot_id|>`)
            .join("")}`,
      };
    case "gemma":
      return {
        name: option,
        render: (turns) =>
          `<bos>${turns
            .map(
              (turn) =>
                `<start_of_turn>${turn.role === "assistant" ? "model" : "user"}\n${turn.content.trim()}<end_of_turn>\n`,
            )
            .join("")}`,
      };
    case "plain":
      return { name: option, render: (turns) => turns.map((turn) => turn.content).join("") };
    default:
      throw new UsageError(`there is no chat template "${String(option)}"`, `there is ${templateNames.join(", ")}`);
  }
}
