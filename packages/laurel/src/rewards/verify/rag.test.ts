import { describe, expect, it } from "vitest";
import { directContext, pointwise, seedFrom, task, unscored } from "../../core/index.ts";
import { numberedPassages } from "./citations.ts";
import {
  abstention,
  citation,
  citationScore,
  conflict,
  contextUse,
  type Entails,
  foreignPassages,
  soundsLikeAbstention,
} from "./rag.ts";

const ctx = directContext();
/** Exact entailment of the tests: every word of the claim stands in the premises. */
const entails: Entails = (premises, claim) => {
  const words = new Set(
    premises
      .join(" ")
      .toLowerCase()
      .match(/[a-z]+/g),
  );
  return (claim.toLowerCase().match(/[a-z]+/g) ?? []).every((word) => words.has(word)) ? 1 : 0;
};
const passages = [
  { id: "1", text: "Ada wrote the first program." },
  { id: "2", text: "Cats sleep." },
  { id: "3", text: "Ada wrote" },
  { id: "4", text: "the first program." },
];
const withPassages = { context: { passages } };

describe("verify.citation", () => {
  it("gives recall 1/2 and precision 1/2 for the right passage plus a useless one, and a sentence without any", async () => {
    const score = await citationScore("Ada wrote the first program [1][2]. Cats sleep.", passages, entails);
    expect(score).toEqual({ recall: 0.5, precision: 0.5, f1: 0.5, unknown: [] });
  });

  it("counts passages that only together entail a sentence as precise", async () => {
    expect(await citationScore("Ada wrote the first program [3][4].", passages, entails)).toMatchObject({
      recall: 1,
      precision: 1,
    });
  });

  it("counts an unknown passage as a wrong citation and lists it", async () => {
    const [[score]] = (await citation(entails).score(
      [task("q", ["Cats sleep [2][9]."], undefined, withPassages)],
      ctx,
    )) as [[object]];
    expect(score).toEqual({ value: 0.75, parts: { recall: 1, precision: 0.5, f1: 2 / 3 }, facts: { unknown: ["9"] } });
  });

  it("gives precision 0 without citations, a fault without sentences, and is unscored without passages", async () => {
    const [scores] = await citation(entails).score([task("q", ["Cats sleep.", "..."], undefined, withPassages)], ctx);
    expect(scores).toMatchObject([{ value: 0 }, { value: 0, fault: "no-answer" }]);
    const bare = await citation(entails).score([task("q", ["x [1]."])], ctx);
    expect(bare[0]![0]!.unscored?.reason).toBe("missing-reference");
  });

  it("weighs recall and precision as asked", async () => {
    const reward = citation(entails, { recallWeight: 1 });
    const [[score]] = (await reward.score([task("q", ["Cats sleep [2][1]."], undefined, withPassages)], ctx)) as [
      [object],
    ];
    expect(score).toMatchObject({ value: 1, parts: { precision: 0.5 } });
  });
});

describe("verify.abstention", () => {
  it("rewards abstaining exactly where the task cannot be answered", async () => {
    const answers = ["The passages do not contain the answer.", "It is 4."];
    const values = async (answer: string | null | undefined) =>
      (await abstention().score([{ ...task("q", answers), reference: { answer } }], ctx))[0]!.map(
        (score) => score.unscored?.reason ?? (score.unscored === undefined ? score.value : null),
      );
    expect(await values(null)).toEqual([1, 0]);
    expect(await values("4")).toEqual([0, 1]);
    expect(await values(undefined)).toEqual(["missing-reference", "missing-reference"]);
  });

  it("does not take a hedge that goes on to answer for an abstention", () => {
    expect(soundsLikeAbstention("I cannot confirm the date, but the treaty was signed in Paris.")).toBe(false);
    expect(soundsLikeAbstention("I cannot confirm the date from these passages.")).toBe(true);
    expect(soundsLikeAbstention("There is not enough information to say.")).toBe(true);
  });
});

describe("verify.conflict", () => {
  it("gives 1 for the trusted claim with the conflict named, half for one of them, 0 for the false claim", async () => {
    const one = {
      ...task("q", [
        "It was founded in autumn though sources conflict on that.",
        "It was founded in autumn.",
        "Sources contradict each other.",
        "It was founded in spring, sources differ.",
        "",
      ]),
      reference: { facts: ["founded in autumn", "founded in spring"] },
    };
    const [scores] = await conflict(entails).score([one], ctx);
    expect(scores!.map((score) => score.unscored ?? score.value)).toEqual([1, 0.5, 0.5, 0, 0]);
    expect(scores![4]).toMatchObject({ fault: "no-answer" });
    expect((await conflict(entails).score([task("q", ["x"])], ctx))[0]![0]!.unscored?.reason).toBe("missing-reference");
  });
});

describe("verify.contextUse", () => {
  it("is the score that is lost without the passages, and 0 for a reward that reads only the prose", async () => {
    const reads = pointwise(
      "reads",
      (_, t) => (Array.isArray(t.context?.["passages"]) && t.context["passages"].length > 0 ? 1 : 0),
      {
        version: 1,
        range: [0, 1],
      },
    );
    const prose = pointwise("prose", () => 0.5, { version: 1, range: [0, 1] });
    const one = task("q", ["x"], undefined, withPassages);
    expect((await contextUse(reads).score([one], ctx))[0]![0]).toMatchObject({
      value: 1,
      parts: { given: 1, changed: 0 },
    });
    expect((await contextUse(prose).score([one], ctx))[0]![0]).toMatchObject({ value: 0 });
  });

  it("shuffles the texts among the ids by seed", async () => {
    const reward = contextUse(citation(entails, { version: 1 }), { ablate: "shuffle" });
    const first = await reward.score([task("q", ["Cats sleep [2]."], undefined, withPassages)], ctx);
    const again = await reward.score([task("q", ["Cats sleep [2]."], undefined, withPassages)], directContext());
    expect(first).toEqual(again);
    expect(first[0]![0]).toMatchObject({ parts: { given: 1 } });
  });
});

describe("foreignPassages", () => {
  it("gives each task the passages of another, and none its own", async () => {
    const tasks = ["a", "b", "c"].map((id) =>
      task("q", [`${id} [1].`], undefined, { id, context: { passages: [{ id: "1", text: id }] } }),
    );
    const other = foreignPassages(tasks, seedFrom(1));
    const given = tasks.map((one) => other(one)[0]!.text);
    expect([...given].sort()).toEqual(["a", "b", "c"]);
    for (const [i, text] of given.entries()) expect(text).not.toBe(tasks[i]!.id);
    // a citation of the task's own passage is worth nothing with another's
    const scores = await contextUse(citation(entails), { ablate: other }).score(tasks, ctx);
    expect(scores.map(([score]) => score)).toMatchObject(
      tasks.map(() => ({ value: 1, parts: { given: 1, changed: 0 } })),
    );
    expect(() => foreignPassages(tasks.slice(0, 1), seedFrom(1))).toThrow(/two tasks/);
    expect(() => other(task("q", ["x"], undefined, { id: "z" }))).toThrow(/none of those/);
  });
});

describe("numberedPassages", () => {
  it("takes what a prompt numbers from 1 at the start of lines, to the next number or an empty line", () => {
    expect(
      numberedPassages("Use these.\n[1] One.\n  more of it\n[2] Two.\n[2] Two again.\n\n[3] a note\nQ [1]?"),
    ).toEqual([
      { id: "1", text: "One.\nmore of it" },
      { id: "2", text: "Two.\n[2] Two again." },
      { id: "3", text: "a note\nQ [1]?" },
    ]);
    expect(numberedPassages("[2] starts wrong\n[3] x")).toBeUndefined();
  });
});

describe("citations and conflicts with a reward as the judge of entailment", () => {
  /** 1 where all words of the claim stand in the text. */
  const words = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? [];
  const entails = pointwise(
    "words",
    (candidate, one) => {
      const given = new Set(words(String(candidate.output[0]!.content)));
      return words(String(one.reference!.answer)).every((word) => given.has(word));
    },
    { range: [0, 1], version: 1, spec: { kind: "words" } },
  );
  const passages = [
    { id: "1", text: "Bern is the capital of Switzerland" },
    { id: "2", text: "The river there is the Aare" },
  ];

  it("gives what the function of the same rule gives, and a spec with the reward in it", async () => {
    const one = task("Where?", ["Bern is the capital [1]. The river is the Aare [1]."], undefined, {
      context: { passages },
    });
    const byReward = citation(entails);
    const byFunction = citation((from, claim) => {
      const given = new Set(words(from.join("\n")));
      return words(claim).every((word) => given.has(word)) ? 1 : 0;
    });
    const [[score]] = (await byReward.score([one], ctx)) as [[object]];
    expect(score).toEqual((await byFunction.score([one], ctx))[0]![0]);
    expect(score).toMatchObject({ value: 0.5, parts: { recall: 0.5, precision: 0.5 } });
    expect(byReward.spec).toEqual({
      kind: "verify.citation",
      threshold: 0.5,
      recallWeight: 0.5,
      rewards: { entails: { kind: "words" } },
    });
  });

  it("scores conflicts, and has no score where the reward has none", async () => {
    const one = task("Capital?", ["The sources conflict; it is Bern.", "It is Basel."], {
      facts: ["it is Bern", "it is Basel"],
    });
    expect((await conflict(entails).score([one], ctx))[0]!.map((score) => "value" in score && score.value)).toEqual([
      1, 0,
    ]);
    const down = pointwise("down", () => unscored("transport", "no answer"), { range: [0, 1] });
    expect((await conflict(down).score([one], ctx))[0]![0]).toMatchObject({ unscored: { reason: "transport" } });
    expect(() => citation(pointwise("wide", () => 3, { range: [0, 5] }))).toThrow(/range/);
    expect(() => conflict(entails, { names: () => true })).toThrow(/function/);
  });
});
