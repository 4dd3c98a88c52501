import { InputError, type JsonObject } from "../../core/index.ts";
import { type Assertion, mapAssertion } from "./promptfoo-assertions.ts";

/** What became of one assertion. */
export interface ImportedAssertion {
  /** Where it stands: `tests[3].assert[0]`. */
  where: string;
  type: string;
  /** `near` decides almost alike; the note says how it differs. */
  state: "mapped" | "near" | "not mapped";
  note?: string | undefined;
}

/** A promptfoo file as a reward and rows. */
export interface PromptfooImport {
  /** A spec that rates each row by the rule that its context names; undefined where nothing is mapped. */
  reward: JsonObject | undefined;
  /** Rows in Laurel's own form: with candidates from a results file, without from a configuration. */
  rows: readonly JsonObject[];
  assertions: readonly ImportedAssertion[];
  /** Anything else that was not taken over, with its place. */
  notes: readonly string[];
}

type Raw = Readonly<Record<string, unknown>>;

function isRaw(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a promptfoo configuration, or its results file (version 3), as data.
 *
 * Each test's assertions become one rule: their weighted mean (promptfoo's score; weights default to 1), named by `metric` or type.
 * Tests with the same rule share it; a row's `context.promptfoo` names its rule. Values may hold `{{ name }}`; other template code is
 * not run. Every assertion is in `assertions`, mapped or with the reason why not; what is not mapped has no part in the score.
 *
 * @param document what the YAML or JSON holds
 * @param file for messages
 * @throws InputError for a document that is neither
 * @example const { reward, rows, assertions } = importPromptfoo(parse(text), "promptfooconfig.yaml");
 */
export function importPromptfoo(document: unknown, file: string): PromptfooImport {
  if (!isRaw(document)) throw new InputError({ file }, "expected an object at the top");
  const importer = new Importer();
  const results = resultsOf(document);
  if (results !== undefined) importer.results(results);
  else if (document["tests"] !== undefined || document["prompts"] !== undefined) importer.config(document);
  else
    throw new InputError(
      { file },
      `it is no promptfoo configuration (prompts, tests) and no results (results); it has ${Object.keys(document).slice(0, 20).join(", ")}`,
    );
  return importer.finish();
}

function resultsOf(document: Raw): readonly unknown[] | undefined {
  const { results } = document;
  if (Array.isArray(results)) return results;
  return isRaw(results) && Array.isArray(results["results"]) ? results["results"] : undefined;
}

interface Rule {
  spec: JsonObject | undefined;
  texts: readonly string[] | undefined;
}

class Importer {
  readonly #rules = new Map<string, string>();
  readonly #specs: Record<string, JsonObject> = {};
  readonly #rows: JsonObject[] = [];
  readonly #assertions: ImportedAssertion[] = [];
  readonly #notes: string[] = [];
  #templates: Raw = {};

  config(document: Raw): void {
    this.#templates = isRaw(document["assertionTemplates"]) ? document["assertionTemplates"] : {};
    for (const name of ["scenarios", "derivedMetrics", "extensions"])
      if (document[name] !== undefined) this.#notes.push(`${name}: not taken over`);
    const prompts = this.#prompts(document["prompts"]);
    const shared = this.#defaults(document["defaultTest"]);
    const tests = document["tests"];
    if (!Array.isArray(tests)) {
      this.#notes.push(`tests: ${typeof tests === "string" ? `they stand in ${tests}` : "there are none"}`);
      return;
    }
    for (const [t, test] of tests.entries()) {
      const where = `tests[${t}]`;
      if (!isRaw(test)) {
        this.#notes.push(`${where}: not an object${typeof test === "string" ? ` but ${test}` : ""}`);
        continue;
      }
      const vars = { ...(isRaw(shared["vars"]) ? shared["vars"] : {}), ...(isRaw(test["vars"]) ? test["vars"] : {}) };
      const plain =
        test["options"] !== undefined && isRaw(test["options"]) && test["options"]["disableDefaultAsserts"] === true;
      const asserts = [
        ...(plain ? [] : this.#list(shared["assert"], "defaultTest.assert")),
        ...this.#list(test["assert"], `${where}.assert`),
      ];
      if (test["threshold"] !== undefined)
        this.#notes.push(`${where}.threshold: the score is taken, its threshold is not`);
      const listed = Object.entries(vars).find(([, value]) => Array.isArray(value));
      if (listed !== undefined)
        this.#notes.push(
          `${where}.vars.${listed[0]}: promptfoo runs a test for each of the list; import its results file instead`,
        );
      const rule = this.#rule(asserts, vars);
      if (listed !== undefined) continue;
      for (const [p, prompt] of prompts.entries()) {
        const text = filled(prompt, vars);
        if (text === undefined) this.#notes.push(`prompts[${p}] with ${where}: it has template code that is not run`);
        else this.#row(`test ${t}${prompts.length > 1 ? `, prompt ${p}` : ""}`, promptOf(text), undefined, rule);
      }
    }
  }

  results(results: readonly unknown[]): void {
    const groups = new Map<string, { prompt: string; candidates: JsonObject[]; rule: Rule }>();
    const seen = new Map<string, Rule>();
    for (const [r, result] of results.entries()) {
      const where = `results[${r}]`;
      if (!isRaw(result)) {
        this.#notes.push(`${where}: not an object`);
        continue;
      }
      const test = isRaw(result["testCase"]) ? result["testCase"] : {};
      const number = String(result["testIdx"] ?? r);
      let rule = seen.get(number);
      if (rule === undefined) {
        const vars = isRaw(result["vars"]) ? result["vars"] : isRaw(test["vars"]) ? test["vars"] : {};
        rule = this.#rule(this.#list(test["assert"], `${where}.testCase.assert`), vars);
        seen.set(number, rule);
      }
      const prompt = isRaw(result["prompt"]) ? result["prompt"]["raw"] : result["prompt"];
      const response = isRaw(result["response"]) ? result["response"] : {};
      const output = response["output"];
      if (typeof prompt !== "string") {
        this.#notes.push(`${where}.prompt.raw: not a text`);
        continue;
      }
      if (output === undefined || output === null) {
        this.#notes.push(
          `${where}.response.output: there is none${typeof result["error"] === "string" ? ` (${result["error"]})` : ""}`,
        );
        continue;
      }
      const key = `test ${number}, prompt ${String(result["promptIdx"] ?? 0)}`;
      const group = groups.get(key) ?? { prompt, candidates: [], rule };
      groups.set(key, group);
      const provider = isRaw(result["provider"])
        ? (result["provider"]["label"] ?? result["provider"]["id"])
        : undefined;
      const name = typeof provider === "string" && provider !== "" ? provider : "output";
      const same = group.candidates.filter(({ meta }) => (meta as Raw)["provider"] === name).length;
      group.candidates.push({
        id: same === 0 ? name : `${name} ${same + 1}`,
        output: typeof output === "string" ? output : JSON.stringify(output),
        meta: { provider: name },
      });
    }
    for (const [id, { prompt, candidates, rule }] of groups) this.#row(id, promptOf(prompt), candidates, rule);
  }

  finish(): PromptfooImport {
    const names = Object.keys(this.#specs);
    const reward: JsonObject | undefined =
      names.length === 0 ? undefined : { kind: "route", selector: { context: "promptfoo" }, rewards: this.#specs };
    return { reward, rows: this.#rows, assertions: this.#assertions, notes: this.#notes };
  }

  #row(id: string, prompt: JsonObject[string], candidates: readonly JsonObject[] | undefined, rule: Rule): void {
    const key = rule.spec === undefined ? "nothing mapped" : this.#named(rule.spec);
    this.#rows.push({
      id,
      prompt,
      ...(candidates === undefined ? {} : { candidates }),
      ...(rule.texts === undefined ? {} : { reference: { texts: rule.texts } }),
      context: { promptfoo: key },
    });
  }

  #named(spec: JsonObject): string {
    const text = JSON.stringify(spec);
    const known = this.#rules.get(text);
    if (known !== undefined) return known;
    const name = `rule-${this.#rules.size + 1}`;
    this.#rules.set(text, name);
    this.#specs[name] = spec;
    return name;
  }

  #defaults(given: unknown): Raw {
    if (isRaw(given)) {
      if (given["threshold"] !== undefined)
        this.#notes.push("defaultTest.threshold: the score is taken, its threshold is not");
      return given;
    }
    if (given !== undefined) this.#notes.push(`defaultTest: it stands in ${String(given)}`);
    return {};
  }

  #prompts(given: unknown): string[] {
    const list = given === undefined ? [] : Array.isArray(given) ? given : [given];
    return list.flatMap((one: unknown, p) => {
      const raw = isRaw(one) ? (one["raw"] ?? one["id"]) : one;
      if (
        typeof raw === "string" &&
        !/^(file|exec):\/\//.test(raw) &&
        !/\.(txt|md|json|jsonl|ya?ml|csv|py|[cm]?[jt]s)$/.test(raw.trim())
      )
        return [raw];
      this.#notes.push(`prompts[${p}]: its text stands in another file: import the results file instead`);
      return [];
    });
  }

  /** A test's assertions with their places. */
  #list(given: unknown, where: string): { where: string; assertion: Raw }[] {
    if (given === undefined || given === null) return [];
    if (!Array.isArray(given)) {
      this.#notes.push(`${where}: not a list`);
      return [];
    }
    return given.flatMap((one: unknown, a) => {
      const at = `${where}[${a}]`;
      if (!isRaw(one)) {
        this.#notes.push(`${at}: not an object`);
        return [];
      }
      const link = typeof one["$ref"] === "string" ? /^#\/assertionTemplates\/(.+)$/.exec(one["$ref"]) : null;
      const linked = link === null ? undefined : this.#templates[link[1]!];
      if (one["$ref"] !== undefined && !isRaw(linked)) {
        this.#assertions.push({ where: at, type: "$ref", state: "not mapped", note: "there is no such template" });
        return [];
      }
      return [{ where: at, assertion: isRaw(linked) ? { ...linked, ...one, $ref: undefined } : one }];
    });
  }

  /** The weighted mean of what could be mapped of some assertions. */
  #rule(list: readonly { where: string; assertion: Raw }[], vars: Raw): Rule {
    const rewards: Record<string, JsonObject> = {};
    const weights: Record<string, number> = {};
    let texts: readonly string[] | undefined;
    for (const { where, assertion } of list) {
      const weight = typeof assertion["weight"] === "number" ? assertion["weight"] : 1;
      const type = String(assertion["type"]);
      let spec: JsonObject | undefined;
      if (type === "assert-set") {
        const inner = this.#rule(this.#list(assertion["assert"], `${where}.assert`), vars);
        if (assertion["threshold"] !== undefined)
          this.#notes.push(`${where}.threshold: the set's score is taken, its threshold is not`);
        if (inner.texts !== undefined && texts !== undefined && !same(inner.texts, texts)) {
          this.#notes.push(`${where}: not mapped, as the row has another reference already`);
          continue;
        }
        texts ??= inner.texts;
        spec = inner.spec;
      } else {
        const mapped = mapAssertion(withVars(assertion, vars));
        const unfilled = JSON.stringify(mapped.spec ?? {}).match(/\{\{|\{%/) !== null;
        const clash =
          mapped.spec !== undefined && mapped.texts !== undefined && texts !== undefined && !same(mapped.texts, texts);
        const reason =
          mapped.spec === undefined
            ? mapped.reason
            : unfilled
              ? "it has template code that is not run"
              : clash
                ? "the row has another reference already"
                : weight < 0
                  ? "its weight is negative"
                  : undefined;
        if (reason !== undefined || mapped.spec === undefined) {
          this.#assertions.push({ where, type, state: "not mapped", note: reason });
          continue;
        }
        const { note } = mapped;
        this.#assertions.push({ where, type, state: note === undefined ? "mapped" : "near", note });
        texts ??= mapped.texts;
        spec = mapped.spec;
      }
      if (spec === undefined || weight === 0) continue;
      const metric = typeof assertion["metric"] === "string" ? assertion["metric"] : type;
      const plain = metric.replace(/[^\w-]+/g, "-");
      let name = plain;
      for (let i = 2; Object.hasOwn(rewards, name); i++) name = `${plain}-${i}`;
      rewards[name] = spec;
      weights[name] = weight;
    }
    const total = Object.values(weights).reduce((sum, one) => sum + one, 0);
    if (total === 0) return { spec: undefined, texts };
    const names = Object.keys(rewards);
    if (names.length === 1) return { spec: rewards[names[0]!]!, texts };
    const shares = Object.fromEntries(names.map((name) => [name, weights[name]! / total]));
    return { spec: { kind: "weighted", rewards, weights: shares }, texts };
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

/** An assertion with its templates filled in; what cannot be filled in stays as it is. */
function withVars(assertion: Assertion, vars: Raw): Assertion {
  const deep = (value: unknown): unknown => {
    if (typeof value === "string") return filled(value, vars) ?? value;
    if (Array.isArray(value)) return value.map(deep);
    if (isRaw(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, deep(one)]));
    return value;
  };
  // code holds braces of its own
  return { ...assertion, value: deep(assertion["value"]) };
}

/** `{{ name }}` and `{{ name.member }}` filled in; undefined where there is other template code or an unknown name. */
function filled(text: string, vars: Raw): string | undefined {
  let whole = true;
  const made = text.replace(/\{\{-?([^{}]*?)-?\}\}/g, (_, inner: string) => {
    let value: unknown = vars;
    const path = /^\s*([\w$]+(?:\.[\w$]+)*)\s*$/.exec(inner)?.[1];
    for (const name of path?.split(".") ?? [])
      value = isRaw(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (path === undefined || value === undefined || value === null) {
      whole = false;
      return "";
    }
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  });
  return whole && !/\{[%#]/.test(text) ? made : undefined;
}

/** A prompt's text, or the messages that it holds as JSON. */
function promptOf(text: string): JsonObject[string] {
  if (!text.trimStart().startsWith("[")) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // a prompt may begin with a bracket without being JSON
    return text;
  }
  const chat =
    Array.isArray(value) && value.length > 0 && value.every((one) => isRaw(one) && typeof one["role"] === "string");
  return chat ? (value as JsonObject[]) : text;
}
