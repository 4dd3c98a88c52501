import { type JsonObject, UsageError } from "../../core/index.ts";
import { clean } from "./hygiene.ts";
import { type Scale, scale } from "./scales.ts";

/** A criterion and what each score means (Prometheus form); the levels' keys are whole numbers without a gap. */
export type Rubric = {
  name?: string | undefined;
  version?: number | undefined;
  criterion: string;
  levels: Readonly<Record<string, string>>;
  /** May, must or must not the judge see a reference answer, or the passages of the context? Default: use; ignore. */
  reference?: "use" | "require" | "ignore" | undefined;
  passages?: "use" | "require" | "ignore" | undefined;
};

/** What a good answer is, in plain language (RewardAnything form). */
export type Principle = { name?: string | undefined; version?: number | undefined; principle: string };

/** Questions that a good answer satisfies (WildBench form). */
export type Checklist = { name?: string | undefined; version?: number | undefined; checklist: readonly string[] };

/** A criterion with a weight (Feedbacker form). */
export type Criterion = { description: string; weight: number };

/** The scale that a rubric's levels make. */
export function scaleOfRubric(rubric: Rubric): Scale {
  const keys = Object.keys(rubric.levels).map(Number);
  const min = Math.min(...keys);
  const max = Math.max(...keys);
  if (keys.length < 2 || keys.some((key) => !Number.isInteger(key)) || max - min !== keys.length - 1)
    throw new UsageError(
      `a rubric's levels are two or more whole numbers without a gap, not ${Object.keys(rubric.levels).join(", ")}`,
    );
  return scale(min, max);
}

/** A rubric as lines for a prompt: the criterion in brackets, then a line a score. */
export function rubricText(rubric: Rubric): string {
  const levels = Object.keys(rubric.levels)
    .map(Number)
    .sort((a, b) => a - b)
    .map((level) => `Score ${level}: ${oneLine(rubric.levels[String(level)]!)}`);
  return [`[${oneLine(rubric.criterion)}]`, ...levels].join("\n");
}

function oneLine(text: string): string {
  return clean(text).text.replace(/\s+/g, " ").trim();
}

/** What a file of criteria may hold. */
export interface CriteriaForms {
  rubric: Rubric;
  principle: Principle;
  checklist: Checklist;
}

/**
 * Checks data (of a YAML or JSON file, of a task's context) against a form. Zod is loaded on first use.
 *
 * @param where for messages: a file's name
 * @throws UsageError that names each wrong member with its path and reason
 */
export async function criteriaFrom<K extends keyof CriteriaForms>(
  kind: K,
  data: unknown,
  where = kind as string,
): Promise<CriteriaForms[K]> {
  const { z } = await import("zod");
  const use = z.enum(["use", "require", "ignore"]).optional();
  const text = z.string().trim().min(1);
  const named = { name: text.optional(), version: z.int().min(1).optional() };
  const forms = {
    rubric: z.strictObject({
      ...named,
      criterion: text,
      levels: z.record(z.string().regex(/^-?\d{1,4}$/, "a level is a whole number"), text),
      reference: use,
      passages: use,
    }),
    principle: z.strictObject({ ...named, principle: text }),
    checklist: z.strictObject({ ...named, checklist: z.array(text).min(1).max(50) }),
  };
  const parsed = forms[kind].safeParse(data);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => [...issue.path.map(String), issue.message].join(": "));
    throw new UsageError(`${where} is no ${kind}: ${issues.join("; ")}`);
  }
  if (kind === "rubric") scaleOfRubric(parsed.data as Rubric);
  return parsed.data as CriteriaForms[K];
}

/**
 * Reads a rubric, principle or checklist from a YAML or JSON file; what is wrong in it is said with its path.
 * @throws UsageError if it cannot be read or is not of that form
 * @example const rubric = await criteriaFile("rubric", "readable.yaml");
 */
export async function criteriaFile<K extends keyof CriteriaForms>(kind: K, path: string): Promise<CriteriaForms[K]> {
  const [{ readFile }, { parseDocument }] = await Promise.all([import("node:fs/promises"), import("yaml")]);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (thrown) {
    throw new UsageError(`${path} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${path} is not valid YAML: ${error.message}`);
  return criteriaFrom(kind, document.toJS({ maxAliasCount: 100 }) as unknown, path);
}

/** The rubrics that come with Laurel; each is a file of `rubrics/`. */
export const shippedRubrics = [
  "faithfulness",
  "answer-relevance",
  "context-precision",
  "context-recall",
  "factuality",
  "instruction-following",
  "refusal",
  "tone",
  "rag-multi-hop",
  "rag-citation",
  "rag-abstention",
  "rag-conflict",
] as const;

/** The name of a shipped rubric. */
export type ShippedRubric = (typeof shippedRubrics)[number];

/** A shipped rubric's data. */
export async function shippedRubric(name: ShippedRubric): Promise<Rubric> {
  if (!shippedRubrics.includes(name))
    throw new UsageError(`there is no shipped rubric "${String(name)}"`, `there are ${shippedRubrics.join(", ")}`);
  const { fileURLToPath } = await import("node:url");
  return criteriaFile("rubric", fileURLToPath(new URL(`rubrics/${name}.yaml`, import.meta.url)));
}

/** The rubric in a task's context, read without Zod: a criterion and levels of text. */
export function rubricOf(context: JsonObject | undefined): Rubric | undefined {
  const given = context?.["rubric"];
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const { criterion, levels } = given as JsonObject;
  if (typeof criterion !== "string" || typeof levels !== "object" || levels === null || Array.isArray(levels))
    return undefined;
  if (!Object.values(levels).every((level) => typeof level === "string")) return undefined;
  return { criterion, levels: levels as Record<string, string> };
}
