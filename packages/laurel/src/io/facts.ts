import { canonicalJson, type Example, type Json } from "../core/index.ts";
import { clusterOf } from "./cluster.ts";

/**
 * What an example states, as a map from each fact to the field that it stands in. A fact names candidates by their
 * content, not by their place, so that the same facts come out of one row of four candidates and of its three pairs.
 */
export function factsOf(example: Example): Map<string, string> {
  const { task, labels, subsets, cluster } = example;
  const facts = new Map<string, string>();
  const state = (field: string, about: string, value: unknown): void => {
    if (value !== undefined && value !== null) facts.set(`${field}|${about}|${canonicalJson(value as Json)}`, field);
  };
  const members = (field: string, object: object | undefined): void => {
    for (const [name, value] of Object.entries(object ?? {})) state(`${field}.${name}`, "", value);
  };
  if (!/^#\d+$/.test(task.id)) state("id", "", task.id);
  state("prompt", "", task.prompt);
  if (cluster !== clusterOf(task.prompt)) state("cluster", "", cluster);
  members("reference", task.reference);
  members("context", task.context);
  members("subsets", subsets);
  members("labels.extra", labels.extra);
  const contents = task.candidates.map((candidate) => canonicalJson(candidate.output as unknown as Json));
  const names = contents.map(
    (content, i) => `${contents.slice(0, i).filter((one) => one === content).length} ${content}`,
  );
  for (const [i, candidate] of task.candidates.entries()) {
    const name = names[i]!;
    for (const [member, value] of Object.entries(candidate)) state(`candidates.${member}`, name, plain(value));
    state("labels.correct", name, labels.correct?.[i]);
    state("labels.value", name, labels.value?.[i]);
    state("labels.steps", name, labels.steps?.[i]);
    for (const [part, value] of Object.entries(labels.parts?.[i] ?? {})) state(`labels.parts.${part}`, name, value);
  }
  for (const { first, second, p, strength, rater } of labels.preferred ?? []) {
    const straight = p > 0.5 || (p === 0.5 && names[first]! < names[second]!);
    const pair = straight ? `${names[first]} > ${names[second]}` : `${names[second]} > ${names[first]}`;
    state("labels.preferred", pair, straight ? p : 1 - p);
    state("labels.preferred.strength", pair, strength);
    state("labels.preferred.rater", pair, rater);
  }
  return facts;
}

/** Typed arrays as lists, so that tokens compare by value. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}
