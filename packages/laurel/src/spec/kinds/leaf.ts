import type { Reward } from "../../core/index.ts";
import type { Kind, Options } from "../kind.ts";

/** A kind without children, whose module is loaded when it is built. */
export function kind(
  summary: string,
  example: Kind["example"],
  options: Kind["options"],
  make: (options: never) => Promise<Reward>,
): Kind {
  return { summary, example, options, build: (given: Options) => make(given as never) };
}
