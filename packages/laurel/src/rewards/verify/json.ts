import { type Schema, Validator } from "@cfworker/json-schema";
import { type Json, type JsonObject, UsageError } from "../../core/index.ts";

/** JSON Schema drafts that are checked. */
export type JsonSchemaDraft = "4" | "7" | "2019-09" | "2020-12";

/** The depth of nesting of a JSON text, by its brackets outside of strings; never throws. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) {
      for (i++; i < text.length && text.charCodeAt(i) !== 34; i++) if (text.charCodeAt(i) === 92) i++;
    } else if (code === 91 || code === 123) deepest = Math.max(deepest, ++depth);
    else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}

/**
 * The JSON value that a text is, or undefined where it is none or is nested deeper than `maxDepth`.
 *
 * @param within "all": the whole text must be JSON; "fence": what stands in the last code fence, or the whole text without one
 */
export function jsonOf(text: string, within: "all" | "fence" = "all", maxDepth = 100): { value: Json } | undefined {
  const source = within === "all" ? text : (lastFence(text) ?? text);
  if (depthOf(source) > maxDepth) return undefined;
  try {
    return { value: JSON.parse(source) as Json };
  } catch {
    return undefined;
  }
}

/**
 * What stands in a text's last closed code fence, without its language word; undefined without one.
 *
 * @param language only fences with this word, if given
 * @example lastFence("```sql\nSELECT 1\n```") // "SELECT 1\n"
 */
export function lastFence(text: string, language?: string): string | undefined {
  let opened = -1;
  let wanted = false;
  let found: string | undefined;
  for (let at = 0; at <= text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, Math.min(end, at + 200)).trim();
    if (line.startsWith("```")) {
      if (opened < 0) {
        opened = end + 1;
        wanted = language === undefined || line.slice(3).trim().toLowerCase() === language;
      } else {
        if (wanted) found = text.slice(opened, at);
        opened = -1;
      }
    }
    at = end + 1;
  }
  return found;
}

/**
 * A test of values against a JSON Schema, made once.
 *
 * @param draft default "2020-12"
 * @throws UsageError for a schema that is neither an object nor a truth value
 * Source: the validator is @cfworker/json-schema 4 (MIT), which interprets schemas and evaluates no code.
 */
export function schemaTest(schema: JsonObject | boolean, draft: JsonSchemaDraft = "2020-12"): (value: Json) => boolean {
  if (typeof schema !== "boolean" && (typeof schema !== "object" || schema === null || Array.isArray(schema)))
    throw new UsageError("a JSON Schema must be an object or a truth value");
  const validator = new Validator(schema as Schema | boolean, draft, true);
  return (value) => validator.validate(value).valid;
}
