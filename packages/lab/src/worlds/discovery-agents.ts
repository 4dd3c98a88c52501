import type { Random } from "laurel";
import {
  type Discovery,
  type DiscoveryForm,
  discoveryForms,
  formValue,
  generalRelation,
  isOrdered,
} from "laurel/recipes";
import type { Hypothesis } from "laurel/rewards";

/** Squared correlation of two columns over some rows; 0 where either does not vary. */
function fit(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  let [sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [a, b] = [x[i]!, y[i]!];
    sx += a;
    sy += b;
    sxx += a * a;
    syy += b * b;
    sxy += a * b;
  }
  const [vx, vy, c] = [sxx - (sx * sx) / n, syy - (sy * sy) / n, sxy - (sx * sy) / n];
  return vx <= 1e-12 * sxx || vy <= 1e-12 * syy ? 0 : (c * c) / (vx * vy);
}

/** An agent that never looks at the data: with a probability it knows the parents and the form; the context is a coin's. */
export function guessed({ names, gold }: Discovery, knows: number, rng: Random): Hypothesis {
  const context = rng.uniform() < 0.5 ? "category 0" : "None";
  if (rng.uniform() < knows) return { ...gold, context };
  const [a, b] = rng.shuffled(names) as [string, string];
  return { context, variables: [a, b], relation: discoveryForms[rng.below(discoveryForms.length)]! };
}

/** An agent that names the one column that goes with the target most, and says no more than that it matters. */
export function univariate({ names, columns, target }: Discovery): Hypothesis {
  const fits = columns.map((column) => fit(column, target));
  const best = fits.indexOf(Math.max(...fits));
  return { context: "None", variables: [names[best]!], relation: generalRelation };
}

/**
 * An agent that tries all pairs of columns, forms and contexts (all rows, or those of one category).
 *
 *     score = r² − 2/n − penalty · [a context is named]
 */
export function searched({ names, columns, category, target }: Discovery, penalty = 0.08): Hypothesis {
  let best = Number.NEGATIVE_INFINITY;
  let found: Hypothesis = { context: "None", variables: [], relation: generalRelation };
  for (const kept of [undefined, 0, 1, 2]) {
    const rows = [...category.keys()].filter((row) => kept === undefined || category[row] === kept);
    if (rows.length < 4) continue;
    const take = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row]!);
    const [x, y] = [columns.map(take), take(target)];
    const made = new Float64Array(rows.length);
    const cost = 2 / rows.length + (kept === undefined ? 0 : penalty);
    for (let i = 0; i < x.length; i++)
      for (let j = 0; j < x.length; j++)
        for (const form of discoveryForms) {
          // the other order of a form without one is the same candidate
          if (i === j || (j < i && !isOrdered(form))) continue;
          const [a, b] = [x[i]!, x[j]!];
          for (let row = 0; row < made.length; row++) made[row] = formValue(form, a[row]!, b[row]!);
          const score = fit(made, y) - cost;
          if (score <= best) continue;
          best = score;
          found = {
            context: kept === undefined ? "None" : `category ${kept}`,
            variables: [names[i]!, names[j]!],
            relation: form,
          };
        }
  }
  return found;
}

/** What was done to a hypothesis, by the facet that is to blame. */
export type FacetFault = "context" | "variables" | "general" | "reversed";

/** A hypothesis with one fault. */
export function spoilt(gold: Hypothesis, fault: FacetFault, names: readonly string[], rng: Random): Hypothesis {
  switch (fault) {
    case "context": {
      const others = ["None", "category 0", "category 1", "category 2"].filter((one) => one !== gold.context);
      return { ...gold, context: others[rng.below(others.length)]! };
    }
    case "variables": {
      const strangers = names.filter((name) => !gold.variables.includes(name));
      const at = rng.below(gold.variables.length);
      const other = strangers[rng.below(strangers.length)]!;
      return { ...gold, variables: gold.variables.map((name, i) => (i === at ? other : name)) };
    }
    case "general":
      return { ...gold, relation: generalRelation };
    case "reversed":
      return { ...gold, relation: `-(${gold.relation})` };
  }
}

/** A gold hypothesis without a table. */
export function drawnHypothesis(names: readonly string[], rng: Random): Hypothesis {
  const [a, b] = rng.shuffled(names) as [string, string];
  const form: DiscoveryForm = discoveryForms[rng.below(discoveryForms.length)]!;
  return { context: rng.uniform() < 0.5 ? "None" : "category 0", variables: [a, b], relation: form };
}
