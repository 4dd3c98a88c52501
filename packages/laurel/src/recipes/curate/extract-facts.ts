import { type Context, type LanguageModel, promptHash, split, type Unscored, unscored } from "../../core/index.ts";
import { askAll, drawOf } from "../../rewards/judge/ask.ts";
import { type Grammar, judgePrompt } from "../../rewards/judge/index.ts";

/** Options of `extractFacts`. */
export interface ExtractFactsOptions {
  writer: LanguageModel;
  /** Most facts that are taken; default 64. A reply with more is refused, since a list without end is none of facts. */
  most?: number | undefined;
  /** How often an unreadable reply is asked for again; default 1. */
  retries?: number | undefined;
}

const wording = judgePrompt({
  name: "extract-facts",
  version: 1,
  system:
    "You read a worked solution of a problem about a picture and list what it says is seen there: shapes, labels, numbers, positions and relations. Each fact stands by itself, is about one thing, and can be checked against the picture. Conclusions that were reasoned or calculated are no facts of the picture.",
  user: "The solution:\n{{quote solution}}\n\nWrite every fact once, the first as <info1>…</info1>, the second as <info2>…</info2>, and so on. If there is none, write <none>.",
});

/**
 * The facts of a reply: `<info1>…</info1>`, `<info2>…</info2>` in the order in which they stand, equal ones once. Linear.
 *
 * @returns the facts (none for `<none>`), or why they cannot be read: no tag at all, or one that is not closed
 * @example readFacts("<info1>AB = 5</info1><info2>C is a right angle</info2>") // ["AB = 5", "C is a right angle"]
 */
export function readFacts(text: string): readonly string[] | { unreadable: string } {
  const facts = new Set<string>();
  let open: { number: string; from: number } | undefined;
  let tags = 0;
  for (const match of text.matchAll(/<(\/?)info(\d{1,3})>/g)) {
    tags++;
    const [whole, closing, number] = match as unknown as [string, string, string];
    if (closing === "") {
      if (open !== undefined) return { unreadable: `<info${open.number}> is not closed` };
      open = { number, from: match.index + whole.length };
    } else {
      if (open?.number !== number) return { unreadable: `</info${number}> closes nothing` };
      const fact = text.slice(open.from, match.index).replace(/\s+/g, " ").trim();
      if (fact !== "") facts.add(fact);
      open = undefined;
    }
  }
  if (open !== undefined) return { unreadable: `<info${open.number}> is not closed` };
  if (tags === 0 && !text.includes("<none>")) return { unreadable: "there is no <info1>" };
  return [...facts];
}

/**
 * A function that lists the visual facts which a worked solution states: what `reference.facts` of a task are made of, for `judge.facts`,
 * `verify.match` and `verify.perception`.
 *
 * Take solutions whose final answer is right: facts of a wrong one would be rewarded like any other.
 *
 * @returns the facts, or unscored: `judge-unparsable` with the raw reply, or the writer's own reason
 * @source Perception-R1 (2025): atomic visual facts by a text model from right chains of thought, column visual_key_info; the wording is ours
 * @example const facts = await extractFacts({ writer })("The circle has radius 3, so its area is 9π.", ctx);
 */
export function extractFacts(
  options: ExtractFactsOptions,
): (solution: string, ctx: Context) => Promise<readonly string[] | Unscored> {
  const { writer, most = 64, retries = 1 } = options;
  const grammar: Grammar<readonly string[]> = {
    id: "facts-1",
    form: "Write each fact as <info1>…</info1>, <info2>…</info2> and so on, or <none>.",
    read(text) {
      const facts = readFacts(text);
      if ("unreadable" in facts) return facts;
      return facts.length > most ? { unreadable: `${facts.length} facts are more than ${most}` } : facts;
    },
  };
  return async (solution, ctx) => {
    const rendered = wording.render({ solution });
    if (rendered.tooLong !== undefined) return unscored("unsupported", "the solution is too long for the writer");
    const seed = split(ctx.seed, promptHash({ id: "", prompt: rendered.messages, candidates: [] }));
    const [answer] = await askAll(
      writer,
      [{ messages: rendered.messages, grammar, seed }],
      drawOf({ model: writer, retries }),
      ctx,
    );
    return answer!.votes[0]?.verdict ?? answer!.lost[0]!;
  };
}
