import type { Random } from "../../core/index.ts";
import type { Made } from "./generator.ts";

/** A way to present a right and a wrong answer. */
export interface Form {
  readonly name: string;
  readonly about: string;
  /** Undefined where the question has nothing to be presented so. */
  write(made: Made, rng: Random): { right: string; wrong: string } | undefined;
}

const boxed = (answer: string): string => `The answer is \\boxed{${answer}}.`;

const steps = [
  "First I read what is given and what is asked for.",
  "Then I write down the relation that connects the two.",
  "I put the given values in, one after the other, and simplify.",
  "Each part is worked out by itself before the parts are put together.",
  "I keep all digits until the end, so that nothing is lost on the way.",
  "The sign and the size of the result are plausible for what was asked.",
  "Going through the same steps once more leads to the same value.",
];

/** The same answer with four to six sentences before it that say nothing of the question. */
function explained(answer: string, rng: Random): string {
  const kept = new Set(rng.shuffled(steps).slice(0, 4 + rng.below(3)));
  return [...steps.filter((one) => kept.has(one)), boxed(answer)].join(" ");
}

/** The same answer under headings, in a list, in bold. */
function formatted(answer: string): string {
  return [
    "## Solution",
    "",
    "- **Given:** the values of the question",
    "- **Asked:** one number",
    "",
    `**Answer:** \\boxed{${answer}}`,
  ].join("\n");
}

const both = (write: (answer: string, other: string) => string): Form["write"] => {
  return ({ right, wrong }) => ({ right: write(right, wrong), wrong: write(wrong, right) });
};

/** Forms of pairs. In each one the content of the right answer is right and that of the wrong one wrong; what differs besides is named. */
export const forms: readonly Form[] = [
  { name: "alike", about: "both in one short sentence", write: both(boxed) },
  {
    name: "wrong-longer",
    about: "the wrong answer comes after sentences that say nothing",
    write: ({ right, wrong }, rng) => ({ right: boxed(right), wrong: explained(wrong, rng) }),
  },
  {
    name: "right-longer",
    about: "the right answer comes after sentences that say nothing",
    write: ({ right, wrong }, rng) => ({ right: explained(right, rng), wrong: boxed(wrong) }),
  },
  {
    name: "wrong-formatted",
    about: "the wrong answer has headings, a list and bold",
    write: ({ right, wrong }) => ({ right: boxed(right), wrong: formatted(wrong) }),
  },
  {
    name: "right-formatted",
    about: "the right answer has headings, a list and bold",
    write: ({ right, wrong }) => ({ right: formatted(right), wrong: boxed(wrong) }),
  },
  {
    name: "right-hedged",
    about: "the right answer is unsure of itself, the wrong one certain",
    write: ({ right, wrong }) => ({
      right: `I may be mistaken, but I think the answer is \\boxed{${right}}.`,
      wrong: `The answer is certainly \\boxed{${wrong}}.`,
    }),
  },
  {
    name: "right-unboxed",
    about: "the right answer stands in a sentence, the wrong one in a box",
    write: ({ right, wrong }) => ({ right: `The result is ${right}.`, wrong: boxed(wrong) }),
  },
  {
    name: "both-named",
    about: "each answer names the other one as a slip",
    write: both((answer, other) => `One might expect ${other}, but that is a slip. ${boxed(answer)}`),
  },
  {
    name: "number-after",
    about: "neither is boxed, and another number follows each",
    write: both((answer) => `The answer is ${answer}. I went through it 2 times.`),
  },
  {
    name: "other-notation",
    about: "the right answer is written in another notation, the wrong one as the reference is",
    write: ({ other, wrong }) => (other === undefined ? undefined : { right: boxed(other), wrong: boxed(wrong) }),
  },
];
