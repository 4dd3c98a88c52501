import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerText,
  directContext,
  type Example,
  pairwise,
  random,
  seedFrom,
  split,
  task,
  unscored,
} from "../../core/index.ts";
import { type Adversary, adversarialFilter } from "./adversarial.ts";
import { correctnessPairs, type ScoredTask } from "./pairs.ts";

const seed = seedFrom("adversarial");

const example = (id: string, labels: Example["labels"] = { correct: [true, false] }): Example => ({
  task: task(`question ${id}`, ["right", "wrong"], undefined, { id }),
  labels,
  cluster: id,
  subsets: {},
});
const judge = (name: string, right: (id: string) => number | null): Adversary => ({
  name,
  right: ({ task: { id } }) => right(id),
});
async function ids(rows: AsyncIterable<Example>): Promise<string[]> {
  const found: string[] = [];
  for await (const { task: own } of rows) found.push(own.id);
  return found;
}

describe("adversarialFilter", () => {
  const rights: Record<string, number[]> = { a: [0, 0, 0, 1], b: [0, 0, 1, 1], c: [1, 1, 1, 1], d: [0, 0, 0.5, 1] };
  const panel = [0, 1, 2, 3].map((j) => judge(`j${j}`, (id) => rights[id]?.[j] ?? null));
  const items = ["a", "b", "c", "d"].map((id) => example(id));

  it("keeps what more than half of the judges get wrong, or a share of them; undecided is half wrong", async () => {
    // wrong shares: a 3/4, b 1/2, c 0, d 5/8
    expect(await ids(adversarialFilter(items, panel, { seed }))).toEqual(["a", "d"]);
    expect(await ids(adversarialFilter(items, panel, { seed, wrongShare: 0.75 }))).toEqual(["a"]);
    expect(await ids(adversarialFilter(items, panel, { seed, wrongShare: 0.5 }))).toEqual(["a", "b", "d"]);
    expect(await ids(adversarialFilter(items, panel, { seed, wrongShare: 0.5, keep: 2 }))).toEqual(["a", "b"]);
  });

  it("counts items without a labelled pair, and those that most judges could not read", async () => {
    const rows = adversarialFilter(
      [...items, example("tie", { preferred: [{ first: 0, second: 1, p: 0.5 }] }), example("unknown")],
      panel,
      { seed },
    );
    await ids(rows);
    expect(rows.ledger).toEqual({ in: 6, out: 2, dropped: { answered: 2, unlabelled: 1, unread: 1 } });
  });

  it("asks comparers in drawn orders, so that one which takes the first is undecided over the file and never seen as right", async () => {
    const ctx = directContext({ seed });
    const many = Array.from({ length: 400 }, (_, i) => example(`q${i}`));
    const first = pairwise("first", () => 1, { version: 1 });
    const kept = await ids(adversarialFilter(many, [first], { seed, ctx }));
    // a coin for each: 200 expected of 400, sd 10
    expect(Math.abs(kept.length - 200)).toBeLessThan(40);
    const wrong = pairwise("wrong", (a) => (answerText(a) === "wrong" ? 1 : 0), { version: 1 });
    expect(await ids(adversarialFilter(many, [wrong], { seed, ctx, votes: 3 }))).toHaveLength(400);
    const broken = pairwise("broken", () => unscored("transport", "gone"), { version: 1 });
    const unread = adversarialFilter(many, [broken], { seed, ctx });
    expect([await ids(unread), unread.ledger.dropped.unread]).toEqual([[], 400]);
  });

  it("says what held-out judges lose: one that shares the panel's trap loses, one that guesses does not", async () => {
    const rng = random(split(seed, "traps"));
    const many = Array.from({ length: 3000 }, (_, i) => example(`q${i}`));
    const trapped = new Set(many.filter(() => rng.uniform() < 0.3).map(({ task: { id } }) => id));
    const says = (p: (id: string) => number, name: string): Adversary => {
      const own = random(split(seed, name));
      return judge(name, (id) => Number(own.uniform() < p(id)));
    };
    const small = [1, 2, 3].map((j) => says((id) => (trapped.has(id) ? 0.2 : 0.8), `small ${j}`));
    const rows = adversarialFilter(many, small, {
      seed,
      holdOut: [says((id) => (trapped.has(id) ? 0.3 : 0.9), "relative"), says(() => 0.7, "stranger")],
    });
    await ids(rows);
    const [one, , , relative, stranger] = rows.report();
    expect(one).toMatchObject({ judge: "small 1", heldOut: false });
    expect(one!.kept!.value).toBeLessThan(0.3);
    expect(relative!.harder!.low).toBeGreaterThan(0.2);
    expect(stranger!.heldOut).toBe(true);
    expect(Math.abs(stranger!.harder!.value)).toBeLessThan(0.06);
    // the difference of the two means itself
    expect(relative!.all!.value).toBeGreaterThan(relative!.kept!.value);
  });

  it("refuses no judges, a share outside of its range, even votes, and comparers without a context", () => {
    const bad = (judges: readonly Adversary[], options: object) => () =>
      adversarialFilter(items, judges, { seed, ...options });
    expect(bad([], {})).toThrow(/a judge at least/);
    expect(bad(panel, { wrongShare: 0 })).toThrow(/\(0, 1\], not 0/);
    expect(bad(panel, { votes: 2 })).toThrow(/odd/);
    expect(bad(panel, { keep: 0 })).toThrow(/keep/);
    expect(bad([pairwise("x", () => 1)], {})).toThrow(/through a context/);
  });
});

describe("correctnessPairs", () => {
  const row = (id: string, ...judges: (number | null)[][]): ScoredTask => ({
    task: task(
      "q",
      judges[0]!.map((_, i) => `${id}${i}`),
      undefined,
      { id },
    ),
    scores: judges[0]!,
    judges,
  });
  const all = async (rows: readonly ScoredTask[], perTask?: number) => {
    const pairs = correctnessPairs(rows, { seed, perTask });
    const found: string[][] = [];
    for await (const { chosen, rejected } of pairs) found.push([answerText(chosen), answerText(rejected)]);
    return { found, ledger: pairs.ledger };
  };

  it("pairs a right with a wrong answer, and counts questions that are all right, all wrong or disputed", async () => {
    const { found, ledger } = await all([
      row("a", [1, 0]),
      row("b", [1, 1]),
      row("c", [0, 0]),
      row("d", [1, 0], [0, 0]),
      row("e", [1, 0, 0], [1, 1, 0]),
      row("f", [null, 0]),
    ]);
    expect(found).toEqual([
      ["a0", "a1"],
      ["e0", "e2"],
    ]);
    expect(ledger).toEqual({ in: 6, out: 2, dropped: { "all-right": 1, "all-wrong": 1, disputed: 2 } });
  });

  it("draws among all right and wrong answers, the same for the same seed, and always a right one first", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => row(`t${i}-`, [1, 0, 1, 0]));
    const { found } = await all(rows);
    expect((await all(rows)).found).toEqual(found);
    const firsts = found.filter(([chosen]) => chosen!.endsWith("-0")).length;
    // either of two right ones: 100 expected, sd 7
    expect(Math.abs(firsts - 100)).toBeLessThan(30);
    expect((await all(rows.slice(0, 5), 3)).found).toHaveLength(15);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 6 }), async (scores) => {
        const { found: pairs } = await all([row("x", scores)]);
        for (const [chosen, rejected] of pairs) {
          expect(scores[Number(chosen!.slice(1))]).toBe(1);
          expect(scores[Number(rejected!.slice(1))]).toBe(0);
        }
      }),
    );
  });

  it("refuses a check that does not say 0 or 1", async () => {
    await expect(all([row("a", [0.5, 0])])).rejects.toThrow(/candidate 0 of task a has the score 0.5/);
  });
});
