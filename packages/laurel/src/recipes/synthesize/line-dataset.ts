import { type CodeTest, type Message, message, type Seed, split, UsageError } from "../../core/index.ts";
import type { StepExample } from "../../io/index.ts";
import {
  type Language,
  type LineLabel,
  labelLines,
  type MutateOptions,
  mutateLines,
  type Sandbox,
  statements,
} from "../../rewards/verify/code/index.ts";

/** A problem with a program that solves it. */
export interface CodeProblem {
  id: string;
  prompt: string | readonly Message[];
  /** Passes all tests, or the problem is rejected. */
  solution: string;
  tests: readonly CodeTest[];
}

/** Options of `lineDataset`. */
export interface LineDatasetOptions {
  writer: MutateOptions["writer"];
  sandbox: Sandbox;
  seed: Seed;
  /** Variants a statement and kind; default 2. */
  perLine?: number | undefined;
  kinds?: MutateOptions["kinds"];
  language?: Language | undefined;
  /** Milliseconds a test; default 2000. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Told of each problem whose own program fails its tests, and which is left out. */
  onRejected?: ((problem: CodeProblem, cause: LineLabel["cause"]) => void) | undefined;
  /** Told of each label, so that the share of equivalent mutants (weak tests) can be reported. */
  onLabel?: ((problem: CodeProblem, label: LineLabel) => void) | undefined;
}

/**
 * Step examples of programs, labelled by mutating single lines and running the tests, without human work.
 *
 * The solution comes first, all its lines 1. Then each variant: the lines before the changed one are 1, the changed line is what the
 * tests say; after a line that is 0 the lines have no label (−1), after one that is 1 they are 1 (our reading of the paper, which does
 * not say). A line is a statement, as in `mutateLines`; the replacement may be several lines, which all have its label.
 *
 * @param problems each with a program that passes its tests; others are left out, never labelled
 * @returns examples whose `outcome` says whether the whole program passes
 * @throws UsageError for a problem without tests, SandboxError when the sandbox fails
 * @source prlcoder, phase 2; the specification's `lineDataset`
 * @example for await (const one of lineDataset(problems, { writer: ruleMutator(), sandbox, seed })) one.labels
 */
export async function* lineDataset(
  problems: AsyncIterable<CodeProblem> | Iterable<CodeProblem>,
  options: LineDatasetOptions,
): AsyncGenerator<StepExample> {
  const { writer, sandbox, seed, language = "python", timeoutMs, signal } = options;
  const running = { sandbox, language, timeoutMs, signal };
  for await (const problem of problems) {
    const { solution, tests } = problem;
    if (tests.length === 0) throw new UsageError(`lineDataset: the problem ${problem.id} has no tests`);
    const prompt = typeof problem.prompt === "string" ? [message("user", problem.prompt)] : problem.prompt;
    const base = await labelLines({ line: 0, kind: "refactor", code: solution }, tests, running);
    if (base.label === 0) {
      options.onRejected?.(problem, base.cause);
      continue;
    }
    const own = statements(solution, language);
    yield { prompt, steps: own.map(({ text }) => text), labels: own.map(() => 1), outcome: true };
    const variants = mutateLines(solution, {
      writer,
      seed: split(seed, problem.id),
      perLine: options.perLine,
      kinds: options.kinds,
      language,
    });
    for await (const variant of variants) {
      const label = await labelLines(variant, tests, running);
      options.onLabel?.(problem, label);
      const changed = own.find(({ first }) => first === variant.line)!;
      const rest = solution.split("\n").length - 1 - changed.last;
      const end = variant.code.split("\n").length - rest; // the first line after the replacement
      const steps = statements(variant.code, language);
      yield {
        prompt,
        steps: steps.map(({ text }) => text),
        labels: steps.map(({ first, last }) =>
          last < variant.line ? 1 : first < end ? label.label : label.label === 1 ? 1 : -1,
        ),
        outcome: label.label === 1,
      };
    }
  }
}
