import { type Reward, UsageError } from "../../../core/index.ts";
import { type CodeOptions, graded } from "./code.ts";
import type { TestResult } from "./grade.ts";

/** What a program earns by how far it comes. */
export interface OutcomeLevels {
  /** It does not compile, or there is no program; default −1. */
  compile?: number | undefined;
  /** A test ends in an exception or at a limit; default −0.6. */
  runtime?: number | undefined;
  /** A test has another result than expected; default −0.3. */
  fail?: number | undefined;
  /** All tests are passed; default 1. */
  pass?: number | undefined;
}

/** Options of `codeOutcome`: the levels, and how programs are found and run (see `CodeOptions`). */
export interface CodeOutcomeOptions extends Omit<CodeOptions, "credit"> {
  levels?: OutcomeLevels | undefined;
}

type Level = keyof OutcomeLevels;

function levelOf({ passed, failed }: TestResult): Level {
  if (passed) return "pass";
  if (failed === "compile") return "compile";
  return failed === "wrong" || failed === "value" ? "fail" : "runtime";
}

/**
 * The outcome of a program's tests in four levels: kind `verify.codeOutcome`.
 *
 *     −1 does not compile   −0.6 an exception or limit in a test   −0.3 a test fails   +1 all pass
 *
 * All tests run, and the worst of them decides. A program that does not compile, and an answer without one, are faults
 * (`malformed`, `no-answer`) at the lowest level; an exception is a level of its own and so none. `facts` as in `code`.
 *
 * A program that compiles and does nothing earns −0.3 or −0.6 where nonsense earns −1: keep the share that passes in view.
 *
 * @param options see `CodeOptions`; dispose of the reward to close its share of the sandbox
 * @throws UsageError where the levels do not rise from compile to pass
 * @source prlcoder, phase 3; the levels are CodeRL's, which the specification recalls for it
 * @example const reward = codeOutcome();
 */
export function codeOutcome(options: CodeOutcomeOptions = {}): Reward {
  const { compile = -1, runtime = -0.6, fail = -0.3, pass = 1 } = options.levels ?? {};
  const levels: Readonly<Record<Level, number>> = { compile, runtime, fail, pass };
  if (!(compile <= runtime && runtime <= fail && fail < pass))
    throw new UsageError(
      `codeOutcome: the levels must rise, not be ${Object.values(levels).join(", ")}`,
      "compile ≤ runtime ≤ fail < pass",
    );
  return graded(
    { ...options },
    {
      kind: "verify.codeOutcome",
      range: [compile, pass],
      stopEarly: false,
      judge(results) {
        const met = results.map(levelOf);
        if (met.includes("compile")) return "malformed";
        return Math.min(...met.map((level) => levels[level]));
      },
    },
  );
}
