import { limits, Unreadable } from "./limits.ts";
import { type Rational, rational } from "./rational.ts";

/**
 * How numbers are written: `point` is 1,234.56, `comma` is 1.234,56, and `auto` takes whichever the digits show
 * (a single comma before three digits groups thousands; before any other count it is the decimal sign).
 */
export type NumberFormat = "auto" | "point" | "comma";

/** A number as it was written. */
export interface Written {
  readonly value: Rational;
  /** Digits after the decimal sign; −exponent more for scientific notation. */
  readonly places: number;
  /** Significant digits written. */
  readonly significant: number;
}

const zeros = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0,
  0x0f20, 0x1040, 0x17e0, 0xff10,
];
const replaced: Readonly<Record<string, string>> = {
  "−": "-",
  "–": "-",
  "—": "-",
  "﹣": "-",
  "－": "-",
  "‐": "-",
  "‑": "-",
  "＋": "+",
  "×": "\\times ",
  "·": "\\cdot ",
  "⋅": "\\cdot ",
  "∙": "\\cdot ",
  "÷": "/",
  "∕": "/",
  "⁄": "/",
  "／": "/",
  "：": ":",
  "，": ",",
  "、": ",",
  "；": ";",
  "．": ".",
  "。": ". ",
  "（": "(",
  "）": ")",
  "［": "[",
  "］": "]",
  "｛": "\\{",
  "｝": "\\}",
  "＝": "=",
  "＜": "<",
  "＞": ">",
  "％": "%",
  "＾": "^",
  "＄": "$",
  "≤": "\\le ",
  "⩽": "\\le ",
  "≥": "\\ge ",
  "⩾": "\\ge ",
  "≠": "\\ne ",
  "≈": "\\approx ",
  "≡": "\\equiv ",
  "∈": "\\in ",
  "∪": "\\cup ",
  "∩": "\\cap ",
  "∅": "\\emptyset ",
  "∞": "\\infty ",
  "±": "\\pm ",
  "∓": "\\mp ",
  "√": "\\sqrt ",
  "∛": "\\sqrt[3]",
  π: "\\pi ",
  Π: "\\Pi ",
  α: "\\alpha ",
  β: "\\beta ",
  γ: "\\gamma ",
  δ: "\\delta ",
  θ: "\\theta ",
  λ: "\\lambda ",
  μ: "\\mu ",
  φ: "\\phi ",
  ω: "\\omega ",
  σ: "\\sigma ",
  ε: "\\epsilon ",
  ρ: "\\rho ",
  τ: "\\tau ",
  "°": "^\\circ ",
  º: "^\\circ ",
  ℝ: "\\mathbb{R}",
  ℤ: "\\mathbb{Z}",
  ℕ: "\\mathbb{N}",
  ℚ: "\\mathbb{Q}",
  ℂ: "\\mathbb{C}",
  "∖": "\\setminus ",
  "⟨": "\\langle ",
  "⟩": "\\rangle ",
  "⌊": "\\lfloor ",
  "⌋": "\\rfloor ",
  "⌈": "\\lceil ",
  "⌉": "\\rceil ",
  "∧": "\\land ",
  "∨": "\\lor ",
  "→": "\\to ",
  "∑": "\\sum ",
  "∏": "\\prod ",
  "′": "'",
  "’": "'",
  "‘": "'",
  "“": '"',
  "”": '"',
  "\u00a0": " ",
  "\u2009": " ",
  "\u202f": " ",
  "\u2007": " ",
  "\u3000": " ",
  "\u200b": "",
  "\u200e": "",
  "\u200f": "",
  "\u2061": "",
  "\u2062": "",
  "\ufeff": "",
  "٫": ".",
  "٬": ",",
  "٪": "%",
  "₀": "_0",
  "₁": "_1",
  "₂": "_2",
  "₃": "_3",
  "₄": "_4",
  "₅": "_5",
  "₆": "_6",
  "₇": "_7",
  "₈": "_8",
  "₉": "_9",
  ⅈ: "i",
  ⅇ: "e",
};
const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const vulgar: Readonly<Record<string, string>> = {
  "½": "1/2",
  "⅓": "1/3",
  "⅔": "2/3",
  "¼": "1/4",
  "¾": "3/4",
  "⅕": "1/5",
  "⅖": "2/5",
  "⅗": "3/5",
  "⅘": "4/5",
  "⅙": "1/6",
  "⅚": "5/6",
  "⅐": "1/7",
  "⅛": "1/8",
  "⅜": "3/8",
  "⅝": "5/8",
  "⅞": "7/8",
  "⅑": "1/9",
  "⅒": "1/10",
};

/**
 * Plain ASCII digits and signs for those of other scripts: full-width, Arabic-Indic, Devanagari and other decimal
 * digits, Unicode minus and operators, vulgar fractions (½ becomes (1/2), 2½ becomes 2 1/2), superscripts (² becomes ^{2}).
 * Text that is ASCII already is returned as it is.
 */
export function ascii(text: string): string {
  let first = 0;
  while (first < text.length && text.charCodeAt(first) < 128) first++;
  if (first === text.length) return text;
  let out = text.slice(0, first);
  for (let i = first; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const sign = text[i]!;
    if (code < 128) {
      out += sign;
      continue;
    }
    const zero = zeros.find((z) => code >= z && code <= z + 9);
    if (zero !== undefined) out += String(code - zero);
    else if (replaced[sign] !== undefined) out += replaced[sign];
    else if (vulgar[sign] !== undefined) out += /\d$/.test(out) ? ` ${vulgar[sign]}` : `(${vulgar[sign]})`;
    else if (superscripts.includes(sign) || sign === "⁻") {
      let exponent = "";
      for (; i < text.length; i++) {
        const digit = superscripts.indexOf(text[i]!);
        if (digit >= 0) exponent += String(digit);
        else if (text[i] === "⁻") exponent += "-";
        else break;
      }
      i--;
      out += `^{${exponent}}`;
    } else out += sign;
  }
  return out;
}

/**
 * The value of a run of digits with grouping and decimal signs, such as `1,234.50`, `1.234,5`, `1 234,5` or `.5`;
 * undefined if the signs do not form a number in the format. No sign and no exponent.
 *
 * @throws Unreadable "over-long" beyond the limit of digits
 */
export function written(run: string, format: NumberFormat = "auto"): Written | undefined {
  if (run.length > limits.digits) throw new Unreadable("over-long", `a number of ${run.length} characters`);
  const digitsOnly = /^\d+$/.test(run);
  if (digitsOnly) return decimal(run, "");
  const text = run.replace(/[ '_](?=\d{3}(?!\d))/g, "");
  const points = text.split(".").length - 1;
  const commas = text.split(",").length - 1;
  if (/[^\d.,]/.test(text)) return undefined;
  if (commas === 0 && points === 0) return decimal(text, "");
  const pointFirst = text.indexOf(".") < text.indexOf(",");
  let mark: "." | ",";
  if (format === "point") mark = ".";
  else if (format === "comma") mark = ",";
  else if (points > 0 && commas > 0) mark = pointFirst ? "," : ".";
  else if (points > 0) mark = points > 1 ? "," : ".";
  else mark = commas === 1 && !/^[1-9]\d{0,2},\d{3}$/.test(text) ? "," : ".";
  const group = mark === "." ? "," : ".";
  const parts = text.split(mark);
  if (parts.length > 2) return undefined;
  const whole = parts[0]!;
  const fraction = parts[1] ?? "";
  if (!/^\d*$/.test(fraction)) return undefined;
  const groups = whole.split(group);
  if (
    groups.length > 1 &&
    (!/^\d{1,3}$/.test(groups[0]!) || groups.slice(1).some((g) => !/^\d{3}$/.test(g))) &&
    !indian(groups)
  )
    return undefined;
  const digits = groups.join("");
  if (digits === "" && fraction === "") return undefined;
  return decimal(digits, fraction);
}

// lakh and crore grouping: 12,34,567
function indian(groups: readonly string[]): boolean {
  return (
    groups.length > 2 &&
    /^\d{1,2}$/.test(groups[0]!) &&
    /^\d{3}$/.test(groups[groups.length - 1]!) &&
    groups.slice(1, -1).every((g) => /^\d{2}$/.test(g))
  );
}

function decimal(whole: string, fraction: string): Written {
  const all = whole + fraction;
  const significant = all.replace(/^0+/, "").length;
  const value = fraction === "" ? { n: BigInt(whole), d: 1n } : rational(BigInt(all), 10n ** BigInt(fraction.length));
  return { value, places: fraction.length, significant: Math.max(1, significant) };
}

/**
 * The double of a plain number text such as `18`, `-3.50` or `1,234`, or NaN for anything else.
 * At most 15 digits, so that two texts are the same number exactly if their doubles are equal.
 */
export function quickNumber(text: string): number {
  const n = text.length;
  if (n === 0 || n > 24) return Number.NaN;
  let i = 0;
  let sign = 1;
  if (text.charCodeAt(0) === 45) {
    sign = -1;
    i = 1;
  }
  let digits = 0;
  let value = 0;
  let scale = 0;
  let sinceComma = -1;
  for (; i < n; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      if (++digits > 15) return Number.NaN;
      value = value * 10 + (code - 48);
      if (scale > 0) scale *= 10;
      else if (sinceComma >= 0) sinceComma++;
    } else if (code === 44) {
      // a comma groups three digits; other uses of it are for the slow path
      if (scale > 0 || digits === 0 || (sinceComma < 0 && digits > 3) || (sinceComma >= 0 && sinceComma !== 3))
        return Number.NaN;
      if (sinceComma < 0 && text.charCodeAt(i - 1) === 48 && digits === 1) return Number.NaN;
      sinceComma = 0;
    } else if (code === 46) {
      if (scale > 0 || (sinceComma >= 0 && sinceComma !== 3)) return Number.NaN;
      scale = 1;
    } else return Number.NaN;
  }
  if (digits === 0 || (scale === 0 && sinceComma >= 0 && sinceComma !== 3)) return Number.NaN;
  // an integer below 10^15 over a power of ten is divided with one correct rounding, so equal decimals give equal doubles
  return scale > 1 ? (sign * value) / scale : sign * value;
}
