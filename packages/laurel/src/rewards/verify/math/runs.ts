import { limits } from "./limits.ts";

/** A stretch of a text that reads as mathematics; `text` is without its delimiters. */
export interface Run {
  text: string;
  start: number;
  end: number;
}

const functionWords = new Set(
  "sin cos tan cot sec csc sinh cosh tanh arcsin arccos arctan asin acos atan log ln lg exp sqrt cbrt abs min max gcd lcm mod pi inf infinity oo and or am pm AM PM floor ceil det frac dfrac tfrac".split(
    " ",
  ),
);
const proseWord = /[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\u4e00-\u9fff\u3040-\u30ff\uac00-\ud7af]{2,}/g;
const unitWord =
  /^(?:cm|mm|km|m|kg|g|mg|s|sec|min|h|hr|hrs|ft|in|mi|yd|lb|lbs|oz|ml|L|l|mph|kph|rad|deg|USD|EUR|degrees?|radians?|units?|percent|pct|percentage|dollars?|cents?|meters?|metres?|feet|foot|inch|inches|miles?|hours?|minutes?|seconds?|days?|weeks?|years?|square|cubic|per)$/i;

/** Is the whole text an expression (perhaps with a unit) rather than a sentence? A length bound keeps it cheap. */
export function looksLikeMath(text: string): boolean {
  if (text.length === 0 || text.length > limits.answer) return false;
  if (/^-?[\d.,]{1,40}$/.test(text)) return true;
  if (!/[0-9\\=<>^_$()[\]{}+*/|%!]|^-?[A-Za-z]'?$/.test(text)) return false;
  // `\text{...}` and commands are LaTeX's own words
  const plain = text
    .replace(/\\(?:text|textbf|textit|mathrm|mathbf|mbox|operatorname|begin|end)\s?\{[^{}]*\}/g, " ")
    .replace(/\\[A-Za-z]+/g, " ");
  for (const match of plain.matchAll(proseWord)) {
    const word = match[0];
    if (functionWords.has(word) || unitWord.test(word)) continue;
    if (word.length <= 4 && !commonWords.has(word.toLowerCase()) && /[A-Za-z]/.test(word)) continue;
    if (/^(?:and|or)/.test(word)) continue;
    return false;
  }
  if (/(?:^|\s)[A-Za-z]+\d+[A-Za-z]|[A-Za-z]{4,}\d/.test(plain)) return false;
  return true;
}

const commonWords = new Set(
  "the is are was of to in on at by for from with that this then thus so we he she it its they each per has have had will be not no yes if as but all any can get gets now how who why what when only also into than more less same such very too our your his her my one two ten do does did let set sum new old day days a.m p.m same both both end most make made left cost paid sold buys buy use used need take took next last well which were been said each must over half four five six nine item hour age here".split(
    " ",
  ),
);

const numberStart = /\d/;

/**
 * The stretches of mathematics in a text, left to right: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, environments, and plain runs of
 * numbers with operators. One pass; a dollar sign that closes nothing is a currency sign.
 */
export function mathRuns(text: string): Run[] {
  const runs: Run[] = [];
  const n = text.length;
  let i = 0;
  // where a search for a closing delimiter has failed once, it would fail again
  let noDollar = false;
  let noDouble = false;
  let noParen = false;
  let noBracket = false;
  let noEnd = false;
  while (i < n) {
    const c = text[i]!;
    if (c === "$") {
      if (text[i + 1] === "$" && !noDouble) {
        const close = text.indexOf("$$", i + 2);
        if (close > 0) {
          push(runs, text, i, close + 2, i + 2, close);
          i = close + 2;
          continue;
        }
        noDouble = true;
      }
      if (!noDollar && text[i + 1] !== "$") {
        const close = closingDollar(text, i + 1);
        if (close < 0) noDollar = true;
        else if (
          looksLikeMath(text.slice(i + 1, close).trim()) ||
          /^\s?\\?[A-Za-z]\s?$/.test(text.slice(i + 1, close))
        ) {
          push(runs, text, i, close + 1, i + 1, close);
          i = close + 1;
          continue;
        }
      }
      i++;
      continue;
    }
    if (c === "\\") {
      const next = text[i + 1];
      if (next === "(" || next === "[") {
        const off = next === "(" ? noParen : noBracket;
        const close = off ? -1 : text.indexOf(next === "(" ? "\\)" : "\\]", i + 2);
        if (close > 0) {
          push(runs, text, i, close + 2, i + 2, close);
          i = close + 2;
          continue;
        }
        if (next === "(") noParen = true;
        else noBracket = true;
        i += 2;
        continue;
      }
      if (next !== undefined && /[a-zA-Z]/.test(next)) {
        if (text.startsWith("\\begin{", i) && !noEnd) {
          const close = text.indexOf("\\end{", i);
          if (close < 0) noEnd = true;
          else {
            const end = Math.min(n, text.indexOf("}", close) + 1 || n);
            push(runs, text, i, end, i, end);
            i = end;
            continue;
          }
        }
        const end = plainRun(text, i);
        if (end > i + 1) {
          push(runs, text, i, end, i, end);
          i = end;
          continue;
        }
      }
      i += 2;
      continue;
    }
    const before = i > 0 ? text[i - 1]! : " ";
    if (startsNumber(text, i) && !/[A-Za-z0-9_\u00c0-\u024f]/.test(before)) {
      const end = plainRun(text, i);
      push(runs, text, i, end, i, end);
      i = Math.max(end, i + 1);
      continue;
    }
    if (numberStart.test(c)) {
      // digits glued to a word, such as AZYUK2A: not a number
      i++;
      while (i < n && /[A-Za-z0-9.,]/.test(text[i]!)) i++;
      continue;
    }
    i++;
  }
  return runs;
}

function push(runs: Run[], text: string, start: number, end: number, from: number, to: number): void {
  let last = to;
  while (last > from && ".,;: \n\t".includes(text[last - 1]!)) last--;
  const inside = text.slice(from, last).trim();
  if (inside !== "") runs.push({ text: inside, start, end });
}

function closingDollar(text: string, from: number): number {
  const end = Math.min(text.length, from + limits.answer);
  for (let i = from; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === 92) i++;
    else if (c === 36) return i;
    else if (c === 10 && text.charCodeAt(i + 1) === 10) return -1;
  }
  return -1;
}

/** Does a number or a bracketed or signed number start here? Looks a few characters ahead only. */
function startsNumber(text: string, at: number): boolean {
  let i = at;
  for (let k = 0; k < 6 && i < text.length; k++, i++) {
    const c = text[i]!;
    if (c >= "0" && c <= "9") return true;
    if (c === "." && numberStart.test(text[i + 1] ?? "")) return true;
    if (c === "-" || c === "+" || c === "−") {
      // a hyphen between words is no sign
      if (k === 0 && at > 0 && /[A-Za-z]/.test(text[at - 1]!)) return false;
      continue;
    }
    if (c === "(" || c === "[" || c === "{" || c === "|") continue;
    if (c === " " && k > 0 && /[-+([{−]/.test(text[i - 1]!)) continue;
    if ("½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞√∛".includes(c)) return true;
    if (/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]/.test(c)) return true;
    return false;
  }
  return false;
}

/** The end of the longest run of numbers, operators, brackets, commands and single letters that starts here. */
function plainRun(text: string, from: number): number {
  const limit = Math.min(text.length, from + limits.answer + 1);
  let i = from;
  let end = from;
  let braces = 0;
  let brackets = 0;
  while (i < limit) {
    const c = text[i]!;
    const code = text.charCodeAt(i);
    if (
      (code >= 48 && code <= 57) ||
      "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞²³⁰¹⁴⁵⁶⁷⁸⁹%!'°∞π√€£¥".includes(c) ||
      (code > 0x65f && /\p{Nd}/u.test(c))
    ) {
      end = ++i;
    } else if (c === ")" || c === "]") {
      if (brackets === 0) break;
      brackets--;
      end = ++i;
    } else if (c === "(" || c === "[") {
      brackets++;
      i++;
    } else if (c === "{") {
      braces++;
      i++;
    } else if (c === "}") {
      if (braces === 0) break;
      braces--;
      end = ++i;
    } else if (c === ".") {
      if (!/\d/.test(text[i + 1] ?? "")) break;
      i++;
    } else if (c === ",") {
      // inside brackets a comma separates; outside it must sit between digits
      if (brackets === 0 && braces === 0 && !/\d/.test(text[i + 1] ?? "")) break;
      i++;
    } else if ("+-−*/^_=<>×·÷⋅|~:≤≥≠≈∪∩".includes(c)) i++;
    else if (c === " ") {
      i++;
      if (text[i] === " ") break;
    } else if (c === "\\") {
      const command = /^\\(?:[a-zA-Z]+|[,;:! %{}|])/.exec(text.slice(i, i + 24));
      if (command === null || /^\\(?:text|mbox|begin|end|item|section|boxed)/.test(command[0])) break;
      i += command[0].length;
      end = i;
    } else if (/[A-Za-z]/.test(c)) {
      const word = /^[A-Za-z]+/.exec(text.slice(i, i + 24))![0];
      if (functionWords.has(word) && !/^(?:and|or|am|pm|AM|PM)$/.test(word)) {
        i += word.length;
        end = i;
      } else if (/^(?:am|pm|AM|PM)$/.test(word) && /\d\s?$/.test(text.slice(Math.max(0, i - 2), i))) {
        i += word.length;
        end = i;
      } else if (unitWord.test(word) && /[\d)}]\s?$/.test(text.slice(Math.max(0, i - 2), i)) && word.length > 1) {
        i += word.length;
        end = i;
      } else if (
        word.length === 1 &&
        !(text[i - 1] === " " && /[a-zA-Z]/.test(text[i + 2] ?? "") && text[i + 1] === " ")
      ) {
        // a lone letter is a variable unless it is a word of the sentence
        const afterSpace = text[i - 1] === " ";
        const operatorBefore = /[-+*/^=<>(]\s?$/.test(text.slice(Math.max(0, i - 2), i));
        if (afterSpace && !operatorBefore) break;
        end = ++i;
      } else break;
    } else break;
  }
  return end;
}
