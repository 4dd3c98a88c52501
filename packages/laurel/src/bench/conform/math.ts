import { random, split, task } from "../../core/index.ts";
import { type Case, mathCases } from "../../rewards/verify/index.ts";
import { type Suite, type SuiteInput, seedOf } from "./suite.ts";

/** How a model sets its final answer. */
const settings: readonly ((answer: string) => string)[] = [
  (answer) => `\\boxed{${answer}}`,
  (answer) => `The answer is $\\boxed{${answer}}$.`,
  (answer) => `Let us see.\n\nTherefore the result is\n\\[ \\boxed{${answer}} \\]`,
];

/** `mathCases` with the answers in a box, as a model would write them. */
export const mathSuite: Suite = {
  name: "math",
  kind: "verify.math",
  count: 10_000,
  about: "gold: an answer in LaTeX or plain; candidate: a text with the answer in \\boxed{…}",
  *cases(options = {}): Generator<Case<SuiteInput>> {
    const seed = seedOf(options);
    const r = random(split(seed, "settings"));
    for (const one of mathCases({ count: options.count ?? 10_000, seed, dress: false })) {
      const candidate = settings[r.below(settings.length)]!(one.input.candidate);
      yield { ...one, input: { gold: one.input.gold, candidate } };
    }
  },
  task: ({ gold, candidate }) => task("Give the final answer in a box.", [candidate], { answer: gold }),
};
