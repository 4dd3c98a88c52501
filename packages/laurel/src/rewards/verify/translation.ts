import { answerText, pointwise, type Reward, type Task, textOf, UsageError, unscored } from "../../core/index.ts";
import { prepareGrams } from "../reference/bleu.ts";
import { languageDetector } from "./constraints/index.ts";

/** Options of `translationGate`. */
export interface TranslationGateOptions {
  /** The language that the translation must be in, as an ISO 639-1 code such as "de". */
  target: string;
  /** The greatest share of the translation's word trigrams that may stand in the source; default 0.5. */
  maxCopy?: number | undefined;
  /** Least and greatest length of the translation over the source's, in words (a Han, kana or Hangul character is one); default [0.3, 3]. */
  lengthRatio?: readonly [least: number, greatest: number] | undefined;
  /** Must the answer be one non-empty `<think>` block and then the translation? Default true. */
  think?: boolean | undefined;
  /** Finds the language of a text; undefined means unknown, which the gate lets pass. Default: the detector of `verify.constraints`, for texts long enough to tell. */
  identify?: ((text: string) => string | undefined) | undefined;
}

const units = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{M}\p{N}]+/gu;

const letters = /\p{L}/gu;
const ideographs = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** A text's language by the shared detector, or undefined for texts under 20 letters (5 in scripts whose characters are words). */
async function languageOf(text: string): Promise<string | undefined> {
  const sample = text.slice(0, 2000);
  if ((sample.match(letters)?.length ?? 0) < 20 && (sample.match(ideographs)?.length ?? 0) < 5) return undefined;
  const found = (await languageDetector())(text);
  return found === null || found === "unknown" ? undefined : found;
}

/** Words of a text, lower-cased; characters of scripts without spaces stand alone. */
const unitsOf = (text: string): string[] => text.toLowerCase().match(units) ?? [];

/** The source: `context.source`, else the text of the last user message. */
function sourceOf(task: Task): string | undefined {
  const given = task.context?.["source"];
  if (typeof given === "string") return given;
  const message = task.prompt.findLast((one) => one.role === "user");
  return message === undefined ? undefined : textOf(message);
}

/**
 * The share of a translation's word trigrams that the source has (single words, if it has fewer than three), in [0, 1].
 *
 * @example copiedShare("the cat sat down", "the cat sat up") // 1/2
 */
export function copiedShare(translation: string, source: string): number {
  const words = unitsOf(translation);
  if (words.length === 0) return 0;
  const order = Math.min(3, words.length);
  const { vocabulary, index } = prepareGrams([unitsOf(source)], order);
  const matches: number[] = [];
  index.match(vocabulary.known(words), matches);
  return matches[order - 1]! / (words.length - order + 1);
}

/** The translation in an answer: what follows exactly one `<think>` block with content; undefined for another form. */
function translationIn(text: string, think: boolean): string | undefined {
  if (!think) return text.trim() === "" ? undefined : text.trim();
  const trimmed = text.trim();
  const closed = trimmed.indexOf("</think>");
  if (!trimmed.startsWith("<think>") || closed < 0) return undefined;
  if (trimmed.includes("<think>", 7) || trimmed.includes("</think>", closed + 8)) return undefined;
  const translation = trimmed.slice(closed + 8).trim();
  return trimmed.slice(7, closed).trim() === "" || translation === "" ? undefined : translation;
}

/**
 * The reward `verify.translation`: 1 if an answer has the form of a translation into the target language, else 0.
 *
 * Four gates, each a part: `format` (one thought, then text), `language` (null where it cannot be told, which passes),
 * `copy` (not copied from the source), `length` (in proportion). It says nothing about quality.
 * The source is `context.source`, else the last user message; without either, unscored (`missing-reference`).
 *
 * @throws UsageError for bounds that make no sense
 * Source: 'ExTrans', its format gate; the other gates are the specification's reading of its lightweight reward.
 * @example const reward = translationGate({ target: "de" });
 */
export function translationGate(options: TranslationGateOptions): Reward {
  const { target, maxCopy = 0.5, lengthRatio = [0.3, 3], think = true, identify } = options;
  const [least, greatest] = lengthRatio;
  if (!(least >= 0 && greatest >= least))
    throw new UsageError("verify.translation: lengthRatio must be [least, greatest]");
  if (!(maxCopy >= 0 && maxCopy <= 1)) throw new UsageError("verify.translation: maxCopy must be in [0, 1]");
  const language = target.toLowerCase().split("-")[0]!;
  return pointwise(
    "verify.translation",
    async (candidate, task) => {
      const source = sourceOf(task);
      if (source === undefined || unitsOf(source).length === 0)
        return unscored("missing-reference", `task ${task.id} has no context.source and no user message with words`);
      const translation = translationIn(answerText(candidate), think);
      if (translation === undefined)
        return { value: 0, parts: { format: 0, language: null, copy: null, length: null } };
      const found = await (identify ?? languageOf)(translation);
      const ratio = unitsOf(translation).length / unitsOf(source).length;
      const parts = {
        format: 1,
        language: found === undefined ? null : found.toLowerCase().split("-")[0] === language ? 1 : 0,
        copy: copiedShare(translation, source) <= maxCopy ? 1 : 0,
        length: ratio >= least && ratio <= greatest ? 1 : 0,
      };
      return { value: Object.values(parts).includes(0) ? 0 : 1, parts };
    },
    {
      ...(identify === undefined
        ? { version: 1, spec: { kind: "verify.translation", target, maxCopy, lengthRatio, think } }
        : {}),
      work: "cpu",
      range: [0, 1],
      timeLimit: 2000,
    },
  );
}
