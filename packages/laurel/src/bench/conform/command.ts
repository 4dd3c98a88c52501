import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { InputError, UsageError } from "../../core/index.ts";
import type { Case } from "../../rewards/verify/index.ts";
import type { SuiteInput } from "./suite.ts";

/** A verifier outside Laurel. */
export interface CommandOptions {
  /** The least value that counts as right; default 1. */
  readonly threshold?: number | undefined;
  /** Milliseconds that an answer may take before the run ends; default 60,000. */
  readonly patience?: number | undefined;
  /** Ends the command. */
  readonly signal?: AbortSignal | undefined;
}

/** A line of the command's output as a verdict: a number, a truth value, `{ value }`, or null for none. */
function verdictOf(line: string, number: number, threshold: number): boolean | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    throw new InputError(
      { file: "the command's output", line: number },
      "this is not JSON",
      "print one JSON line a case, and nothing else; logs go to standard error",
    );
  }
  const value: unknown = typeof answer === "object" && answer !== null && "value" in answer ? answer.value : answer;
  if (value === null) return undefined;
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value >= threshold - 1e-9;
  throw new InputError(
    { file: "the command's output", line: number },
    `expected a number, true, false, null or { "value": … }`,
  );
}

/**
 * Verdicts of anybody's verifier: a command that reads lines `{"gold": …, "candidate": "…"}` from its standard input and writes
 * a line for each to its standard output, in the same order: a number, `true`, `false`, `{"value": …}`, or `null` for no verdict.
 *
 * @param command given to the shell
 * @throws UsageError if the command ends early or falls silent, InputError for a line that is no verdict
 * @example await commandVerdicts("python my_verifier.py", cases)
 */
export async function commandVerdicts(
  command: string,
  cases: readonly Case<SuiteInput>[],
  options: CommandOptions = {},
): Promise<(boolean | undefined)[]> {
  const threshold = options.threshold ?? 1;
  const patience = options.patience ?? 60_000;
  const child = spawn(command, {
    shell: true,
    stdio: ["pipe", "pipe", "inherit"],
    detached: process.platform !== "win32",
  });
  // the shell's children belong to its group
  const end = (): void => {
    if (child.pid === undefined || child.exitCode !== null) return;
    if (process.platform === "win32") {
      child.kill("SIGKILL");
      return;
    }
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch (thrown) {
      // the whole group is gone already, only its exit is not known here yet
      if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
    }
  };
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
  options.signal?.addEventListener("abort", end);
  // a command that ends early shows in the count of its answers
  child.stdin.on("error", () => {});
  let silent = false;
  const watch = setTimeout(() => {
    silent = true;
    end();
  }, patience);
  const write = async (): Promise<void> => {
    for (const { input } of cases) {
      if (child.stdin.destroyed) return;
      if (!child.stdin.write(`${JSON.stringify(input)}\n`))
        await Promise.race([once(child.stdin, "drain").catch(() => {}), ended]);
    }
    child.stdin.end();
  };
  const verdicts: (boolean | undefined)[] = [];
  try {
    const writing = write();
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.trim() === "") continue;
      if (verdicts.length === cases.length) throw new UsageError(`the command wrote more than ${cases.length} answers`);
      verdicts.push(verdictOf(line, verdicts.length + 1, threshold));
      watch.refresh();
    }
    await writing;
    const how = await ended;
    if (verdicts.length < cases.length)
      throw new UsageError(
        silent
          ? `the command gave no answer for ${patience / 1000} s after ${verdicts.length} of ${cases.length} cases`
          : `the command answered ${verdicts.length} of ${cases.length} cases and ended (${how})`,
        "it must write one line of JSON for each line that it reads, and flush it",
      );
    return verdicts;
  } finally {
    clearTimeout(watch);
    options.signal?.removeEventListener("abort", end);
    end();
  }
}
