import type { Random } from "../../../core/index.ts";
import type { AnswerClass } from "./answer-class.ts";

/** A whole number from low to high, both included. */
export function between(r: Random, low: number, high: number): number {
  return low + r.below(high - low + 1);
}

/** A whole number from −high to high without 0. */
export function nonzero(r: Random, high: number): number {
  const n = between(r, 1, high);
  return r.below(2) === 0 ? n : -n;
}

export function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b);
}

function grouped(n: number, mark: string): string {
  return String(Math.abs(n))
    .replace(/\B(?=(?:\d{3})+$)/g, mark)
    .replace(/^/, n < 0 ? "-" : "");
}

/** A fraction in LaTeX with its sign in front. */
export function fraction(p: number, q: number): string {
  return `${p * q < 0 ? "-" : ""}\\frac{${Math.abs(p)}}{${Math.abs(q)}}`;
}

/** An integer as cents of a fixed number of places, exactly: 1234 with 2 is 12.34. */
function decimal(n: number, places: number): string {
  const digits = String(Math.abs(n)).padStart(places + 1, "0");
  return `${n < 0 ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Two numbers without a common factor, q at least 2. */
function coprime(r: Random): [number, number] {
  for (;;) {
    const q = between(r, 2, 40);
    const p = nonzero(r, 60);
    if (gcd(p, q) === 1) return [p, q];
  }
}

const scripts = [0x0660, 0x06f0, 0x0966, 0xff10];

/** Classes of plain numbers. */
export const numbers: Readonly<Record<string, AnswerClass>> = {
  integer(r) {
    const n = nonzero(r, 10 ** between(r, 1, 9));
    return {
      gold: String(n),
      equal: [
        grouped(n, ","),
        grouped(n, "{,}"),
        grouped(n, "\\,"),
        grouped(n, ",\\!"),
        `${n}.0`,
        `\\frac{${n}}{1}`,
        `\\text{${n}}`,
        `x = ${n}`,
        `{${n}}`,
        `${n - 7} + 7`,
        `${n}\\text{ units}`,
      ],
      unequal: [
        String(n + 1),
        String(n - 1),
        String(-n),
        String(n * 10),
        `${n}.5`,
        `${n}${between(r, 0, 9)}`,
        `x = ${n + 1}`,
        `\\frac{${n}}{2}`,
        grouped(n * 1000 + 1, ","),
      ],
    };
  },
  decimal(r) {
    const places = between(r, 1, 4);
    let n = nonzero(r, 10 ** between(r, 2, 6));
    if (n % 10 === 0) n += 3;
    const text = decimal(n, places);
    return {
      gold: text,
      equal: [
        `${text}0`,
        `${text}00`,
        fraction(n, 10 ** places),
        `${n} \\times 10^{-${places}}`,
        `${n}e-${places}`,
        text.replace(/^(-?)0\./, "$1."),
        `\\text{${text}}`,
      ],
      unequal: [
        decimal(n + 1, places),
        decimal(n - 1, places),
        decimal(-n, places),
        decimal(n, places + 1),
        `${text}1`,
        `${n}`,
        fraction(n + 1, 10 ** places),
      ],
    };
  },
  fraction(r) {
    const [p, q] = coprime(r);
    const k = between(r, 2, 9);
    const mixed =
      Math.abs(p) > q && p > 0
        ? [`${Math.floor(p / q)}\\frac{${p % q}}{${q}}`, `${Math.floor(p / q)} ${p % q}/${q}`]
        : [];
    return {
      gold: fraction(p, q),
      equal: [
        fraction(k * p, k * q),
        `${p}/${q}`,
        `\\dfrac{${p}}{${q}}`,
        `\\frac{${-p}}{${-q}}`,
        `${p} \\div ${q}`,
        `${p} \\cdot ${q}^{-1}`,
        `\\left(${fraction(p, q)}\\right)`,
        `\\frac{1}{\\frac{${q}}{${p}}}`,
        ...mixed,
      ],
      unequal: [
        fraction(p + q, q),
        fraction(-p, q),
        `${p}/${q + 1 === 0 ? q + 2 : q + Math.abs(p)}`,
        fraction(k * p, q),
        `${p}.${q}`,
        `\\frac{${p}}{${q}^2}`,
        String(p),
        ...(Math.abs(p) !== 1 && Math.abs(p) !== q ? [fraction(q, p)] : []),
      ],
    };
  },
  "repeating decimal"(r) {
    const d = between(r, 1, 8);
    const lead = between(r, 0, 9);
    // lead.ddd… = lead + d/9
    return {
      gold: `\\frac{${lead * 9 + d}}{9}`,
      equal: [
        `${lead}.\\overline{${d}}`,
        `${lead}.\\overline{${d}${d}}`,
        `${lead}.${String(d).repeat(9)}`,
        `${lead} + \\frac{${d}}{9}`,
      ],
      unequal: [
        `${lead}.${d}`,
        `${lead}.${d}${d}`,
        `${lead}.\\overline{${d + 1 === 9 ? d - 1 : d + 1}}`,
        `${lead}.0\\overline{${d}}`,
        `${lead}.${String(d).repeat(8)}${d === 8 ? 1 : 9}${d}1`,
      ],
    };
  },
  percent(r) {
    const p = between(r, 1, 99);
    return {
      gold: `${p}\\%`,
      equal: [
        `${p}%`,
        `${p} \\%`,
        `${p} percent`,
        `${p}\\text{ percent}`,
        `${p}`,
        `\\frac{${p}}{100}`,
        decimal(p, 2),
        `${p}.0\\%`,
      ],
      unequal: [
        `${p + 1}\\%`,
        `${p}.5\\%`,
        `-${p}\\%`,
        decimal(p, 3),
        `${p * 100}\\%`,
        `0.${String(p).padStart(2, "0")}\\%`,
        `${p}${p}\\%`,
      ],
    };
  },
  "scientific notation"(r) {
    const m = between(r, 11, 99);
    const e = between(r, 3, 14);
    const text = `${Math.floor(m / 10)}.${m % 10}`;
    return {
      gold: `${text} \\times 10^{${e}}`,
      equal: [
        `${text}e${e}`,
        `${text}E+${e}`,
        `${m} \\cdot 10^{${e - 1}}`,
        `${m}${"0".repeat(e - 1)}`,
        `${text}*10^${e}`,
        `${text}×10^{${e}}`,
      ],
      unequal: [
        `${text} \\times 10^{${e + 1}}`,
        `${text} \\times 10^{-${e}}`,
        `${text}e${e - 1}`,
        `${m + 1} \\cdot 10^{${e - 1}}`,
        `${text} \\times ${e}^{11}`,
        `-${text} \\times 10^{${e}}`,
      ],
    };
  },
  "number format"(r) {
    const whole = between(r, 1000, 999_999);
    const cents = between(r, 1, 9) * 10 + between(r, 1, 9);
    const text = `${whole}.${cents}`;
    const script = (zero: number): string =>
      text
        .replace(/\d/g, (d) => String.fromCharCode(zero + Number(d)))
        .replace(".", zero === 0x0660 || zero === 0x06f0 ? "٫" : ".");
    return {
      gold: text,
      equal: [
        `${grouped(whole, ",")}.${cents}`,
        `${grouped(whole, ".")},${cents}`,
        `${grouped(whole, " ")},${cents}`,
        `${grouped(whole, "\u202f")},${cents}`,
        `${grouped(whole, "'")}.${cents}`,
        ...scripts.map(script),
      ],
      unequal: [
        `${grouped(whole, ",")}.${cents + 1}`,
        `${grouped(whole + 1, ".")},${cents}`,
        `${grouped(whole, ",")}${cents}`,
        `${whole}${cents}`,
        `−${text}`,
      ],
    };
  },
  surd(r) {
    const b = [2, 3, 5, 6, 7, 10, 11, 13, 14, 15][r.below(10)]!;
    const a = between(r, 2, 12);
    return {
      gold: `${a}\\sqrt{${b}}`,
      equal: [
        `\\sqrt{${a * a * b}}`,
        `${a} \\cdot ${b}^{1/2}`,
        `\\frac{${a * b}}{\\sqrt{${b}}}`,
        `\\sqrt{${b}} \\cdot ${a}`,
        `${a}*sqrt(${b})`,
        `${a}√${b}`,
        `\\sqrt{${b}} + ${a - 1}\\sqrt{${b}}`,
        `\\sqrt[4]{${a ** 4 * b * b}}`,
      ],
      unequal: [
        `${a + 1}\\sqrt{${b}}`,
        `${a}\\sqrt{${b + 1}}`,
        `${a * b}`,
        `\\sqrt{${a * b}}`,
        `-${a}\\sqrt{${b}}`,
        `${a}\\sqrt[3]{${b}}`,
        `${a} + \\sqrt{${b}}`,
        `\\sqrt{${a * a * b + 1}}`,
        `\\frac{${a}}{\\sqrt{${b}}}`,
      ],
    };
  },
  "sum of surds"(r) {
    const a = nonzero(r, 9);
    const c = between(r, 1, 9);
    const b = [2, 3, 5, 7, 11][r.below(5)]!;
    // (a + c√b)² = a² + c²b + 2ac√b
    return {
      gold: `${a * a + c * c * b} ${a * c < 0 ? "-" : "+"} ${Math.abs(2 * a * c)}\\sqrt{${b}}`,
      equal: [
        `(${a} + ${c}\\sqrt{${b}})^2`,
        `${2 * a * c}\\sqrt{${b}} + ${a * a + c * c * b}`,
        `\\frac{${2 * (a * a + c * c * b)} + ${4 * a * c}\\sqrt{${b}}}{2}`,
        `${a * a} + ${c * c * b} + ${a * c}\\sqrt{${4 * b}}`,
      ],
      unequal: [
        `(${a} - ${c}\\sqrt{${b}})^2`,
        `${a * a + c * c * b + 1} + ${2 * a * c}\\sqrt{${b}}`,
        `${a * a} + ${c * c * b}\\sqrt{${b}}`,
        `${a * a + c * c * b} + ${2 * a * c + 1}\\sqrt{${b}}`,
      ],
    };
  },
  "multiple of pi"(r) {
    const [p, q] = coprime(r);
    return {
      gold: `\\frac{${p}\\pi}{${q}}`,
      equal: [
        `${fraction(p, q)}\\pi`,
        `${p}π/${q}`,
        `\\pi \\cdot \\frac{${p}}{${q}}`,
        `\\frac{${2 * p}\\pi}{${2 * q}}`,
        `${p} pi / ${q}`,
        ((p / q) * Math.PI).toPrecision(10),
      ],
      unequal: [
        `\\frac{${p + q}\\pi}{${q}}`,
        fraction(p, q),
        `\\frac{${-p}\\pi}{${q}}`,
        `\\frac{${p}\\pi^2}{${q}}`,
        `\\frac{${p}}{${q}\\pi}`,
        ((p / q) * Math.PI * 1.0001).toPrecision(10),
        ((p / q) * 3.14).toPrecision(3),
      ],
    };
  },
  power(r) {
    const b = between(r, 2, 9);
    const e = between(r, 2, 6);
    return {
      gold: String(b ** e),
      equal: [
        `${b}^{${e}}`,
        `${b}^${e}`,
        `${b}**${e}`,
        `${b ** (e - 1)} \\cdot ${b}`,
        `\\sqrt{${b ** e * b ** e}}`,
        `${b}^{${e + 1}} / ${b}`,
        `\\frac{1}{${b}^{-${e}}}`,
      ],
      unequal: [
        `${b}^{${e + 1}}`,
        `${b + 1}^{${e}}`,
        `${b}^{-${e}}`,
        `-${b}^{${e}}`,
        ...(b * e === b ** e ? [] : [`${b} \\cdot ${e}`]),
      ],
    };
  },
  counting(r) {
    const n = between(r, 5, 12);
    const k = between(r, 2, n - 2);
    let c = 1;
    for (let j = 1; j <= k; j++) c = (c * (n - k + j)) / j;
    let f = 1;
    for (let j = 2; j <= n; j++) f *= j;
    return r.below(2) === 0
      ? {
          gold: String(c),
          equal: [
            `\\binom{${n}}{${k}}`,
            `\\binom{${n}}{${n - k}}`,
            `\\frac{${n}!}{${k}!${n - k}!}`,
            `\\dbinom{${n}}{${k}}`,
          ],
          unequal: [`\\binom{${n + 1}}{${k}}`, `\\frac{${n}!}{${k}!}`, String(c + 1), `\\frac{${n}}{${k}}`],
        }
      : {
          gold: `${n}!`,
          equal: [String(f), `${n} \\cdot ${n - 1}!`, `\\frac{${n + 1}!}{${n + 1}}`],
          unequal: [`${n - 1}!`, String(f + 1), `${n}`, `${n}^2`],
        };
  },
  "number base"(r) {
    const base = between(r, 2, 9);
    const n = between(r, 30, 3000);
    const text = n.toString(base);
    return {
      gold: `${text}_${base}`,
      equal: [`${text}_{${base}}`, `${n}`, `${text}`],
      unequal: [`${(n + 1).toString(base)}_${base}`, `${(n - 1).toString(base)}_{${base}}`, `${n + 1}`],
    };
  },
};
