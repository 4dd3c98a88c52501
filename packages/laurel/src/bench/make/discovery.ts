import { random, split } from "../../core/index.ts";
import { discoveryForms, discoveryTasks } from "../../recipes/index.ts";
import { type Hypothesis, hypothesesOf } from "../../rewards/verify/index.ts";
import type { Generator } from "./generator.ts";

/** In tags, so that a box or a sentence around it does not matter to `verify.match`. */
const written = (hypothesis: Hypothesis): string => `<answer>${JSON.stringify(hypothesis)}</answer>`;

/** The same with its members in another order, on lines of their own. */
const otherwise = ({ relation, variables, ...rest }: Hypothesis): string =>
  `<answer>\n${JSON.stringify({ relation, variables, ...rest }, null, 2)}\n</answer>`;

/** One fault of three. */
function spoilt(gold: Hypothesis, fault: number, pick: (n: number) => number): [hypothesis: Hypothesis, slip: string] {
  const other = <T>(all: readonly T[], not: readonly T[]): T => {
    const left = all.filter((one) => !not.includes(one));
    return left[pick(left.length)]!;
  };
  if (fault === 0) {
    const contexts = ["None", "category 0", "category 1", "category 2"];
    return [{ ...gold, context: other(contexts, [gold.context]) }, "another context"];
  }
  if (fault === 1) {
    const stranger = other(["x1", "x2", "x3", "x4", "x5", "x6"], gold.variables);
    return [{ ...gold, variables: [gold.variables[0]!, stranger] }, "another variable"];
  }
  return [{ ...gold, relation: other<string>(discoveryForms, [gold.relation]) }, "another relation"];
}

/** Tables with one hidden relation; see `discoveryTasks`. Scored by `{ kind: verify.match, of: hypotheses }`. */
export const discovery: Generator = {
  name: "discovery",
  about:
    "tables with a hidden relation, of which context, variables or form may be stated wrongly; for verify.match of hypotheses",
  parameters: {
    height: { about: "noisy steps above the columns", values: [0, 6], default: ["0", "1", "2", "3"] },
    depth: { about: "noisy steps below the relation", values: [0, 6], default: ["0", "1", "2", "3"] },
  },
  topics: ({ height = [], depth = [] }) =>
    height.flatMap((h) =>
      depth.map((d) => ({
        name: `height ${h}, depth ${d}`,
        parents: [`complexity ${Number(h) + Number(d)}`],
        parameters: { height: h, depth: d },
      })),
    ),
  async *questions({ parameters }, n, seed) {
    const { height, depth } = parameters;
    const dials = { n, height: Number(height), depth: Number(depth) };
    let at = 0;
    for await (const task of discoveryTasks(dials, seed)) {
      const rng = random(split(split(seed, "slips"), at++));
      const [gold] = hypothesesOf(task.reference!.answer!)!;
      const [wrong, slip] = spoilt(gold!, rng.below(3), (most) => rng.below(most));
      yield { task, right: written(gold!), other: otherwise(gold!), wrong: written(wrong), slip };
    }
  },
};
