import type { CodeTest, Json, Random } from "../../core/index.ts";

/** The languages that the suites write programs in. */
export type ProgramLanguage = "python" | "javascript";

/** The same program in both languages. */
type Form = Readonly<Record<ProgramLanguage, string>>;

/** A program that is wrong, with what it gives instead. */
interface Wrong extends Form {
  run(...args: never[]): Json;
}

/** A drawn problem: what its function gives, and programs that are right or wrong. */
interface Drawn {
  name: string;
  args(): Json[];
  run(...args: never[]): Json;
  right: readonly Form[];
  wrong: readonly Wrong[];
}

type DrawProblem = (r: Random) => Drawn;

/** A problem with its tests. Each wrong program fails at least one of them, by what it gives. */
export interface TestedProblem {
  tests: readonly CodeTest[];
  right: readonly string[];
  wrong: readonly string[];
}

const pick = <T>(r: Random, items: readonly T[]): T => items[r.below(items.length)]!;
const between = (r: Random, low: number, high: number): number => low + r.below(high - low + 1);
const numbers = (r: Random, least: number, most: number, high: number): number[] =>
  Array.from({ length: between(r, least, most) }, () => r.below(high + 1));
const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

const words = ["pear", "Plum", "fig", "apple", "Kiwi", "date", "lime", "nut", "bean", "Corn"];
const names = ["solve", "f", "compute", "answer", "work"];

const linear: DrawProblem = (r) => {
  const [a, b, name] = [between(r, 2, 40), between(r, 1, 90), pick(r, names)];
  const py = (body: string): string => `def ${name}(x):\n    return ${body}`;
  const js = (body: string): string => `function ${name}(x) {\n  return ${body};\n}`;
  const both = (body: string): Form => ({ python: py(body), javascript: js(body) });
  const wrong = (body: string, run: (x: number) => number): Wrong => ({ ...both(body), run });
  return {
    name,
    args: () => [between(r, -50, 50)],
    run: (x: number) => a * x + b,
    right: [
      both(`${a} * x + ${b}`),
      both(`${b} + x * ${a}`),
      both(`${a} * (x + 1) - ${a - b}`),
      {
        python: `def ${name}(x):\n    out = ${b}\n    for _ in range(${a}):\n        out += x\n    return out`,
        javascript: `const ${name} = (x) => {\n  let out = ${b};\n  for (let i = 0; i < ${a}; i++) out += x;\n  return out;\n};`,
      },
    ],
    wrong: [
      wrong(`${a} * x - ${b}`, (x) => a * x - b),
      wrong(`${a} * (x + ${b})`, (x) => a * (x + b)),
      wrong(`${b} * x + ${a}`, (x) => b * x + a),
      wrong(`${a} * x + ${b + 1}`, (x) => a * x + b + 1),
      wrong(`${a - 1} * x + ${b}`, (x) => (a - 1) * x + b),
    ],
  };
};

const piecewise: DrawProblem = (r) => {
  const [t, low, step, name] = [between(r, -9, 9), between(r, 1, 30), between(r, 2, 9), pick(r, names)];
  const both = (comparison: string, yes: string, no: string): Form => ({
    python: `def ${name}(x):\n    if x ${comparison} ${t}:\n        return ${yes}\n    return ${no}`,
    javascript: `function ${name}(x) {\n  return x ${comparison} ${t} ? ${yes} : ${no};\n}`,
  });
  const [yes, no] = [`${low}`, `${step} * x`];
  return {
    name,
    // the border is asked for every third time
    args: () => [r.below(3) === 0 ? t : between(r, -20, 20)],
    run: (x: number) => (x < t ? low : step * x),
    right: [
      both("<", yes, no),
      both(">=", no, yes),
      {
        python: `${name} = lambda x: [${no}, ${low}][x < ${t}]`,
        javascript: `const ${name} = (x) => [${no}, ${low}][Number(x < ${t})];`,
      },
    ],
    wrong: [
      { ...both("<=", yes, no), run: (x: number) => (x <= t ? low : step * x) },
      { ...both("<", no, yes), run: (x: number) => (x < t ? step * x : low) },
      { ...both("!=", yes, no), run: (x: number) => (x !== t ? low : step * x) },
    ],
  };
};

const filtered: DrawProblem = (r) => {
  const [m, name] = [between(r, 2, 7), pick(r, names)];
  const k = r.below(m);
  const both = (condition: string, term = "x", start = 0): Form => ({
    python: `def ${name}(xs):\n    total = ${start}\n    for x in xs:\n        if ${condition}:\n            total += ${term}\n    return total`,
    javascript: `function ${name}(xs) {\n  let total = ${start};\n  for (const x of xs) if (${condition}) total += ${term};\n  return total;\n}`,
  });
  const of = (xs: number[], keep: (x: number) => boolean): number => sum(xs.filter(keep));
  return {
    name,
    args: () => [numbers(r, 0, 12, 60)],
    run: (xs: number[]) => of(xs, (x) => x % m === k),
    right: [
      both(`x % ${m} == ${k}`),
      both(`(x - ${k}) % ${m} == 0`),
      {
        python: `def ${name}(xs):\n    return sum(x for x in xs if not (x % ${m} != ${k}))`,
        javascript: `const ${name} = (xs) => xs.filter((x) => x % ${m} === ${k}).reduce((a, b) => a + b, 0);`,
      },
    ],
    wrong: [
      { ...both(`x % ${m} != ${k}`), run: (xs: number[]) => of(xs, (x) => x % m !== k) },
      { ...both(`x % ${m + 1} == ${k}`), run: (xs: number[]) => of(xs, (x) => x % (m + 1) === k) },
      { ...both(`x % ${m} == ${k}`, "1"), run: (xs: number[]) => xs.filter((x) => x % m === k).length },
      { ...both(`x % ${m} == ${k}`, "x", 1), run: (xs: number[]) => 1 + of(xs, (x) => x % m === k) },
    ],
  };
};

const window: DrawProblem = (r) => {
  const [k, name] = [between(r, 2, 5), pick(r, names)];
  const both = (width: number, best: "max" | "min", short: Form = { python: "None", javascript: "null" }): Form => ({
    python: `def ${name}(xs):\n    if len(xs) < ${width}:\n        return ${short.python}\n    return ${best}(sum(xs[i:i + ${width}]) for i in range(len(xs) - ${width} + 1))`,
    javascript: `function ${name}(xs) {\n  if (xs.length < ${width}) return ${short.javascript};\n  const sums = xs.slice(${width - 1}).map((_, i) => xs.slice(i, i + ${width}).reduce((a, b) => a + b));\n  return Math.${best}(...sums);\n}`,
  });
  const of = (xs: number[], width: number, best: (...values: number[]) => number): number | null =>
    xs.length < width ? null : best(...xs.slice(width - 1).map((_, i) => sum(xs.slice(i, i + width))));
  return {
    name,
    args: () => [numbers(r, 0, 10, 30)],
    run: (xs: number[]) => of(xs, k, Math.max),
    right: [
      both(k, "max"),
      {
        python: `def ${name}(xs):\n    best = None\n    for i in range(len(xs) - ${k - 1}):\n        now = 0\n        for x in xs[i:i + ${k}]:\n            now += x\n        if best is None or now > best:\n            best = now\n    return best`,
        javascript: `function ${name}(xs) {\n  let best = null;\n  for (let i = 0; i + ${k} <= xs.length; i++) {\n    let now = 0;\n    for (let j = i; j < i + ${k}; j++) now += xs[j];\n    if (best === null || now > best) best = now;\n  }\n  return best;\n}`,
      },
    ],
    wrong: [
      { ...both(k + 1, "max"), run: (xs: number[]) => of(xs, k + 1, Math.max) },
      { ...both(k, "min"), run: (xs: number[]) => of(xs, k, Math.min) },
      { ...both(k, "max", { python: "0", javascript: "0" }), run: (xs: number[]) => of(xs, k, Math.max) ?? 0 },
    ],
  };
};

const shifted: DrawProblem = (r) => {
  const [k, name] = [between(r, 1, 25), pick(r, names)];
  const both = (by: number, wrap = true): Form => {
    const python = wrap ? `(ord(c) - 97 + ${by}) % 26 + 97` : `ord(c) + ${by}`;
    const javascript = wrap ? `(c.charCodeAt(0) - 97 + ${by}) % 26 + 97` : `c.charCodeAt(0) + ${by}`;
    return {
      python: `def ${name}(s):\n    return "".join(chr(${python}) if "a" <= c <= "z" else c for c in s)`,
      javascript: `function ${name}(s) {\n  return [...s].map((c) => (c >= "a" && c <= "z" ? String.fromCharCode(${javascript}) : c)).join("");\n}`,
    };
  };
  const of = (s: string, by: number, wrap = true): string =>
    [...s]
      .map((c) => {
        if (c < "a" || c > "z") return c;
        const code = c.charCodeAt(0);
        return String.fromCharCode(wrap ? ((code - 97 + by) % 26) + 97 : code + by);
      })
      .join("");
  return {
    name,
    args: () => [Array.from({ length: r.below(4) }, () => pick(r, words)).join(pick(r, [" ", "-", ", "]))],
    run: (s: string) => of(s, k),
    right: [
      both(k),
      both(k + 26),
      {
        python: `def ${name}(s):\n    a = "abcdefghijklmnopqrstuvwxyz"\n    return s.translate(str.maketrans(a, a[${k}:] + a[:${k}]))`,
        javascript: `const ${name} = (s) => {\n  const a = "abcdefghijklmnopqrstuvwxyz";\n  const b = a.slice(${k}) + a.slice(0, ${k});\n  return s.replace(/[a-z]/g, (c) => b[a.indexOf(c)]);\n};`,
      },
    ],
    wrong: [
      { ...both(k + 1), run: (s: string) => of(s, k + 1) },
      { ...both(k, false), run: (s: string) => of(s, k, false) },
      { ...both(26 - k), run: (s: string) => of(s, 26 - k) },
    ],
  };
};

const counted: DrawProblem = (r) => {
  const name = pick(r, names);
  const skip = pick(r, words);
  const both = (lower: boolean, keep: boolean): Form => ({
    python: `def ${name}(xs):\n    out = {}\n    for x in xs:\n        x = x${lower ? ".lower()" : ""}\n        if x != "${keep ? "" : skip.toLowerCase()}":\n            out[x] = out.get(x, 0) + 1\n    return out`,
    javascript: `function ${name}(xs) {\n  const out = {};\n  for (const word of xs) {\n    const x = word${lower ? ".toLowerCase()" : ""};\n    if (x !== "${keep ? "" : skip.toLowerCase()}") out[x] = (out[x] ?? 0) + 1;\n  }\n  return out;\n}`,
  });
  const of = (xs: string[], lower: boolean, keep: boolean): Json => {
    const out: Record<string, number> = {};
    for (const word of xs) {
      const x = lower ? word.toLowerCase() : word;
      if (keep || x !== skip.toLowerCase()) out[x] = (out[x] ?? 0) + 1;
    }
    return out;
  };
  return {
    name,
    args: () => [Array.from({ length: r.below(9) }, () => pick(r, [...words, skip, skip.toUpperCase()]))],
    run: (xs: string[]) => of(xs, true, false),
    right: [
      both(true, false),
      {
        python: `from collections import Counter\n\ndef ${name}(xs):\n    return dict(Counter(x.lower() for x in xs if x.lower() != "${skip.toLowerCase()}"))`,
        javascript: `const ${name} = (xs) => xs.map((x) => x.toLowerCase()).filter((x) => x !== "${skip.toLowerCase()}").reduce((out, x) => ({ ...out, [x]: (out[x] || 0) + 1 }), {});`,
      },
    ],
    wrong: [
      { ...both(false, false), run: (xs: string[]) => of(xs, false, false) },
      { ...both(true, true), run: (xs: string[]) => of(xs, true, true) },
    ],
  };
};

const recurrence: DrawProblem = (r) => {
  const [a, b, m, start, name] = [
    between(r, 2, 9),
    between(r, 1, 9),
    between(r, 50, 999),
    between(r, 0, 40),
    pick(r, names),
  ];
  const both = (from: number, order: "ab" | "ba" = "ab", modulo = true): Form => {
    const inner = order === "ab" ? `${a} * x + ${b}` : `${a} * (x + ${b})`;
    const next = modulo ? `(${inner}) % ${m}` : inner;
    return {
      python: `def ${name}(n):\n    x = ${start}\n    for _ in range(${from}, n):\n        x = ${next}\n    return x`,
      javascript: `function ${name}(n) {\n  let x = ${start};\n  for (let i = ${from}; i < n; i++) x = ${next};\n  return x;\n}`,
    };
  };
  const of = (n: number, from: number, order: "ab" | "ba" = "ab", modulo = true): number => {
    let x = start;
    for (let i = from; i < n; i++) {
      const next = order === "ab" ? a * x + b : a * (x + b);
      x = modulo ? next % m : next;
    }
    return x;
  };
  return {
    name,
    args: () => [r.below(9)],
    run: (n: number) => of(n, 0),
    right: [
      both(0),
      {
        python: `def ${name}(n):\n    return ${start} if n == 0 else (${a} * ${name}(n - 1) + ${b}) % ${m}`,
        javascript: `const ${name} = (n) => (n === 0 ? ${start} : (${a} * ${name}(n - 1) + ${b}) % ${m});`,
      },
    ],
    wrong: [
      { ...both(1), run: (n: number) => of(n, 1) },
      { ...both(0, "ba"), run: (n: number) => of(n, 0, "ba") },
      { ...both(0, "ab", false), run: (n: number) => of(n, 0, "ab", false) },
    ],
  };
};

const sorted: DrawProblem = (r) => {
  const [m, name] = [between(r, 3, 9), pick(r, names)];
  const order = (xs: number[], key: (x: number) => number): number[] => xs.toSorted((x, y) => key(x) - key(y) || x - y);
  const both = (python: string, javascript: string): Form => ({
    python: `def ${name}(xs):\n    return ${python}`,
    javascript: `function ${name}(xs) {\n  return ${javascript};\n}`,
  });
  return {
    name,
    args: () => [numbers(r, 0, 8, 50)],
    run: (xs: number[]) => order(xs, (x) => x % m),
    right: [
      both(`sorted(xs, key=lambda x: (x % ${m}, x))`, `[...xs].sort((x, y) => (x % ${m}) - (y % ${m}) || x - y)`),
      {
        python: `def ${name}(xs):\n    out = []\n    for k in range(${m}):\n        out.extend(sorted(x for x in xs if x % ${m} == k))\n    return out`,
        javascript: `function ${name}(xs) {\n  const out = [];\n  for (let k = 0; k < ${m}; k++) out.push(...xs.filter((x) => x % ${m} === k).sort((x, y) => x - y));\n  return out;\n}`,
      },
    ],
    wrong: [
      { ...both("sorted(xs)", "[...xs].sort((x, y) => x - y)"), run: (xs: number[]) => order(xs, () => 0) },
      {
        ...both(
          `sorted(xs, key=lambda x: (-(x % ${m}), x))`,
          `[...xs].sort((x, y) => (y % ${m}) - (x % ${m}) || x - y)`,
        ),
        run: (xs: number[]) => order(xs, (x) => -(x % m)),
      },
      { ...both("xs", "xs"), run: (xs: number[]) => xs },
    ],
  };
};

/** The problems by class. */
export const problems: Readonly<Record<string, DrawProblem>> = {
  arithmetic: linear,
  branches: piecewise,
  "loops and filters": filtered,
  windows: window,
  texts: shifted,
  dictionaries: counted,
  recurrences: recurrence,
  sorting: sorted,
};

const MOST_TESTS = 40;
const FEWEST_TESTS = 4;

/** A drawn problem in a language, with tests that tell every wrong program apart; one that no test tells apart is left out. */
export function tested(draw: DrawProblem, r: Random, language: ProgramLanguage): TestedProblem & { name: string } {
  const problem = draw(r);
  const run = problem.run as (...args: Json[]) => Json;
  const tests: CodeTest[] = [];
  let open = problem.wrong;
  for (let tries = 0; tries < MOST_TESTS && (tests.length < FEWEST_TESTS || open.length > 0); tries++) {
    const args = problem.args();
    const result = run(...args);
    const left = open.filter((one) => {
      const given = (one.run as (...args: Json[]) => Json)(...args);
      return JSON.stringify(given) === JSON.stringify(result);
    });
    if (left.length === open.length && tests.length >= FEWEST_TESTS) continue;
    open = left;
    tests.push({ kind: "call", name: problem.name, args, result });
  }
  return {
    name: problem.name,
    tests,
    right: problem.right.map((one) => one[language]),
    wrong: problem.wrong.filter((one) => !open.includes(one)).map((one) => one[language]),
  };
}

/** The same tests as reading from standard input and printing: arguments as a line of JSON, the result as one. */
export function printed(problem: TestedProblem & { name: string }, language: ProgramLanguage): TestedProblem {
  const main = {
    python: `import json, sys\nprint(json.dumps(${problem.name}(*json.loads(sys.stdin.read())), sort_keys=True))`,
    javascript: `const sorted = (_, v) => (v && typeof v === "object" && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort()) : v);\nconsole.log(JSON.stringify(${problem.name}(...JSON.parse(require("fs").readFileSync(0, "utf8"))), sorted));`,
  }[language];
  const separator = language === "python" ? [", ", ": "] : [",", ":"];
  const shown = (value: Json): string => written(value, separator as [string, string]);
  return {
    tests: problem.tests.map((test) => {
      const { args, result } = test as CodeTest & { kind: "call" };
      return { kind: "stdio", stdin: `${JSON.stringify(args)}\n`, stdout: `${shown(result)}\n` };
    }),
    right: problem.right.map((code) => `${code}\n\n${main}`),
    wrong: problem.wrong.map((code) => `${code}\n\n${main}`),
  };
}

function written(value: Json, [item, key]: readonly [string, string]): string {
  if (Array.isArray(value)) return `[${value.map((one: Json) => written(one, [item, key])).join(item)}]`;
  if (value !== null && typeof value === "object")
    return `{${Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => `${JSON.stringify(name)}${key}${written(one!, [item, key])}`)
      .join(item)}}`;
  return JSON.stringify(value);
}

/** The same tests as Python assertions on the returned values. */
export function asserted(problem: TestedProblem & { name: string }): TestedProblem {
  const python = (value: Json): string =>
    written(value, [", ", ": "])
      .replace(/\bnull\b/g, "None")
      .replace(/\btrue\b/g, "True")
      .replace(/\bfalse\b/g, "False");
  return {
    tests: problem.tests.map((test) => {
      const { name, args, result } = test as CodeTest & { kind: "call" };
      return { kind: "assert", code: `assert ${name}(${args.map(python).join(", ")}) == ${python(result)}` };
    }),
    right: problem.right,
    wrong: problem.wrong,
  };
}
