import { UsageError } from "../../core/index.ts";
import { didYouMean } from "../../io/index.ts";
import { arithmetic } from "./arithmetic.ts";
import { discovery } from "./discovery.ts";
import type { Chosen, GeneratedTopic, Generator } from "./generator.ts";
import { steerMe } from "./steer.ts";

/** All generators of fresh questions. A new one is a file with a `Generator` and a line here. */
export const generators: readonly Generator[] = [arithmetic, steerMe, discovery];

/**
 * The generator of a name.
 *
 * @throws UsageError that lists the nearest names where there is none
 */
export function generatorOf(name: string): Generator {
  const found = generators.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = generators.map((one) => one.name);
  throw new UsageError(`there is no generator '${name}'`, `${didYouMean(name, names)}; there are ${names.join(", ")}`);
}

/**
 * The topics of a generator for chosen values of its parameters.
 *
 * @param chosen by parameter; a range of whole numbers may be written `1-8`, and words by any part that only one of them has
 * @throws UsageError for a parameter or value that the generator has not
 * @example topicsOf(generatorOf("arithmetic"), { depth: ["3"] }) // of all four kinds of operands
 */
export function topicsOf(generator: Generator, chosen: Chosen = {}): readonly GeneratedTopic[] {
  const names = Object.keys(generator.parameters);
  for (const name of Object.keys(chosen))
    if (!names.includes(name))
      throw new UsageError(`${generator.name} has no parameter '${name}'`, `it has ${names.join(", ")}`);
  const full = Object.entries(generator.parameters).map(([name, parameter]): [string, readonly string[]] => {
    const { values } = parameter;
    const own = chosen[name];
    if (own === undefined) return [name, parameter.default ?? (values as readonly string[])];
    const where = `${generator.name}, ${name}`;
    const found = own.flatMap((text) =>
      isRange(values) ? wholes(text, values, where) : [wordOf(text, values as readonly string[], where)],
    );
    return [name, [...new Set(found)]];
  });
  return generator.topics(Object.fromEntries(full));
}

function isRange(values: readonly string[] | readonly [number, number]): values is readonly [number, number] {
  return typeof values[0] === "number";
}

function wholes(text: string, [least, greatest]: readonly [number, number], where: string): string[] {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text.trim());
  const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match === null || from < least || to > greatest || from > to)
    throw new UsageError(`${where}: expected whole numbers from ${least} to ${greatest}, not '${text}'`);
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
}

function wordOf(text: string, words: readonly string[], where: string): string {
  const plain = text.trim().toLowerCase();
  const exact = words.find((word) => word.toLowerCase() === plain);
  if (exact !== undefined) return exact;
  const near = words.filter((word) => plain !== "" && word.toLowerCase().includes(plain));
  if (near.length === 1) return near[0]!;
  throw new UsageError(
    `${where}: there is no '${text}'`,
    near.length > 1 ? `it could be ${near.join(", ")}` : didYouMean(text, words),
  );
}
