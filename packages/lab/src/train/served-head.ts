import type { Tensor } from "laurel/io";
import { type Features, type HeadConfig, type HeadScore, heads } from "laurel/rewards/learned";
import type { Prepared } from "./prepare.ts";

/** A finished head on the items of a training: what the artefact will say, not what the training's own arithmetic said. */
export interface ServedHead {
  /** A score an item; none where the head only compares. */
  score?: ((item: number) => HeadScore) | undefined;
  /** The logit by which the first of two items is better. */
  gap(first: number, second: number): number;
}

/** A head from its tensors. */
export function servedHead(
  { table, promptTable, data }: Pick<Prepared, "table" | "promptTable" | "data">,
  config: HeadConfig,
  weights: ReadonlyMap<string, Tensor>,
): ServedHead {
  const featuresOf = (item: number): Features => {
    const candidate = table.values.subarray(item * table.dim, (item + 1) * table.dim);
    if (promptTable === undefined) return { candidate };
    const { dim, values } = promptTable;
    const { group } = data.items[item]!;
    return { candidate, prompt: values.subarray(group * dim, (group + 1) * dim) };
  };
  const head = heads[config.kind]!;
  if (head.score !== undefined) {
    const score = head.score(weights, config);
    const of = (item: number): HeadScore => score(featuresOf(item));
    return { score: of, gap: (a, b) => of(a).value - of(b).value };
  }
  const compare = head.compare!(weights, config);
  return {
    gap(a, b) {
      const { p, strength } = compare(featuresOf(a), featuresOf(b));
      return strength ?? Math.log(p / (1 - p));
    },
  };
}
