import { ascii, type NumberFormat, type Written, written } from "./digits.ts";
import { limits, Unreadable } from "./limits.ts";
import { plus, rational, times } from "./rational.ts";

/** One lexical unit of an answer, LaTeX or plain. `space` says that white space stands before it. */
export type Token =
  | { readonly t: "num"; readonly text: string; readonly value: Written; readonly space: boolean }
  | { readonly t: "word" | "text" | "cmd" | "op"; readonly text: string; readonly space: boolean };

/** Readings of what is ambiguous in print. */
export interface Reading {
  /** Is "1,234" a number ("group") or a list ("list")? */
  commas: "group" | "list";
  numbers: NumberFormat;
  /** Is 1/2x read as 1/(2x) ("tight", the default) or as (1/2)x ("left")? */
  products?: "tight" | "left" | undefined;
}

const skipped = new Set(
  "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm displaystyle textstyle scriptstyle limits nolimits boxed fbox quad qquad hspace vspace thinspace enspace space nobreak mathstrut middle color,boldmath".split(
    /[ ,]/,
  ),
);
const renamed: Readonly<Record<string, string>> = {
  le: "<=",
  leq: "<=",
  leqslant: "<=",
  ge: ">=",
  geq: ">=",
  geqslant: ">=",
  lt: "<",
  gt: ">",
  ne: "!=",
  neq: "!=",
  cdot: "*",
  times: "*",
  ast: "*",
  div: "/",
  colon: ":",
  lbrace: "\\{",
  rbrace: "\\}",
  lbrack: "[",
  rbrack: "]",
  vert: "|",
  lvert: "|",
  rvert: "|",
  mid: "|",
  pm: "±",
  mp: "∓",
  in: "in",
  cup: "cup",
  cap: "cap",
  setminus: "setminus",
  backslash: "setminus",
  approx: "approx",
  simeq: "approx",
  sim: "approx",
  equiv: "equiv",
  land: "and",
  wedge: "and",
  lor: "or",
  vee: "or",
  prime: "'",
  percent: "%",
  lparen: "(",
  rparen: ")",
  Vert: "|",
  bigcup: "cup",
};
const textCommands = new Set("text textbf textit textrm textup textsf texttt mbox hbox textnormal".split(" "));
const fontCommands = new Set(
  "mathrm mathbf mathit mathsf mathtt mathnormal boldsymbol bm operatorname mathcal mathscr mathfrak".split(" "),
);
const digit = /[0-9]/;

/**
 * Tokens of an answer. Typesetting commands, delimiters and thin spaces vanish; `\\cmd` of doubly escaped LaTeX is read as `\cmd`.
 *
 * @throws Unreadable "over-long" beyond the limits of characters, digits or tokens
 */
export function tokens(source: string, reading: Reading): Token[] {
  if (source.length > limits.answer) throw new Unreadable("over-long", `an answer of ${source.length} characters`);
  let text = ascii(source);
  if (text.includes("\\\\")) {
    if (text.includes("\\\\begin")) text = text.replaceAll("\\\\", "\\");
    else if (!text.includes("\\begin")) text = text.replace(/\\\\(?=[a-zA-Z()[\]{}%$])/g, "\\").replaceAll("\\\\", " ");
  }
  if (text.includes("{,") || text.includes("{ ,")) text = text.replace(/ ?\{ ?, ?\} ?(?=\d)/g, "{,}");
  // a number inside \text{…} is a number
  if (text.includes("\\text{") || text.includes("\\mathrm{"))
    text = text.replace(/\\(?:text|mathrm)\{\s{0,9}(-?[\d.,/]+\s?\\?%?)\s{0,9}\}/g, " $1 ");
  if (text.includes("\\text{"))
    text = text.replace(/\\text\{\s{0,9}(-?[\d.,/]{1,40})\s{1,9}([A-Za-z ]{2,60})\}/g, " $1 \\text{$2}");
  const out: Token[] = [];
  let space = false;
  let i = 0;
  const n = text.length;
  const dollars = countDollars(text);
  // inside brackets a single comma separates, unless three digits follow it
  let brackets = 0;
  const add = (t: "word" | "text" | "cmd" | "op", word: string): void => {
    out.push({ t, text: word, space });
    space = false;
    if (out.length > limits.tokens) throw new Unreadable("over-long", `more than ${limits.tokens} tokens`);
  };
  while (i < n) {
    const c = text[i]!;
    if (c === " " || c === "\n" || c === "\t" || c === "\r" || c === "~" || c === "$") {
      if (c === "$" && dollars === 1 && digit.test(text[i + 1] ?? "")) add("op", "\\$");
      else space = true;
      i++;
      continue;
    }
    if (digit.test(c) || (c === "." && digit.test(text[i + 1] ?? ""))) {
      const { token, end } = number(text, i, reading, space, brackets > 0, indexed(out));
      out.push(token);
      if (out.length > limits.tokens) throw new Unreadable("over-long", `more than ${limits.tokens} tokens`);
      space = false;
      i = end;
      continue;
    }
    if (c === "\\") {
      if (text[i + 1] === "{") brackets++;
      else if (text[i + 1] === "}") brackets--;
      const last = out[out.length - 1];
      const afterValue = last !== undefined && (last.t === "num" || (last.t === "op" && /^[)}\]]$/.test(last.text)));
      i = command(text, i, afterValue, add, () => {
        space = true;
      });
      continue;
    }
    if (/[A-Za-z\u00aa-\uffff]/.test(c)) {
      let end = i + 1;
      while (end < n && /[A-Za-z\u00aa-\uffff]/.test(text[end]!)) end++;
      const word = text.slice(i, end);
      const half = /^([ap])\.\s?m\b\.?/i.exec(text.slice(i, i + 6));
      if (half !== null) {
        add("word", `${half[1]!}m`);
        i += half[0].length;
        continue;
      }
      const glued = /^(and|or)([A-Z][A-Za-z]?|[a-z])$/.exec(word);
      if (glued !== null && !isEnglish(word)) {
        add("op", glued[1]!);
        add("word", glued[2]!);
      } else if (
        /^(?:and|or|AND|OR|und|oder|et|ou|y|o)$/.test(word) &&
        (word.length > 1 || /[A-Z]/.test(word) === false) &&
        conjunction(word, out)
      )
        add("op", word.toLowerCase() === "and" || /^(?:und|et|y)$/.test(word) ? "and" : "or");
      else add("word", word);
      i = end;
      continue;
    }
    const two = text.slice(i, i + 2);
    if (two === "<=" || two === ">=" || two === "!=" || two === "==" || two === "**" || two === "=<" || two === "+-") {
      add("op", two === "==" ? "=" : two === "**" ? "^" : two === "=<" ? "<=" : two === "+-" ? "±" : two);
      i += 2;
      if (two === "+-") {
        // "+-" is plus minus only before a number after nothing; otherwise it is a sum with a negative
        const last = out.pop()!;
        const binary = out.length > 0;
        if (binary) {
          out.push({ t: "op", text: "+", space: last.space }, { t: "op", text: "-", space: false });
        } else out.push(last);
      }
      continue;
    }
    if (text.startsWith("...", i)) {
      add("op", "...");
      i += 3;
      continue;
    }
    if (c === "(" || c === "[") brackets++;
    else if (c === ")" || c === "]") brackets--;
    add("op", c);
    i++;
  }
  while (out.length > 0 && out[out.length - 1]!.t === "op" && /^(?:\.|,|;|:)$/.test(out[out.length - 1]!.text))
    out.pop();
  return out;
}

function conjunction(word: string, before: readonly Token[]): boolean {
  return before.length > 0 && (word.length > 2 || /^(?:or|OR|et|ou)$/.test(word));
}

function isEnglish(word: string): boolean {
  return /^(?:ore|orb|andy)$/i.test(word);
}

/** A single dollar sign has no partner, so it is a currency sign and not a delimiter. */
function countDollars(text: string): number {
  let count = 0;
  for (let i = text.indexOf("$"); i >= 0; i = text.indexOf("$", i + 1)) if (text.charCodeAt(i - 1) !== 92) count++;
  return count;
}

function command(
  text: string,
  at: number,
  afterValue: boolean,
  add: (t: "word" | "text" | "cmd" | "op", word: string) => void,
  gap: () => void,
): number {
  const next = text[at + 1];
  if (next === undefined) return at + 1;
  if (!/[a-zA-Z]/.test(next)) {
    if (next === "%") add("op", "%");
    else if (next === "$") add("op", "\\$");
    else if (next === "{") add("op", "\\{");
    else if (next === "}") add("op", "\\}");
    else if (next === "|") add("op", "|");
    else if (next === "\\") add("op", "\\\\");
    else gap();
    return at + 2;
  }
  let end = at + 2;
  while (end < text.length && /[a-zA-Z]/.test(text[end]!)) end++;
  let name = text.slice(at + 1, end);
  if (name.startsWith("q") && /^q?quad[a-zA-Z]/.test(name)) {
    // `\quadx` of careless typesetting
    const rest = name.slice(name.startsWith("qq") ? 5 : 4);
    gap();
    add("word", rest);
    return end;
  }
  if (skipped.has(name)) {
    gap();
    if (name === "hspace" || name === "vspace" || name === "color") return skipGroup(text, end);
    // `\left.` and `\right.` draw nothing
    if ((name === "left" || name === "right") && text[end] === ".") return end + 1;
    return end;
  }
  if (renamed[name] !== undefined) {
    add("op", renamed[name]!);
    return end;
  }
  if (textCommands.has(name) || fontCommands.has(name)) {
    let open = end;
    while (text[open] === " " || text[open] === "*") open++;
    if (text[open] !== "{") return end;
    const close = matching(text, open);
    const inside = text.slice(open + 1, close);
    insideText(inside, textCommands.has(name), afterValue, add, gap);
    return close + 1;
  }
  if (name === "mathbb") {
    const set = /^\s*\{?\s*([A-Z])\s*\}?/.exec(text.slice(end, end + 12));
    if (set !== null) {
      add("cmd", `bb${set[1]}`);
      return end + set[0].length;
    }
  }
  if (name === "begin" || name === "end") {
    const environment = /^\s*\{\s*([a-zA-Z]+\*?)\s*\}/.exec(text.slice(end, end + 30));
    if (environment !== null) {
      add("cmd", `${name}:${environment[1]}`);
      let after = end + environment[0].length;
      if (name === "begin" && environment[1] === "array") after = skipGroup(text, after);
      return after;
    }
  }
  if (name === "dfrac" || name === "tfrac" || name === "cfrac") name = "frac";
  add("cmd", name);
  return end;
}

/** Words inside `\text{…}`: numbers, single letters and conjunctions are mathematics, all else is text. */
function insideText(
  inside: string,
  isText: boolean,
  afterValue: boolean,
  add: (t: "word" | "text" | "cmd" | "op", word: string) => void,
  gap: () => void,
): void {
  const words = inside.trim();
  if (words === "") {
    gap();
    return;
  }
  if (/^(?:and|or)$/i.test(words)) add("op", words.toLowerCase());
  else if (afterValue && /^[A-Za-z]$/.test(words)) add("text", words);
  else if (/^\(?[A-Za-z]\)?$/.test(words)) add("word", words.replace(/[()]/g, ""));
  else if (/^,? ?(?:and|or|,)$/i.test(words)) add("op", /or/i.test(words) ? "or" : "and");
  else if (words === "%") add("op", "%");
  else if (!isText && /^[A-Za-z]+$/.test(words)) add("word", words);
  else add("text", words.replace(/\\[a-zA-Z]+|[{}$]/g, " ").trim());
}

function skipGroup(text: string, at: number): number {
  let i = at;
  while (text[i] === " ") i++;
  return text[i] === "{" ? matching(text, i) + 1 : at;
}

function matching(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 92) i++;
    else if (code === 123) depth++;
    else if (code === 125 && --depth === 0) return i;
  }
  return text.length;
}

/** An index or exponent such as the 5 of \log_5 125 ends at its space. */
function indexed(before: readonly Token[]): boolean {
  const last = before[before.length - 1];
  return last?.t === "op" && (last.text === "_" || last.text === "^");
}

/** A number with grouping, decimal sign, repeating decimals and exponent, from `at`. */
function number(
  text: string,
  at: number,
  reading: Reading,
  space: boolean,
  bracketed: boolean,
  indexed: boolean,
): { token: Token; end: number } {
  let i = at;
  let run = "";
  let forced = false;
  const n = text.length;
  for (;;) {
    const c = text[i];
    if (c === undefined) break;
    if (c >= "0" && c <= "9") {
      run += c;
      i++;
      continue;
    }
    if (c === "." && (digit.test(text[i + 1] ?? "") || text.startsWith("\\overline", i + 1))) {
      run += c;
      i++;
      continue;
    }
    // `{,}` and `,\!` are LaTeX's thousands separators
    if (c === "{" && text.startsWith("{,}", i) && digit.test(text[i + 3] ?? "")) {
      run += ",";
      forced = true;
      i += 3;
      continue;
    }
    if (c === ",") {
      const thin = /^,(?:\\!)\s?(?=\d)/.exec(text.slice(i, i + 5));
      if (thin !== null) {
        run += ",";
        forced = true;
        i += thin[0].length;
        continue;
      }
      if (digit.test(text[i + 1] ?? "") && (reading.commas === "group" || forced)) {
        run += c;
        i++;
        continue;
      }
      break;
    }
    if (c === "\\" || c === " " || c === "'") {
      const gap = /^(?:\\[,; !:]|\\thinspace|[ ']|\\\s)\s?(?=\d{3}(?!\d))/.exec(text.slice(i, i + 16));
      if (
        gap !== null &&
        !indexed &&
        /(?:^|[^\d])\d{1,3}$/.test(run.slice(-4)) &&
        !run.includes(".") &&
        (c !== " " || /^\d{1,3}(?: ?\d{3})*$/.test(run))
      ) {
        run += " ";
        i += gap[0].length;
        continue;
      }
    }
    break;
  }
  let value = written(
    run,
    bracketed && reading.numbers === "auto" && /^\d+,\d+$/.test(run) ? "point" : reading.numbers,
  );
  let end = i;
  if (value === undefined) {
    // not one number: take what stands before the first comma or space
    const first = /^[\d]*(?:\.\d+)?/.exec(run)![0];
    let taken = 0;
    let k = at;
    while (taken < first.length && k < i) if (text[k++] === first[taken]) taken++;
    end = k;
    value = written(first, "point");
    if (value === undefined) throw new Unreadable("malformed", `not a number: ${run.slice(0, 40)}`);
    run = first;
  }
  const repeating = /^\\overline\s?\{(\d{1,40})\}/.exec(text.slice(end, end + 60));
  if (repeating !== null && run.includes(".")) {
    const digits = repeating[1]!;
    const scale = 10n ** BigInt(value.places);
    const tail = rational(BigInt(digits), scale * (10n ** BigInt(digits.length) - 1n));
    value = { value: plus(value.value, tail), places: 0, significant: 0 };
    return {
      token: { t: "num", text: `${run}r`, value: { ...value, significant: 0 }, space },
      end: end + repeating[0].length,
    };
  }
  const exponent = /^[eE]([+-]?\d{1,6})(?![\dA-Za-z]|\.\d)/.exec(text.slice(end, end + 10));
  if (exponent !== null) {
    const power = Number(exponent[1]);
    if (Math.abs(power) > limits.digits) throw new Unreadable("over-long", `an exponent of ${power}`);
    const ten = 10n ** BigInt(Math.abs(power));
    value = {
      value: times(value.value, power < 0 ? rational(1n, ten) : rational(ten)),
      places: Math.max(0, value.places - power),
      significant: value.significant,
    };
    return { token: { t: "num", text: `${run}e`, value, space }, end: end + exponent[0].length };
  }
  return { token: { t: "num", text: run, value, space }, end: Math.min(Math.max(end, at + 1), n) };
}
