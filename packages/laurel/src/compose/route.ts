import {
  type Children,
  type CombineOptions,
  type Context,
  composite,
  floorOf,
  isScored,
  type JsonObject,
  partsOf,
  type Reward,
  type Score,
  type Task,
  UsageError,
  unscored,
} from "../core/index.ts";
import { conclude, hull, reachOf, sameRange, scoreSome, settled, wantingPart } from "./parts.ts";

/** Weights by reward name; a name that is left out has weight 0. */
export type Weights = Readonly<Record<string, number>>;

/**
 * Which rewards count for a task, and how much. Hard gates give one reward weight 1; soft ones spread it.
 * `spec` is the data that the gate follows from; a gate without it has no fingerprint unless a version is given.
 */
export interface Gate {
  (task: Task, ctx: Context): Weights | Promise<Weights>;
  readonly spec?: JsonObject | undefined;
}

/** What names the reward of a task: a key of `task.context` whose value is the name, or a function. */
export type Selector = { readonly context: string } | ((task: Task) => string | undefined);

/** Options of `route`. */
export interface RouteOptions {
  /** The reward of tasks whose name is missing or unknown; without it they are unscored (`unsupported`). */
  default?: string | undefined;
  name?: string | undefined;
  /** Stands for the selector in the fingerprint if that is a function. */
  version?: string | number | undefined;
}

/**
 * Sends each task to one of several rewards.
 * Only the chosen reward is called, with all of its tasks in one call; `facts.route` names it. The range is the hull of all
 * rewards' ranges: values of tasks that go different ways are not comparable unless the ranges agree.
 *
 * @throws UsageError if `default` names no reward
 * @example route({ context: "language" }, { en: english(), de: german() }, { default: "en" })
 */
export function route(selector: Selector, rewards: Children, options: RouteOptions = {}): Reward {
  const fallback = options.default;
  if (fallback !== undefined && rewards[fallback] === undefined)
    throw new UsageError(
      `route: the default '${fallback}' is not among the rewards (${Object.keys(rewards).join(", ")})`,
    );
  const select =
    typeof selector === "function"
      ? selector
      : (task: Task): string | undefined => {
          const value = task.context?.[selector.context];
          return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
        };
  const spec: JsonObject | undefined =
    typeof selector === "function"
      ? undefined
      : {
          kind: "route",
          selector: { context: selector.context },
          ...(fallback === undefined ? {} : { default: fallback }),
        };
  const made: Reward = composite(
    "route",
    rewards,
    {
      name: options.name,
      ...versionAndSpec(spec, options.version),
      ...rangeAndFloor(rewards),
    },
    async (tasks, ctx) => {
      const chosen = tasks.map((task) => {
        const name = select(task);
        return name !== undefined && Object.hasOwn(rewards, name) ? { name } : { name: fallback, wanted: name };
      });
      const out: Score[][] = tasks.map(() => []);
      await Promise.all(
        Object.entries(rewards).map(async ([name, child]) => {
          const mine = tasks.flatMap((_, t) => (chosen[t]!.name === name ? [t] : []));
          if (mine.length === 0) return;
          const scores = await ctx.score(
            child,
            mine.map((t) => tasks[t]!),
          );
          for (const [k, t] of mine.entries())
            out[t] = scores[k]!.map((score) =>
              settled(made, ctx, () => {
                const needed = { [name]: score };
                if (!isScored(score)) return wantingPart(needed)!;
                return conclude(score.value, needed, floorOf(made), { ...kept(score), facts: { route: name } });
              }),
            );
        }),
      );
      for (const [t, task] of tasks.entries())
        if (chosen[t]!.name === undefined) {
          const lost = unscored(
            "unsupported",
            `task ${task.id}: no route for ${JSON.stringify(chosen[t]!.wanted ?? null)}; there are ${Object.keys(rewards).join(", ")}`,
          );
          out[t] = task.candidates.map(() => lost);
        }
      return out;
    },
  );
  return made;
}

/** Options of `mixture`. */
export interface MixtureOptions {
  /** "same" (default) refuses rewards of different or unstated range; "native" adds them as they are. */
  scales?: "same" | "native" | undefined;
  name?: string | undefined;
  /** Stands for the gate in the fingerprint if that has no spec. */
  version?: string | number | undefined;
}

/**
 * A mixture of rewards whose weights depend on the task.
 *
 *     value = Σ_i g_i(task) · r_i
 *
 * Rewards of weight 0 are not called for that task. Weights must be at least 0; `facts.weights` records them. A part with
 * weight that is unscored makes the whole unscored. Source: the gating of ArmoRM (2024), with any gate.
 *
 * @throws UsageError if ranges differ under `scales: "same"`
 * @example mixture((task) => ({ safe: isMedical(task) ? 0.8 : 0.2, useful: 0.2 }), { safe, useful }, { version: 1 })
 */
export function mixture(gate: Gate, rewards: Children, options: MixtureOptions = {}): Reward {
  const { scales = "same" } = options;
  const names = Object.keys(rewards);
  if (scales === "same" && names.length > 1 && !sameRange(Object.values(rewards)))
    throw new UsageError("mixture: the rewards have different ranges", 'pass scales: "native" to mix them as they are');
  const spec = gate.spec === undefined ? undefined : { kind: "mixture", gate: gate.spec, scales };
  const made: Reward = composite(
    "mixture",
    rewards,
    { name: options.name, ...versionAndSpec(spec, options.version) },
    async (tasks, ctx) => {
      const weights = await Promise.all(tasks.map(async (task) => gate(task, ctx)));
      const byChild = await Promise.all(
        names.map((name) => scoreSome(rewards[name]!, tasks, (t) => (weights[t]![name] ?? 0) !== 0, ctx)),
      );
      return tasks.map((task, t) =>
        task.candidates.map((_, c) =>
          settled(made, ctx, () => {
            const own = weights[t]!;
            for (const [name, weight] of Object.entries(own))
              if (!names.includes(name) || !(weight >= 0 && Number.isFinite(weight)))
                return unscored("bug", `the gate of ${made.name} gave ${name} the weight ${weight}`);
            const needed: Record<string, Score> = {};
            let value = 0;
            for (const [k, name] of names.entries()) {
              const score = byChild[k]![t]![c];
              if (score === undefined) continue;
              needed[name] = score;
              if (isScored(score)) value += (own[name] ?? 0) * score.value;
            }
            const wanting = wantingPart(needed);
            if (wanting !== undefined) return wanting;
            if (Object.keys(needed).length === 0)
              return unscored("unsupported", `task ${task.id}: the gate gave every reward weight 0`);
            const draft = conclude(value, needed, undefined, { facts: { weights: { ...own } } });
            if (typeof draft !== "object" || draft.unscored !== undefined) return draft;
            const rest = Object.fromEntries(names.filter((name) => !(name in needed)).map((name) => [name, null]));
            return { ...draft, parts: { ...rest, ...partsOf(needed) } };
          }),
        ),
      );
    },
  );
  return made;
}

function versionAndSpec(
  spec: JsonObject | undefined,
  version: string | number | undefined,
): Pick<CombineOptions, "version" | "spec"> {
  return spec === undefined ? { version } : { version: 1, spec };
}

function rangeAndFloor(rewards: Children): Pick<CombineOptions, "range" | "floor"> {
  const list = Object.values(rewards);
  const floors = list.map((child) => floorOf(child));
  return {
    range: hull(list.map(reachOf)),
    floor: floors.every((one) => one !== undefined) ? Math.min(...(floors as number[])) : undefined,
  };
}

function kept(score: Score): Pick<Exclude<Score, { unscored: object }>, "spread" | "local" | "rationale"> {
  if (!isScored(score)) return {};
  const { spread, local, rationale } = score;
  return {
    ...(spread === undefined ? {} : { spread }),
    ...(local === undefined ? {} : { local }),
    ...(rationale === undefined ? {} : { rationale }),
  };
}
