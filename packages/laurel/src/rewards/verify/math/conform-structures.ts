import type { AnswerClass } from "./answer-class.ts";
import { between, fraction, nonzero } from "./conform-numbers.ts";

const names = [
  "Monday",
  "isosceles",
  "parallel",
  "Paris",
  "no solution",
  "ellipse",
  "increasing",
  "Alice",
  "hexagon",
  "true",
];

const lengths: readonly (readonly [string, string, number])[] = [
  ["m", "cm", 100],
  ["km", "m", 1000],
  ["cm", "mm", 10],
  ["feet", "inches", 12],
  ["yards", "feet", 3],
  ["kg", "g", 1000],
  ["hours", "minutes", 60],
  ["minutes", "seconds", 60],
  ["days", "hours", 24],
  ["dollars", "cents", 100],
];

/** Classes of sets, lists, intervals, matrices, measures and texts. */
export const structures: Readonly<Record<string, AnswerClass>> = {
  tuple(r) {
    const v = [nonzero(r, 20), nonzero(r, 20), nonzero(r, 20)];
    const [a, b, c] = v as [number, number, number];
    const second = b === a ? b + 1 : b;
    return {
      gold: `(${a}, ${second}, ${c})`,
      equal: [
        `(${a},${second},${c})`,
        `\\left(${a}, ${second}, ${c}\\right)`,
        `(x, y, z) = (${a}, ${second}, ${c})`,
        `(${a}.0, ${second}, \\frac{${2 * c}}{2})`,
        `\\langle ${a}, ${second}, ${c} \\rangle`,
        `${a}, ${second}, ${c}`,
      ],
      unequal: [
        `(${second}, ${a}, ${c})`,
        `(${a}, ${second}, ${c + 1})`,
        `(${a}, ${second})`,
        `(${a}, ${second}, ${c}, 0)`,
        `(${-a}, ${second}, ${c})`,
        `\\{${a}, ${second}, ${c}\\}`,
      ],
    };
  },
  set(r) {
    const a = between(r, -20, 20);
    const b = a + between(r, 1, 9);
    const c = b + between(r, 1, 9);
    return {
      gold: `\\{${a}, ${b}, ${c}\\}`,
      equal: [
        `\\{${c}, ${a}, ${b}\\}`,
        `\\{${b},${c},${a}\\}`,
        `${a}, ${b}, ${c}`,
        `${b}, ${a} \\text{ and } ${c}`,
        `x = ${a}, x = ${b}, x = ${c}`,
        `\\{${a}, ${b}, ${c}, ${a}\\}`,
        `${c} or ${b} or ${a}`,
        `x \\in \\{${a}, ${b}, ${c}\\}`,
      ],
      unequal: [
        `\\{${a}, ${b}\\}`,
        `\\{${a}, ${b}, ${c + 1}\\}`,
        `\\{${a}, ${b}, ${c}, ${c + 1}\\}`,
        `\\{${a - 1}, ${b}, ${c}\\}`,
        `(${b}, ${a}, ${c})`,
        `${a}`,
        `x = ${a} or x = ${b}`,
      ],
    };
  },
  interval(r) {
    const a = between(r, -20, 20);
    const b = a + between(r, 1, 20);
    return {
      gold: `[${a}, ${b})`,
      equal: [
        `[${a},${b})`,
        `\\left[${a}, ${b}\\right)`,
        `x \\in [${a}, ${b})`,
        `${a} \\le x < ${b}`,
        `${b} > x \\geq ${a}`,
        `x \\ge ${a} and x < ${b}`,
        `\\{x \\mid ${a} \\leq x < ${b}\\}`,
        `[${a}, ${b - 0.5}] \\cup (${b - 1}, ${b})`,
      ],
      unequal: [
        `(${a}, ${b})`,
        `[${a}, ${b}]`,
        `(${a}, ${b}]`,
        `[${a}, ${b + 1})`,
        `[${a - 1}, ${b})`,
        `${a} < x < ${b}`,
        `${a} \\le x \\le ${b}`,
        `[${a}, \\infty)`,
        `x \\ge ${a} or x < ${b}`,
        `\\{${a}, ${b}\\}`,
      ],
    };
  },
  union(r) {
    const a = between(r, -20, 10);
    const b = a + between(r, 1, 9);
    return {
      gold: `(-\\infty, ${a}) \\cup (${b}, \\infty)`,
      equal: [
        `(${b}, \\infty) \\cup (-\\infty, ${a})`,
        `(-∞, ${a}) ∪ (${b}, +∞)`,
        `x < ${a} \\text{ or } x > ${b}`,
        `x > ${b} or x < ${a}`,
        `\\mathbb{R} \\setminus [${a}, ${b}]`,
        `x \\in (-\\infty, ${a}) \\cup (${b}, \\infty)`,
        `(-\\infty, ${a - 1}] \\cup (${a - 2}, ${a}) \\cup (${b}, \\infty)`,
      ],
      unequal: [
        `(-\\infty, ${a}] \\cup (${b}, \\infty)`,
        `(-\\infty, ${a}) \\cup [${b}, \\infty)`,
        `(-\\infty, ${a}) \\cap (${b}, \\infty)`,
        `(${a}, ${b})`,
        `(-\\infty, ${a})`,
        `x < ${a}`,
        `${a} < x < ${b}`,
        `(-\\infty, ${a + 1}) \\cup (${b + 1}, \\infty)`,
      ],
    };
  },
  inequality(r) {
    const a = nonzero(r, 20);
    const k = between(r, 2, 6);
    return {
      gold: `x \\le ${a}`,
      equal: [
        `x ≤ ${a}`,
        `x <= ${a}`,
        `${a} \\ge x`,
        `-x \\geq ${-a}`,
        `(-\\infty, ${a}]`,
        `${k}x \\le ${k * a}`,
        `x - ${a} \\le 0`,
      ],
      unequal: [
        `x < ${a}`,
        `x \\ge ${a}`,
        `x \\le ${a + 1}`,
        `-x \\leq ${-a}`,
        `x = ${a}`,
        `${a}`,
        `(-\\infty, ${a})`,
        `${k}x \\ge ${k * a}`,
        `[${a}, \\infty)`,
      ],
    };
  },
  matrix(r) {
    const [a, b, c, d] = [nonzero(r, 9), nonzero(r, 9), nonzero(r, 9), nonzero(r, 9)];
    const matrix = (kind: string, rows: string): string => `\\begin{${kind}} ${rows} \\end{${kind}}`;
    const rows = `${a} & ${b} \\\\ ${c} & ${d}`;
    return {
      gold: matrix("pmatrix", rows),
      equal: [
        matrix("bmatrix", rows),
        matrix("pmatrix", `${a}.0 & ${b} \\\\ ${c} & \\frac{${3 * d}}{3}`),
        `\\left(\\begin{array}{cc} ${rows} \\end{array}\\right)`,
        `2 ${matrix("pmatrix", `\\frac{${a}}{2} & \\frac{${b}}{2} \\\\ \\frac{${c}}{2} & \\frac{${d}}{2}`)}`,
        `${matrix("pmatrix", `${a - 1} & ${b} \\\\ ${c} & ${d}`)} + ${matrix("pmatrix", "1 & 0 \\\\ 0 & 0")}`,
      ],
      unequal: [
        matrix("pmatrix", `${a + 1} & ${b} \\\\ ${c} & ${d}`),
        matrix("pmatrix", `${a} & ${b} \\\\ ${c} & ${-d}`),
        matrix("pmatrix", `${a} & ${b} & ${c} & ${d}`),
        matrix("pmatrix", `${a} & ${b}`),
        ...(b === c ? [] : [matrix("pmatrix", `${a} & ${c} \\\\ ${b} & ${d}`)]),
        `${a * d - b * c}`,
      ],
    };
  },
  "plus minus"(r) {
    const a = nonzero(r, 20);
    const b = between(r, 1, 9);
    const c = [2, 3, 5, 7][r.below(4)]!;
    return {
      gold: `${a} \\pm ${b}\\sqrt{${c}}`,
      equal: [
        `${a} + ${b}\\sqrt{${c}}, ${a} - ${b}\\sqrt{${c}}`,
        `x = ${a} \\pm \\sqrt{${b * b * c}}`,
        `\\{${a} - ${b}\\sqrt{${c}}, ${a} + ${b}\\sqrt{${c}}\\}`,
        `\\frac{${2 * a} \\pm ${2 * b}\\sqrt{${c}}}{2}`,
        `${a} ± ${b}√${c}`,
        `${a} \\mp ${b}\\sqrt{${c}}`,
      ],
      unequal: [
        `${a} + ${b}\\sqrt{${c}}`,
        `${a} - ${b}\\sqrt{${c}}`,
        `${a + 1} \\pm ${b}\\sqrt{${c}}`,
        `${a} \\pm ${b + 1}\\sqrt{${c}}`,
        `${-a} \\pm ${b}\\sqrt{${c}}`,
        `${a} \\pm \\sqrt{${c + b * b * c}}`,
      ],
    };
  },
  unit(r) {
    const [big, small, factor] = lengths[r.below(lengths.length)]!;
    const n = between(r, 2, 40);
    const text = (x: number, unit: string): string => `${x}\\text{ ${unit}}`;
    return {
      gold: text(n, big),
      equal: [
        `${n} \\text{${big}}`,
        `${n}\\mathrm{~${big}}`,
        text(n * factor, small),
        `${n}`,
        `${n}.0\\ \\text{${big}}`,
        `\\frac{${2 * n}}{2} \\text{ ${big}}`,
      ],
      unequal: [
        text(n + 1, big),
        text(n, small),
        text(n * factor + 1, small),
        `${n + 1}`,
        text(n * factor, big),
        `-${n}\\text{ ${big}}`,
        `${n}\\text{ ${big}}^2`,
      ],
    };
  },
  currency(r) {
    const dollars = between(r, 1, 9999);
    const cents = between(r, 1, 9) * 10 + between(r, 1, 9);
    const text = `${dollars}.${cents}`;
    return {
      gold: `\\$${text}`,
      equal: [
        `$${text}`,
        text,
        `${text} dollars`,
        `${text}\\text{ dollars}`,
        `USD ${text}`.replace("USD ", "\\$ "),
        `${dollars}${cents} cents`,
      ],
      unequal: [
        `\\$${dollars}.${cents + 1}`,
        `\\$${dollars}${cents}`,
        `€${text}`,
        `\\$${dollars + 1}.${cents}`,
        `-\\$${text}`,
        `${text} cents`,
      ],
    };
  },
  degrees(r) {
    const n = between(r, 1, 35) * 10 + 5;
    return {
      gold: `${n}^\\circ`,
      equal: [`${n}°`, `${n}^{\\circ}`, `${n} degrees`, `${n}\\text{ degrees}`, `${n}`, `\\angle ABC = ${n}^\\circ`],
      unequal: [
        `${n + 1}^\\circ`,
        `${n}\\text{ radians}`,
        `${180 - n + (n === 90 ? 1 : 0)}^\\circ`,
        `-${n}^\\circ`,
        `${n}.5°`,
      ],
    };
  },
  time(r) {
    const hour = between(r, 1, 11);
    const minute = between(r, 1, 5) * 10 + between(r, 0, 9);
    return {
      gold: `${hour}:${minute} PM`,
      equal: [
        `${hour}:${minute} p.m.`,
        `${hour}:${minute}\\text{ PM}`,
        `${hour}:${minute}`,
        `${hour + 12}:${minute}`,
        `${hour}:${minute}pm`,
      ],
      unequal: [`${hour}:${minute} AM`, `${(hour % 11) + 1}:${minute} PM`, `${hour}:${minute - 1} PM`, `${hour}`],
    };
  },
  ratio(r) {
    const a = between(r, 1, 6) * 2 + 1;
    const b = a + 1;
    return {
      gold: `${a}:${b}`,
      equal: [`${a} : ${b}`, `${3 * a}:${3 * b}`, fraction(a, b), `\\frac{${a}}{${b}}`, `A:B = ${a}:${b}`],
      unequal: [`${b}:${a}`, `${a}:${b + 1}`, `${a + 1}:${b + 2}`, fraction(b, a), `${a}:${b}:1`, `${a}${b}`],
    };
  },
  "named value"(r) {
    const n = nonzero(r, 99);
    return {
      gold: `k = ${n}`,
      equal: [`${n}`, `k=${n}`, `k = ${n - 3} + 3 = ${n}`, `${n} = k`, `\\text{${n}}`],
      unequal: [`k = ${n + 1}`, `${-n}`, `k = ${n} + 1`, `k > ${n}`, `k \\ne ${n}`, `${n}k`, `k`],
    };
  },
  "choice letter"(r) {
    const letters = ["A", "B", "C", "D", "E"];
    const at = r.below(5);
    const it = letters[at]!;
    const other = letters[(at + 1 + r.below(4)) % 5]!;
    return {
      gold: it,
      equal: [
        `(${it})`,
        `\\text{${it}}`,
        `\\text{(${it})}`,
        `${it}) ${between(r, 1, 99)}`,
        `${it}. ${names[r.below(10)]!}`,
        `\\mathbf{${it}}`,
      ],
      unequal: [`(${other})`, `\\text{${other}}`, `${other}) ${between(r, 1, 99)}`, other, `\\mathrm{(${other})}`],
    };
  },
  text(r) {
    const at = r.below(names.length);
    const it = names[at]!;
    const other = names[(at + 1 + r.below(names.length - 1)) % names.length]!;
    return {
      gold: `\\text{${it}}`,
      equal: [it, it.toLowerCase(), `\\text{ ${it} }`, `\\mathrm{${it}}`, it.toUpperCase(), `\\textbf{${it}}`],
      unequal: [other, `\\text{${other}}`, `not ${it}`, `${it}s and ${other}`, "42"],
    };
  },
};
