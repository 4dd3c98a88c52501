import {
  type CodeTest,
  type Context,
  type LanguageModel,
  message,
  type Seed,
  split,
  UsageError,
} from "../../../core/index.ts";
import { codeBlocks } from "./extract.ts";
import { gradeProgram } from "./grade.ts";
import type { RuleMutator, VariantKind } from "./rule-mutator.ts";
import type { Language, Sandbox } from "./sandbox.ts";
import { type Statement, statements } from "./statements.ts";

/** A program in which one statement is another. `line` is the statement's first line, from 0, in the original. */
export interface LineVariant {
  line: number;
  kind: VariantKind;
  code: string;
  note?: string | undefined;
}

/** A language model as a writer of variants, with the context that its calls go through. */
export interface ModelWriter {
  model: LanguageModel;
  ctx: Context;
}

/** How variants are made. */
export interface MutateOptions {
  writer: RuleMutator | ModelWriter;
  seed: Seed;
  /** Variants a statement and kind; default 2. */
  perLine?: number | undefined;
  /** Default both kinds. */
  kinds?: readonly VariantKind[] | undefined;
  language?: Language | undefined;
}

function replaced(program: string, statement: Statement, text: string): string {
  const lines = program.split("\n");
  lines.splice(statement.first, statement.last - statement.first + 1, ...text.split("\n"));
  return lines.join("\n");
}

const asks: Readonly<Record<VariantKind, string>> = {
  mutation: "Change it a little so that the program becomes wrong: another operator, constant, variable or condition.",
  refactor: "Write it in another way that does exactly the same.",
};

async function written(
  program: string,
  statement: Statement,
  kind: VariantKind,
  count: number,
  writer: ModelWriter,
): Promise<readonly string[]> {
  const prompt = `Here is a program.\n\n\`\`\`\n${program}\n\`\`\`\n\nThis is one statement of it:\n\n\`\`\`\n${statement.text}\n\`\`\`\n\n${asks[kind]} Answer with the new statement alone in a code block, with the same indentation.`;
  const [made] = await writer.model.generate([{ messages: [message("user", prompt)], n: count }], writer.ctx);
  const texts: string[] = [];
  for (const one of made ?? []) {
    const block = one.unscored === undefined ? codeBlocks(one.text).at(-1)?.code : undefined;
    if (block !== undefined && block.trim() !== "") texts.push(indented(block, statement.text));
  }
  return texts;
}

/** A text with the indentation of the statement that it replaces, where the writer dropped it. */
function indented(text: string, like: string): string {
  const indent = /^[ \t]*/.exec(like)![0];
  return /^[ \t]/.test(text)
    ? text
    : text
        .split("\n")
        .map((line) => indent + line)
        .join("\n");
}

/**
 * Variants of a program, each with one statement mutated or refactored and the rest kept.
 *
 * A "line" is a statement, which may have several lines of text. Variants equal to the original but for white space, and
 * repeated ones, are dropped, so that a statement may have fewer than `perLine`.
 *
 * @param program a program that passes its tests (see `labelLines`)
 * @returns the variants in the order of the statements
 * @throws UsageError when `perLine` is no whole number above 0
 * @source prlcoder, phase 2; the rules are `ruleMutator`
 * @example for await (const variant of mutateLines("def f(x):\n    return x + 1", { writer: ruleMutator(), seed: seedFrom(1) })) variant.code
 */
export async function* mutateLines(program: string, options: MutateOptions): AsyncGenerator<LineVariant> {
  const perLine = options.perLine ?? 2;
  if (!Number.isInteger(perLine) || perLine < 1)
    throw new UsageError(`perLine: expected a whole number above 0, not ${perLine}`);
  const plain = (text: string): string => text.replaceAll(/\s+/g, "");
  const seen = new Set([plain(program)]);
  for (const statement of statements(program, options.language ?? "python"))
    for (const kind of options.kinds ?? (["mutation", "refactor"] as const)) {
      const { writer } = options;
      const seed = split(split(options.seed, kind), statement.first);
      const made =
        "model" in writer
          ? (await written(program, statement, kind, perLine, writer)).map((text) => ({ text, note: undefined }))
          : writer.rewrite(statement, kind, perLine, seed);
      for (const { text, note } of made) {
        const code = replaced(program, statement, text);
        if (seen.has(plain(code))) continue;
        seen.add(plain(code));
        yield { line: statement.first, kind, code, ...(note === undefined ? {} : { note }) };
      }
    }
}

/** Why a line has its label. */
export type LineCause = "pass" | "compile" | "runtime" | "timeout" | "wrong";

/** The label of a variant's line: 1 when all tests are passed. An equivalent mutant is a mutation that no test tells apart. */
export interface LineLabel {
  line: number;
  label: 0 | 1;
  cause: LineCause;
  equivalentMutant?: boolean | undefined;
}

/** How variants are labelled. */
export interface LabelOptions {
  sandbox: Sandbox;
  language?: Language | undefined;
  /** Milliseconds a test; default 2000. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Labels a variant's line by running the tests: all passed is 1; not compiling, an exception, a limit or a wrong output is 0.
 *
 * Lines before the changed one keep the original's label 1; lines after a line labelled 0 have none (our reading: their
 * correctness is not determined). Weak tests make equivalent mutants, which are labelled 1: report their share.
 *
 * @param variant one of `mutateLines`; the original itself is `{ line: 0, kind: "refactor", code }` and must come out 1
 * @param tests as in `reference.tests`, at least one
 * @throws UsageError without tests; SandboxError when the sandbox fails
 * @source prlcoder, phase 2
 */
export async function labelLines(
  variant: LineVariant,
  tests: readonly CodeTest[],
  options: LabelOptions,
): Promise<LineLabel> {
  if (tests.length === 0) throw new UsageError("labelLines needs at least one test");
  const seconds = (options.timeoutMs ?? 2000) / 1000;
  const results = await gradeProgram(options.sandbox, variant.code, tests, {
    language: options.language ?? "python",
    limits: { seconds, loadSeconds: seconds },
    candidateSeconds: seconds * (tests.length + 1),
    stopEarly: true,
    signal: options.signal,
  });
  const failed = results.find((result) => !result.passed && result.failed !== "not-run")?.failed;
  const line = variant.line;
  if (failed === undefined)
    return { line, label: 1, cause: "pass", ...(variant.kind === "mutation" ? { equivalentMutant: true } : {}) };
  const causes: Partial<Record<typeof failed, LineCause>> = {
    wrong: "wrong",
    value: "wrong",
    compile: "compile",
    "time-limit": "timeout",
  };
  return { line, label: 0, cause: causes[failed] ?? "runtime" };
}
