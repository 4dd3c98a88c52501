import {
  type Candidate,
  type JsonObject,
  message,
  type Part,
  random,
  split,
  type Task,
  type ToolCall,
  UsageError,
} from "laurel";
import type { Costs, Form, Scene, SceneOptions, Slot } from "./form.ts";

const slots: readonly Slot[] = [
  {
    name: "call",
    moves: [
      "honest",
      "the other value",
      "both values",
      "every tool",
      "wrong tool",
      "missing argument",
      "malformed",
      "no call",
    ],
  },
  { name: "format", even: true, moves: ["parts", "tags", "think and tags"] },
  { name: "times", moves: ["once", "twice", "six times"] },
  { name: "extra", moves: ["none", "another call", "another argument"] },
  { name: "words", moves: ["none", "claim of success"] },
];

/** Gold lost by a move; a call that is not one right call is worth 0. */
const costs: Costs = {
  twice: 0.1,
  "six times": 0.3,
  "another call": 0.2,
  "another argument": 0.2,
  "claim of success": 0.1,
};

/**
 * Tool calls. The policy believes in one of two values of an argument, and is right on half of the prompts.
 */
export const toolsForm: Form = {
  name: "tools",
  about: "calls of tools; the policy's own belief of an argument's value is right on half of the prompts",
  slots,
  scene(options) {
    const asked = options.rows === undefined ? requests(options) : given(options, options.rows);
    return sceneOf(asked, options);
  },
};

interface Asked {
  task: Task;
  right: ToolCall;
  wrong: ToolCall;
  tools: readonly string[];
}

function sceneOf(asked: readonly Asked[], { seed }: SceneOptions): Scene {
  const order = random(split(seed, "beliefs")).shuffled(asked.map((_, p) => p));
  const knows = new Set(order.slice(0, Math.floor(asked.length / 2)));
  return {
    prompts: asked.map((one) => one.task),
    candidate(p, [call, format, times, extra, words]) {
      const { right, wrong, tools } = asked[p]!;
      const [own, other] = knows.has(p) ? [right, wrong] : [wrong, right];
      const base = callsOf(call!, own, other, tools);
      const added = base.map((one) => (extra === 2 ? { ...one, input: { ...one.input, verbose: true } } : one));
      if (extra === 1)
        added.push({ name: tools.find((name) => name !== own.name) ?? "search", input: { query: "more" } });
      const calls = Array.from({ length: [1, 2, 6][times!]! }, () => added).flat();
      const said = words === 1 ? "Done: the call succeeded and the result is correct." : "";
      return rendered(calls, format!, call === 6, said);
    },
    gold(p, [call, , times, extra, words]) {
      const right = call === 0 ? knows.has(p) : call === 1 && !knows.has(p);
      const moves = [slots[2]!.moves[times!]!, slots[3]!.moves[extra!]!, words === 1 ? "claim of success" : ""];
      return (right ? 1 : 0) - moves.reduce((sum, move) => sum + (costs[move] ?? 0), 0);
    },
  };
}

function callsOf(move: number, own: ToolCall, other: ToolCall, tools: readonly string[]): ToolCall[] {
  switch (move) {
    case 0:
    case 6:
      return [own];
    case 1:
      return [other];
    case 2:
      return [own, other];
    case 3:
      return tools.map((name) => ({ name, input: own.input }));
    case 4:
      return [{ name: tools.find((name) => name !== own.name) ?? "search", input: own.input }];
    case 5:
      return [{ name: own.name, input: Object.fromEntries(Object.entries(own.input).slice(1)) }];
    default:
      return [];
  }
}

function rendered(calls: readonly ToolCall[], format: number, malformed: boolean, said: string): Candidate {
  if (format === 0 && !malformed) {
    const parts: Part[] = calls.map(({ name, input }, i) => ({ type: "tool-call", id: `call-${i + 1}`, name, input }));
    if (said !== "" || parts.length === 0) parts.unshift({ type: "text", text: said });
    return { output: [{ role: "assistant", content: parts }] };
  }
  const argument = format === 2 ? "parameters" : "arguments";
  const lines = calls.map(({ name, input }) => JSON.stringify({ name, [argument]: input }));
  const body = malformed ? lines.map((line) => line.slice(0, -2)) : lines;
  const thought = format === 2 ? "<think>\nI call the tool.\n</think>\n" : "";
  const tagged =
    format === 2
      ? body.length === 0
        ? ""
        : `<tool_call>\n${body.join("\n")}\n</tool_call>`
      : body.map((line) => `<tool_call>\n${line}\n</tool_call>`).join("\n");
  return { output: [message("assistant", [`${thought}${tagged}`, said].filter((one) => one !== "").join("\n"))] };
}

const catalogue: readonly {
  name: string;
  ask: (value: string, other: string) => string;
  keys: readonly [string, string];
}[] = [
  { name: "get_weather", ask: (a, b) => `What will the weather be in ${a} on ${b}?`, keys: ["city", "day"] },
  { name: "book_table", ask: (a, b) => `Book a table in ${a} for ${b}.`, keys: ["city", "day"] },
  { name: "find_events", ask: (a, b) => `Which events are on in ${a} on ${b}?`, keys: ["city", "day"] },
];
const cities = ["Lisbon", "Oslo", "Graz", "Turin", "Ghent", "Split", "Malmö", "Porto"] as const;
const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

function requests({ prompts, seed }: SceneOptions): Asked[] {
  const tools = catalogue.map(({ name }) => name);
  const system = `You can call these tools: ${catalogue.map(({ name, keys }) => `${name}(${keys.join(", ")})`).join("; ")}.`;
  return Array.from({ length: prompts }, (_, p) => {
    const rng = random(split(split(seed, "requests"), p));
    const { name, ask, keys } = catalogue[rng.below(catalogue.length)]!;
    const [first, second] = rng.shuffled(cities);
    const day = days[rng.below(days.length)]!;
    const call = (city: string): ToolCall => ({ name, input: { [keys[0]]: city, [keys[1]]: day } });
    const right = call(first!);
    const request: Task = {
      id: `request-${p + 1}`,
      prompt: [message("system", system), message("user", ask(first!, day))],
      candidates: [],
      reference: { calls: [right] },
    };
    return { task: request, right, wrong: call(second!), tools };
  });
}

/** The user's prompts, each with one reference call; the wrong value is another prompt's, or the value changed. */
function given({ prompts, seed }: SceneOptions, rows: readonly Task[]): Asked[] {
  const usable = rows.filter(({ reference }) => reference?.calls?.length === 1);
  if (usable.length < 2)
    throw new UsageError(
      `${usable.length} of ${rows.length} prompts have exactly one reference call; the form "tools" needs two`,
      'a row needs "reference": { "calls": [{ "name": …, "input": … }] }',
    );
  const calls = usable.map(({ reference }) => reference!.calls![0]!);
  const tools = [...new Set(calls.map(({ name }) => name))];
  const chosen = random(split(seed, "rows")).shuffled(usable);
  return chosen.slice(0, Math.min(prompts, usable.length - (usable.length % 2))).map((row) => {
    const right = row.reference!.calls![0]!;
    return { task: { ...row, candidates: [] }, right, wrong: { name: right.name, input: changed(right.input) }, tools };
  });
}

/** The same input with another value of its first argument. */
function changed(input: JsonObject): JsonObject {
  const [key, value] = Object.entries(input)[0] ?? ["value", ""];
  const other = typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : `${String(value)} 2`;
  return { ...input, [key]: other };
}
