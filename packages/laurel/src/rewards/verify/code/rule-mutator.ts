import { random, type Seed } from "../../../core/index.ts";
import type { Language } from "./sandbox.ts";
import type { Statement } from "./statements.ts";

/** "mutation" means to change what the line does, "refactor" to keep it. Execution decides which it did. */
export type VariantKind = "mutation" | "refactor";

/** A rewriting of one statement. */
export interface Rewrite {
  text: string;
  note: string;
}

/** A writer of variants by rules, without a model. */
export interface RuleMutator {
  rewrite(statement: Statement, kind: VariantKind, count: number, seed: Seed): readonly Rewrite[];
}

/** A pattern in code; each replacement that differs is one variant. */
interface Rule {
  note: string;
  pattern: RegExp;
  replace(match: RegExpExecArray): readonly string[];
}

const operand = String.raw`([A-Za-z_$][\w$.]{0,60}|\d{1,15})`;

function swaps(pairs: readonly (readonly [string, readonly string[]])[]): Rule["replace"] {
  const table = new Map(pairs);
  return (match) => table.get(match[0]) ?? [];
}

const comparisons = swaps([
  ["<=", ["<"]],
  [">=", [">"]],
  ["===", ["!=="]],
  ["!==", ["==="]],
  ["==", ["!="]],
  ["!=", ["=="]],
  ["<", ["<=", ">"]],
  [">", [">=", "<"]],
]);

const mutations: Readonly<Record<"python" | "javascript", readonly Rule[]>> = {
  python: [
    { note: "comparison", pattern: /<=|>=|==|!=|(?<![<-])<(?![<=])|(?<![>-])>(?![>=])/g, replace: comparisons },
    {
      note: "operator",
      pattern: /\/\/|\*\*|(?<=[\w)\] ])[+\-*/%](?![=*/>])(?=\s{0,8}[\w([])/g,
      replace: swaps([
        ["+", ["-"]],
        ["-", ["+"]],
        ["*", ["+"]],
        ["/", ["*"]],
        ["//", ["*"]],
        ["%", ["*"]],
        ["**", ["*"]],
      ]),
    },
    {
      note: "assignment operator",
      pattern: /[+\-*]=(?!=)/g,
      replace: swaps([
        ["+=", ["-="]],
        ["-=", ["+="]],
        ["*=", ["+="]],
      ]),
    },
    {
      note: "connective",
      pattern: /\b(?:and|or)\b/g,
      replace: swaps([
        ["and", ["or"]],
        ["or", ["and"]],
      ]),
    },
    {
      note: "constant",
      pattern: /\b(?:True|False)\b/g,
      replace: swaps([
        ["True", ["False"]],
        ["False", ["True"]],
      ]),
    },
    {
      note: "function",
      pattern: /\b(?:min|max|any|all)(?=\()/g,
      replace: swaps([
        ["min", ["max"]],
        ["max", ["min"]],
        ["any", ["all"]],
        ["all", ["any"]],
      ]),
    },
  ],
  javascript: [
    { note: "comparison", pattern: /<=|>=|===|!==|==|!=|(?<!<)<(?![<=])|(?<![>=])>(?![>=])/g, replace: comparisons },
    {
      note: "operator",
      pattern: /\*\*|(?<=[\w)\] ])[+\-*/%](?![=*/+-])(?=\s{0,8}[\w([])/g,
      replace: swaps([
        ["+", ["-"]],
        ["-", ["+"]],
        ["*", ["+"]],
        ["/", ["*"]],
        ["%", ["*"]],
        ["**", ["*"]],
      ]),
    },
    {
      note: "assignment operator",
      pattern: /[+\-*]=(?!=)/g,
      replace: swaps([
        ["+=", ["-="]],
        ["-=", ["+="]],
        ["*=", ["+="]],
      ]),
    },
    {
      note: "connective",
      pattern: /&&|\|\|/g,
      replace: swaps([
        ["&&", ["||"]],
        ["||", ["&&"]],
      ]),
    },
    {
      note: "constant",
      pattern: /\b(?:true|false)\b/g,
      replace: swaps([
        ["true", ["false"]],
        ["false", ["true"]],
      ]),
    },
    {
      note: "function",
      pattern: /\b(?:min|max|some|every)(?=\()/g,
      replace: swaps([
        ["min", ["max"]],
        ["max", ["min"]],
        ["some", ["every"]],
        ["every", ["some"]],
      ]),
    },
  ],
};

const both: readonly Rule[] = [
  {
    note: "off by one",
    pattern: /(?<![\w.$])\d{1,15}(?![\w.$])/g,
    replace: (match) => [String(BigInt(match[0]) + 1n), ...(match[0] === "0" ? [] : [String(BigInt(match[0]) - 1n)])],
  },
  {
    note: "swapped arguments",
    pattern: new RegExp(String.raw`\(${operand}, ?${operand}\)`, "g"),
    replace: (match) => [`(${match[2]}, ${match[1]})`],
  },
  {
    note: "another index",
    pattern: new RegExp(String.raw`\[${operand}\]`, "g"),
    replace: (match) => [`[${match[1]} - 1]`],
  },
];

const refactorings: readonly Rule[] = [
  {
    note: "commuted",
    pattern: new RegExp(String.raw`(?<![*/%+.-] ?)(?<![\w$)\]])${operand} ([+*]) ${operand}(?! ?[*/%(.[])`, "g"),
    replace: (match) => [`${match[3]} ${match[2]} ${match[1]}`],
  },
  {
    note: "comparison turned",
    pattern: new RegExp(
      String.raw`(?<![*/%+.-] ?)(?<![\w$)\]])${operand} (<=?|>=?) ${operand}(?! ?[*/%+(.[<>=-])`,
      "g",
    ),
    replace: (match) => [
      `${match[3]} ${match[2]!.startsWith("<") ? match[2]!.replace("<", ">") : match[2]!.replace(">", "<")} ${match[1]}`,
    ],
  },
];

/** Rewritings of a whole statement that keep what it does: a temporary, a written-out assignment, double negation. */
function wholes(statement: Statement, language: "python" | "javascript"): Rewrite[] {
  const { text } = statement;
  if (text.includes("\n")) return [];
  const out: Rewrite[] = [];
  const end = language === "python" ? "" : ";";
  const returned = /^(\s*)return (.+?);?\s*$/.exec(text);
  if (returned !== null && !statement.mask.includes("#")) {
    const [, indent, expression] = returned;
    const declared = language === "python" ? "" : "const ";
    out.push({
      text: `${indent}${declared}result_ = ${expression}${end}\n${indent}return result_${end}`,
      note: "temporary",
    });
    out.push({ text: `${indent}return (${expression})${end}`, note: "parentheses" });
  }
  const assigned = /^(\s*)([A-Za-z_$][\w$]*) ([+\-*])= (.+?);?\s*$/.exec(text);
  if (assigned !== null && !statement.mask.includes("#")) {
    const [, indent, name, operator, expression] = assigned;
    out.push({ text: `${indent}${name} = ${name} ${operator} (${expression})${end}`, note: "written out" });
  }
  const condition = /^(\s*)(if|while|elif) (.+):\s*$/.exec(text);
  if (language === "python" && condition !== null && !statement.mask.includes("#"))
    out.push({ text: `${condition[1]}${condition[2]} not not (${condition[3]}):`, note: "double negation" });
  return out;
}

function applied(statement: Statement, rules: readonly Rule[]): Rewrite[] {
  const out: Rewrite[] = [];
  // strings and comments stand as spaces, so that no rule reaches into them
  const code = statement.text
    .split("")
    .map((c, i) => (statement.mask[i] === "c" ? c : c === "\n" ? c : "\u0001"))
    .join("");
  for (const { note, pattern, replace } of rules)
    for (const match of code.matchAll(pattern))
      for (const text of replace(match as RegExpExecArray))
        out.push({
          text: statement.text.slice(0, match.index) + text + statement.text.slice(match.index + match[0].length),
          note,
        });
  return out;
}

/**
 * Writes variants of a statement by rules: for mutations, comparison flips, other operators, off-by-one constants, swapped
 * arguments, connectives; for refactorings, commuted operands, turned comparisons, temporaries, written-out assignments.
 *
 * A refactoring by rule can still change what a line does (`a + b` of texts does not commute): execution labels it.
 *
 * @param language of the program; default "python"
 * @source prlcoder's specification, component `ruleMutator`
 */
export function ruleMutator(language: Language = "python"): RuleMutator {
  const family = language === "python" ? "python" : "javascript";
  return {
    rewrite(statement, kind, count, seed) {
      const all =
        kind === "mutation"
          ? applied(statement, [...mutations[family], ...both])
          : [...wholes(statement, family), ...applied(statement, refactorings)];
      const plain = (text: string): string => text.replaceAll(/\s+/g, "");
      const seen = new Set([plain(statement.text)]);
      const out: Rewrite[] = [];
      for (const one of random(seed).shuffled(all)) {
        if (out.length === count) break;
        if (seen.has(plain(one.text))) continue;
        seen.add(plain(one.text));
        out.push(one);
      }
      return out;
    },
  };
}
