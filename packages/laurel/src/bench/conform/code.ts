import { type CodeTest, type Json, random, task } from "../../core/index.ts";
import type { Case } from "../../rewards/verify/index.ts";
import { type Suite, type SuiteInput, seedOf } from "./suite.ts";

interface Problem {
  readonly tests: readonly CodeTest[];
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

const calls = (name: string, rows: readonly (readonly [args: readonly Json[], result: Json])[]): CodeTest[] =>
  rows.map(([args, result]) => ({ kind: "call", name, args, result }));

const gcd = calls("gcd", [
  [[12, 18], 6],
  [[7, 5], 1],
  [[0, 4], 4],
  [[100, 75], 25],
]);

/** Small problems, each with programs that are right and with mutants of them that fail at least one test. */
const problems: Readonly<Record<string, Problem>> = {
  arithmetic: {
    tests: gcd,
    right: [
      "def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return a",
      "def gcd(a, b):\n    return a if b == 0 else gcd(b, a % b)",
      "from math import gcd",
      "def gcd(a, b):\n    if a == 0 or b == 0:\n        return a + b\n    return max(d for d in range(1, min(a, b) + 1) if a % d == 0 and b % d == 0)",
    ],
    wrong: [
      "def gcd(a, b):\n    while b:\n        a, b = b, a // b\n    return a",
      "def gcd(a, b):\n    return min(a, b)",
      "def gcd(a, b):\n    return max(d for d in range(1, min(a, b)) if a % d == 0 and b % d == 0)",
      "def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return b",
    ],
  },
  lists: {
    tests: calls("runs", [
      [
        [[1, 1, 2]],
        [
          [1, 2],
          [2, 1],
        ],
      ],
      [[[]], []],
      [[[3, 3, 3]], [[3, 3]]],
      [
        [[1, 2, 1]],
        [
          [1, 1],
          [2, 1],
          [1, 1],
        ],
      ],
    ]),
    right: [
      "def runs(xs):\n    out = []\n    for x in xs:\n        if out and out[-1][0] == x:\n            out[-1][1] += 1\n        else:\n            out.append([x, 1])\n    return out",
      "from itertools import groupby\ndef runs(xs):\n    return [[x, len(list(g))] for x, g in groupby(xs)]",
    ],
    wrong: [
      "def runs(xs):\n    return [[x, xs.count(x)] for x in sorted(set(xs))]",
      "def runs(xs):\n    out = []\n    for x in xs:\n        if out and out[-1][0] == x:\n            out[-1][1] += 1\n        else:\n            out.append([x, 0])\n    return out",
      "from itertools import groupby\ndef runs(xs):\n    return [[x, len(list(g))] for x, g in groupby(sorted(xs))]",
      "def runs(xs):\n    out = []\n    for i in range(1, len(xs)):\n        out.append([xs[i], 1])\n    return out",
    ],
  },
  strings: {
    tests: calls("is_palindrome", [
      [["Never odd or even"], true],
      [["ab"], false],
      [[""], true],
      [["No, 'x' in Nixon!"], true],
      [["aab"], false],
      [["abca"], false],
    ]),
    right: [
      "def is_palindrome(s):\n    t = [c.lower() for c in s if c.isalnum()]\n    return t == t[::-1]",
      "import re\ndef is_palindrome(s):\n    t = re.sub(r'[^a-z0-9]', '', s.lower())\n    return all(t[i] == t[-1 - i] for i in range(len(t)))",
    ],
    wrong: [
      "def is_palindrome(s):\n    return s == s[::-1]",
      "def is_palindrome(s):\n    t = [c.lower() for c in s if c.isalnum()]\n    return t[:1] == t[-1:]",
      "def is_palindrome(s):\n    return True",
      "def is_palindrome(s):\n    t = [c for c in s if c.isalnum()]\n    return t == t[::-1]",
    ],
  },
  "standard input": {
    tests: [
      { kind: "stdio", stdin: "3\n1 2 3\n", stdout: "6\n" },
      { kind: "stdio", stdin: "1\n-5\n", stdout: "-5\n" },
      { kind: "stdio", stdin: "4\n10 0 0 1\n", stdout: "11\n" },
    ],
    right: [
      "input()\nprint(sum(map(int, input().split())))",
      "import sys\nxs = sys.stdin.read().split()\ntotal = 0\nfor x in xs[1:]:\n    total += int(x)\nprint(total)",
    ],
    wrong: [
      "print(sum(map(int, input().split())))",
      "import sys\nprint(sum(map(int, sys.stdin.read().split())))",
      "input()\nprint('sum:', sum(map(int, input().split())))",
      "print(6)\nprint(-5)\nprint(11)",
    ],
  },
  assertions: {
    tests: [
      "assert clamp(5, 0, 3) == 3",
      "assert clamp(-1, 0, 3) == 0",
      "assert clamp(2, 0, 3) == 2",
      "assert clamp(3, 0, 3) == 3",
    ].map((code) => ({ kind: "assert", code })),
    right: [
      "def clamp(x, low, high):\n    return max(low, min(x, high))",
      "def clamp(x, low, high):\n    if x < low:\n        return low\n    if x > high:\n        return high\n    return x",
      "clamp = lambda x, low, high: sorted([low, x, high])[1]",
    ],
    wrong: [
      "def clamp(x, low, high):\n    return min(low, max(x, high))",
      "def clamp(x, low, high):\n    return max(low, x)",
      "def clamp(x, low, high):\n    return max(low, min(x, high - 1))",
    ],
  },
  "tricks that earn nothing": {
    tests: gcd,
    right: [],
    wrong: [
      "import sys\nsys.exit(0)",
      "import os\nos._exit(0)",
      "class Any:\n    def __eq__(self, other):\n        return True\ndef gcd(a, b):\n    return Any()",
      "def gcd(a, b):\n    raise SystemExit(0)",
      "print('All tests passed')",
      "def gcd(a, b):\n    print(6)",
      "import builtins\nbuiltins.AssertionError = Exception\ndef gcd(a, b):\n    return 6",
      "def gcd(a, b):\n    while True:\n        pass",
    ],
  },
};

const fence = (code: string): string => `\`\`\`python\n${code}\n\`\`\``;

/** Python programs: right ones, mutants of them, and tricks that aim at the grader; each of them once, in random order. */
export const codeSuite: Suite = {
  name: "code",
  kind: "verify.code",
  count: 40,
  about: "gold: a list of tests (call, assert or stdio); candidate: a Python program in a fence",
  cases(options = {}) {
    const cases = Object.entries(problems).flatMap(([name, { tests, right, wrong }]) =>
      [...right.map((code) => [code, true] as const), ...wrong.map((code) => [code, false] as const)].map(
        ([code, expected]): Case<SuiteInput> => ({
          class: name,
          input: { gold: tests as readonly Json[], candidate: fence(code) },
          expected,
        }),
      ),
    );
    return random(seedOf(options)).shuffled(cases).slice(0, options.count);
  },
  task: ({ gold, candidate }) =>
    task("Write the program.", [candidate], { tests: gold as unknown as readonly CodeTest[] }),
};
