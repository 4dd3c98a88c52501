import { answerText, pointwise, type Reward, UsageError } from "../../core/index.ts";
import { repeatedTypeShare, wordSymbols } from "./repetition.ts";

/**
 * The phrases of the reasoning pattern reward, lower case: needs, pauses, focus, attempts, order, failure, consequence,
 * condition, example and observation. Trailing spaces and commas belong to them.
 * Source: 'The Climb Carves Wisdom Deeper Than the Summit', its groups of phrases; 40 in all. The released list has "makes sence" for the last one.
 */
export const reasoningPhrases: readonly string[] = [
  "i need to",
  "we need to",
  "wait",
  "alternatively",
  "let me check",
  "let me see",
  "let's focus on",
  "we know that",
  "let me try",
  "let's try",
  "let us try",
  "try again",
  "first, ",
  "firstly, ",
  "next, ",
  "finally, ",
  "let us first",
  "let's first",
  "let me first",
  "still not",
  "not working",
  "not correct",
  "does not work",
  "doesn't work",
  "since we ",
  "because we ",
  "consequently",
  "as a result",
  "thus",
  "therefore",
  "hence",
  "so that",
  "thereby",
  "if we",
  "given there ",
  "for instance ",
  "for example ",
  "we can observe ",
  "we can see ",
  "makes sense",
];

const releasedPhrases = reasoningPhrases.map((phrase) => (phrase === "makes sense" ? "makes sence" : phrase));

/** Options of `phrases`. */
export interface PhraseOptions {
  /** Lower case; default `reasoningPhrases`. */
  phrases?: readonly string[] | undefined;
  /** Look for "makes sence" in place of "makes sense", as the released code does; default false. */
  parity?: boolean | undefined;
  /** So many distinct phrases give 1; default 20. */
  scale?: number | undefined;
  /** What is taken off for repetition: the share of repeated n-grams of words; default n = 20; false for nothing. */
  repetition?: { n: number } | false | undefined;
  /** Each occurrence takes 1 off; default `["user: "]`, a dialogue that the model makes up. */
  forbid?: readonly string[] | undefined;
  /** Count a phrase only where no letter stands beside it ("hence" but not "henceforth"); default false, as in the paper's code. */
  wholeWords?: boolean | undefined;
}

/** The thought in a text: up to `</think>` and after `<think>`, or all of it without the tags. */
function thoughtOf(text: string): string {
  const closed = text.indexOf("</think>");
  const thought = closed < 0 ? text : text.slice(0, closed);
  return thought.startsWith("<think>") ? thought.slice(7) : thought;
}

function occurrences(text: string, phrase: string): number {
  let count = 0;
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + phrase.length)) count++;
  return count;
}

const letter = /\p{L}/u;

function standsAlone(text: string, phrase: string): boolean {
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    const end = at + phrase.length;
    const before = at > 0 && letter.test(text[at - 1]!);
    const after = end < text.length && letter.test(phrase.at(-1)!) && letter.test(text[end]!);
    if (!before && !after) return true;
  }
  return false;
}

/**
 * How much a thought sounds like reasoning, in [0, 1], with the three terms it is made of.
 *
 * max(0, min(1, distinct phrases/scale) − repeated 20-gram types/all 20-grams − occurrences of forbidden phrases), on the
 * lower-cased text.
 *
 * @throws UsageError for a scale that is not above 0 or an empty phrase
 * Source: 'The Climb Carves Wisdom Deeper Than the Summit', reasoning pattern reward (RPR); the specification's `phraseReward`.
 * @example phraseScore("Wait. Let me check that again; therefore 4.").value // 3/20
 */
export function phraseScore(
  text: string,
  options: PhraseOptions = {},
): { value: number; distinct: number; repetition: number; forbidden: number } {
  const {
    parity = false,
    phrases = parity ? releasedPhrases : reasoningPhrases,
    scale = 20,
    repetition = { n: 20 },
    forbid = ["user: "],
    wholeWords,
  } = options;
  if (!(scale > 0)) throw new UsageError(`phrases: scale ${scale} must be above 0`);
  if (phrases.includes("") || forbid.includes("")) throw new UsageError("phrases: an empty phrase is in every text");
  const thought = text.toLowerCase();
  const has = wholeWords === true ? standsAlone : (where: string, phrase: string) => where.includes(phrase);
  const distinct = phrases.filter((phrase) => has(thought, phrase)).length;
  const repeated = repetition === false ? 0 : repeatedTypeShare(wordSymbols(thought), repetition.n);
  const forbidden = forbid.reduce((sum, phrase) => sum + occurrences(thought, phrase), 0);
  const value = Math.max(0, Math.min(1, distinct / scale) - repeated - forbidden);
  return { value, distinct, repetition: repeated, forbidden };
}

/**
 * The reward `verify.phrases`: does the thought use the phrases of reasoning, without repeating itself? In [0, 1].
 *
 * It never looks at the answer: a proxy to study or to mend false negatives with, not a measure of being right.
 * The thought is what stands before `</think>`, or the whole text (the released code also counts what follows the thought). Parts: `distinct`, `repetition`, `forbidden`.
 *
 * @throws UsageError as `phraseScore`
 * @example const reward = phrases({ wholeWords: true });
 */
export function phrases(options: PhraseOptions = {}): Reward {
  phraseScore("", options);
  return pointwise(
    "verify.phrases",
    (candidate) => {
      const { value, distinct, repetition, forbidden } = phraseScore(thoughtOf(answerText(candidate)), options);
      return { value, parts: { distinct, repetition, forbidden } };
    },
    { version: 1, spec: { kind: "verify.phrases", ...options }, work: "cpu", range: [0, 1], timeLimit: 500 },
  );
}
