import {
  type CodeTest,
  type Context,
  type Draft,
  type Fault,
  fault,
  type JsonObject,
  pointwise,
  type Reward,
  type Unscored,
  UsageError,
  unscored,
} from "../../../core/index.ts";
import { type BlockRule, programText, withPrefix } from "./extract.ts";
import { BadTest, faultOf, gradeProgram, type TestResult } from "./grade.ts";
import type { Limits } from "./limits.ts";
import { type RemoteSandboxOptions, remoteSandbox } from "./remote.ts";
import { type Language, SandboxError, type SandboxOptions } from "./sandbox.ts";
import { type Lease, leaseOf, leaseSandbox } from "./shared.ts";
import type { StdoutRule } from "./stdout.ts";
import type { Tolerance } from "./value.ts";

/** What `code` is told. */
export interface CodeOptions {
  /** The program's language; default "python". */
  language?: Language | undefined;
  /** "all": 1 if every test is passed, else 0 (default). "fraction": the share passed. "weighted": the share of the tests' weights. */
  credit?: "all" | "fraction" | "weighted" | undefined;
  /** Which fenced block is the program; default "last". */
  block?: BlockRule | undefined;
  /** How printed output is compared; default "lines". */
  stdout?: StdoutRule | undefined;
  /** How far numbers in outputs and returned values may differ; default not at all. */
  tolerance?: Tolerance | undefined;
  /**
   * Where assertions run that are no comparison of a call with a constant. "outside" (default): in a process without the
   * program, whose functions are stand-ins; arguments and results must be plain data. "inside": in the program's own
   * process, where a program can pass by returning objects that equal everything; only for programs that are trusted not to.
   */
  asserts?: "outside" | "inside" | undefined;
  /** Caps of one run; see `Limits`. */
  limits?: Partial<Limits> | undefined;
  /** Seconds of wall time for all tests of one program; default 30. */
  candidateSeconds?: number | undefined;
  /**
   * Where programs run: "local" (default) or the local sandbox's options; "remote" (with `url`) or `{ url, … }` for an
   * execution service that speaks Sandbox Fusion's wire.
   */
  sandbox?: "local" | "remote" | SandboxOptions | RemoteSandboxOptions | undefined;
  /** The remote service's address, with `sandbox: "remote"`. */
  url?: string | undefined;
}

/**
 * Grades a program by its tests in the sandbox: kind `verify.code`.
 *
 * value = 1 if all tests are passed, else 0; or Σ passed / n; or Σ w·passed / Σ w.
 *
 * The program is the last fenced block of the language, else the last block without a tag, else the whole text if it
 * compiles; `task.context.codePrefix` goes before it. The tests are `task.reference.tests`: `stdio` compares what is
 * printed, `call` what a function returns, `assert` Python test code (single assertions, or the HumanEval and MBPP forms).
 * Expected outputs never enter the program's process.
 *
 * @param options see `CodeOptions`
 * @returns a pointwise reward with range [0, 1]; `facts.tests` lists each test with `passed`, `failed` and `ms`, and
 * `facts.language`, `facts.passed`, `facts.count` beside it. Faults: `no-answer`, `malformed` (does not compile),
 * `crashed`, `time-limit`, `memory-limit`, `over-long`, `forbidden`, each only where no test was passed or reached a wrong
 * answer. Unscored: `missing-reference`, `bad-reference`, `sandbox` (with what is missing and how to get it).
 * Dispose of it to close its share of the sandbox.
 * @throws UsageError for options that do not fit together
 * @example
 * const reward = code({ credit: "fraction" });
 * const one = task("Add one.", ["def f(x): return x + 1"], { tests: [{ kind: "call", name: "f", args: [1], result: 2 }] });
 * await reward.score([one], directContext()); // [[{ value: 1, … }]]
 */
export function code(options: CodeOptions = {}): Reward {
  const credit = options.credit ?? "all";
  if (!["all", "fraction", "weighted"].includes(credit)) throw new UsageError(`credit: no '${credit}'`);
  return graded(options, {
    kind: "verify.code",
    range: [0, 1],
    stopEarly: credit === "all",
    refuse(tests) {
      const weights = weightsOf(tests, credit);
      return sumOf(weights) > 0 && weights.every((weight) => weight >= 0)
        ? undefined
        : unscored("bad-reference", "reference.tests: weights must be at least 0 and not all 0");
    },
    judge: (results, tests) => faultOf(results) ?? creditOf(results, weightsOf(tests, credit), credit),
  });
}

/** What one of the rewards of program tests does with the results. */
export interface Grading {
  kind: string;
  range: readonly [min: number, max: number];
  /** End at the first test that is not passed. */
  stopEarly: boolean;
  /** Is there something wrong with the tests? */
  refuse?(tests: readonly CodeTest[]): Unscored | undefined;
  /** The value, or the fault of a program that is to have the least value. */
  judge(results: readonly TestResult[], tests: readonly CodeTest[]): number | Fault;
}

/** A reward that runs an answer's program against `reference.tests` in the sandbox; `grading` makes its value of the results. */
export function graded(options: CodeOptions, grading: Grading): Reward {
  const language = options.language ?? "python";
  const lease = leaseFor(options);
  const reward = pointwise(
    grading.kind,
    async (candidate, task, ctx): Promise<Draft> => {
      const tests = task.reference?.tests;
      if (tests === undefined || tests.length === 0)
        return unscored("missing-reference", "the task has no reference.tests");
      const refused = grading.refuse?.(tests);
      if (refused !== undefined) return refused;
      const found = programText(candidate, language, options.block);
      if (found === undefined) return fault("no-answer", { facts: { language, count: tests.length, passed: 0 } });
      const prefix = task.context?.["codePrefix"];
      const late = deadlineOf(ctx);
      const passed = (): boolean => late?.aborted === true;
      if (passed()) return unscored("deadline", "the deadline had passed before the program ran");
      const signal = late === undefined ? ctx.signal : AbortSignal.any([ctx.signal, late]);
      const program = typeof prefix === "string" ? withPrefix(prefix, found.code, language) : found.code;
      try {
        const results = await gradeProgram(await lease.get(), program, tests, {
          language,
          limits: options.limits,
          candidateSeconds: options.candidateSeconds,
          stdout: options.stdout,
          tolerance: options.tolerance,
          asserts: options.asserts,
          stopEarly: grading.stopEarly,
          signal,
        });
        signal.throwIfAborted();
        const facts = factsOf(results, language);
        const judged = grading.judge(results, tests);
        if (typeof judged === "number") return { value: judged, facts };
        // a text that is no program at all is an answer without a program
        return fault(judged === "malformed" && found.from === "text" ? "no-answer" : judged, { facts });
      } catch (thrown) {
        if (ctx.signal.aborted) throw thrown;
        if (passed()) return unscored("deadline", "the deadline passed while the program ran");
        if (thrown instanceof BadTest) return unscored("bad-reference", thrown.message);
        if (!(thrown instanceof SandboxError)) throw thrown;
        const message = thrown.hint === undefined ? thrown.message : `${thrown.message} (${thrown.hint})`;
        return thrown.step === "transport"
          ? unscored("transport", message)
          : unscored("sandbox", message, { transient: thrown.step === "server" });
      }
    },
    { version: 1, range: grading.range, work: "io", spec: specOf(grading.kind, options) },
  );
  return { ...reward, [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose]() };
}

function leaseFor({ sandbox, url }: CodeOptions): Lease {
  if (sandbox === "remote") {
    if (url === undefined) throw new UsageError('sandbox: "remote" needs the service\'s `url`');
    return leaseOf(remoteSandbox({ url }));
  }
  if (url !== undefined) throw new UsageError('`url` goes with sandbox: "remote"');
  if (typeof sandbox === "object") return "url" in sandbox ? leaseOf(remoteSandbox(sandbox)) : leaseSandbox(sandbox);
  return leaseSandbox({});
}

/** A signal at the context's deadline. What it ends is no failure of the candidate's. */
function deadlineOf({ deadline }: Context): AbortSignal | undefined {
  if (deadline === undefined) return undefined;
  const left = deadline - Date.now();
  return left <= 0 ? AbortSignal.abort() : AbortSignal.timeout(Math.min(left, 2 ** 31 - 1));
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function weightsOf(tests: readonly CodeTest[], credit: CodeOptions["credit"]): number[] {
  return tests.map((test) => (credit === "weighted" ? (test.weight ?? 1) : 1));
}

function creditOf(
  results: readonly TestResult[],
  weights: readonly number[],
  credit: "all" | "fraction" | "weighted",
): number {
  if (credit === "all") return results.every((result) => result.passed) ? 1 : 0;
  let sum = 0;
  for (const [i, result] of results.entries()) if (result.passed) sum += weights[i]!;
  return sum / sumOf(weights);
}

function factsOf(results: readonly TestResult[], language: Language): JsonObject {
  return {
    language,
    count: results.length,
    passed: results.filter((result) => result.passed).length,
    tests: results.map((result) => ({ ...result })),
  };
}

/** The options as data; request headers may hold a secret and stay out. */
function specOf(kind: string, options: CodeOptions): JsonObject {
  const plain = (key: string, value: unknown): unknown => (key === "headers" ? undefined : value);
  return JSON.parse(JSON.stringify({ kind, ...options }, plain)) as JsonObject;
}
