import { type Children, type Context, isScored, NotEnoughDataError, type Task, UsageError } from "../core/index.ts";

/** Where a member's values lie on base-policy samples: what `ensemble` takes as `standardise`. */
export type Standardisation = Readonly<Record<string, { mean: number; sd: number; n: number }>>;

/**
 * Mean and standard deviation of each member over samples of the base policy, so that members of different scale can be averaged.
 *
 * Take samples of the base policy, not the candidates that are to be ranked: those would leak the selection into the scale. The sd has n in its
 * denominator. Unscored candidates are left out; faults count at their floor.
 *
 * @param members by name
 * @param tasks the samples, of any number of candidates
 * @returns by name, to be kept in the spec of the ensemble
 * @throws UsageError that names a member whose values do not vary; NotEnoughDataError where it scored fewer than two samples
 * @source Helping or Herding? (2023): rewards as z-scores; the exact rule is ours
 * @example ensemble(members, { standardise: await standardisation(members, samples, ctx) })
 */
export async function standardisation(
  members: Children,
  tasks: AsyncIterable<Task> | Iterable<Task>,
  ctx: Context,
): Promise<Standardisation> {
  const names = Object.keys(members);
  const sums = names.map(() => ({ n: 0, mean: 0, squares: 0 }));
  for await (const task of tasks) {
    const scored = await Promise.all(names.map((name) => ctx.score(members[name]!, [task])));
    for (const [m, rows] of scored.entries())
      for (const score of rows[0]!) {
        if (!isScored(score)) continue;
        // Welford's update: no cancellation where the mean is large beside the sd
        const own = sums[m]!;
        own.n++;
        const before = score.value - own.mean;
        own.mean += before / own.n;
        own.squares += before * (score.value - own.mean);
      }
  }
  return Object.fromEntries(
    names.map((name, m) => {
      const { n, mean, squares } = sums[m]!;
      if (n < 2) throw new NotEnoughDataError(`standardisation: ${name} scored ${n} samples`, 2);
      const sd = Math.sqrt(squares / n);
      if (!(sd > 0)) throw new UsageError(`standardisation: the values of ${name} do not vary: its sd is 0`);
      return [name, { mean, sd, n }];
    }),
  );
}
