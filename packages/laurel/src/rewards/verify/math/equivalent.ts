import type { ClosenessOptions } from "./closeness.ts";
import { type AnswerPolicies, compareNodes, plainText } from "./compare.ts";
import { type NumberFormat, quickNumber } from "./digits.ts";
import { limits, Spent, type Trouble, Unreadable } from "./limits.ts";
import type { Node } from "./node.ts";
import { parse } from "./parse.ts";
import { startComparison } from "./scalar.ts";
import type { Reading } from "./token.ts";

/** How two answers are compared. */
export interface EquivalenceOptions extends ClosenessOptions, AnswerPolicies {
  /** How numbers are written: `auto` (default), `point` for 1,234.56, `comma` for 1.234,56. Digits of other scripts are always read. */
  numbers?: NumberFormat | undefined;
}

/**
 * Whether two answers mean the same, and the rule that decided. `equal` may also be `undecided` (the gold answer cannot
 * be evaluated), `bad-reference` (the gold answer passes a limit), or `over-long` (the candidate passes one).
 */
export interface MathVerdict {
  equal: boolean | "undecided" | "bad-reference" | Trouble;
  rule: string;
}

/** An answer that is read once and compared often: all its readings, the usual one first. */
interface Read {
  readonly text: string;
  readonly nodes: readonly Node[];
  readonly trouble: Unreadable | undefined;
}

function tryParse(text: string, reading: Reading): Node | Unreadable {
  try {
    return parse(text, reading);
  } catch (thrown) {
    if (thrown instanceof Unreadable) return thrown;
    throw thrown;
  }
}

// a list has no items such as 000
const digitComma = /^(?!.*,0\d).*\d,\d/s;
const quotientOfProduct = /\/\s?\d+\s?(?:[a-zA-Z(]|\\[a-z])/;

/** Print is ambiguous in two places: "1,234" may be a number or a list, and 1/2x may be 1/(2x) or (1/2)x. */
function read(text: string, numbers: NumberFormat): Read {
  const nodes: Node[] = [];
  let trouble: Unreadable | undefined;
  const add = (reading: Reading): void => {
    const node = tryParse(text, reading);
    if (node instanceof Unreadable) trouble ??= node;
    else nodes.push(node);
  };
  add({ commas: "group", numbers });
  if (text.length <= limits.answer) {
    const comma = digitComma.test(text);
    if (comma) add({ commas: "list", numbers });
    if (quotientOfProduct.test(text)) add({ commas: comma ? "list" : "group", numbers, products: "left" });
  }
  return { text, nodes, trouble };
}

/**
 * Parses an answer, LaTeX or plain, into a tree; for those who want to look at one.
 *
 * @throws Unreadable "over-long" or "malformed"
 */
export function parseMath(text: string, numbers: NumberFormat = "auto"): Node {
  return parse(text, { commas: "group", numbers });
}

// the candidates of one task share their gold answer
let lastGold: { text: string; numbers: NumberFormat; read: Read } | undefined;

// only words may be equal by their text, since signs and digits carry meaning
const lettersOnly = /^(?:\\(?:text|mathrm|textbf|mbox|textit)|[\p{L}\s$,.'"{}-]){1,400}$/u;
const word = /^[A-Za-z]{2,}$/;
const letter = /^\s*\(?\s*([A-J])\s*\)?\s*$/;
const letterFirst = /^\s*(?:\(([A-J])\)|([A-J])(?:[.):]|\s*$|\)))/;

/**
 * Do two answers mean the same?
 *
 * In order: the same text; plain numbers; a choice letter; then both are parsed and compared by structure (definitions,
 * units and percents, ±, ratios and times, matrices, sets and intervals, relations, lists) and, for scalars, by exact
 * normal forms and then at random points seeded by the two texts. What is not mathematics is compared as text.
 *
 * @param gold the reference answer
 * @param candidate the answer to judge
 * @param options closeness, percent and unit policies, number format
 * @example equivalent("\\frac{1}{2}", "0.5") // { equal: true, rule: "exact" }
 */
export function equivalent(gold: string, candidate: string, options: EquivalenceOptions = {}): MathVerdict {
  const a = gold.trim();
  const b = candidate.trim();
  if (a === b && a !== "") return { equal: true, rule: "identical" };
  const numbers = options.numbers ?? "auto";
  if (numbers !== "comma") {
    const x = quickNumber(a);
    if (!Number.isNaN(x)) {
      const y = quickNumber(b);
      if (
        !Number.isNaN(y) &&
        (x === y || (options.tolerance === undefined && options.significantDigits === undefined && digitsFew(a, b)))
      )
        return { equal: x === y, rule: "number" };
    }
  }
  if (lastGold?.text !== a || lastGold.numbers !== numbers) lastGold = { text: a, numbers, read: read(a, numbers) };
  const left = lastGold.read;
  if (left.trouble?.trouble === "over-long") return { equal: "bad-reference", rule: left.trouble.message };
  if (b.length > limits.answer) return { equal: "over-long", rule: `an answer of ${b.length} characters` };
  const choice = letter.exec(a);
  if (choice !== null) {
    const chosen = letterFirst.exec(
      b
        .replace(/^(?:\$|\\\()|(?:\$|\\\))$/g, "")
        .replace(/\\(?:text|mathrm|textbf|mathbf)\s?\{\s*(\(?[A-J]\)?[.):]?)\s*\}/, "$1"),
    );
    if (chosen !== null) return { equal: (chosen[1] ?? chosen[2]) === choice[1], rule: "choice letter" };
  }
  if (lettersOnly.test(a) && plainText(a) === plainText(b)) return { equal: true, rule: "text" };
  // "no" and "on" are words, not products of letters
  if (word.test(a) && word.test(b)) return { equal: false, rule: "text" };
  const right = read(b, numbers);
  if (right.trouble?.trouble === "over-long") return { equal: "over-long", rule: right.trouble.message };
  if (left.nodes.length === 0) return { equal: false, rule: "text" };
  if (right.nodes.length === 0) return { equal: false, rule: "candidate is not mathematics" };
  return readings(left, right, options);
}

/** Few enough digits that no closeness rule applies to plain decimals. */
function digitsFew(a: string, b: string): boolean {
  return (a.length < 12 && b.length < 12) || !(a.includes(".") || b.includes("."));
}

function readings(gold: Read, candidate: Read, options: EquivalenceOptions): MathVerdict {
  let verdict: MathVerdict | undefined;
  for (const g of gold.nodes)
    for (const c of candidate.nodes) {
      const next = decide(g, c, `${gold.text}\u0000${candidate.text}`, options);
      if (next.equal === true) return next;
      verdict ??= next;
    }
  return verdict!;
}

function decide(gold: Node, candidate: Node, seed: string, options: EquivalenceOptions): MathVerdict {
  const comparison = { ...startComparison(seed, options), policies: options };
  try {
    return compareNodes(gold, candidate, comparison);
  } catch (thrown) {
    if (!(thrown instanceof Spent)) throw thrown;
    // whose work it was: a gold answer that compares with itself in the budget leaves the candidate
    try {
      const self = { ...startComparison(seed, options), policies: options };
      compareNodes(gold, gold, self);
    } catch (again) {
      if (again instanceof Spent) return { equal: "bad-reference", rule: again.message };
      throw again;
    }
    return { equal: "over-long", rule: thrown.message };
  }
}
