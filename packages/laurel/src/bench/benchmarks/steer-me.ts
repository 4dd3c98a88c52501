import type { Example } from "../../core/index.ts";
import { type Raw, refuse } from "../../io/messages.ts";
import { exampleOf, type RowPlace } from "../../io/schemas/schema.ts";
import { axisSpread, cellTable, worstCell } from "../../stats/cells.ts";
import type { Answered, Benchmark, Credited, Figure } from "../benchmark.ts";
import { each, textAt, textsAt } from "../read.ts";
import { bestOfKCredit, sides, whole } from "../rules.ts";

/** The axes that an item has a place on. */
const axes = ["element", "domain", "perspective", "type"] as const;

/** The right option's place: a number from 0, a letter, or the option's text. */
function rightOf(row: Raw, options: readonly string[], place: RowPlace): number {
  const { answer } = row;
  const at =
    typeof answer === "number"
      ? answer
      : typeof answer === "string"
        ? options.indexOf(answer) >= 0
          ? options.indexOf(answer)
          : /^[A-Z]$/.test(answer)
            ? answer.charCodeAt(0) - 65
            : -1
        : -1;
  if (!(Number.isInteger(at) && at >= 0 && at < options.length))
    refuse(place, "answer", `an option's number from 0 to ${options.length - 1}, its letter or its text`, answer);
  return at;
}

function read(row: Raw, place: RowPlace): Example {
  const options = textsAt(row, "options", place);
  if (options.length < 2) refuse(place, "options", "at least two options", options);
  const right = rightOf(row, options, place);
  const subsets = Object.fromEntries(
    axes.flatMap((axis) => (typeof row[axis] === "string" ? [[axis, row[axis]]] : [])),
  );
  const { response } = row;
  const say = (content: string) => ({ output: [{ role: "assistant" as const, content }] });
  const question = textAt(row, "question", place);
  const shown = options.map((one, i) => `${String.fromCharCode(65 + i)}. ${one}`).join("\n");
  const answered = typeof response === "string";
  return exampleOf(row, place, {
    id: row["id"],
    prompt: [{ role: "user", content: answered && row["shown"] !== false ? `${question}\n\n${shown}` : question }],
    candidates: answered ? [say(response)] : options.map(say),
    reference: { answer: options[right]! },
    context: { options: [...options] },
    labels: {
      ...(answered ? {} : { correct: options.map((_, i) => i === right) }),
      extra: { options: options.length },
    },
    subsets,
    used: ["id", "question", "options", "answer", "response", "shown", ...axes],
  });
}

function credit(item: Answered): number | null {
  const values = whole(item);
  if (values === undefined || values.length === 0) return null;
  // a response that a verifier scored; else the options' scores, of which the right one's must be the greatest
  return values.length === 1 ? (values[0]! > 0.5 ? 1 : 0) : bestOfKCredit(values, sides(item).right[0]);
}

const optionsOf = (item: Answered): number => Number(item.facts?.["options"] ?? 4);

/** Cells of what could be scored. */
function cells(items: readonly Credited[], names: readonly string[]) {
  return cellTable(
    items.flatMap((item) =>
      item.credit === null || names.some((name) => item.subsets[name] === undefined)
        ? []
        : [{ at: item.subsets, value: item.credit }],
    ),
    names,
  );
}

/** 1 less the mean spread along an axis, over the elements that have all of its places. */
function robustness(axis: string): Figure {
  return {
    name: `robustness by ${axis}`,
    about: `1 less the mean over elements of (best − worst ${axis}); sampling alone lowers it`,
    // the interval is the benchmark's jackknife, so the table's own needs no resamples
    all: (items) =>
      1 - axisSpread(cells(items, ["element", axis]), axis, { seed: "0".repeat(32), reps: 2 }).spread.value,
  };
}

/** STEER-ME: questions of microeconomics with four options, by element. */
export const steerMe: Benchmark = {
  id: "steer-me",
  title: "STEER-ME",
  about: "microeconomics: answers of a model, or scores of the options, by element, domain, perspective and type",
  tier: "schema only",
  tierWhy:
    "no released question could be had; the reader takes the columns below, and 26 of the paper's 58 elements are generated here with exact answers",
  data: {
    licence: "of the questions' file; generated ones are yours",
    columns:
      "question, options[], answer (number from 0, letter or text), element, domain, perspective, type; response (a model's answer) and shown (were the options shown?) where answers are scored",
  },
  asks: "scores",
  chance: { value: 0.25, why: "one of four options, a tie shared" },
  pitfalls: [
    "The headline is the mean over elements, not over questions.",
    "With the options shown a model may test each instead of solving: report hidden options beside shown ones.",
    "Four options give 25 % for nothing: read the chance-adjusted figure.",
    "Robustness counts only elements that have every place of the axis, and few questions a cell make it look worse than it is.",
    "Of answers the reward is verify.choice; of options it is a likelihood or a reward of your own.",
  ],
  published: [],
  by: "element",
  rightFirst: false,
  keep: ["options"],
  rule: {
    text: "a response counts where verify.choice finds the right option; scored options give 1/k where the right one shares the greatest of k equal scores",
    source: "STEER-ME (2025); chance adjustment, robustness and worst element are Laurel's definitions",
    credit,
    unscored: 0,
    figures: [
      {
        name: "accuracy",
        about: "mean of the accuracies by element, each counting the same",
        sections: { key: "element" },
      },
      {
        name: "chance-adjusted",
        about: "(accuracy − 1/m) / (1 − 1/m) for m options, mean over elements; 0 is guessing",
        of: (item) => {
          const m = optionsOf(item);
          return item.credit === null ? null : (item.credit - 1 / m) / (1 - 1 / m);
        },
        sections: { key: "element" },
        range: [-1, 1],
      },
      { name: "by question", about: "mean over questions" },
      {
        name: "worst element",
        about: "accuracy of the element with the lowest",
        all: (items) => worstCell(cells(items, ["element"])).estimate.value,
      },
      robustness("domain"),
      robustness("perspective"),
    ],
  },
  read: each(read),
};
