import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { answerText, InputError, type Json, promptText } from "../core/index.ts";
import { IdCheck } from "./ids.ts";
import { readLines } from "./jsonl.ts";
import { parseMap } from "./map.ts";
import { parseTaskRow } from "./rows.ts";

const place = { line: 17, file: "a.jsonl" };

function message(row: unknown): string {
  try {
    parseTaskRow(typeof row === "string" ? row : JSON.stringify(row), place);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(InputError);
    expect((thrown as InputError).place.line).toBe(17);
    return (thrown as InputError).message;
  }
  return "no error";
}

describe("parseTaskRow", () => {
  it("takes texts for messages, and an answer for a reference", () => {
    const { task, labels, subsets } = parseTaskRow('{"prompt":"2+3?","candidates":["5","6"],"answer":5}', place);
    expect(task).toEqual({
      id: "#17",
      prompt: [{ role: "user", content: "2+3?" }],
      candidates: [
        { output: [{ role: "assistant", content: "5" }] },
        { output: [{ role: "assistant", content: "6" }] },
      ],
      reference: { answer: 5 },
    });
    expect(labels).toEqual({});
    expect(subsets).toEqual({});
  });

  it("keeps labels out of the task", () => {
    const labels = {
      correct: [true, 0],
      value: [0.5, null],
      steps: [[1, null], [true]],
      parts: [{ style: 1 }, { style: null }],
      preferred: [{ first: 0, second: 1, strength: 2, rater: "r1" }],
      extra: { source: "x" },
    };
    const example = parseTaskRow(
      { id: "q", prompt: "p", candidates: ["a", "b"], labels, cluster: 4, subsets: "easy" },
      place,
    );
    expect(example.labels).toEqual({
      correct: [true, false],
      value: [0.5, null],
      steps: [[1, null], [1]],
      parts: [{ style: 1 }, { style: null }],
      preferred: [{ first: 0, second: 1, p: 1, strength: 2, rater: "r1" }],
      extra: { source: "x" },
    });
    expect(JSON.stringify(example.task)).not.toMatch(/labels|correct|preferred|strength/);
    expect(example.cluster).toBe("4");
    expect(example.subsets).toEqual({ subset: "easy" });
  });

  it("reads a candidate's every member", () => {
    const one = {
      id: 7,
      output: [
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "hm" },
            { type: "text", text: "one\ntwo" },
          ],
        },
        { role: "tool", tool_call_id: "c", content: "42" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"x":1}' } }],
        },
      ],
      steps: ["one", "two"],
      finish: "length",
      partial: true,
      tokens: { count: 2, tokenizer: "t", ids: [1, 2], logprobs: [-0.5, -1] },
      meta: { model: "m" },
    };
    const { task } = parseTaskRow({ prompt: "p", candidates: [one] }, place);
    expect(task.candidates[0]).toEqual({
      id: "7",
      output: [
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "hm" },
            { type: "text", text: "one\ntwo" },
          ],
        },
        { role: "tool", content: [{ type: "tool-result", id: "c", output: "42" }] },
        { role: "assistant", content: [{ type: "tool-call", id: "c", name: "f", input: { x: 1 } }] },
      ],
      steps: [
        { start: 0, end: 3 },
        { start: 4, end: 7 },
      ],
      finish: "length",
      partial: true,
      tokens: { count: 2, tokenizer: "t", ids: [1, 2], logprobs: [-0.5, -1] },
      meta: { model: "m" },
    });
  });

  it("makes the answer of step texts, whose spans cut it into them again", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (steps) => {
        const [one] = parseTaskRow({ prompt: "p", candidates: [{ steps }] }, place).task.candidates;
        const text = answerText(one!);
        expect(one!.steps!.map(({ start, end }) => text.slice(start, end))).toEqual(steps);
      }),
    );
  });

  it("gives rows with one prompt one cluster, and others another, even when copied", () => {
    const cluster = (prompt: string): string => ({ ...parseTaskRow({ prompt, candidates: ["x"] }, place) }).cluster;
    expect(cluster("a")).toBe(cluster("a"));
    expect(cluster("a")).not.toBe(cluster("b"));
  });

  it.each([
    ["{", "a.jsonl, line 17: this is not JSON"],
    ["[1]", "a.jsonl, line 17: expected a JSON object, found an array"],
    [{ promt: "p", candidates: [] }, "a.jsonl, line 17, prompt: it is missing; the row has promt, candidates"],
    [{ prompt: 3, candidates: ["a"] }, "a.jsonl, line 17, prompt: expected a text or messages, found the number 3"],
    [{ prompt: [], candidates: ["a"] }, "prompt: expected at least one message, found an empty array"],
    [
      { prompt: [{ role: "bot", content: "" }], candidates: ["a"] },
      "prompt[0].role: expected system, user, assistant or tool",
    ],
    [
      { prompt: [{ role: "user", content: 1 }], candidates: ["a"] },
      "prompt[0].content: expected a string or a list of parts",
    ],
    [{ prompt: "p" }, "candidates: it is missing; the row has prompt"],
    [{ prompt: "p", chosen: "a" }, "a.jsonl, line 17, rejected: it is missing beside chosen"],
    [{ prompt: "p", candidates: [] }, "candidates: expected at least one candidate"],
    [
      { prompt: "p", candidates: "a" },
      "candidates: expected a list of texts, messages or candidates, found the string 'a'",
    ],
    [
      { prompt: "p", candidates: ["a", "b", { output: null }] },
      "candidates[2].output: expected a text or messages, found null",
    ],
    [{ prompt: "p", candidates: [{}] }, "candidates[0].output: expected a text or messages, found nothing"],
    [{ prompt: "p", candidates: [null] }, "candidates[0]: expected a text, messages or an object, found null"],
    [
      { prompt: "p", candidates: [{ text: "ab", steps: ["b", "a"] }] },
      "candidates[0].steps[1]: the step 'a' does not stand",
    ],
    [
      { prompt: "p", candidates: [{ text: "ab", steps: [{ start: 2, end: 1 }] }] },
      "candidates[0].steps[0]: expected a span",
    ],
    [
      { prompt: "p", candidates: [{ text: "a", finish: "eos" }] },
      "candidates[0].finish: expected stop, length, tool or filter",
    ],
    [{ prompt: "p", candidates: ["a"], context: 1 }, "context: expected an object"],
    [{ prompt: "p", candidates: ["a"], reference: [1] }, "reference: expected an object, a text or a number"],
    [{ prompt: "p", candidates: ["a"], reference: { texts: [1] } }, "reference.texts[0]: expected a text"],
    [
      { prompt: "p", candidates: ["a"], reference: { answer: 1 }, answer: 2 },
      "answer: it differs from reference.answer",
    ],
    [
      { prompt: "p", candidates: ["a"], reference: { tests: [{ kind: "x" }] } },
      "reference.tests[0].kind: expected stdio, assert or call",
    ],
    [
      { prompt: "p", candidates: ["a"], labels: { correct: [true, false] } },
      "labels.correct: it has 2 entries, but there are 1 candidates",
    ],
    [
      { prompt: "p", candidates: ["a"], labels: { correct: ["yes"] } },
      "labels.correct[0]: expected true, false or null",
    ],
    [
      { prompt: "p", candidates: ["a", "b"], labels: { preferred: [{ first: 0, second: 2 }] } },
      "labels.preferred[0].second: expected a candidate's index below 2",
    ],
    [
      { prompt: "p", candidates: ["a", "b"], labels: { preferred: [{ first: 1, second: 1 }] } },
      "it compares a candidate with itself",
    ],
    [{ prompt: "p", candidates: ["a"], id: {} }, "id: expected a text or a number, found an object"],
  ])("refuses %j and says where and why", (row, expected) => {
    expect(message(row)).toContain(expected);
  });

  it("throws nothing but InputError, whatever JSON it is given", () => {
    const key = fc.constantFrom(
      "prompt",
      "candidates",
      "labels",
      "reference",
      "answer",
      "context",
      "id",
      "subsets",
      "output",
      "steps",
      "role",
      "content",
      "tests",
      "correct",
    );
    const { row } = fc.letrec<{ value: Json; row: Record<string, Json> }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom<Json>(null, true, 1, "x", "", "user"),
        fc.array(tie("value"), { maxLength: 3 }),
        tie("row"),
      ),
      row: fc.dictionary(key, tie("value"), { maxKeys: 5 }),
    }));
    fc.assert(
      fc.property(row, (value) => {
        try {
          parseTaskRow(JSON.stringify({ prompt: "p", candidates: ["a"], ...value }), place);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseMap", () => {
  const mapped = (row: Record<string, unknown>, text: string) => parseTaskRow(row, { ...place, map: parseMap(text) });

  it("names columns, joins several, follows paths, indices and every member of a list", () => {
    const row = { q: "Q", a: { text: "A" }, b: [{ text: "B" }, { text: "C" }], ok: [true, false, true], gold: 3, n: 9 };
    const { task, labels, subsets } = mapped(
      row,
      "id=n, prompt=q, answer=gold, candidates=a.text+b[*].text, labels.correct=ok, reference.texts=q+a.text, context.hint=b[0].text, subset.kind=q",
    );
    expect(task.id).toBe("9");
    expect(task.candidates.map(answerText)).toEqual(["A", "B", "C"]);
    expect(task.reference).toEqual({ answer: 3, texts: ["Q", "A"] });
    expect(task.context).toEqual({ hint: "B" });
    expect(labels.correct).toEqual([true, false, true]);
    expect(subsets).toEqual({ kind: "Q" });
  });

  it("reads names with dots in brackets, and joins texts of a prompt with newlines", () => {
    const { task } = mapped(
      { "a.b": "x", "c,d": { "e=f": "y" }, z: "z" },
      `prompt=["a.b"]+z,candidates=["c,d"]["e=f"]`,
    );
    expect(promptText(task)).toBe("x\nz");
    expect(task.candidates.map(answerText)).toEqual(["y"]);
  });

  it("makes a preference of chosen and rejected, single or lists", () => {
    const { task, labels } = mapped({ p: "p", c: "good", r: ["bad", "worse"] }, "prompt=p,chosen=c,rejected=r");
    expect(task.candidates.map(answerText)).toEqual(["good", "bad", "worse"]);
    expect(labels.preferred).toEqual([
      { first: 0, second: 1, p: 1 },
      { first: 0, second: 2, p: 1 },
    ]);
  });

  it("makes comparisons of votes, one a rater, ties as a half", () => {
    const row = { p: "p", a: "x", b: "y", r1: 2, r2: "tie", r3: "A" };
    const { labels } = mapped(row, "prompt=p,candidates=a+b,winner=r1+r2+r3");
    expect(labels.preferred).toEqual([
      { first: 1, second: 0, p: 1, rater: "r1" },
      { first: 0, second: 1, p: 0.5, rater: "r2" },
      { first: 0, second: 1, p: 1, rater: "r3" },
    ]);
    expect(mapped(row, "prompt=p,candidates=a+b,winner=r1").labels.preferred).toEqual([{ first: 1, second: 0, p: 1 }]);
    expect(() => mapped({ ...row, r1: 3 }, "prompt=p,candidates=a+b,winner=r1")).toThrow(
      "winner: expected a number from 1 to 2",
    );
  });

  it("lets a source be absent only where it ends in ?", () => {
    const text = "prompt=p,candidates=a,answer=gold?";
    expect(mapped({ p: "p", a: "a" }, text).task.reference).toBeUndefined();
    expect(() => mapped({ p: "p", a: "a" }, text.replace("?", ""))).toThrow(
      "there is no column 'gold'; the columns are p, a",
    );
  });

  it("says which columns there are and which is meant", () => {
    let thrown: unknown;
    try {
      mapped({ question: "q", a: { solution: "s" } }, "prompt=qestion,candidates=a.solution");
    } catch (error) {
      thrown = error;
    }
    expect((thrown as InputError).message).toBe(
      "a.jsonl, line 17, prompt: there is no column 'qestion'; the columns are question, a",
    );
    expect((thrown as InputError).hint).toContain("did you mean 'question'?");
  });

  it.each([
    ["", "a target is missing"],
    ["promt=a", "did you mean 'prompt'?"],
    ["prompt", "'=' is missing"],
    ["prompt=", "a column's name is missing"],
    ["prompt=a[", "is not closed"],
    ["prompt=a,prompt=b", "twice"],
    ["labels=a", "needs a name"],
    ["chosen=a,prompt=b", "chosen and rejected together"],
    ["context.__proto__=a", "is no target"],
  ])("refuses the mapping '%s'", (text, expected) => {
    expect(() => parseMap(text)).toThrow(expected);
  });

  const solutions = dataPath("gsm8k-solutions/solutions.jsonl");
  it.skipIf(solutions === undefined)(
    "reads GSM8K's four models' solutions with one mapping (needs gsm8k-solutions)",
    async () => {
      const models = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"];
      const from = (name: string): string => models.map((model) => `${model}.${name}`).join("+");
      const map = parseMap(
        `id=idx,prompt=question,answer=ground_truth,candidates=${from("solution")},labels.correct=${from("is_correct")}`,
      );
      const ids = new IdCheck();
      const right = [0, 0, 0, 0];
      for await (const { line, text } of readLines(solutions!)) {
        const { task, labels } = parseTaskRow(text!, { line, map });
        ids.check(task.id, { line });
        expect(task.candidates).toHaveLength(4);
        for (const [i, correct] of labels.correct!.entries()) if (correct) right[i]!++;
      }
      // counts stated in the data's SOURCE.md
      expect(ids.size).toBe(880);
      expect(right).toEqual([198, 347, 297, 489]);
    },
  );
});

describe("IdCheck", () => {
  it("finds repeats among many ids and names the first line, but lets stand-in ids pass", () => {
    const ids = new IdCheck();
    for (let i = 1; i <= 50_000; i++) ids.check(`row-${i}`, { line: i });
    expect(ids.size).toBe(50_000);
    for (const i of [1, 777, 50_000])
      expect(() => ids.check(`row-${i}`, { line: 60_000, file: "a" })).toThrow(
        `a, line 60000, id: the id 'row-${i}' is repeated; line ${i} has it too`,
      );
    ids.check("#60001", { line: 60_001 });
    expect(ids.size).toBe(50_000);
  });

  it("tells apart ids that end in numbers, in any order and with leading zeros, and names the first line of each", () => {
    const part = fc.record({
      prefix: fc.constantFrom("", "a", "a1", "b-"),
      zeros: fc.constantFrom("", "", "0", "00"),
      number: fc.oneof(fc.nat(12), fc.nat(12), fc.nat(), fc.constantFrom(4294967295, 4294967296, 99999999999)),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const ids = new IdCheck();
        const first = new Map<string, number>();
        parts.forEach(({ prefix, zeros, number }, i) => {
          const id = `${prefix}${zeros}${number}`;
          const earlier = first.get(id);
          if (earlier === undefined) {
            first.set(id, i + 1);
            ids.check(id, { line: i + 1 });
          } else
            expect(() => ids.check(id, { line: i + 1 })).toThrow(`'${id}' is repeated; line ${earlier} has it too`);
        });
        expect(ids.size).toBe(first.size);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes under a megabyte for a million numbered ids, and under 40 bytes for any other", () => {
    const before = process.memoryUsage().arrayBuffers;
    const numbered = new IdCheck();
    for (let i = 0; i < 1_000_000; i++) numbered.check(`train/row-${i}`, { line: i + 1 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
    const other = new IdCheck();
    for (let i = 0; i < 100_000; i++) other.check(`${i}x`, { line: i + 1 });
    // the arrays that were outgrown may not have been collected yet, and are as large again together
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 100_000 * 40);
    expect([numbered.size, other.size]).toEqual([1_000_000, 100_000]);
  });

  it("tells apart whatever a set of strings tells apart", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 })), (names) => {
        const ids = new IdCheck();
        const seen = new Set<string>();
        for (const name of names) {
          const id = `i${name}`;
          const repeated = seen.has(id);
          seen.add(id);
          if (repeated) expect(() => ids.check(id, { line: 9 })).toThrow("is repeated");
          else ids.check(id, { line: 9 });
        }
      }),
    );
  });
});
