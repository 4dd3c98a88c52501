import { NotEnoughDataError } from "../../core/index.ts";
import { generate, steerElements } from "../../recipes/index.ts";
import { rational } from "../../recipes/synthesize/rational.ts";
import { equivalent } from "../../rewards/verify/index.ts";
import { fraction } from "./arithmetic.ts";
import type { Generator } from "./generator.ts";

/** Elements of microeconomics with documented wrong procedures; see `steerElements`. */
export const steerMe: Generator = {
  name: "steer-me",
  about: "elements of microeconomics with exact answers and documented slips",
  parameters: {
    elements: {
      about: "which elements",
      get values() {
        return steerElements.map(({ id }) => id);
      },
    },
  },
  topics: ({ elements = [] }) =>
    elements.map((id) => {
      const element = steerElements.find((one) => one.id === id)!;
      return { name: id, parents: [element.setting, id], parameters: { elements: id } };
    }),
  async *questions({ parameters }, n, seed) {
    const element = steerElements.find(({ id }) => id === parameters["elements"])!;
    for await (const task of generate(element, { n, seed, options: "hidden" })) {
      const right = String(task.reference?.answer);
      const wrong = (task.context!["options"] as readonly string[]).find((one) => one !== right);
      if (wrong === undefined) throw new NotEnoughDataError(`${element.id} has no wrong option`);
      const value = rational(BigInt(right.replace(".", "")), 100n);
      yield {
        task,
        right,
        wrong,
        slip: "a documented slip or a near value",
        ...(value.d === 1n ? {} : { other: fraction(value) }),
      };
    }
  },
  /** Holds the answer against the unrounded value: an arithmetic check of rounding and notation, not of the formula. */
  check(task, answer) {
    const value = Number(task.context?.["value"]);
    const { equal } = equivalent(value.toFixed(2), answer);
    return typeof equal === "boolean" ? equal : null;
  },
};
