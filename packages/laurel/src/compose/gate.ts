import {
  composite,
  type Draft,
  fault,
  floorOf,
  isScored,
  partsOf,
  type Reward,
  type Score,
  UsageError,
} from "../core/index.ts";
import { conclude, faultsOf, hull, type Parts, type Range, reachOf, scoreSome, settled, wantingPart } from "./parts.ts";

/** The rewards of a gate. */
export interface GateRewards {
  /** Decides whether the gate is open. */
  condition: Reward;
  /** Counts where it is open. */
  reward: Reward;
  /** Counts where it is closed; without it a closed gate gives the reward's floor. */
  else?: Reward | undefined;
}

/** Options of `gate`. */
export interface GateOptions {
  /** The gate is open where the condition's value is at least this; default 1, what a passed check gives. */
  atLeast?: number | undefined;
  name?: string | undefined;
}

/**
 * A hard gate: the reward counts only where the condition holds.
 *
 *     value = r if condition ≥ atLeast, else `else`, else the floor of r
 *
 * A reward that sees one candidate at a time is called only for those that it is needed for, so a cheap check saves a
 * costly judge. A condition that is unscored makes the whole unscored; one that faults makes the whole a fault at its
 * floor, also where there is an `else`. `facts.gate` says "open" or "closed".
 *
 * @throws UsageError if the reward has neither range nor floor and no `else` is given
 * @example gate({ condition: format(), reward: judge }, { atLeast: 0.5 })
 */
export function gate(rewards: GateRewards, options: GateOptions = {}): Reward {
  const { atLeast = 1 } = options;
  if (!Number.isFinite(atLeast)) throw new UsageError(`gate: atLeast must be a number, not ${atLeast}`);
  const { condition, reward, else: otherwise } = rewards;
  const closedValue = floorOf(reward);
  if (closedValue === undefined && otherwise === undefined)
    throw new UsageError(
      `gate: ${reward.name} has neither a range nor a floor, so a closed gate has no value`,
      "state its range or floor, or give `else`",
    );
  const closed: Range | undefined =
    otherwise === undefined ? [closedValue as number, closedValue as number] : reachOf(otherwise);
  const floors = [closedValue, otherwise === undefined ? closedValue : floorOf(otherwise)];
  const range = hull([reachOf(reward), closed]);
  const floor = floors.every((one) => one !== undefined) ? Math.min(...(floors as number[])) : undefined;

  const opened = (score: Score): boolean => isScored(score) && score.fault === undefined && score.value >= atLeast;
  const shut = (score: Score): boolean => isScored(score) && score.fault === undefined && score.value < atLeast;

  const draft = (check: Score, main: Score | undefined, other: Score | undefined): Draft => {
    const named: Record<string, Score> = { condition: check };
    if (main !== undefined) named["reward"] = main;
    if (other !== undefined) named["else"] = other;
    const parts = {
      ...(main === undefined ? { reward: null } : {}),
      ...(otherwise === undefined || other !== undefined ? {} : { else: null }),
      ...partsOf(named),
    };
    if (!isScored(check)) return wantingPart({ condition: check })!;
    if (check.fault !== undefined) {
      const facts = { gate: "closed", faults: faultsOf(named) };
      return floor === undefined
        ? { value: closedValue ?? check.value, fault: check.fault, parts, facts }
        : fault(check.fault, { parts, facts });
    }
    const isOpen = opened(check);
    const facts = { gate: isOpen ? "open" : "closed" };
    if (!isOpen && otherwise === undefined) return { value: closedValue as number, parts, facts };
    const used: Parts = isOpen ? { reward: main! } : { else: other! };
    const wanting = wantingPart(used);
    if (wanting !== undefined) return wanting;
    const value = (Object.values(used)[0] as { value: number }).value;
    const concluded = conclude(value, named, floor, { facts });
    return typeof concluded === "object" && concluded.unscored === undefined ? { ...concluded, parts } : concluded;
  };

  const made: Reward = composite(
    "gate",
    { condition, reward, ...(otherwise === undefined ? {} : { else: otherwise }) },
    { name: options.name, version: 1, spec: { kind: "gate", atLeast }, range, floor },
    async (tasks, ctx) => {
      const checks = await ctx.score(condition, tasks);
      const [main, other] = await Promise.all([
        scoreSome(reward, tasks, (t, c) => opened(checks[t]![c]!), ctx),
        otherwise === undefined
          ? tasks.map(() => [])
          : scoreSome(otherwise, tasks, (t, c) => shut(checks[t]![c]!), ctx),
      ]);
      return tasks.map((task, t) =>
        task.candidates.map((_, c) =>
          settled(made, ctx, () => {
            const check = checks[t]![c]!;
            return draft(check, opened(check) ? main[t]![c] : undefined, shut(check) ? other[t]![c] : undefined);
          }),
        ),
      );
    },
  );
  return made;
}
