import { UsageError } from "laurel";
import type { Weights } from "laurel/io";

const some = (names: readonly string[]): string =>
  `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;

/**
 * Checks that models have the same tensors.
 *
 * @throws UsageError that lists what each side has and the other lacks, or the first tensor whose shapes differ
 */
export function checkSameTensors(
  base: ReadonlyMap<string, { shape: readonly number[] }>,
  other: ReadonlyMap<string, { shape: readonly number[] }>,
  names: readonly [base: string, other: string] = ["the base", "the other"],
): void {
  const only = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] =>
    [...a.keys()].filter((name) => !b.has(name));
  const [left, right] = [only(base, other), only(other, base)];
  if (left.length > 0 || right.length > 0)
    throw new UsageError(
      [
        "the models do not have the same tensors",
        ...(left.length > 0 ? [`only ${names[0]} has ${some(left)}`] : []),
        ...(right.length > 0 ? [`only ${names[1]} has ${some(right)}`] : []),
      ].join("; "),
      "models that are merged come from the same base",
    );
  for (const [name, { shape }] of base) {
    const theirs = other.get(name)!.shape;
    if (shape.length !== theirs.length || shape.some((n, i) => n !== theirs[i]))
      throw new UsageError(
        `${name} has the shape [${shape.join(", ")}] in ${names[0]} and [${theirs.join(", ")}] in ${names[1]}`,
        "a vocabulary that was made larger does this: give both models the same",
      );
  }
}

const statistics = /(?:^|\.)(?:running_mean|running_var)$/;

/**
 * Refuses running statistics of batch normalisation: they are no weights, and a scaled difference of them means nothing.
 *
 * @throws UsageError that names the first one
 */
export function checkNoStatistics(names: Iterable<string>): void {
  for (const name of names)
    if (statistics.test(name))
      throw new UsageError(
        `${name} is a running statistic of batch normalisation, which cannot be scaled or merged`,
        "leave these tensors out and take them anew from data after merging",
      );
}

/** One model's value for every tensor of another. */
export function mapTensors(
  weights: Weights,
  of: (values: Float32Array, name: string) => Float32Array,
): Map<string, { shape: readonly number[]; values: Float32Array }> {
  return new Map([...weights].map(([name, { shape, values }]) => [name, { shape, values: of(values, name) }]));
}
