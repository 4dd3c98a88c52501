import type { Random } from "../../../core/index.ts";
import type { AnswerClass, Draw } from "./answer-class.ts";
import { between, fraction, gcd, nonzero } from "./conform-numbers.ts";

/** A term with its sign, as it stands inside a sum: "+ 3x", "- x^2". */
function signed(c: number, symbol: string): string {
  const size = Math.abs(c) === 1 && symbol !== "" ? "" : String(Math.abs(c));
  return `${c < 0 ? "-" : "+"} ${size}${symbol}`;
}

/** A polynomial from its coefficients, highest first; zero terms are left out. */
function polynomial(coefficients: readonly number[], x: string): string {
  const degree = coefficients.length - 1;
  const terms = coefficients.flatMap((c, k) => {
    const power = degree - k;
    return c === 0 ? [] : [signed(c, power === 0 ? "" : power === 1 ? x : `${x}^${power}`)];
  });
  if (terms.length === 0) return "0";
  return terms.join(" ").replace(/^\+ /, "").replace(/^- /, "-");
}

function letter(r: Random): string {
  return ["x", "y", "t", "n", "a", "k"][r.below(6)]!;
}

function angle(r: Random): string {
  return ["x", "\\theta", "\\alpha", "y"][r.below(4)]!;
}

/** One of several identities, whose right side may be multiplied by a number. */
function identity(r: Random, left: string, rights: readonly string[], wrongs: readonly string[]): Draw {
  const k = between(r, 2, 9);
  return {
    gold: `${k}(${left})`,
    equal: [
      ...rights.map((right) => `${k}(${right})`),
      ...rights.map((right) => `(${right}) \\cdot ${k}`),
      `${k - 1}(${left}) + (${rights[0]!})`,
    ],
    unequal: [
      ...wrongs.map((wrong) => `${k}(${wrong})`),
      `${k + 1}(${rights[0]!})`,
      `-${k}(${rights[0]!})`,
      `${k}(${rights[0]!}) + 1`,
    ],
  };
}

/** Classes of expressions with letters. */
export const algebra: Readonly<Record<string, AnswerClass>> = {
  polynomial(r) {
    const x = letter(r);
    const a = nonzero(r, 9);
    let b = nonzero(r, 9);
    if (b === a) b = -b;
    const sum = a + b;
    const product = a * b;
    const factors = [`(${x} ${signed(a, "")})`, `(${x} ${signed(b, "")})`];
    return {
      gold: polynomial([1, sum, product], x),
      equal: [
        factors.join(""),
        `${factors[1]} \\cdot ${factors[0]}`,
        `${product} + ${x}(${x} ${signed(sum, "")})`,
        polynomial([1, sum, product], x).replace(`${x}^2`, `${x} \\cdot ${x}`),
        `\\frac{${polynomial([2, 2 * sum, 2 * product], x)}}{2}`,
        `${product} ${signed(sum, x)} + ${x}^{2}`,
      ],
      unequal: [
        polynomial([1, sum + 1, product], x),
        polynomial([1, sum, product + 1], x),
        polynomial([1, sum, -product], x),
        polynomial([-1, sum, product], x),
        polynomial([2, sum, product], x),
        `(${x} ${signed(a, "")})(${x} ${signed(b + 1, "") === "+ 0" ? "+ 7" : signed(b + 1, "")})`,
        polynomial([1, 0, sum, product], x),
      ],
    };
  },
  "polynomial of two letters"(r) {
    const a = between(r, 2, 7);
    const b = nonzero(r, 7);
    return {
      gold: `${a * a}x^2 ${signed(2 * a * b, "xy")} + ${b * b}y^2`,
      equal: [
        `(${a}x ${signed(b, "y")})^2`,
        `(${b}y + ${a}x)^{2}`,
        `${b * b}y^2 + ${a * a}x^2 ${signed(2 * a * b, "yx")}`,
        `${a}x(${a}x ${signed(2 * b, "y")}) + ${b * b}y \\cdot y`,
      ],
      unequal: [
        `(${a}x ${signed(-b, "y")})^2`,
        `${a * a}x^2 ${signed(2 * a * b, "xy")} - ${b * b}y^2`,
        `${a * a}x^2 + ${b * b}y^2`,
        `(${a}x ${signed(b, "y")})^3`,
        `${a * a}y^2 ${signed(2 * a * b, "xy")} + ${b * b + (a === Math.abs(b) ? 1 : 0)}x^2`,
      ],
    };
  },
  "rational function"(r) {
    const a = between(r, 1, 9);
    const b = a + between(r, 1, 9);
    // 1/(x+a) − 1/(x+b)
    return {
      gold: `\\frac{${b - a}}{(x+${a})(x+${b})}`,
      equal: [
        `\\frac{1}{x+${a}} - \\frac{1}{x+${b}}`,
        `\\frac{${b - a}}{x^2 + ${a + b}x + ${a * b}}`,
        `${b - a}(x+${a})^{-1}(x+${b})^{-1}`,
        `-\\frac{${a - b}}{(x+${b})(x+${a})}`,
      ],
      unequal: [
        `\\frac{1}{x+${a}} + \\frac{1}{x+${b}}`,
        `\\frac{${b - a + 1}}{(x+${a})(x+${b})}`,
        `\\frac{${b - a}}{(x+${a})(x-${b})}`,
        `\\frac{${a - b}}{(x+${a})(x+${b})}`,
        `\\frac{${b - a}}{x^2 + ${a + b}x + ${a * b + 1}}`,
      ],
    };
  },
  trigonometry(r) {
    const x = angle(r);
    const s = `\\sin ${x}`;
    const c = `\\cos ${x}`;
    const all: (() => Draw)[] = [
      () =>
        identity(
          r,
          `\\sin 2${x}`,
          [`2 ${s} ${c}`, `2\\sin(${x})\\cos(${x})`, `\\frac{2\\tan ${x}}{1 + \\tan^2 ${x}}`],
          [`${s} ${c}`, `2 ${s}`, `\\cos 2${x}`],
        ),
      () =>
        identity(
          r,
          `\\cos 2${x}`,
          [`\\cos^2 ${x} - \\sin^2 ${x}`, `1 - 2\\sin^2 ${x}`, `2\\cos^2(${x}) - 1`],
          [`\\cos^2 ${x} + \\sin^2 ${x}`, `1 - \\sin^2 ${x}`, `2\\cos^2 ${x} + 1`],
        ),
      () =>
        identity(
          r,
          `\\tan^2 ${x} + 1`,
          [`\\sec^2 ${x}`, `\\frac{1}{\\cos^2 ${x}}`],
          [`\\csc^2 ${x}`, `\\sec ${x}`, `\\tan^2 ${x} - 1`],
        ),
      () =>
        identity(
          r,
          `\\sin(${x}+b)`,
          [`${s}\\cos b + ${c}\\sin b`, `\\sin b ${c} + \\cos b ${s}`],
          [`${s}\\cos b - ${c}\\sin b`, `${s}+\\sin b`, `\\cos(${x}+b)`],
        ),
    ];
    return all[r.below(all.length)]!();
  },
  logarithm(r) {
    const a = between(r, 2, 9);
    const b = a + between(r, 1, 9);
    const k = between(r, 2, 5);
    const all: (() => Draw)[] = [
      () =>
        identity(
          r,
          `\\ln ${a * b}`,
          [`\\ln ${a} + \\ln ${b}`, `\\log_{e} ${a * b}`, `\\ln ${a}^{${k}} + \\ln ${b} - ${k - 1}\\ln ${a}`],
          [`\\ln ${a} \\cdot \\ln ${b}`, `\\ln ${a + b + a * b}`, `\\log_{10} ${a * b}`],
        ),
      () => ({
        gold: String(k),
        equal: [
          `\\log_${a} ${a ** k}`,
          `\\log_{${a}}(${a ** k})`,
          `\\frac{\\ln ${a ** k}}{\\ln ${a}}`,
          `\\lg 10^{${k}}`,
        ],
        unequal: [
          `\\log_${a} ${a ** k + 1}`,
          `\\log_{${a + 1}} ${a ** k}`,
          `\\log_${a} ${a ** (k + 1)}`,
          `\\frac{\\ln ${a}}{\\ln ${a ** k}}`,
        ],
      }),
      () =>
        identity(
          r,
          `\\ln x^{${k}}`,
          [`${k}\\ln x`, `${k - 1}\\ln x + \\ln x`],
          [`(\\ln x)^{${k}}`, `${k + 1}\\ln x`, `\\ln ${k}x`],
        ),
    ];
    return all[r.below(all.length)]!();
  },
  exponential(r) {
    const a = between(r, 2, 9);
    const b = between(r, 2, 9);
    return identity(
      r,
      `e^{${a}x + ${b}}`,
      [
        `e^{${a}x} e^{${b}}`,
        `e^{${b}} \\cdot (e^{x})^{${a}}`,
        `\\exp(${a}x + ${b})`,
        `\\frac{e^{${a + 1}x + ${b}}}{e^{x}}`,
      ],
      [`e^{${a}x} + e^{${b}}`, `e^{${a}x - ${b}}`, `e^{${a * b}x}`, `2^{${a}x + ${b}}`],
    );
  },
  complex(r) {
    const [a, b, c, d] = [nonzero(r, 9), nonzero(r, 9), nonzero(r, 9), nonzero(r, 9)];
    const re = a * c - b * d;
    const im = a * d + b * c;
    if (re === 0 || im === 0) return { gold: "3 + 4i", equal: ["4i + 3"], unequal: ["3 - 4i"] };
    return {
      gold: `${re} ${signed(im, "i")}`,
      equal: [
        `(${a} ${signed(b, "i")})(${c} ${signed(d, "i")})`,
        `${im}i + ${re}`,
        `i(${im} ${signed(-re, "i")})`,
        `${re} ${signed(-im, "i^3")}`,
        `\\frac{${2 * re} ${signed(2 * im, "i")}}{2}`,
      ],
      unequal: [
        `${re} ${signed(-im, "i")}`,
        `${-re} ${signed(im, "i")}`,
        `${re + 1} ${signed(im, "i")}`,
        `${re + im}`,
        `${re} ${signed(im, "")}`,
        `${im} ${signed(re, "i")}${Math.abs(re) === Math.abs(im) ? " + 1" : ""}`,
      ],
    };
  },
  "absolute value"(r) {
    const a = between(r, 1, 9);
    return identity(
      r,
      `|x - ${a}|`,
      [`|${a} - x|`, `\\sqrt{(x - ${a})^2}`, `\\left| x - ${a} \\right|`],
      [`x - ${a}`, `|x + ${a}|`, `|x| - ${a}`, `\\sqrt{x^2 - ${a * a}}`],
    );
  },
  equation(r) {
    const [a, b] = [nonzero(r, 9), nonzero(r, 9)];
    const c = nonzero(r, 20);
    const k = between(r, 2, 5);
    return {
      gold: `${polynomial([a, 0], "x")} ${signed(b, "y")} = ${c}`,
      equal: [
        `${k * a}x ${signed(k * b, "y")} = ${k * c}`,
        `${-a}x ${signed(-b, "y")} ${signed(c, "")} = 0`,
        `${c} = ${b}y ${signed(a, "x")}`,
        `${a}x = ${c} ${signed(-b, "y")}`,
      ],
      unequal: [
        `${a}x ${signed(b, "y")} = ${c + 1}`,
        `${a}x ${signed(-b, "y")} = ${c}`,
        `${k * a}x ${signed(b, "y")} = ${c}`,
        `${a}x ${signed(b, "y")} = ${-c}`,
        `${a}x ${signed(b, "y")} \\le ${c}`,
        `${a}x ${signed(b, "y")}`,
      ],
    };
  },
  "slope and intercept"(r) {
    const q = between(r, 2, 9);
    // p and q without a common factor
    const p = q * between(r, -2, 2) + 1;
    const b = nonzero(r, 12);
    return {
      gold: `y = ${fraction(p, q)}x ${signed(b, "")}`,
      equal: [
        `y = ${p}x/${q} ${signed(b, "")}`,
        `${q}y = ${p}x ${signed(b * q, "")}`,
        `y ${signed(-b, "")} = \\frac{${p}x}{${q}}`,
        `${p}x - ${q}y ${signed(b * q, "")} = 0`,
        `${fraction(p, q)}x ${signed(b, "")} = y`,
      ],
      unequal: [
        `y = ${fraction(-p, q)}x ${signed(b, "")}`,
        `y = ${fraction(p, q)}x ${signed(-b, "")}`,
        `x = ${fraction(p, q)}y ${signed(b, "")}`,
        `y = ${fraction(p + q, q)}x ${signed(b, "")}`,
        ...(gcd(p, q) === q ? [] : [`y = ${p}x ${signed(b, "")}`]),
      ],
    };
  },
};
