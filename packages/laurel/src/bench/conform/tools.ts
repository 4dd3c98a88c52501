import { type JsonObject, type Random, task } from "../../core/index.ts";
import {
  type Call,
  call,
  distinctCalls,
  dropped,
  edited,
  goldOf,
  hermes,
  json,
  names,
  near,
  pick,
  plain,
  pythonCalls,
  retyped,
  reversed,
} from "./calls.ts";
import type { Suite } from "./suite.ts";
import { type DrawGold, turns } from "./turns.ts";

const rewrites = (calls: readonly Call[]): string[] => [
  json(calls),
  hermes(calls),
  hermes(calls.map(reversed)),
  hermes(calls, "  "),
  pythonCalls(calls),
  `\`\`\`json\n${JSON.stringify(calls.map((one) => ({ type: "function", function: plain(one) })))}\n\`\`\``,
];

/** One class an edit: each edit is set in one of the forms. */
function edits(edit: (one: Call, r: Random) => Call | readonly Call[]): DrawGold {
  return (r) => {
    const gold = call(r);
    const made = edit(gold, r);
    const wrong = Array.isArray(made) ? (made as Call[]) : [made as Call];
    return { gold: goldOf([gold]), right: rewrites([gold]), wrong: [json(wrong), hermes(wrong), pythonCalls(wrong)] };
  };
}

const classes: Readonly<Record<string, DrawGold>> = {
  name: edits((one) => ({ ...one, name: `${one.name}s` })),
  "another function": edits((one, r) => ({
    ...one,
    name: pick(
      r,
      names.filter((name) => name !== one.name),
    ),
  })),
  value: edits((one, r) => edited(one, near, r)),
  type: edits((one, r) => edited(one, retyped, r)),
  "missing argument": edits((one, r) => ({ name: one.name, input: dropped(one, pick(r, Object.keys(one.input))) })),
  "one argument more": edits((one) => ({ ...one, input: { ...one.input, extra: 1 } })),
  "renamed argument": edits((one, r) => {
    const key = pick(r, Object.keys(one.input));
    return { name: one.name, input: { ...dropped(one, key), [`${key}_`]: one.input[key]! } };
  }),
  "one call more": edits((one, r) => [one, call(r)]),
  "call twice": edits((one) => [one, one]),
  "several calls": (r) => {
    const calls = distinctCalls(r, 2 + r.below(2));
    const fewer = calls.slice(1);
    const swapped = [{ ...calls[0]!, name: calls[1]!.name }, { ...calls[1]!, name: calls[0]!.name }, ...calls.slice(2)];
    const wrong = [edited(calls[0]!, near, r), ...calls.slice(1)];
    const same = JSON.stringify(calls[0]!.input) === JSON.stringify(calls[1]!.input);
    return {
      gold: goldOf(calls),
      right: [...rewrites(calls), hermes(r.shuffled(calls))],
      wrong: [json(fewer), ...(same ? [] : [hermes(swapped)]), hermes(wrong), pythonCalls(wrong)],
    };
  },
  "no call wanted": (r) => ({
    gold: [],
    right: [`It is ${pick(r, ["sunny", "cold", "wet"])} today, ${r.below(40)} degrees.`],
    wrong: [json([call(r)]), hermes([call(r)])],
  }),
};

/** Tool calls: the gold calls written in another form or order, or with one edit. */
export const toolsSuite: Suite = {
  name: "tools",
  kind: "verify.tools",
  count: 2000,
  about: "gold: a list of { name, input }; candidate: calls as JSON, in Hermes tags or as Python",
  cases: (options = {}) => turns(classes, 2000, options),
  task: ({ gold, candidate }) =>
    task("Call the tools that are needed.", [candidate], {
      calls: gold as readonly { name: string; input: JsonObject }[],
    }),
};
