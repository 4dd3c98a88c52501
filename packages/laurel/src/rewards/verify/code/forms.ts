import { type CodeTest, InputError, type Json, type JsonObject, message, type Task } from "../../../core/index.ts";

function text(row: JsonObject, field: string): string {
  const value = row[field];
  if (typeof value !== "string") throw new InputError({ field }, "expected a string");
  return value;
}

function texts(row: JsonObject, field: string): readonly string[] {
  const value = row[field];
  if (!Array.isArray(value) || value.some((item) => typeof item !== "string"))
    throw new InputError({ field }, "expected an array of strings");
  return value as readonly string[];
}

/**
 * A HumanEval row as a task without candidates: `prompt` is what the program begins with, `test` defines `check(candidate)`,
 * which is called with `entry_point`.
 *
 * @param row `task_id`, `prompt`, `test`, `entry_point`, as in the published file (`openai_humaneval`)
 * @returns a task whose `context.codePrefix` is the prompt and whose one test is the check; give it candidates
 * @throws InputError that names the missing member
 * @example humanEvalTask({ task_id: "HumanEval/0", prompt: "def f(x):\n", test: "def check(candidate):\n    assert candidate(1) == 2", entry_point: "f" })
 */
export function humanEvalTask(row: JsonObject): Task {
  const prompt = text(row, "prompt");
  return {
    id: text(row, "task_id"),
    prompt: [message("user", prompt)],
    candidates: [],
    reference: { tests: [{ kind: "assert", code: `${text(row, "test")}\n\ncheck(${text(row, "entry_point")})\n` }] },
    context: { codePrefix: prompt },
  };
}

/**
 * An MBPP row as a task without candidates: one test for each assertion of `test_list`, behind `test_setup_code`
 * (or the sanitised file's `test_imports`).
 *
 * @param row `task_id`, `text` or `prompt`, `test_list`, and the optional `test_setup_code`, `test_imports`,
 * `challenge_test_list`, as in the published files
 * @param options `challenge`: append the challenge tests; default false
 * @throws InputError that names the missing member
 */
export function mbppTask(row: JsonObject, options: { challenge?: boolean | undefined } = {}): Task {
  const question = typeof row["text"] === "string" ? row["text"] : text(row, "prompt");
  const setup = [
    ...(typeof row["test_setup_code"] === "string" ? [row["test_setup_code"]] : []),
    ...(row["test_imports"] === undefined ? [] : texts(row, "test_imports")),
  ].filter((line) => line.trim() !== "");
  const asserts = [
    ...texts(row, "test_list"),
    ...(options.challenge === true && row["challenge_test_list"] !== undefined
      ? texts(row, "challenge_test_list")
      : []),
  ];
  const id = row["task_id"];
  if (typeof id !== "string" && typeof id !== "number")
    throw new InputError({ field: "task_id" }, "expected a string or number");
  return {
    id: `mbpp/${id}`,
    prompt: [message("user", `${question}\n\nYour code should pass these tests:\n${asserts.join("\n")}`)],
    candidates: [],
    reference: { tests: asserts.map((code) => ({ kind: "assert", code: [...setup, code].join("\n") })) },
  };
}

/**
 * Tests in the form that verl's code rewards take: `{ inputs, outputs, fn_name? }` or `{ assert_case }`.
 * With `fn_name` an input is one call's arguments, a line of JSON each, and an output its JSON; without, they are
 * standard input and output.
 *
 * @throws InputError for another form or lists of unequal length
 */
export function verlTests(value: JsonObject): readonly CodeTest[] {
  if (value["assert_case"] !== undefined) return texts(value, "assert_case").map((code) => ({ kind: "assert", code }));
  const [inputs, outputs] = [value["inputs"], value["outputs"]];
  if (!Array.isArray(inputs) || !Array.isArray(outputs) || inputs.length !== outputs.length)
    throw new InputError({ field: "inputs" }, "expected inputs and outputs, arrays of equal length");
  const name = value["fn_name"];
  if (typeof name !== "string")
    return texts(value, "inputs").map((stdin, i) => ({ kind: "stdio", stdin, stdout: texts(value, "outputs")[i]! }));
  const parsed = (item: Json, field: string): Json => {
    if (typeof item !== "string") return item;
    try {
      return JSON.parse(item) as Json;
    } catch {
      throw new InputError({ field }, `expected JSON, not ${item.slice(0, 40)}`);
    }
  };
  return inputs.map((input: Json, i): CodeTest => {
    const args =
      typeof input === "string"
        ? input
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => parsed(line, "inputs"))
        : Array.isArray(input)
          ? input
          : [input];
    return { kind: "call", name, args, result: parsed((outputs as readonly Json[])[i]!, "outputs") };
  });
}
