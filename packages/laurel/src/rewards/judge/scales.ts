import { type Generation, type Json, type Unscored, UsageError, unscored } from "../../core/index.ts";

/** A judge's own scale. Scores stay on it; only `compose/` rescales. */
export interface Scale {
  /** Such as `1-5`. */
  readonly id: string;
  readonly min: number;
  readonly max: number;
  /** Whole numbers only, or any number between. */
  readonly whole: boolean;
  /** For prompts: "a whole number from 1 to 5". */
  readonly words: string;
  /** Of scales in words: what each value from `min` on is called. A number is then no verdict. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * A scale from its ends: `scale(1, 5)`, `scale("0-10")`, `scale(0, 1, { whole: false })`.
 *
 * @throws UsageError if the ends are not finite or not in order
 */
export function scale(from: number | string, to?: number, options: { whole?: boolean | undefined } = {}): Scale {
  const { whole = true } = options;
  const ends = typeof from === "string" ? /^(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)$/.exec(from) : undefined;
  const min = ends == null ? Number(from) : Number(ends[1]);
  const max = ends == null ? Number(to) : Number(ends[2]);
  if (!(Number.isFinite(min) && Number.isFinite(max) && min < max))
    throw new UsageError(`a judge's scale is two numbers in order such as "1-5", not ${String(from)}, ${String(to)}`);
  if (whole && !(Number.isInteger(min) && Number.isInteger(max)))
    throw new UsageError(`a scale of whole numbers has whole ends, not ${min} and ${max}`);
  return {
    id: `${min}-${max}${whole ? "" : ":any"}`,
    min,
    max,
    whole,
    words: whole ? `a whole number from ${min} to ${max}` : `a number from ${min} to ${max}`,
  };
}

const ten = [
  "Extremely Poor",
  "Very Poor",
  "Poor",
  "Below Average",
  "Average",
  "Above Average",
  "Good",
  "Very Good",
  "Excellent",
  "Outstanding",
];
const five = ["Extremely Poor", "Poor", "Average", "Good", "Outstanding"];

/**
 * MJ-Bench's scales in words: five or ten, whose values are their places from 1.
 *
 * `parse` finds the longest of the words that a text holds, whatever the case, so that "Very Poor" is never read as "Poor" nor "Extremely
 * Poor" as that; undefined where it holds none. It does not understand "not poor". A judge that is asked by `scale` must name one word alone.
 *
 * @throws UsageError for another number of levels
 * @source MJ-Bench (2024), evaluate_bias_avg.py for the five words and their order; longest first, and the values of the ten, are ours
 * @example likert(10).parse("I would say: Very Poor.") // 2
 */
export function likert(levels: 5 | 10): {
  words: readonly string[];
  scale: Scale;
  parse(text: string): number | undefined;
} {
  if (levels !== 5 && levels !== 10) throw new UsageError(`there are scales of 5 and of 10 words, not of ${levels}`);
  const words = levels === 5 ? five : ten;
  const byLength = [...words].sort((a, b) => b.length - a.length);
  return {
    words,
    scale: {
      id: `words-${levels}`,
      min: 1,
      max: levels,
      whole: true,
      words: `one of these words, worst first: ${words.join(", ")}`,
      labels: words,
    },
    parse(text) {
      const low = text.toLowerCase();
      const found = byLength.find((word) => low.includes(word.toLowerCase()));
      return found === undefined ? undefined : words.indexOf(found) + 1;
    },
  };
}

const numerals = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/**
 * MJ-Bench's reading of a rating in numbers: the first whole number in the text or the first English numeral from zero to ten, whichever
 * stands first; undefined where there is none or it is above 10.
 *
 * @source MJ-Bench (2024), evaluate_bias_avg.py; which of the two counts where a text has both is ours
 * @example firstRating("I rate this an eight out of 10") // 8
 */
export function firstRating(text: string): number | undefined {
  const found = /\d+|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten)\b/i.exec(text)?.[0];
  if (found === undefined) return undefined;
  const value = /^\d/.test(found) ? Number(found) : numerals.indexOf(found.toLowerCase());
  return value <= 10 ? value : undefined;
}

/** The value if it is on the scale, as a number or as the number's text alone; `4.0` is no whole number's text. */
export function onScale(value: Json | undefined, { min, max, whole, labels }: Scale): number | undefined {
  if (labels !== undefined) {
    const said = typeof value === "string" ? value.trim().toLowerCase() : undefined;
    const at = labels.findIndex((label) => label.toLowerCase() === said);
    return at < 0 ? undefined : min + at;
  }
  let number: number;
  if (typeof value === "number") number = value;
  else if (typeof value === "string" && /^[-−]?\d+(?:\.\d+)?$/.test(value) && !(whole && value.includes(".")))
    number = Number(value.replace("−", "-"));
  else return undefined;
  return number >= min && number <= max && (!whole || Number.isInteger(number)) ? number : undefined;
}

/** The values of a scale of whole numbers; undefined for others and for more than 1 001 values. */
export function scaleValues({ min, max, whole }: Scale): number[] | undefined {
  if (!whole || max - min > 1000) return undefined;
  return Array.from({ length: max - min + 1 }, (_, i) => min + i);
}

/** What `expectedScore` read off the first token. */
export interface Expected {
  /** Σ s·p(s) / Σ p(s). */
  score: number;
  /** Standard deviation of s under the same distribution. */
  sd: number;
  /** Σ p(s): the share of probability on values of the scale. */
  mass: number;
}

/**
 * The probability-weighted score at the first token of a reply.
 *
 *     score = Σ_s s·p(s) / Σ_s p(s), over the values s of the scale among the top tokens; variants with space or case add up
 *
 * Each value must be one token, so a scale's values must be single digits, or be given as letters by `labels`. Where less
 * than `least` of the probability is on the scale, the reply is unparsable rather than averaged over a remainder.
 *
 * @param labels what each token means; default the digits of the scale
 * @param least share of probability that must be on the scale; default 0.5
 * @source G-Eval (2023), equation 1, with the remainder stated
 */
export function expectedScore(
  reply: Generation,
  labels: Readonly<Record<string, number>>,
  least = 0.5,
): Expected | Unscored {
  const first = reply.logprobs?.find(({ token }) => token.trim() !== "");
  const top = first?.top ?? (first === undefined ? undefined : [first]);
  if (top === undefined)
    return unscored("unsupported", "the judge's server gave no log-probabilities", { raw: reply.text });
  const byValue = new Map<number, number>();
  const seen = new Set<string>();
  for (const { token, logprob } of top) {
    const value = labels[token.trim()] ?? labels[token.trim().toUpperCase()];
    if (value === undefined || seen.has(token)) continue;
    seen.add(token);
    byValue.set(value, (byValue.get(value) ?? 0) + Math.exp(logprob));
  }
  let mass = 0;
  let sum = 0;
  for (const [value, p] of byValue) {
    mass += p;
    sum += value * p;
  }
  if (!(mass >= least))
    return unscored("judge-unparsable", `only ${mass.toFixed(3)} of the probability is on the scale`, {
      raw: reply.text,
    });
  const score = sum / mass;
  let squares = 0;
  for (const [value, p] of byValue) squares += p * (value - score) ** 2;
  return { score, sd: Math.sqrt(squares / mass), mass };
}

/**
 * One token for each value of the scale, for `expectedScore`.
 * @throws UsageError if a value has more than one digit
 */
export function digitLabels(of: Scale): Record<string, number> {
  const values = scaleValues(of);
  if (values === undefined || values.some((value) => value < 0 || value > 9))
    throw new UsageError(
      `expected scores need one token a value, which ${of.id} has not`,
      'use a scale within 0 to 9, such as "1-5"',
    );
  return Object.fromEntries(values.map((value) => [String(value), value]));
}
