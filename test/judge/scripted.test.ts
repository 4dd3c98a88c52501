import { describe, expect, it } from "vitest";
import { scriptedJudge } from "../../packages/lab/src/worlds/judges/index.ts";
import { renderText, type TextLatents } from "../../packages/lab/src/worlds/preferences/text/index.ts";
import {
  type Comparer,
  candidate,
  directContext,
  type LanguageModel,
  type Reward,
  random,
  type Score,
  seedFrom,
  split,
  type Task,
  task,
} from "../../packages/laurel/src/core/index.ts";
import {
  claimJudge,
  factCoverage,
  generativeReward,
  generativeStepReward,
  gradedComparer,
  listwiseJudge,
  pairwiseJudge,
  pointwiseJudge,
  principleJudge,
  reasoningJudge,
  rubricJudge,
  selfEvaluation,
  writingJudge,
} from "../../packages/laurel/src/rewards/judge/index.ts";

// a judge of known law asked through every real judge form: what comes out must be what its law says. All is drawn from fixed
// seeds, so nothing here is flaky; each bound is 3.29 standard errors of the exact law (two-sided p of 0.001)
const z = 3.29;
const ctx = directContext();
const seed = seedFrom("scripted judge through the real forms");
const plain: TextLatents = {
  language: "en",
  author: 0,
  answer: null,
  levels: [],
  flourishes: 0,
  padding: 0,
  layout: "plain",
  markers: [],
  exploits: [],
};
const rng = random(split(seed, "levels"));
let made = 0;
/** A text of the world with three criteria at one mean level. */
const bare = (level: number, padding = 0): string => {
  const levels = [level, Math.max(0, level - 1), Math.min(10, level + 1)];
  return renderText({ ...plain, levels, padding }, split(seed, `text ${made++}`));
};
/** The same with some padding, which other texts have too. */
const write = (level: number): string => bare(level, rng.below(6));

function within(observed: number, exact: number, variance: number): void {
  expect(Math.abs(observed - exact), `${observed} against ${exact}`).toBeLessThan(z * Math.sqrt(variance) + 1e-9);
}

describe("a judge of known accuracy and biases, through the pairwise forms", () => {
  const judge = scriptedJudge({ skill: { accuracy: 0.75 }, position: 0.5, length: 0.8 });
  const pairs = Array.from({ length: 400 }, () => {
    const level = 1 + rng.below(8);
    const [better, worse] = [write(level + 1), write(level - 1)];
    return rng.uniform() < 0.5
      ? { texts: [better, worse] as const, best: 0 }
      : { texts: [worse, better] as const, best: 1 };
  });
  const exact = pairs.map(({ texts: [first, second], best }) => {
    const { first: p } = judge.preference(first, second);
    return { p, right: best === 0 ? p : 1 - p };
  });
  const variance = exact.reduce((sum, { p }) => sum + p * (1 - p), 0);

  it.each<[string, (model: LanguageModel) => Comparer]>([
    ["brackets", (model) => pairwiseJudge({ model, orders: "as-given" })],
    ["preferred", (model) => pairwiseJudge({ model, orders: "as-given", verdict: "preferred" })],
    ["answer", (model) => pairwiseJudge({ model, orders: "as-given", verdict: "answer" })],
    ["letter", (model) => pairwiseJudge({ model, orders: "as-given", verdict: "letter" })],
    ["graded", (model) => gradedComparer({ model, orders: "as-given" })],
    ["chain of rubrics", (model) => reasoningJudge({ model, orders: "as-given" })],
    ["plain reasoning", (model) => reasoningJudge({ model, orders: "as-given", mode: "plain" })],
    ["think and answer", (model) => reasoningJudge({ model, orders: "as-given", mode: "think" })],
    ["writing, preferred", (model) => writingJudge({ model, orders: "as-given", form: "preferred" })],
  ])("%s: accuracy and share of the first are the exact ones, no verdict is lost", async (_name, make) => {
    const comparisons = await make(judge).compare(
      pairs.map(({ texts }) => ({ task: task("Write a text.", texts), pairs: [[0, 1] as const] })),
      ctx,
    );
    let first = 0;
    let right = 0;
    for (const [i, [one]] of comparisons.entries()) {
      expect(one!.unscored).toBeUndefined();
      const { p } = one as { p: number };
      if (p > 0.5) first++;
      if (p > 0.5 === (pairs[i]!.best === 0)) right++;
    }
    within(
      first,
      exact.reduce((sum, { p }) => sum + p, 0),
      variance,
    );
    within(
      right,
      exact.reduce((sum, one) => sum + one.right, 0),
      variance,
    );
    // the biases are there to be found: without them the first would be chosen half of the time
    expect(exact.reduce((sum, { p }) => sum + p, 0) / 400).toBeGreaterThan(0.55);
  });
});

describe("a judge of known noise, through the forms that grade", () => {
  const judge = scriptedJudge({ skill: { slope: 4 }, noise: 0.12 });
  const texts = Array.from({ length: 300 }, () => write(1 + rng.below(9)));
  const rubric = { criterion: "Is it good?", levels: { 1: "no", 2: "partly", 3: "half", 4: "mostly", 5: "yes" } };
  const law = (text: string, scale: readonly [number, number]) => {
    const { mean, p } = judge.grade(text, scale);
    return { mean, variance: p.reduce((sum, one, k) => sum + one * (scale[0] + k - mean) ** 2, 0) };
  };
  const gradeOf = (score: Score): number => {
    if (score.unscored !== undefined) throw new Error(`${score.unscored.message}: ${score.unscored.raw}`);
    return score.value;
  };

  it.each<[string, (model: LanguageModel) => Reward, readonly [number, number]]>([
    ["JSON", (model) => pointwiseJudge({ model }), [1, 10]],
    ["brackets", (model) => pointwiseJudge({ model, verdict: "rating", scale: "0-10" }), [0, 10]],
    ["a line", (model) => pointwiseJudge({ model, verdict: "line", scale: "1-5" }), [1, 5]],
    ["a number", (model) => pointwiseJudge({ model, verdict: "number" }), [1, 10]],
    ["Prometheus's rubric", (model) => rubricJudge({ model, rubric }), [1, 5]],
  ])("%s: the mean grade is the exact one", async (_name, make, scale) => {
    const rows = await make(judge).score([task("Write a text.", texts)], ctx);
    const laws = texts.map((text) => law(text, scale));
    within(
      rows[0]!.reduce((sum, score) => sum + gradeOf(score), 0),
      laws.reduce((sum, { mean }) => sum + mean, 0),
      laws.reduce((sum, { variance }) => sum + variance, 0),
    );
  });

  it("expected scores are the exact means, since the probabilities themselves are read", async () => {
    const [row] = await pointwiseJudge({ model: judge, verdict: "expected", scale: "1-5" }).score(
      [task("Write a text.", texts)],
      ctx,
    );
    for (const [i, score] of row!.entries()) expect(gradeOf(score)).toBeCloseTo(judge.grade(texts[i]!, [1, 5]).mean, 9);
  });

  it.each<[string, (model: LanguageModel) => Reward, readonly [number, number]]>([
    ["listwise scores", (model) => listwiseJudge({ model }), [1, 10]],
    ["a principle", (model) => principleJudge({ model, principle: "Be good." }), [1, 5]],
    ["generated principles", (model) => generativeReward({ model, temperature: 0, votes: 1 }), [1, 10]],
  ])("%s of groups of six: the mean grade is the exact one", async (_name, make, scale) => {
    const groups = Array.from({ length: 50 }, (_, g) => texts.slice(6 * g, 6 * g + 6));
    const rows = await make(judge).score(
      groups.map((group, g) => task("Write a text.", group, undefined, { id: `g${g}` })),
      ctx,
    );
    const laws = texts.map((text) => law(text, scale));
    within(
      rows.flat().reduce((sum, score) => sum + gradeOf(score), 0),
      laws.reduce((sum, { mean }) => sum + mean, 0),
      laws.reduce((sum, { variance }) => sum + variance, 0),
    );
  });

  it.each(["ranking", "best"] as const)("%s: a judge without error puts every text in its place", async (protocol) => {
    const perfect = scriptedJudge({ skill: { accuracy: 1 } });
    const [row] = await listwiseJudge({ model: perfect, protocol }).score(
      [task("Write a text.", [write(3), write(8), write(5)])],
      ctx,
    );
    expect(row!.map(gradeOf)).toEqual(protocol === "ranking" ? [0, 1, 0.5] : [0, 1, 0]);
  });
});

describe("a judge of known accuracy, through the forms of many small verdicts", () => {
  const accuracy = 0.8;
  const judge = scriptedJudge({ skill: { accuracy } });
  const sentences = (text: string): string[] => text.split(/(?<=\.)\s+/).slice(1);
  const shares = (right: number, of: number): void => within(right, accuracy * of, accuracy * (1 - accuracy) * of);

  it("facts: each is found or missed with its accuracy", async () => {
    let right = 0;
    const tasks = Array.from({ length: 100 }, (): Task => {
      const [own, other] = [bare(8), bare(2)];
      const facts = [sentences(own)[0]!, sentences(other)[0]!, sentences(own)[1]!];
      return { ...task("Write a text.", [own]), reference: { facts } };
    });
    for (const [score] of await factCoverage({ model: judge }).score(tasks, ctx)) {
      if (score!.unscored !== undefined) throw new Error(score!.unscored.message);
      const bits = score!.local![0]!.values;
      right += [1, 0, 1].filter((truth, k) => bits[k] === truth).length;
    }
    shares(right, 300);
  });

  it.each(["faithfulness", "factuality", "context-recall"] as const)("claims: %s", async (check) => {
    const perfect = scriptedJudge({ skill: { accuracy: 1 } });
    const tasks = Array.from({ length: 100 }, (): Task => {
      const [own, other] = [bare(8), bare(2)];
      const mixed = `${own} ${sentences(other)[0]}`;
      const passages = [{ id: "1", text: own }];
      return check === "context-recall"
        ? { ...task("Write.", ["x"]), reference: { texts: [mixed] }, context: { passages } }
        : { ...task("Write.", [mixed]), reference: { texts: [own] }, context: { passages } };
    });
    const count = async (model: LanguageModel): Promise<{ claims: number; supported: number }> => {
      const sum = { claims: 0, supported: 0 };
      for (const [score] of await claimJudge({ model, check }).score(tasks, ctx)) {
        if (score!.unscored !== undefined) throw new Error(`${score!.unscored.message}: ${score!.unscored.raw}`);
        sum.claims += score!.facts!["claims"] as number;
        sum.supported += score!.facts!["supported"] as number;
      }
      return sum;
    };
    const truth = await count(perfect);
    // three sentences are its own, the fourth is another text's
    expect(truth).toEqual({ claims: 400, supported: 300 });
    const said = await count(judge);
    expect(said.claims).toBe(truth.claims);
    within(
      said.supported,
      accuracy * truth.supported + (1 - accuracy) * (truth.claims - truth.supported),
      accuracy * (1 - accuracy) * truth.claims,
    );
  });

  it("context precision: a perfect judge finds the useful passage in its place", async () => {
    const perfect = scriptedJudge({ skill: { accuracy: 1 } });
    const own = bare(8);
    const given: Task = {
      ...task("Write.", ["x"]),
      reference: { texts: [own] },
      context: {
        passages: [
          { id: "1", text: bare(1) },
          { id: "2", text: own },
        ],
      },
    };
    const [[score]] = (await claimJudge({ model: perfect, check: "context-precision" }).score([given], ctx)) as [
      [Score],
    ];
    expect(score).toMatchObject({ value: 0.5 });
  });

  it("step critiques: steps, first error, verdict and P(yes) are the law's", async () => {
    const levels = [8, 8, 2];
    const tasks = Array.from({ length: 200 }, (_, i): Task => {
      const texts = levels.map((level) => bare(level));
      const whole = texts.join("\n");
      let at = 0;
      const steps = texts.map((text) => {
        const span = { start: at, end: at + text.length };
        at = span.end + 1;
        return span;
      });
      return task("Solve it.", [candidate(whole, { steps })], undefined, { id: `s${i}` });
    });
    const rows = await generativeStepReward({ model: judge }).score(tasks, ctx);
    let firstRight = 0;
    let yes = 0;
    for (const [score] of rows) {
      if (score!.unscored !== undefined) throw new Error(`${score!.unscored.message}: ${score!.unscored.raw}`);
      if (score!.local![0]!.values[0] === 1) firstRight++;
      yes += score!.value;
    }
    shares(firstRight, 200);
    // all three must be called correct: two rightly, the third wrongly
    const p = accuracy * accuracy * (1 - accuracy);
    within(yes, 200 * p, 200 * p * (1 - p));
    const [[chance]] = (await generativeStepReward({ model: judge, score: "yes-probability" }).score(
      tasks.slice(0, 1),
      ctx,
    )) as [[Score]];
    expect(chance).toMatchObject({ value: expect.closeTo(p, 9) });
  });

  it("self-evaluation: surer of good texts than of bad ones, in its own words", async () => {
    const perfect = scriptedJudge({ skill: { accuracy: 1 } });
    const [row] = await selfEvaluation({ model: perfect }).score([task("Solve.", [bare(9), bare(5), bare(0)])], ctx);
    expect(row).toMatchObject([{ value: 1 }, { value: 0.5 }, { value: 0 }]);
  });
});
