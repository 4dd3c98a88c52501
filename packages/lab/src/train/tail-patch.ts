import { UsageError } from "laurel";

/** Options of `tailPatch`. */
export interface TailPatchOptions<M> {
  /** A partly trained model of the plain mixture: fair on the target, not best. */
  checkpoint: M;
  tasks: readonly string[];
  /** Trains a copy of the model on one task alone for some more steps; the model given stays as it is. */
  patch(model: M, task: string, steps: number): M | Promise<M>;
  /** How good a model is in each category of the target, on data for selection. */
  target(model: M): Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;
  /** Steps a task, default 3000. */
  steps?: number | undefined;
  /** Steps between two looks at the target, default a third of `steps`; at least three looks are needed. */
  every?: number | undefined;
  /** The ids of the target's examples, and of those that the final model will be tested on: no id may be in both. */
  ids?: { selection: Iterable<string>; test: Iterable<string> } | undefined;
}

/** How a short training on one task moved each category: gains over the checkpoint at each look. */
export interface Impact {
  task: string;
  gains: Readonly<Record<string, readonly number[]>>;
}

/**
 * Tail-patch: which tasks help a target? From one checkpoint a model is trained for a short while on each task alone, and the target is
 * watched.
 *
 * @returns an impact a task, in the order of the tasks; `rateImpact` makes ratings of them, `bundleMixture` (laurel/recipes) a mixture
 * @throws UsageError for fewer than three looks, a target without categories, or ids in both sets: a mixture chosen on the test set is over-fitted
 * Source: FLAMe (2024), section 5; its own weights were chosen on RewardBench itself, which is why `ids` exists
 * @example await tailPatch({ checkpoint, tasks, patch: (model, task, steps) => train(model, rows[task], steps), target: accuracyByCategory })
 */
export async function tailPatch<M>(options: TailPatchOptions<M>): Promise<Impact[]> {
  const { checkpoint, tasks, patch, target, steps = 3000, ids } = options;
  const every = options.every ?? Math.floor(steps / 3);
  const looks = Math.floor(steps / every);
  if (!(every >= 1 && looks >= 3))
    throw new UsageError(`${steps} steps with a look every ${every} are fewer than three looks`);
  if (ids !== undefined) {
    const selection = new Set(ids.selection);
    for (const id of ids.test)
      if (selection.has(id)) throw new UsageError(`the example "${id}" is both for selection and for the test`);
  }
  const before = await target(checkpoint);
  const categories = Object.keys(before);
  if (categories.length === 0) throw new UsageError("the target has no categories");
  const impacts: Impact[] = [];
  for (const task of tasks) {
    const gains: Record<string, number[]> = Object.fromEntries(categories.map((name) => [name, []]));
    let model = checkpoint;
    for (let look = 0; look < looks; look++) {
      model = await patch(model, task, every);
      const after = await target(model);
      for (const name of categories) {
        if (after[name] === undefined) throw new UsageError(`the target gave no "${name}" after a patch on ${task}`);
        gains[name]!.push(after[name] - before[name]!);
      }
    }
    impacts.push({ task, gains });
  }
  return impacts;
}

/** A task's worth for a category: −1 harmful, 0 no clear effect, 1 somewhat helpful, 2 helpful. */
export type ImpactRating = -1 | 0 | 1 | 2;

/** Options of `rateImpact`: gains that count. */
export interface RateImpactOptions {
  /** Default 0.04. */
  helpful?: number | undefined;
  /** Default 0.015. */
  some?: number | undefined;
  /** At most this is harmful, default −0.015. */
  harmful?: number | undefined;
  /** The last looks that must all show it, default 2: a gain that is gone at the end is none. */
  stable?: number | undefined;
}

/**
 * Rates an impact in each category by its last looks.
 *
 * @throws UsageError where there are fewer looks than `stable`
 * Source: FLAMe (2024), section 5; the paper rates by eye, the bounds are ours
 * @example rateImpact({ task: "a", gains: { chat: [0.01, 0.05, 0.06] } }) // { chat: 2 }
 */
export function rateImpact(impact: Impact, options: RateImpactOptions = {}): Readonly<Record<string, ImpactRating>> {
  const { helpful = 0.04, some = 0.015, harmful = -0.015, stable = 2 } = options;
  return Object.fromEntries(
    Object.entries(impact.gains).map(([name, gains]): [string, ImpactRating] => {
      if (gains.length < stable)
        throw new UsageError(`${gains.length} looks of ${impact.task} are fewer than ${stable}`);
      const last = gains.slice(-stable);
      if (last.every((gain) => gain >= helpful)) return [name, 2];
      if (last.every((gain) => gain >= some)) return [name, 1];
      return [name, last.every((gain) => gain <= harmful) ? -1 : 0];
    }),
  );
}
