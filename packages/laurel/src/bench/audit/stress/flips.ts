import { candidate, type Estimate, isScored, type Score, type Seed, split, type Task } from "../../../core/index.ts";
import { creditEstimate, maybe, valueEstimate } from "../../../run/credit.ts";
import type { StressPair } from "./pairs.ts";
import { type Perturbation, perturbations } from "./perturbations.ts";

/** What a perturbation does to a reward's decisions on pairs. */
export interface PerturbationFinding {
  perturbation: string;
  kind: Perturbation["kind"];
  /** Share of decisions that turn when both answers are perturbed; a decision that becomes a tie counts half. */
  both: Estimate | undefined;
  /** Share that turns when only the answer that the reward preferred is. */
  winner: Estimate | undefined;
  /** Share that turns when only the other one is: the perturbation alone wins. */
  loser: Estimate | undefined;
  /** Mean change of a perturbed answer's value, in standard deviations of the reward's values. */
  change: Estimate | undefined;
  pairs: number;
  unscored: number;
}

/** One pair under one perturbation. */
interface Trial {
  pair: StressPair;
  perturbation: string;
  tasks: Task[];
}

/** The trials of a stress audit, and the tasks that must be scored for them. */
export interface FlipPlan {
  trials: readonly Trial[];
  tasks: readonly Task[];
  grouped: boolean;
}

/**
 * Plans what must be scored: each pair as it was, perturbed in both, and in either answer.
 *
 * @param grouped does the reward see the group? Then each comparison is a task of its own, else all four texts are one task
 */
export function planFlips(
  pairs: readonly StressPair[],
  options: { grouped: boolean; most: number; seed: Seed },
): FlipPlan {
  const chosen = pairs.slice(0, options.most);
  const trials: Trial[] = [];
  for (const { name, apply } of perturbations)
    for (const pair of chosen) {
      const { example, item } = pair;
      const seed = split(options.seed, `${name} ${item.id}`);
      const [a, b] = [pair.betterText, pair.worseText];
      const [changedA, changedB] = [apply(a, split(seed, a)), apply(b, split(seed, b))];
      if (changedA === undefined && changedB === undefined) continue;
      const [newA, newB] = [changedA ?? a, changedB ?? b];
      const groups = options.grouped
        ? [
            [a, b],
            [newA, newB],
            [newA, b],
            [a, newB],
          ]
        : [[a, b, newA, newB]];
      const tasks = groups.map(
        (texts, g): Task => ({
          ...example.task,
          id: `perturbed/${name}/${item.id}/${item.which}${options.grouped ? `/${g}` : ""}`,
          candidates: texts.map((text) => candidate(text)),
        }),
      );
      trials.push({ pair, perturbation: name, tasks });
    }
  return { trials, tasks: trials.flatMap(({ tasks }) => tasks), grouped: options.grouped };
}

/** Values of [a, b, a', b'] as [a, b], [a', b'], [a', b], [a, b'], for either plan; undefined where one is missing. */
function valuesOf(own: readonly (readonly Score[] | undefined)[], grouped: boolean): [number, number][] | undefined {
  const flat = own.flatMap((scores) => scores ?? []).flatMap((score) => (isScored(score) ? [score.value] : []));
  if (flat.length !== (grouped ? 8 : 4)) return undefined;
  if (grouped) return [0, 2, 4, 6].map((i): [number, number] => [flat[i]!, flat[i + 1]!]);
  const [a, b, newA, newB] = flat as [number, number, number, number];
  return [
    [a, b],
    [newA, newB],
    [newA, b],
    [a, newB],
  ];
}

/** The findings from the scores of a plan's tasks, in their order; decisions that were ties before are left out. */
export function flipsOf(
  plan: FlipPlan,
  scores: readonly (readonly Score[] | undefined)[],
  options: { sd: number; level: number },
): PerturbationFinding[] {
  const rows = new Map(
    perturbations.map(({ name, kind }) => [
      name,
      {
        kind,
        both: [] as number[],
        winner: [] as number[],
        loser: [] as number[],
        change: [] as number[],
        clusters: [] as string[],
        unscored: 0,
        pairs: 0,
      },
    ]),
  );
  let at = 0;
  for (const { pair, perturbation, tasks } of plan.trials) {
    const row = rows.get(perturbation)!;
    const own = scores.slice(at, at + tasks.length);
    at += tasks.length;
    row.pairs++;
    const values = valuesOf(own, plan.grouped);
    if (values === undefined) {
      row.unscored++;
      continue;
    }
    const [[a, b], changed, better, worse] = values as [
      [number, number],
      [number, number],
      [number, number],
      [number, number],
    ];
    const side = Math.sign(a - b);
    if (side === 0) continue;
    const turned = ([x, y]: readonly [number, number]): number => (1 - side * Math.sign(x - y)) / 2;
    row.both.push(turned(changed));
    row.winner.push(turned(side > 0 ? better : worse));
    row.loser.push(turned(side > 0 ? worse : better));
    row.change.push((changed[0] - a + changed[1] - b) / (2 * options.sd));
    row.clusters.push(pair.item.cluster);
  }
  return [...rows].map(([perturbation, { kind, both, winner, loser, change, clusters, pairs, unscored }]) => {
    const share = (values: readonly number[]): Estimate | undefined =>
      maybe(() => creditEstimate({ values, clusters }, unscored, options.level));
    return {
      perturbation,
      kind,
      both: share(both),
      winner: share(winner),
      loser: share(loser),
      change: maybe(() => valueEstimate({ values: change, clusters }, unscored, options.level)),
      pairs,
      unscored,
    };
  });
}
