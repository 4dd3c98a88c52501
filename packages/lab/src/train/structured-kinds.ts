import { UsageError } from "laurel";
import { type CriteriaTree, checkTree } from "laurel/rewards/learned";
import type { HeadKind, HeadPlan } from "./head-kinds.ts";
import { numberList, type SettingValue } from "./settings.ts";

const hidden = { about: "widths of the gate's hidden layers, such as 32; empty for none", default: "32" };
const hiddenOf = (text: SettingValue): number[] => numberList("hidden", text as string);

/** A plan whose members are trained by likelihoods of their own. */
const planOf = (config: HeadPlan["config"], prompt: boolean): HeadPlan => ({
  hidden: [],
  outputs: 1,
  targets: [],
  levels: [],
  prompt,
  config,
});

/** The tree that ratings named `aspect/criterion` say. */
export function treeOfNames(names: readonly string[]): CriteriaTree {
  const aspects = new Map<string, string[]>();
  for (const name of names) {
    const at = name.indexOf("/");
    if (at < 1) continue;
    const aspect = name.slice(0, at);
    aspects.set(aspect, [...(aspects.get(aspect) ?? []), name.slice(at + 1)]);
  }
  const tree = { aspects: [...aspects].map(([name, criteria]) => ({ name, criteria })) };
  if (tree.aspects.length === 0)
    throw new UsageError(
      "a criteria-tree head needs graded criteria, and no row has a rating named aspect/criterion",
      'rows have labels.parts such as {"safety/calm": 1, "safety/legal": -1}: above 0 good, below 0 bad, 0 irrelevant',
    );
  checkTree(tree);
  return tree;
}

/** The rated objectives of a gated head: all ratings but `value` and `correct`, unless there is nothing else. */
export function objectiveNames(names: readonly string[]): string[] {
  const own = names.filter((name) => name !== "value" && name !== "correct");
  const all = own.length > 0 ? own : [...names];
  if (all.length === 0)
    throw new UsageError(
      "a gated head needs rated objectives, and no row states a rating",
      "rows have labels.parts beside their preferences; for preferences alone use --head linear",
    );
  return all;
}

/** Heads with parts, by the name of their forward pass. */
export const structuredKinds: Readonly<Record<string, HeadKind>> = {
  gated: {
    summary: "objectives from ratings by ridge, weighed by a gate that reads the prompt, from preferences",
    settings: {
      hidden,
      temperature: { about: "divides the gate's logits", default: 1 },
      debias: {
        about: "the objective that is taken out of the others, such as verbosity; empty for none",
        default: "",
      },
    },
    plan(settings, dim, names, prompt) {
      const own = objectiveNames(names);
      const against = settings["debias"] as string;
      if (against !== "" && !own.includes(against))
        throw new UsageError(`the rows have no rating '${against}'`, `they have ${own.join(", ")}`);
      const config = {
        kind: "gated",
        dim,
        prompt,
        hidden: hiddenOf(settings["hidden"]!),
        temperature: settings["temperature"]!,
        names: own,
        transform: against !== "",
        top: 3,
      };
      return { ...planOf(config, true), targets: against === "" ? [] : [against] };
    },
  },
  mixture: {
    summary: "several tastes of unlabelled groups, with a router that reads the prompt",
    settings: {
      tastes: { about: "how many", default: 3 },
      balance: { about: "weight of the term that spreads the load over the tastes", default: 0.5 },
    },
    plan(settings, dim, _names, prompt) {
      const tastes = settings["tastes"] as number;
      if (!Number.isInteger(tastes) || tastes < 1)
        throw new UsageError(`tastes must be a whole number above 0, not ${tastes}`);
      const names = Array.from({ length: tastes }, (_, k) => `taste ${k + 1}`);
      const config = { kind: "mixture", dim, prompt, hidden: [], names, value: "mean" };
      return { ...planOf(config, true), levels: [settings["balance"] as number] };
    },
  },
  "criteria-tree": {
    summary: "graded criteria under aspects (ratings named aspect/criterion), with gates that read the prompt",
    settings: { hidden },
    plan(settings, dim, names, prompt) {
      const { aspects } = treeOfNames(names);
      const config = {
        kind: "criteria-tree",
        dim,
        prompt,
        aspects: aspects.map(({ name, criteria }) => ({ name, criteria: [...criteria] })),
        gate: "prompt",
        hidden: hiddenOf(settings["hidden"]!),
        temperature: 1,
        top: 3,
      };
      return planOf(config, true);
    },
  },
  embedding: {
    summary: "preference embeddings, for tastes that go round; loads as a comparer",
    settings: {
      components: { about: "length of an embedding, even", default: 4 },
      tau: { about: "temperature of a comparison", default: 1 },
    },
    plan(settings, dim) {
      const components = settings["components"] as number;
      if (!Number.isInteger(components) || components < 2 || components % 2 !== 0)
        throw new UsageError(`components must be an even number of at least 2, not ${components}`);
      return planOf({ kind: "embedding", dim, components, tau: settings["tau"]! }, false);
    },
  },
};
