import { UsageError } from "laurel";
import type { HeadConfig } from "laurel/rewards/learned";
import { numberList, type SettingTable, type SettingValue } from "./settings.ts";
import { structuredKinds } from "./structured-kinds.ts";

/** A head to be trained: its network's shape, and its config in the artefact. */
export interface HeadPlan {
  hidden: readonly number[];
  outputs: number;
  config: HeadConfig;
  /** Does the head read the prompt's own vector? Its members are then trained by `structured-members`. */
  prompt?: boolean | undefined;
  /** The ratings that are its targets, and the levels of quantiles. */
  targets: readonly string[];
  levels: readonly number[];
}

/** How a head that `laurel train --head` can name is laid out. */
export interface HeadKind {
  summary: string;
  settings: SettingTable;
  /**
   * @param width of the features
   * @param names the ratings that the rows have
   * @param prompt width of a prompt's vector
   */
  plan(
    settings: Readonly<Record<string, SettingValue>>,
    width: number,
    names: readonly string[],
    prompt: number,
  ): HeadPlan;
}

const hiddenOf = (text: SettingValue): number[] => numberList("hidden", text as string);
const hidden = { about: "widths of hidden layers, such as 128,32; empty for none", default: "" };

function oneOf(name: string, names: readonly string[]): string {
  if (name !== "") {
    if (names.includes(name)) return name;
    throw new UsageError(
      `the rows have no rating '${name}'`,
      names.length === 0 ? "they have none" : `they have ${names.join(", ")}`,
    );
  }
  const first = names.includes("value") ? "value" : names[0];
  if (first === undefined) throw noRatings();
  return first;
}

const noRatings = (): UsageError =>
  new UsageError(
    "this objective needs ratings, and no row states one",
    "rows with labels.value, labels.parts or labels.correct have them; for preferences use --objective bradley-terry",
  );

/** Every head that can be trained, by the name of its forward pass in `rewards/learned`. */
export const headKinds: Readonly<Record<string, HeadKind>> = {
  linear: {
    summary: "one weight a feature",
    settings: {},
    plan: (_, dim) => ({ hidden: [], outputs: 1, targets: [], levels: [], config: { kind: "linear", dim } }),
  },
  mlp: {
    summary: "a small network with ReLUs",
    settings: { hidden: { ...hidden, default: "64" } },
    plan(settings, dim) {
      const widths = hiddenOf(settings["hidden"]!);
      if (widths.length === 0)
        throw new UsageError("an mlp head needs hidden layers", "--set hidden=64, or --head linear");
      return { hidden: widths, outputs: 1, targets: [], levels: [], config: { kind: "mlp", dim, hidden: widths } };
    },
  },
  attributes: {
    summary: "one output a rated attribute, and their weighted sum",
    settings: {
      hidden,
      attributes: { about: "ratings to learn, such as helpfulness,verbosity; empty for all", default: "" },
      weights: { about: "weight of each in the value, such as 1,-0.5; empty for their mean", default: "" },
    },
    plan(settings, dim, names) {
      const asked = (settings["attributes"] as string).split(",").map((one) => one.trim());
      const own = asked.join("") === "" ? [...names] : asked.map((name) => oneOf(name, names));
      if (own.length === 0) throw noRatings();
      const given = numberList("weights", settings["weights"] as string);
      const weights = given.length === 0 ? own.map(() => 1 / own.length) : given;
      if (weights.length !== own.length)
        throw new UsageError(`${weights.length} weights for ${own.length} attributes: ${own.join(", ")}`);
      const widths = hiddenOf(settings["hidden"]!);
      return {
        hidden: widths,
        outputs: own.length,
        targets: own,
        levels: [],
        config: { kind: "attributes", dim, hidden: widths, names: own, weights },
      };
    },
  },
  quantile: {
    summary: "quantiles of one rating",
    settings: {
      hidden,
      rating: { about: "the rating to learn; empty for the value, else the first", default: "" },
      levels: { about: "levels of the quantiles, rising", default: "0.1,0.3,0.5,0.7,0.9" },
      value: { about: "which number is the reward", default: "mean", choices: ["mean", "median", "lowest"] },
    },
    plan(settings, dim, names) {
      const taus = numberList("levels", settings["levels"] as string);
      if (taus.length === 0 || taus.some((tau, k) => !(tau > 0 && tau < 1) || (k > 0 && tau <= taus[k - 1]!)))
        throw new UsageError(`levels must rise within (0, 1), not ${taus.join(", ")}`);
      const widths = hiddenOf(settings["hidden"]!);
      return {
        hidden: widths,
        outputs: taus.length,
        targets: [oneOf(settings["rating"] as string, names)],
        levels: taus,
        config: { kind: "quantile", dim, hidden: widths, taus, value: settings["value"]! },
      };
    },
  },
  transformer: {
    summary: "a small transformer that reads the text (--features tokens:512x64 --encoding joint; needs @jax-js/jax)",
    settings: {
      vocabulary: { about: "token numbers, as in --features tokens:VOCABULARYxCONTEXT", default: 512 },
      width: { about: "width of the transformer", default: 32 },
      blocks: { about: "blocks of attention and feed-forward", default: 2 },
      heads: { about: "attention heads", default: 4 },
    },
    plan({ vocabulary, width, blocks, heads }, dim) {
      const shape = { dim, vocabulary: vocabulary!, width: width!, blocks: blocks!, heads: heads! };
      for (const [name, value] of Object.entries(shape))
        if (!(Number.isInteger(value) && (value as number) >= 1))
          throw new UsageError(`a transformer's ${name} is a whole number of at least 1, not ${value}`);
      if ((width as number) % (heads as number) !== 0)
        throw new UsageError(
          `a width of ${width} does not part into ${heads} attention heads`,
          "--set width=32,heads=4",
        );
      return {
        hidden: [],
        outputs: 1,
        targets: [],
        levels: [],
        config: { kind: "transformer", ...shape, hidden: 2 * (width as number) },
      };
    },
  },
  ...structuredKinds,
};
