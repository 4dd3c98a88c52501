import {
  answerText,
  type Candidate,
  type Comparer,
  type Context,
  candidate,
  candidateHash,
  type LanguageModel,
  type Message,
  promptHash,
  random,
  split,
  type Task,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";
import { askAll, drawOf } from "../../rewards/judge/ask.ts";
import { type Grammar, judgePrompt } from "../../rewards/judge/index.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** Something that makes an answer to a prompt good, such as that it is correct. */
export type Attribute = { name: string; definition: string };

/** What is asked of a rewriter. */
export interface RewriteAsk {
  prompt: readonly Message[];
  answer: Candidate;
  attribute: Attribute;
  direction: "upgrade" | "degrade";
}

const listing = judgePrompt({
  name: "causal-rubric",
  version: 1,
  system:
    "You name what makes an answer to a given prompt good: attributes of its content that would still matter if answers were made longer or shorter or were set out in another way. Length, formatting and tone are none, unless the prompt asks for them.",
  user: "The prompt:\n{{quote prompt}}\n\nName at most {{most}} attributes, the most important one first, each on a line of its own as <attribute>NAME: what an answer that has it does</attribute>.",
});

const rewriting = judgePrompt({
  name: "causal-rewrite",
  version: 1,
  system:
    "You rewrite an answer so that it changes in one attribute and in nothing else: the same length, order, formatting and tone, and all other content as it was.",
  user: "The prompt:\n{{quote prompt}}\n\nThe answer:\n{{quote answer}}\n\nMake it {{direction}} in this attribute alone:\n{{quote attribute}}\n\nWrite the whole new answer as <rewritten>…</rewritten>.",
});

/** The attributes of a reply, names once each; linear. */
function readAttributes(text: string): readonly Attribute[] | { unreadable: string } {
  const found = new Map<string, Attribute>();
  for (const line of text.split("\n")) {
    const from = line.indexOf("<attribute>");
    const to = line.indexOf("</attribute>", from + 1);
    if (from < 0 || to < 0) continue;
    const content = line.slice(from + "<attribute>".length, to);
    const colon = content.indexOf(":");
    if (colon < 0) return { unreadable: `"${content.slice(0, 80)}" has no colon between name and definition` };
    const name = content.slice(0, colon).trim();
    const definition = content.slice(colon + 1).trim();
    if (name !== "" && definition !== "" && !found.has(name.toLowerCase()))
      found.set(name.toLowerCase(), { name, definition });
  }
  return found.size === 0 ? { unreadable: "there is no <attribute>NAME: definition</attribute>" } : [...found.values()];
}

async function ask<T>(
  model: LanguageModel,
  rendered: ReturnType<typeof listing.render>,
  grammar: Grammar<T>,
  retries: number,
  ctx: Context,
): Promise<T | Unscored> {
  if (rendered.tooLong !== undefined) return unscored("unsupported", `${rendered.tooLong} is too long for the model`);
  const seed = split(ctx.seed, promptHash({ id: "", prompt: rendered.messages, candidates: [] }));
  const question = { messages: rendered.messages, grammar, seed };
  const [answers] = await askAll(model, [question], drawOf({ model, retries, maxTokens: 8192 }), ctx);
  return answers!.votes[0]?.verdict ?? answers!.lost[0]!;
}

/**
 * A function that asks a model which attributes make an answer to a prompt good.
 *
 * It is told of no shortcut that a reward should not learn: naming them is not needed, which is the point of the method. Give it a model
 * with a cache (`cached`), since the same prompt is asked for every pair that shares it.
 *
 * @param options `most` attributes, default 5; `retries` of unreadable replies, default 1
 * @returns the attributes, or unscored: `judge-unparsable` with the raw reply, or the model's own reason
 * @source Crome (2025): causal rubrics by an oracle model; the wording is ours
 * @example const attributes = await causalRubric({ model })(pair.prompt, ctx);
 */
export function causalRubric(options: {
  model: LanguageModel;
  most?: number | undefined;
  retries?: number | undefined;
}): (prompt: readonly Message[], ctx: Context) => Promise<readonly Attribute[] | Unscored> {
  const { model, most = 5, retries = 1 } = options;
  const grammar: Grammar<readonly Attribute[]> = {
    id: "attributes-1",
    form: "Write each attribute on a line of its own as <attribute>NAME: definition</attribute>.",
    read: readAttributes,
  };
  return async (prompt, ctx) => {
    const read = await ask(model, listing.render({ prompt, most }), grammar, retries, ctx);
    return "unscored" in read ? read : read.slice(0, most);
  };
}

/**
 * A function that rewrites an answer so that one attribute is better or worse and nothing else changes.
 *
 * @param options `retries` of unreadable replies, default 1
 * @returns the new answer's text, or unscored as `causalRubric`
 * @source Crome (2025): interventions on single causal attributes; the wording is ours
 * @example const worse = await intervene({ model })({ prompt, answer, attribute, direction: "degrade" }, ctx);
 */
export function intervene(options: {
  model: LanguageModel;
  retries?: number | undefined;
}): (ask: RewriteAsk, ctx: Context) => Promise<string | Unscored> {
  const { model, retries = 1 } = options;
  const open = "<rewritten>";
  const grammar: Grammar<string> = {
    id: "rewritten-1",
    form: "Write the whole new answer as <rewritten>…</rewritten>.",
    read(text) {
      const from = text.indexOf(open);
      const to = text.lastIndexOf("</rewritten>");
      return from < 0 || to < from
        ? { unreadable: "there is no <rewritten>…</rewritten>" }
        : text.slice(from + open.length, to).trim();
    },
  };
  return ({ prompt, answer, attribute, direction }, ctx) =>
    ask(
      model,
      rewriting.render({
        prompt,
        answer: answerText(answer),
        attribute: `${attribute.name}: ${attribute.definition}`,
        direction: direction === "upgrade" ? "better" : "worse",
      }),
      grammar,
      retries,
      ctx,
    );
}

/** Options of `causalPairs`. */
export interface CausalPairsOptions {
  /** The attributes of a prompt: `causalRubric`, or your own. */
  rubric(prompt: readonly Message[], ctx: Context): Promise<readonly Attribute[] | Unscored>;
  /** A rewritten answer: `intervene`, or your own. */
  rewrite(ask: RewriteAsk, ctx: Context): Promise<string | Unscored>;
  /** Attributes, drawn anew for each pair, along which the chosen answer is made worse and the rejected one better; default 1 and 1. */
  perPair?: { degrade?: number | undefined; upgrade?: number | undefined } | undefined;
  /** Must prefer the better version (p above 0.5), or the pair is left out. */
  verify?: Comparer | undefined;
  ctx: Context;
}

/** Why there is no pair: the prompt has no attributes, a model failed, the rewrite changed nothing, or `verify` did not see it as better. */
export type CausalDrop = "no-rubric" | "unscored" | "identical" | "refuted";

/** Causal pairs as they come, with the mean change of length by direction so far, new less old in characters; NaN before the first. */
export type CausalRecipe = Recipe<PreferencePair, CausalDrop> & {
  readonly lengthChange: { readonly degrade: number; readonly upgrade: number };
};

/**
 * Preference pairs that differ in one causal attribute: a good answer before its copy that is worse in it, and the copy of a bad answer
 * that is better in it before the bad answer.
 *
 * A new pair's `meta` has `augmentation` ("degrade" or "upgrade") and `attribute`; `strength` and `target` of the old pair are not carried
 * over. If upgrades always lengthen, the pairs teach length: read `lengthChange` when the stream has ended. Train on these beside the
 * original pairs and `neutralPairs`.
 *
 * @param pairs ties are passed over, since no side of them is known to be better
 * @returns the new pairs alone; `ledger.in` counts the rewrites that were wanted
 * @throws UsageError where `perPair` has no whole number of at least 0
 * @source Crome (2025), causal augmentation
 * @example for await (const pair of causalPairs(pairs, { rubric: causalRubric({ model }), rewrite: intervene({ model }), ctx })) save(pair);
 */
export function causalPairs(
  pairs: AsyncIterable<PreferencePair> | Iterable<PreferencePair>,
  options: CausalPairsOptions,
): CausalRecipe {
  const { rubric, rewrite, verify, ctx } = options;
  const wanted = { degrade: options.perPair?.degrade ?? 1, upgrade: options.perPair?.upgrade ?? 1 };
  for (const [direction, n] of Object.entries(wanted))
    if (!(Number.isInteger(n) && n >= 0))
      throw new UsageError(`causalPairs: perPair.${direction} must be a whole number of at least 0, not ${n}`);
  const change = { degrade: { sum: 0, n: 0 }, upgrade: { sum: 0, n: 0 } };
  const made = recipe<PreferencePair, CausalDrop>(
    ["no-rubric", "unscored", "identical", "refuted"],
    async function* (ledger) {
      for await (const pair of pairs) {
        if (pair.tie === true) continue;
        const attributes = await rubric(pair.prompt, ctx);
        for (const direction of ["degrade", "upgrade"] as const) {
          const n = wanted[direction];
          ledger.in += n;
          if ("unscored" in attributes || attributes.length === 0) {
            ledger.dropped["unscored" in attributes ? "unscored" : "no-rubric"] += n;
            continue;
          }
          const answer = direction === "degrade" ? pair.chosen : pair.rejected;
          const rng = random(
            split(ctx.seed, `${direction} ${candidateHash(pair.chosen)} ${candidateHash(pair.rejected)}`),
          );
          const drawn = rng.shuffled(attributes).slice(0, n);
          ledger.dropped["no-rubric"] += n - drawn.length;
          for (const attribute of drawn) {
            const text = await rewrite({ prompt: pair.prompt, answer, attribute, direction }, ctx);
            if (typeof text !== "string") {
              ledger.dropped.unscored++;
              continue;
            }
            if (text === answerText(answer).trim()) {
              ledger.dropped.identical++;
              continue;
            }
            const other = candidate(text);
            const [chosen, rejected] = direction === "degrade" ? [answer, other] : [other, answer];
            const refused =
              verify === undefined ? undefined : await refusal(verify, pair.prompt, chosen, rejected, ctx);
            if (refused !== undefined) {
              ledger.dropped[refused]++;
              continue;
            }
            ledger.out++;
            change[direction].sum += text.length - answerText(answer).length;
            change[direction].n++;
            yield {
              prompt: pair.prompt,
              chosen,
              rejected,
              ...(pair.origin === undefined ? {} : { origin: pair.origin }),
              meta: { ...pair.meta, augmentation: direction, attribute: attribute.name },
            };
          }
        }
      }
    },
  );
  const mean = (direction: "degrade" | "upgrade"): number => change[direction].sum / change[direction].n;
  const lengthChange = {
    get degrade() {
      return mean("degrade");
    },
    get upgrade() {
      return mean("upgrade");
    },
  };
  return Object.assign(made, { lengthChange });
}

async function refusal(
  verify: Comparer,
  prompt: readonly Message[],
  chosen: Candidate,
  rejected: Candidate,
  ctx: Context,
): Promise<"unscored" | "refuted" | undefined> {
  const task: Task = { id: candidateHash(chosen), prompt, candidates: [chosen, rejected] };
  const [[compared] = []] = await verify.compare([{ task, pairs: [[0, 1]] }], ctx);
  if (compared === undefined || compared.unscored !== undefined) return "unscored";
  return compared.p > 0.5 ? undefined : "refuted";
}
