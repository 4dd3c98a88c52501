import { type Children, floorOf, isScored, type Reward, UsageError, unscored } from "../core/index.ts";
import { blend, conclude, reachOf, wantingPart } from "./parts.ts";

/** Options of `multiplicative`. */
export interface MultiplicativeOptions {
  /** The name of the reward that alone earns; default "progress". */
  progress?: string | undefined;
  /** The names of rules whose breach costs `terminal`; all other rewards are soft factors. */
  hard?: readonly string[] | undefined;
  /** What a breach of hard rules costs, once, however many are broken; default a tenth of the greatest progress. */
  terminal?: number | undefined;
  name?: string | undefined;
}

/**
 * Progress times factors: one reward earns, rules only take away.
 *
 *     value = progress · Π_i p_i − T · [a hard rule is broken]
 *
 * A rule gives 1 where it holds; a soft rule's value p_i in [0, 1] multiplies, and a hard rule is broken where its value
 * is below 1. A factor cannot be traded against another term, and no progress earns nothing whatever the manners. Progress
 * must not be negative, because a factor would then soften a loss. Faulty parts count at their floors.
 *
 * @param rewards by name, one of them named by `progress`
 * @throws UsageError if the progress reward or a hard rule is not among them, if progress can be negative, if a factor's
 *   stated range leaves [0, 1], or if there are hard rules, no `terminal` and no range to take it from
 * @returns unscored (`bug`) where a factor without a stated range leaves [0, 1]
 * @source CaRL (2025): r = RC · Π p − T. T's default is ours: the paper's scale is not known.
 * @example multiplicative({ progress, lane, collision }, { hard: ["collision"], terminal: 0.1 })
 */
export function multiplicative(rewards: Children, options: MultiplicativeOptions = {}): Reward {
  const { progress = "progress", hard = [] } = options;
  const names = Object.keys(rewards);
  for (const name of [progress, ...hard])
    if (!names.includes(name))
      throw new UsageError(`multiplicative: there is no reward '${name}' (${names.join(", ")})`);
  if (hard.includes(progress)) throw new UsageError(`multiplicative: '${progress}' cannot be both progress and a rule`);
  const soft = names.filter((name) => name !== progress && !hard.includes(name));
  const earned = reachOf(rewards[progress]!);
  const lowest = earned?.[0] ?? floorOf(rewards[progress]!);
  if (lowest !== undefined && lowest < 0)
    throw new UsageError(
      `multiplicative: '${progress}' can be ${lowest}, and a factor would soften a loss`,
      "shift it to start at 0 with `shape` and `affine`",
    );
  for (const name of names) {
    if (name === progress) continue;
    const reach = reachOf(rewards[name]!);
    if (reach !== undefined && (reach[0] < 0 || reach[1] > 1))
      throw new UsageError(
        `multiplicative: the rule '${name}' has the range [${reach[0]}, ${reach[1]}], not one within [0, 1]`,
      );
  }
  const terminal = options.terminal ?? (hard.length === 0 ? 0 : earned === undefined ? undefined : earned[1] / 10);
  if (terminal === undefined)
    throw new UsageError(`multiplicative: '${progress}' states no range, so \`terminal\` must be given`);
  if (!(terminal >= 0 && Number.isFinite(terminal)))
    throw new UsageError(`multiplicative: terminal must be a number of at least 0, not ${terminal}`);
  const cost = hard.length > 0 ? terminal : 0;
  const least = soft.length > 0 ? 0 : (earned?.[0] ?? 0);
  const range = earned === undefined ? undefined : ([least - cost, earned[1]] as const);
  const floor = -cost + (range === undefined ? 0 : least);

  return blend(
    "multiplicative",
    rewards,
    {
      name: options.name,
      version: 1,
      spec: { kind: "multiplicative", progress, hard: [...hard], terminal },
      range,
      floor,
    },
    (scores) => {
      const wanting = wantingPart(scores);
      if (wanting !== undefined) return wanting;
      let value = 0;
      let product = 1;
      const broken: string[] = [];
      for (const name of names) {
        const score = scores[name]!;
        if (!isScored(score)) continue;
        if (name === progress) {
          if (score.value < 0) return unscored("bug", `${name} gave ${score.value}; progress must not be negative`);
          value = score.value;
          continue;
        }
        if (score.value < 0 || score.value > 1) return unscored("bug", `${name} gave ${score.value}, outside [0, 1]`);
        if (!hard.includes(name)) product *= score.value;
        else if (score.value < 1) broken.push(name);
      }
      value *= product;
      if (broken.length > 0) value -= terminal;
      return conclude(value, scores, floor, broken.length > 0 ? { facts: { broken } } : {});
    },
  );
}
