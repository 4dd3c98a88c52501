import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../core/index.ts";
import { holds } from "./check.ts";
import type { Check } from "./sandbox.ts";
import { isTagged, isTruthy, jsonEquals, pythonEquals, type Tagged } from "./value.ts";

const i = (n: number): Tagged => ["i", n];
const f = (text: string): Tagged => ["f", text];
const l = (...items: Tagged[]): Tagged => ["l", items];

/** A JSON value as the harness would send it. */
function tagged(value: Json): Tagged {
  if (value === null) return ["n"];
  if (typeof value === "boolean") return ["b", value];
  if (typeof value === "string") return ["s", value];
  if (typeof value === "number")
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? i(value) : f(String(value));
  if (Array.isArray(value)) return ["l", value.map(tagged)];
  return ["d", Object.entries(value).map(([k, v]): [Tagged, Tagged] => [["s", k], tagged(v ?? null)])];
}

describe("equality of returned values", () => {
  it("is Python's for numbers of different types", () => {
    expect(pythonEquals(i(1), f("1.0"))).toBe(true);
    expect(pythonEquals(i(1), ["b", true])).toBe(true);
    expect(pythonEquals(i(0), f("-0.0"))).toBe(true);
    expect(pythonEquals(["I", "0x20000000000000"], f("9007199254740992.0"))).toBe(true);
    // 2^53 + 1 is no double: Python compares exactly
    expect(pythonEquals(["I", "0x20000000000001"], f("9007199254740992.0"))).toBe(false);
    expect(pythonEquals(["c", "1.0", "0.0"], i(1))).toBe(true);
    expect(pythonEquals(f("nan"), f("nan"))).toBe(false);
    expect(pythonEquals(f("inf"), f("inf"))).toBe(true);
    expect(pythonEquals(f("1e400"), f("inf"))).toBe(true);
  });
  it("tells lists from tuples and text from bytes, and takes no notice of the order of sets and dictionaries", () => {
    expect(pythonEquals(["l", [i(1)]], ["t", [i(1)]])).toBe(false);
    expect(pythonEquals(["s", "61"], ["y", "61"])).toBe(false);
    expect(pythonEquals(["S", [i(1), i(2)]], ["S", [i(2), f("1.0")]])).toBe(true);
    const one: Tagged = [
      "d",
      [
        [["s", "a"], i(1)],
        [["s", "b"], l(i(2))],
      ],
    ];
    const two: Tagged = [
      "d",
      [
        [["s", "b"], l(i(2))],
        [["s", "a"], i(1)],
      ],
    ];
    expect(pythonEquals(one, two)).toBe(true);
  });
  it("holds for no object that cannot leave its process", () => {
    expect(pythonEquals(["o", "A"], ["o", "A"])).toBe(false);
    expect(isTruthy(["o", "A"])).toBe(false);
    expect(jsonEquals(["o", "A"], null)).toBe(false);
  });
  it("lets numbers differ by the tolerance at any depth of lists and dictionaries", () => {
    const a = l(f("1.0"), ["d", [[["s", "x"], f("2.0000001")]]]);
    const b = l(f("1.0000001"), ["d", [[["s", "x"], f("2.0")]]]);
    expect(pythonEquals(a, b)).toBe(false);
    expect(pythonEquals(a, b, { relative: 1e-6 })).toBe(true);
    expect(pythonEquals(a, b, { absolute: 1e-8 })).toBe(false);
  });
  it("makes every JSON value equal to itself and to nothing one edit away", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = value as Json;
        expect(isTagged(tagged(json))).toBe(true);
        expect(jsonEquals(tagged(json), json)).toBe(true);
        expect(jsonEquals(tagged([json]), json)).toBe(false);
        expect(jsonEquals(tagged(json), [json])).toBe(false);
      }),
    );
  });
  it("compares with JSON as json.dumps would: tuples are arrays, keys are text, a boolean is no number", () => {
    expect(jsonEquals(["t", [i(1), i(2)]], [1, 2])).toBe(true);
    expect(jsonEquals(["d", [[i(3), f("1.5")]]], { "3": 1.5 })).toBe(true);
    expect(jsonEquals(["b", true], 1)).toBe(false);
    expect(jsonEquals(i(1), true)).toBe(false);
    expect(jsonEquals(["S", [i(1)]], [1])).toBe(false);
    expect(jsonEquals(["d", [[["s", "__proto__"], i(1)]]], {})).toBe(false);
  });
  it("refuses what is no tagged value", () => {
    for (const wrong of [null, 1, [], ["z"], ["i", 1.5], ["I", "0xzz"], ["l", [1]], ["d", [[["n"]]]], ["f", 1]])
      expect(isTagged(wrong)).toBe(false);
    let deep: unknown = ["n"];
    for (let k = 0; k < 10_000; k++) deep = ["l", [deep]];
    expect(isTagged(deep)).toBe(false);
  });
});

describe("a check", () => {
  const check = (op: Check["op"], expected: Tagged, more: Partial<Check> = {}): Check => ({
    eval: "",
    op,
    expected,
    ...more,
  });
  it("orders as Python does", () => {
    expect(holds(check("<", i(3)), f("2.5"))).toBe(true);
    expect(holds(check("<", ["s", "b"]), ["s", "a"])).toBe(true);
    expect(holds(check(">=", l(i(1), i(2))), l(i(1), i(3)))).toBe(true);
    expect(holds(check("<", i(3)), ["s", "a"])).toBe(false);
    expect(holds(check("<", f("nan")), i(1))).toBe(false);
    // code points, not UTF-16 units
    expect(holds(check("<", ["s", "\u{1F600}"]), ["s", "\uFF5E"])).toBe(true);
  });
  it("knows membership, identity and nearness", () => {
    expect(holds(check("in", l(i(1), i(2))), f("2.0"))).toBe(true);
    expect(holds(check("not in", ["s", "abc"]), ["s", "bd"])).toBe(true);
    expect(holds(check("is", ["b", true]), i(1))).toBe(false);
    expect(holds(check("is", ["n"]), ["n"])).toBe(true);
    expect(holds(check("closer", f("1.5"), { bound: 1e-6 }), f("1.5000001"))).toBe(true);
    expect(holds(check("closer", f("1.5"), { bound: 1e-6 }), ["s", "1.5"])).toBe(false);
    expect(holds(check("isclose", f("1.5"), { relative: 1e-9, absolute: 0 }), f("1.5001"))).toBe(false);
    expect(holds(check("truthy", ["n"]), l())).toBe(false);
    expect(holds(check("falsy", ["n"]), l())).toBe(true);
  });
  it("is not met by an object that cannot leave its process, whatever is asked", () => {
    for (const op of ["!=", "not in", "falsy", "is not", "truthy", "<"] as const)
      expect(holds(check(op, l()), ["o", "A"])).toBe(false);
  });
});
