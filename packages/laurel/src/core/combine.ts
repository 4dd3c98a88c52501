import { UsageError } from "./errors.ts";
import { failure, fingerprintOf } from "./reward.ts";
import { type Draft, settle } from "./score.ts";
import type { Candidate, Context, JsonObject, Reward, Score, Task } from "./types.ts";

/** Children of a composite by name. */
export type Children = Readonly<Record<string, Reward>>;

/** One candidate's scores by child name. */
export type ChildScores<C extends Children> = { readonly [K in keyof C]: Score };

/** What a composite states about itself. */
export interface CombineOptions {
  name?: string | undefined;
  /** Changes whenever the same parts may combine differently; without it there is no fingerprint. */
  version?: string | number | undefined;
  range?: readonly [min: number, max: number] | undefined;
  floor?: number | undefined;
  random?: boolean | undefined;
  /** The spec without its children; children's specs are added under `rewards` when all have one. */
  spec?: JsonObject | undefined;
}

const breadth = { candidate: 0, group: 1, order: 2 } as const;

/** What a composite sees: the widest of what its children see. */
export function widestSees(children: readonly Reward[]): Reward["sees"] {
  let sees: Reward["sees"] = "candidate";
  for (const child of children) if (breadth[child.sees] > breadth[sees]) sees = child.sees;
  return sees;
}

/**
 * The common part of every composite: name, fingerprint over the children, spec, range and what it sees.
 * `score` is given all tasks and calls children only through `ctx.score`, so that cache, pool and ledger sit at the leaves.
 */
export function composite(
  form: string,
  children: Children,
  options: CombineOptions & { sees?: Reward["sees"] | undefined },
  score: Reward["score"],
): Reward {
  const list = Object.values(children);
  if (list.length === 0) throw new UsageError(`${form} needs at least one reward`);
  const names = Object.keys(children);
  const specs = list.map((child) => child.spec);
  const spec =
    options.spec !== undefined && specs.every((one) => one !== undefined)
      ? { ...options.spec, rewards: Object.fromEntries(names.map((name, i) => [name, specs[i]])) }
      : undefined;
  const name = options.name ?? `${form}(${list.map((child) => child.name).join(", ")})`;
  return {
    name,
    fingerprint: fingerprintOf(
      form,
      // names of parts are part of what is computed; the composite's own display name is not
      JSON.stringify(names),
      { version: options.version, spec: options.spec },
      list.map((child) => child.fingerprint),
    ),
    sees: options.sees ?? widestSees(list),
    work: "compose",
    children: list,
    ...(spec === undefined ? {} : { spec }),
    ...(options.random === true || list.some((child) => child.random === true) ? { random: true } : {}),
    ...(options.range === undefined ? {} : { range: options.range }),
    ...(options.floor === undefined ? {} : { floor: options.floor }),
    score,
  };
}

/**
 * A reward from the scores of others, candidate by candidate.
 * `f` is given every child's score, scored or not, and decides; the compositions in `compose/` are made of this.
 *
 * @example combine({ right: math(), size: length() }, ({ right, size }) => ..., { version: 1 })
 */
export function combine<const C extends Children>(
  children: C,
  f: (scores: ChildScores<C>, candidate: Candidate, task: Task, ctx: Context) => Draft | Promise<Draft>,
  options: CombineOptions & { form?: string | undefined } = {},
): Reward {
  const names = Object.keys(children);
  const reward: Reward = composite(options.form ?? "combine", children, options, async (tasks, ctx) => {
    const byChild = await Promise.all(names.map((name) => ctx.score(children[name]!, tasks)));
    const rows: (Score | Promise<Score>)[][] = tasks.map((task, t) =>
      task.candidates.map((candidate, c) => {
        const scores = Object.fromEntries(names.map((name, k) => [name, byChild[k]![t]![c]!])) as ChildScores<C>;
        try {
          const draft = f(scores, candidate, task, ctx);
          if (!(draft instanceof Promise)) return settle(draft, reward);
          return draft.then(
            (value) => settle(value, reward),
            (thrown: unknown) => failure(reward.name, thrown, ctx),
          );
        } catch (thrown) {
          return failure(reward.name, thrown, ctx);
        }
      }),
    );
    return Promise.all(rows.map((row) => Promise.all(row)));
  });
  return reward;
}
