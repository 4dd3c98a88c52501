import { type Random, task } from "../../core/index.ts";
import { type Call, call, distinctCalls, dropped, edited, goldOf, near, pick, retyped, reversed } from "./calls.ts";
import type { Suite } from "./suite.ts";
import { type DrawGold, turns } from "./turns.ts";

const thoughts = ["I need the tool.", "Let me look that up.\nThen I can answer.", "The user wants this done."];

const lines = (calls: readonly Call[]): string =>
  calls.map(({ name, input }) => JSON.stringify({ name, parameters: input })).join("\n");
const block = (calls: readonly Call[]): string => `<tool_call>\n${lines(calls)}\n</tool_call>`;
const thought = (r: Random): string => `<think>${pick(r, thoughts)}</think>`;
const output = (calls: readonly Call[], r: Random): string => `${thought(r)}\n${block(calls)}`;

function edits(edit: (one: Call, r: Random) => Call | readonly Call[]): DrawGold {
  return (r) => {
    const gold = call(r);
    const wrong = [edit(gold, r)].flat() as Call[];
    return {
      gold: goldOf([gold]),
      right: [output([gold], r), output([reversed(gold)], r)],
      wrong: [output(wrong, r)],
    };
  };
}

const classes: Readonly<Record<string, DrawGold>> = {
  name: edits((one) => ({ ...one, name: `${one.name}s` })),
  value: edits((one, r) => edited(one, near, r)),
  type: edits((one, r) => edited(one, retyped, r)),
  "missing parameter": edits((one, r) => ({ name: one.name, input: dropped(one, pick(r, Object.keys(one.input))) })),
  "one parameter more": edits((one) => ({ ...one, input: { ...one.input, extra: 1 } })),
  "one call more": edits((one, r) => [one, call(r)]),
  "call twice": edits((one) => [one, one]),
  "several calls": (r) => {
    const calls = distinctCalls(r, 2 + r.below(2));
    return {
      gold: goldOf(calls),
      right: [output(calls, r), output(calls.map(reversed), r), output(r.shuffled(calls), r)],
      wrong: [output(calls.slice(1), r), output([edited(calls[0]!, near, r), ...calls.slice(1)], r)],
    };
  },
  form: (r) => {
    const gold = [call(r)];
    return {
      gold: goldOf(gold),
      right: [output(gold, r)],
      wrong: [
        block(gold),
        `${thought(r)} ${block(gold)}`,
        `${block(gold)}\n${thought(r)}`,
        `${output(gold, r)}\nDone.`,
        `${thought(r)}\n<tool_call>${lines(gold)}</tool_call>`,
        `${thought(r)}\n${block(gold)}\n${block(gold)}`,
        output(gold, r).replace("</think>", ""),
        output(gold, r).replace('"parameters"', '"arguments"'),
        `${thought(r)}\n<response>${lines(gold)}</response>`,
      ],
    };
  },
};

/** ToolRL's grammar and decomposition: the gold calls in the right form earn the top of the scale, anything less does not. */
export const toolrlSuite: Suite = {
  name: "toolrl",
  kind: "verify.tools",
  when: { rule: "toolrl" },
  count: 2000,
  about: "gold: a list of { name, input }; candidate: <think>…</think>, then <tool_call> with a JSON call a line",
  cases: (options = {}) => turns(classes, 2000, options),
  task: ({ gold, candidate }) =>
    task("Call the tools that are needed.", [candidate], { calls: gold as unknown as readonly Call[] }),
};
