import { UsageError } from "laurel";

/** The tokens of a verdict: that the first answer is better (or the answer is right), and that it is not. */
export type VerdictTokens = readonly [better: number, worse: number];

/** A mean loss of rows and its derivative by the logits. */
export interface VerdictGradient {
  loss: number;
  /** rows × vocabulary. */
  gradient: Float64Array;
}

/**
 * Cross-entropy of a written verdict: the model's next token, among all of its vocabulary, ought to be the verdict's.
 *
 *     mean_n −p_n log softmax(z_n)[better] − (1 − p_n) log softmax(z_n)[worse]
 *
 * Pairwise, the text holds two answers and p is that the first is preferred; pointwise, it holds one and p is that it is right (1 for a
 * chosen answer, 0 for a rejected one).
 *
 * @param logits rows × vocabulary, at the last token of the prompt
 * @param p one a row, in [0, 1]
 * @throws UsageError for lists of other sizes, or tokens outside of the vocabulary
 * Source: Zhang et al. (2024), generative verifiers; GRAM (2025) for pairs
 * @example verdictLoss(logits, 512, [17, 23], Float64Array.of(1, 0))
 */
export function verdictLoss(
  logits: ArrayLike<number>,
  vocabulary: number,
  [better, worse]: VerdictTokens,
  p: ArrayLike<number>,
): VerdictGradient {
  const rows = p.length;
  checkVerdict(logits, vocabulary, [better, worse]);
  if (logits.length !== rows * vocabulary)
    throw new UsageError(`${logits.length} logits for ${rows} rows of ${vocabulary}`);
  const gradient = new Float64Array(logits.length);
  let loss = 0;
  for (let n = 0; n < rows; n++) {
    const from = n * vocabulary;
    let most = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < vocabulary; v++) if (logits[from + v]! > most) most = logits[from + v]!;
    let sum = 0;
    for (let v = 0; v < vocabulary; v++) sum += gradient[from + v] = Math.exp(logits[from + v]! - most);
    for (let v = 0; v < vocabulary; v++) gradient[from + v]! /= sum * rows;
    const log = most + Math.log(sum);
    loss += p[n]! * (log - logits[from + better]!) + (1 - p[n]!) * (log - logits[from + worse]!);
    gradient[from + better]! -= p[n]! / rows;
    gradient[from + worse]! -= (1 - p[n]!) / rows;
  }
  return { loss: loss / rows, gradient };
}

/**
 * The score that a written verdict stands for: log P(better) − log P(worse), the difference of the two logits.
 *
 * @param logits rows × vocabulary
 */
export function verdictScores(
  logits: ArrayLike<number>,
  vocabulary: number,
  [better, worse]: VerdictTokens,
): Float64Array {
  checkVerdict(logits, vocabulary, [better, worse]);
  return Float64Array.from(
    { length: logits.length / vocabulary },
    (_, n) => logits[n * vocabulary + better]! - logits[n * vocabulary + worse]!,
  );
}

function checkVerdict(logits: ArrayLike<number>, vocabulary: number, tokens: VerdictTokens): void {
  if (logits.length % vocabulary !== 0) throw new UsageError(`${logits.length} logits are no rows of ${vocabulary}`);
  for (const token of tokens)
    if (!(Number.isInteger(token) && token >= 0 && token < vocabulary))
      throw new UsageError(`the verdict's token ${token} is outside of the vocabulary of ${vocabulary}`);
}
