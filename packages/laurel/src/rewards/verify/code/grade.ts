import type { CodeTest, Fault } from "../../../core/index.ts";
import { holds } from "./check.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import type { Answer, Check, Language, Plan, Program, Question, RunReport, Sandbox } from "./sandbox.ts";
import { type StdoutRule, sameOutput } from "./stdout.ts";
import { isTagged, jsonEquals, showTagged, type Tolerance } from "./value.ts";

/** Why a test was not passed. */
export type Failure =
  | "wrong"
  | "value"
  | "raised"
  | "compile"
  | "load"
  | "exited"
  | "time-limit"
  | "memory-limit"
  | "output-limit"
  | "forbidden"
  | "not-run";

/** One test's result. `ms` is wall time, absent where the test was not reached. */
export interface TestResult {
  kind: CodeTest["kind"];
  passed: boolean;
  failed?: Failure | undefined;
  message?: string | undefined;
  ms?: number | undefined;
}

/** How a program is graded. */
export interface GradeOptions {
  language: Language;
  limits?: Partial<Limits> | undefined;
  /** Seconds of wall time for all tests of one program together; default 30. */
  candidateSeconds?: number | undefined;
  stdout?: StdoutRule | undefined;
  tolerance?: Tolerance | undefined;
  /** Where assertions that cannot be separated run: "outside" (default) or "inside" the candidate's process. */
  asserts?: "outside" | "inside" | undefined;
  /** End at the first test that is not passed; the rest are "not-run". */
  stopEarly?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** A test's code is not a program; the message names it. */
export class BadTest extends Error {}

/** A test as the sandbox is asked for it. */
type Step = { question: Question; judge(answer: Answer): Verdict };
type Verdict = { passed: true } | { passed: false; failed: Failure; message?: string | undefined };

const wrong = (message: string): Verdict => ({ passed: false, failed: "wrong", message });

function raised(error: { type: string; message: string }): Verdict {
  const failed = error.type === "MemoryError" ? "memory-limit" : error.type === "AssertionError" ? "wrong" : "raised";
  return { passed: false, failed, message: `${error.type}: ${error.message}`.slice(0, 200) };
}

function judging(test: (value: Parameters<typeof jsonEquals>[0]) => boolean): Step["judge"] {
  return (answer) => {
    if (answer.error !== undefined) return raised(answer.error);
    if (answer.value === undefined || !isTagged(answer.value)) return { passed: false, failed: "forbidden" };
    if (test(answer.value)) return { passed: true };
    return answer.value[0] === "o"
      ? { passed: false, failed: "value", message: `returned ${showTagged(answer.value)}` }
      : wrong(`returned ${showTagged(answer.value)}`);
  };
}

const done: Step["judge"] = (answer) => (answer.error === undefined ? { passed: true } : raised(answer.error));

function callStep(test: CodeTest & { kind: "call" }, options: GradeOptions): Step {
  return {
    question: { name: test.name, args: test.args },
    judge: judging((value) => jsonEquals(value, test.result, options.tolerance)),
  };
}

function planSteps(
  plan: { steps: readonly ({ exec: string; eval?: undefined } | Check)[] },
  options: GradeOptions,
): Step[] {
  return plan.steps.map((step) =>
    step.eval === undefined
      ? { question: { exec: step.exec }, judge: done }
      : { question: { eval: step.eval }, judge: judging((value) => holds(step, value, options.tolerance)) },
  );
}

/** What a run's own end says, where it ended by something else than an answer. */
function endOf(report: RunReport): Verdict | undefined {
  const { ended, event } = report;
  if (ended === "time-limit" || ended === "memory-limit" || ended === "output-limit" || ended === "forbidden")
    return { passed: false, failed: ended };
  if (event?.event === "compile")
    return { passed: false, failed: "compile", message: `${event.error?.type}: ${event.error?.message}`.slice(0, 200) };
  if (event?.event === "raised" && event.error !== undefined) {
    const verdict = raised(event.error);
    return !verdict.passed && verdict.failed === "memory-limit"
      ? verdict
      : { ...verdict, passed: false, failed: "load" };
  }
  return undefined;
}

/** A process that ended by itself. Node says only on stderr that a text is no program or that its memory is used up. */
function exited(report: RunReport, language: Language): Verdict {
  const how = report.signal !== null ? `signal ${report.signal}` : `exit code ${report.code}`;
  const lines = report.stderr.trim().split("\n");
  // signal 24 comes at the limit of processor time
  if (report.signal === 24) return { passed: false, failed: "time-limit" };
  if (language !== "python") {
    if (
      lines.some(
        (line) =>
          line.includes("heap out of memory") ||
          line.includes("Failed to allocate memory") ||
          line.includes("Array buffer allocation failed"),
      )
    )
      return { passed: false, failed: "memory-limit" };
    const wrongSyntax = lines.find((line) => line.startsWith("SyntaxError"));
    if (wrongSyntax !== undefined) return { passed: false, failed: "compile", message: wrongSyntax.slice(0, 200) };
  }
  const last = language === "python" ? lines.at(-1) : lines.find((line) => /^[A-Z]\w*Error\b/.test(line));
  return {
    passed: false,
    failed: "exited",
    message: last === undefined || last === "" ? how : `${how}: ${last.slice(0, 160)}`,
  };
}

/**
 * Grades a program against tests in a sandbox.
 *
 * Printed output, returned values and separable assertions are compared here, outside the program's process, which never
 * holds an expected output. Tests of functions share one process in order; when a test ends it, the next ones get a fresh one.
 *
 * @param program source text
 * @param tests at least one
 * @returns one result a test, in the tests' order
 * @throws BadTest when an assertion's code does not parse; SandboxError when the sandbox itself fails
 */
export async function gradeProgram(
  sandbox: Sandbox,
  program: string,
  tests: readonly CodeTest[],
  options: GradeOptions,
): Promise<TestResult[]> {
  const results: (TestResult | undefined)[] = tests.map(() => undefined);
  const limits = { ...defaultLimits, ...options.limits };
  const until = Date.now() + 1000 * (options.candidateSeconds ?? 30);
  const left = (): number => Math.max(0, (until - Date.now()) / 1000);
  const job = (): Program => ({
    program,
    language: options.language,
    limits: {
      ...options.limits,
      seconds: Math.max(0.05, Math.min(limits.seconds, left())),
      loadSeconds: Math.max(0.05, Math.min(limits.loadSeconds, left())),
    },
    signal: options.signal,
  });
  const note = (i: number, verdict: Verdict, ms?: number): void => {
    const { passed, ...why } = verdict;
    results[i] = { kind: tests[i]!.kind, passed, ...why, ...(ms === undefined ? {} : { ms }) };
  };
  const stopped = (): boolean =>
    options.stopEarly === true && results.some((result) => result !== undefined && !result.passed);

  const codes = tests.flatMap((test) => (test.kind === "assert" ? [test.code] : []));
  const plans = new Map<string, Plan>();
  if (codes.length > 0 && options.language === "python") {
    const made = await sandbox.plan(codes);
    for (const [i, code] of codes.entries()) plans.set(code, made[i]!);
  }
  const asked: { test: number; steps: Step[] }[] = [];
  const driven: number[] = [];
  for (const [i, test] of tests.entries()) {
    if (test.kind === "call") asked.push({ test: i, steps: [callStep(test, options)] });
    if (test.kind !== "assert") continue;
    const plan = plans.get(test.code) ?? { drive: test.code };
    if ("bad" in plan) throw new BadTest(`test ${i + 1}, code: ${plan.bad}`);
    if ("steps" in plan) asked.push({ test: i, steps: planSteps(plan, options) });
    else if (options.asserts === "inside")
      asked.push({ test: i, steps: [{ question: { exec: test.code }, judge: done }] });
    else driven.push(i);
  }

  const unloadable = await askAll(sandbox, asked, { job, note, left, stopped, language: options.language });
  for (const i of driven) {
    if (stopped()) break;
    if (unloadable !== undefined) note(i, unloadable);
    else if (left() === 0) note(i, { passed: false, failed: "time-limit" });
    else {
      const report = await sandbox.drive({ ...job(), code: (tests[i] as { code: string }).code });
      const verdict = report.verdict;
      const judged: Verdict =
        verdict === null
          ? (endOf(report) ?? exited(report, options.language))
          : verdict.passed
            ? { passed: true }
            : verdict.error?.type === "value"
              ? { passed: false, failed: "value", message: verdict.error.message }
              : raised(verdict.error ?? { type: "Error", message: "" });
      note(i, judged, report.ms);
    }
  }
  for (const [i, test] of tests.entries()) {
    if (test.kind !== "stdio" || stopped()) continue;
    if (left() === 0) {
      note(i, { passed: false, failed: "time-limit" });
      continue;
    }
    const report = await sandbox.run({ ...job(), stdin: test.stdin });
    const judged: Verdict =
      endOf(report) ??
      (report.code !== 0
        ? exited(report, options.language)
        : sameOutput(report.stdout, test.stdout, options.stdout, options.tolerance)
          ? { passed: true }
          : wrong(`printed ${JSON.stringify(report.stdout.slice(0, 80))}`));
    note(i, judged, report.ms);
  }
  return results.map((result, i) => result ?? { kind: tests[i]!.kind, passed: false, failed: "not-run" });
}

interface Asking {
  job(): Program;
  note(test: number, verdict: Verdict, ms?: number): void;
  left(): number;
  stopped(): boolean;
  language: Language;
}

/** Asks all questions; returns why the program does not load, where it does not. */
async function askAll(
  sandbox: Sandbox,
  asked: readonly { test: number; steps: Step[] }[],
  way: Asking,
): Promise<Verdict | undefined> {
  let next = 0;
  while (next < asked.length && !way.stopped()) {
    if (way.left() === 0) {
      way.note(asked[next++]!.test, { passed: false, failed: "time-limit" });
      continue;
    }
    const group = asked.slice(next);
    const report = await sandbox.ask({
      ...way.job(),
      questions: group.flatMap(({ steps }) => steps.map((s) => s.question)),
    });
    const loaded = report.event?.event === "loaded";
    const answers = Array.isArray(report.results) ? report.results : [];
    let at = 0;
    for (const { test, steps } of group) {
      const mine = answers.slice(at, at + steps.length);
      at += steps.length;
      let verdict: Verdict = { passed: true };
      let ms = 0;
      for (const [k, step] of steps.entries()) {
        const answer = mine[k];
        ms += answer?.ms ?? 0;
        verdict =
          answer === undefined || answer.ended !== undefined
            ? (endOf(report) ?? exited(report, way.language))
            : step.judge(answer);
        if (!verdict.passed) break;
      }
      way.note(test, verdict, mine.length > 0 ? ms : undefined);
      next++;
      // the process is gone: a program that does not load never will, one that a test ended gets a fresh process
      const whole = mine.length === steps.length && mine.every((answer) => answer.ended === undefined);
      if (!whole && loaded) break;
    }
    if (!loaded) return endOf(report) ?? exited(report, way.language);
  }
  return undefined;
}

const faults: Readonly<Partial<Record<Failure, Fault>>> = {
  compile: "malformed",
  load: "crashed",
  raised: "crashed",
  exited: "crashed",
  "time-limit": "time-limit",
  "memory-limit": "memory-limit",
  "output-limit": "over-long",
  forbidden: "forbidden",
};

/**
 * The fault of a program whose whole result is its own failure: no test passed, and none came as far as a wrong answer.
 * A wrong answer is no fault, whatever the other tests met.
 */
export function faultOf(results: readonly TestResult[]): Fault | undefined {
  if (results.some((result) => result.passed || result.failed === "wrong" || result.failed === "value"))
    return undefined;
  for (const { failed } of results) {
    const kind = failed === undefined ? undefined : faults[failed];
    if (kind !== undefined) return kind;
  }
  return undefined;
}
