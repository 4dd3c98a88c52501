import { type CodeTest, type Json, type Random, task } from "../../core/index.ts";
import { asserted, type ProgramLanguage, printed, problems, type TestedProblem, tested } from "./programs.ts";
import type { Suite } from "./suite.ts";
import { tricked } from "./tricks.ts";
import { type DrawGold, type GoldDraw, turns } from "./turns.ts";

function drawn({ tests, right, wrong }: TestedProblem, language: ProgramLanguage): GoldDraw {
  const fence = (code: string): string => `\`\`\`${language}\n${code}\n\`\`\``;
  return { gold: tests as readonly Json[], right: right.map(fence), wrong: wrong.map(fence) };
}

/** Each class of problems as calls, and all of them by printed output, by assertions (Python's), and with tricks. */
function classesOf(language: ProgramLanguage): Readonly<Record<string, DrawGold>> {
  const any = (r: Random): TestedProblem & { name: string } => {
    const draws = Object.values(problems);
    return tested(draws[r.below(draws.length)]!, r, language);
  };
  return {
    ...Object.fromEntries(
      Object.entries(problems).map(([name, draw]): [string, DrawGold] => [
        name,
        (r) => drawn(tested(draw, r, language), language),
      ]),
    ),
    "standard input": (r) => drawn(printed(any(r), language), language),
    ...(language === "python" ? { assertions: (r: Random) => drawn(asserted(any(r)), language) } : {}),
    "programs that do more, and tricks": (r) =>
      drawn(tricked(tested(problems["arithmetic"]!, r, language), language), language),
  };
}

function suite(name: string, language: ProgramLanguage, count: number): Suite {
  return {
    name,
    kind: "verify.code",
    when: { language },
    count,
    about: `gold: a list of tests (${language === "python" ? "call, assert or stdio" : "call or stdio"}); candidate: a program in a fence`,
    cases: (options = {}) => turns(classesOf(language), count, options),
    task: ({ gold, candidate }) =>
      task("Write the program.", [candidate], { tests: gold as unknown as readonly CodeTest[] }),
  };
}

/**
 * Python programs: right ones in several writings, the same with one edit whose other result a test is known to show (what each wrong
 * program gives is computed beside it), and tricks that aim at the grader.
 */
export const codeSuite: Suite = suite("code", "python", 600);

/** The same problems as JavaScript programs. */
export const javascriptSuite: Suite = suite("javascript", "javascript", 300);
