import { random, type Seed, seedFrom, split } from "../../../core/index.ts";
import type { AnswerClass } from "./answer-class.ts";
import { algebra } from "./conform-algebra.ts";
import { numbers } from "./conform-numbers.ts";
import { structures } from "./conform-structures.ts";
import type { Case } from "./conformance.ts";

/** A gold answer and a candidate's answer. */
export interface MathPair {
  readonly gold: string;
  readonly candidate: string;
}

const generators: Readonly<Record<string, AnswerClass>> = { ...numbers, ...algebra, ...structures };

/** The names of the classes of `mathCases`. */
export const mathClasses: readonly string[] = Object.keys(generators);

/** How the candidate's answer may be set. */
const dressings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `$${text}$`,
  (text) => `\\(${text}\\)`,
  (text) => ` ${text} `,
  (text) => `${text}.`,
];

/**
 * Pairs of answers whose verdict is known by construction: rewriting rules make the equal ones, minimal edits (a digit, a
 * sign, a bracket, an exponent) the unequal ones. Classes take turns, as do equal and unequal.
 *
 * @param options `count` pairs (default 10,000), `seed` (default 1), `dress`: set candidates in dollars, blanks and full stops (default true)
 * @example [...mathCases({ count: 50 })][0] // { class: "integer", input: { gold: "8412", candidate: "8,412" }, expected: true }
 */
export function* mathCases(
  options: { count?: number | undefined; seed?: Seed | string | number | undefined; dress?: boolean | undefined } = {},
): IterableIterator<Case<MathPair>> {
  const count = options.count ?? 10_000;
  const seed = seedFrom(options.seed ?? 1);
  const streams = mathClasses.map((name) => random(split(seed, name)));
  for (let made = 0; made < count; made++) {
    const at = Math.floor(made / 2) % mathClasses.length;
    const r = streams[at]!;
    const draw = generators[mathClasses[at]!]!(r);
    const expected = made % 2 === 0;
    const forms = expected ? draw.equal : draw.unequal;
    const form = forms[r.below(forms.length)]!;
    // text and units may not be set in dollars, so only LaTeX-like forms are dressed
    const dress =
      options.dress === false || /[€£¥$]|^[A-Za-z ]+$/.test(form)
        ? dressings[0]!
        : dressings[r.below(dressings.length)]!;
    yield { class: mathClasses[at]!, input: { gold: draw.gold, candidate: dress(form) }, expected };
  }
}
