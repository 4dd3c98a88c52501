import { InputError, UsageError } from "../../../core/errors.ts";
import { pointwise } from "../../../core/reward.ts";
import { type Draft, fault, unscored } from "../../../core/score.ts";
import { answerText } from "../../../core/text.ts";
import type { JsonObject, Reward } from "../../../core/types.ts";
import { type Check, type CheckTools, IFEVAL_CHECKS } from "./ifeval.ts";
import { type LanguageDetector, languageDetector } from "./language.ts";
import { looseReadings } from "./loose.ts";
import { isBlank } from "./text.ts";

/** Instructions whose check must know the language. */
const LANGUAGE_KINDS = new Set([
  "language:response_language",
  "change_case:english_capital",
  "change_case:english_lowercase",
]);

export interface ConstraintOptions {
  /** "strict" (default) reads the response as it is; "loose" also tries it without its first or last line and without asterisks. */
  mode?: "strict" | "loose" | undefined;
  /** "share" (default): the share of instructions followed; "all": 1 if all are followed, else 0. */
  credit?: "share" | "all" | undefined;
}

let detect: LanguageDetector | undefined;

const tools: CheckTools = {
  language(text) {
    if (detect === undefined) throw new UsageError("the language detector is not loaded", "await loadLanguage() first");
    return detect(text);
  },
};

interface Instruction {
  id: string;
  check: Check;
}

const compiled = new WeakMap<JsonObject, Instruction>();

function instructionOf(constraint: JsonObject): Instruction {
  const known = compiled.get(constraint);
  if (known !== undefined) return known;
  const { id, ...kwargs } = constraint;
  if (typeof id !== "string") throw new InputError({ field: "id" }, "expected an instruction id");
  const make = Object.hasOwn(IFEVAL_CHECKS, id) ? IFEVAL_CHECKS[id] : undefined;
  if (make === undefined) throw new InputError({ field: "id" }, `'${id}' is no known instruction`);
  const instruction = { id, check: make(kwargs, tools) };
  compiled.set(constraint, instruction);
  return instruction;
}

function follow(instructions: readonly Instruction[], response: string, mode: "strict" | "loose"): boolean[] {
  if (mode === "strict") {
    const blank = isBlank(response);
    return instructions.map(({ check }) => !blank && check(response));
  }
  const readings = looseReadings(response);
  return instructions.map(({ check }) => readings.some(check));
}

/**
 * Which instructions a response follows, as IFEval's strict or loose rule has it. A blank response follows none.
 *
 * @param constraints instructions `{ id, ...arguments }`
 * @returns a boolean for each instruction
 * @throws InputError if an instruction is unknown or an argument is missing
 * @example await followed([{ id: "punctuation:no_comma" }], "No commas here.") // [true]
 */
export async function followed(
  constraints: readonly JsonObject[],
  response: string,
  mode: "strict" | "loose" = "strict",
): Promise<boolean[]> {
  const instructions = constraints.map(instructionOf);
  if (detect === undefined && instructions.some(({ id }) => LANGUAGE_KINDS.has(id))) detect = await languageDetector();
  return follow(instructions, response, mode);
}

/** Names of the parts: the instruction's id; a repeated one is numbered (`keywords:frequency#2`). */
function partNames(instructions: readonly Instruction[]): string[] {
  const seen = new Map<string, number>();
  return instructions.map(({ id }) => {
    const n = (seen.get(id) ?? 0) + 1;
    seen.set(id, n);
    return n === 1 ? id : `${id}#${n}`;
  });
}

/**
 * Instructions that a program can check: the 25 kinds of IFEval with its strict and loose rules.
 *
 * value = followed / instructions ("share"), or 1 if followed = instructions and else 0 ("all"); parts hold 1 or 0 by instruction.
 * The mean of "all" over prompts is IFEval's prompt-level accuracy; the mean of all parts is its instruction-level accuracy.
 * Reads `task.reference.constraints`, a list of `{ id, ...arguments }` with the ids and arguments of IFEval's own rows
 * (`ifevalTask` maps those). A blank answer is the fault `no-answer`. No constraints: unscored `missing-reference`; an unknown id
 * or a missing argument: `bad-reference`.
 *
 * Source: Zhou and others, "Instruction-Following Evaluation for Large Language Models" (arXiv 2311.07911) and the released checker.
 *
 * @example constraints({ mode: "loose", credit: "all" })
 */
export function constraints(options: ConstraintOptions = {}): Reward {
  const mode = options.mode ?? "strict";
  const credit = options.credit ?? "share";
  if (mode !== "strict" && mode !== "loose") throw new UsageError(`mode '${String(mode)}' is not strict or loose`);
  if (credit !== "share" && credit !== "all") throw new UsageError(`credit '${String(credit)}' is not share or all`);
  const grade = (instructions: readonly Instruction[], response: string): Draft => {
    const results = follow(instructions, response, mode);
    const names = partNames(instructions);
    const parts = Object.fromEntries(results.map((ok, i) => [names[i]!, ok ? 1 : 0]));
    const right = results.filter(Boolean).length;
    return { value: credit === "all" ? (right === results.length ? 1 : 0) : right / results.length, parts };
  };
  return pointwise(
    "verify.constraints",
    (candidate, task) => {
      const list = task.reference?.constraints;
      if (list === undefined || list.length === 0)
        return unscored("missing-reference", "the task has no reference.constraints");
      let instructions: Instruction[];
      try {
        instructions = list.map(instructionOf);
      } catch (thrown) {
        if (thrown instanceof InputError) return unscored("bad-reference", thrown.message);
        throw thrown;
      }
      const response = answerText(candidate);
      if (isBlank(response)) return fault("no-answer");
      if (detect === undefined && instructions.some(({ id }) => LANGUAGE_KINDS.has(id)))
        return languageDetector().then((loaded) => {
          detect = loaded;
          return grade(instructions, response);
        });
      return grade(instructions, response);
    },
    { version: 1, spec: { kind: "verify.constraints", ...options }, work: "cpu", range: [0, 1] },
  );
}
