import { answerText, pointwise, type Reward, unscored } from "../../core/index.ts";
import { type PreparedBleu, prepareGrams } from "./bleu.ts";
import { preparedReferences } from "./texts.ts";
import { tokeniserFor } from "./tokenise.ts";
import { trimBoth } from "./words.ts";

/** BLEU as BLEUBERI's training reward takes it, with its parts. */
export interface BleuberiScore {
  /** In [0, 1]. */
  value: number;
  precisions: readonly number[];
  brevityPenalty: number;
}

const order = 4;
const blank = (text: string): boolean => trimBoth(text) === "";
const prepare = (references: readonly string[]): PreparedBleu =>
  prepareGrams(references.filter((text) => !blank(text)).map(tokeniserFor("13a")), order);

function scoreOf(prediction: string, references: PreparedBleu): BleuberiScore {
  const precisions = new Array<number>(order).fill(0);
  if (blank(prediction)) return { value: 0, precisions, brevityPenalty: 0 };
  const words = references.vocabulary.known(tokeniserFor("13a")(prediction));
  const matches: number[] = [];
  references.index.match(words, matches);
  let logSum = 0;
  for (let n = 0; n < order; n++) {
    precisions[n] = (matches[n]! + 1) / (Math.max(0, words.length - n) + 1);
    logSum += Math.log(precisions[n]!) / order;
  }
  const ratio = words.length / Math.min(...references.lengths);
  const brevityPenalty = ratio > 1 ? 1 : ratio > 0 ? Math.exp(1 - 1 / ratio) : 0;
  return { value: brevityPenalty * Math.exp(logSum), precisions, brevityPenalty };
}

/**
 * BLEU as the BLEUBERI paper rewards it, in [0, 1]: not sacreBLEU's.
 *
 * BP · (Π (match_n + 1)/(possible_n + 1))^(1/4), n = 1 … 4, add-one at every order; 13a tokens, case kept;
 * BP = 1 if length > r, else exp(1 − r/length), r the length of the *shortest* reference. A blank prediction gives 0.
 *
 * @param references blank ones are left out; at least one must remain, else the value is NaN
 * Source: BLEUBERI, training/utils.py (Hugging Face `evaluate` "bleu" with smooth=True).
 * @example bleuberiBleu("the cat", ["the cat sat"]).value
 */
export function bleuberiBleu(prediction: string, references: readonly string[]): BleuberiScore {
  return scoreOf(prediction, prepare(references));
}

/** Options of `bleuberi`. */
export interface BleuberiOptions {
  /** Score only what stands in the `<answer>` tag, as the paper does with reasoning on; without a tag the value is 0. Default "all". */
  within?: "all" | "answer-tag" | undefined;
}

/**
 * The reward `reference.bleuberi`: BLEUBERI's BLEU of the answer against the task's reference texts, in [0, 1].
 *
 * Parts: `bp` and `precision1` … `precision4`. Unscored (`missing-reference`) where there are no texts or all are blank.
 * 13a keeps a Chinese, Japanese or Thai sentence as one token: use `bleu({ tokenise: "char" })` there.
 *
 * @example const reward = bleuberi();
 */
export function bleuberi(options: BleuberiOptions = {}): Reward {
  const within = options.within ?? "all";
  const prepared = preparedReferences(prepare);
  return pointwise(
    "reference.bleuberi",
    (candidate, task) => {
      const references = prepared(task);
      if ("unscored" in references) return references;
      if (references.lengths.length === 0)
        return unscored("missing-reference", `task ${task.id} has only blank reference texts`);
      const text = answerText(candidate);
      const opened = within === "all" ? 0 : text.lastIndexOf("<answer>");
      if (opened < 0) return { fault: "no-answer" };
      const { value, precisions, brevityPenalty } = scoreOf(
        within === "all" ? text : text.slice(opened + 8).split("</answer>", 1)[0]!,
        references,
      );
      const parts: Record<string, number> = { bp: brevityPenalty };
      for (let n = 0; n < order; n++) parts[`precision${n + 1}`] = precisions[n]!;
      return { value, parts };
    },
    { version: 1, spec: { kind: "reference.bleuberi", within }, work: "cpu", range: [0, 1], timeLimit: 2000 },
  );
}
