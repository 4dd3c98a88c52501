import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type Message, messageOf, textOf, UsageError } from "../../core/index.ts";
import type { LlamaModel, Token } from "./llama.ts";

interface Jinja {
  Template: new (source: string) => { render(values: Record<string, unknown>): string };
}

/** A chat template: from messages to tokens. */
export interface ChatTemplate {
  /** The template's source, which is part of what a likelihood depends on. */
  source: string;
  /**
   * Tokens up to where the next turn's text begins: the assistant's, or, after an assistant message, the user's.
   * @throws UsageError where the template refuses the messages
   */
  tokens(messages: readonly Message[]): Token[];
}

interface Turn {
  role: string;
  content: string;
}

/** A text that no message holds, to mark a content's place in a rendered template. */
const mark = (i: number): string => `\uE000${i}\uE001`;

/**
 * The chat template of a model, or another one.
 *
 * What a message says never becomes a control token: where a content holds the text of one, the template's own parts and
 * the contents are tokenised apart; elsewhere the rendered text is tokenised as a whole, as other engines do.
 *
 * @param entry path of node-llama-cpp, which brings the template language
 * @throws UsageError where the model has no template and none is given
 */
export function chatTemplate(model: LlamaModel, entry: string, given?: string): ChatTemplate {
  const { tokens: special } = model;
  const source = given ?? model.fileInfo.metadata.tokenizer?.["chat_template"];
  if (typeof source !== "string")
    throw new UsageError("the model has no chat template", "pass one as `template`, or a text instead of messages");
  const { Template } = createRequire(pathToFileURL(entry).href)("@huggingface/jinja") as Jinja;
  const template = new Template(source);

  const render = (messages: readonly Turn[], generate: boolean): string => {
    try {
      return template.render({
        messages,
        add_generation_prompt: generate,
        bos_token: special.bosString ?? "",
        eos_token: special.eosString ?? "",
      });
    } catch (thrown) {
      throw new UsageError(`the model's chat template refuses the messages: ${messageOf(thrown)}`);
    }
  };
  const opening = (turns: readonly Turn[]): string => {
    if (turns.at(-1)?.role !== "assistant") return render(turns, true);
    const end = mark(turns.length);
    const text = render([...turns, { role: "user", content: end }], false);
    const at = text.indexOf(end);
    if (at < 0) throw new UsageError("the model's chat template does not show a user's turn as it stands");
    return text.slice(0, at);
  };
  const same = (a: readonly Token[], b: readonly Token[]): boolean =>
    a.length === b.length && a.every((token, i) => token === b[i]);
  const hostile = (text: string): boolean => !same(model.tokenize(text, true), model.tokenize(text, false));

  const apart = (turns: readonly Turn[]): Token[] => {
    const text = opening(turns.map(({ role }, i) => ({ role, content: mark(i) })));
    return text.split(/\uE000(\d+)\uE001/).flatMap((piece, i) => {
      const content = i % 2 === 1 ? turns[Number(piece)]!.content : undefined;
      return content === undefined ? model.tokenize(piece, true) : model.tokenize(content, false, "trimLeadingSpace");
    });
  };
  return {
    source,
    tokens(messages) {
      const turns = messages.map((one): Turn => ({ role: one.role, content: textOf(one) }));
      const ids = turns.some(({ content }) => hostile(content)) ? apart(turns) : model.tokenize(opening(turns), true);
      return special.shouldPrependBosToken && special.bos !== null && ids[0] !== special.bos
        ? [special.bos, ...ids]
        : ids;
    },
  };
}
