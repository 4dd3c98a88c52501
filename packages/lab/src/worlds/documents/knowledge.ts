import { random, type Seed, split } from "laurel";
import type { Entails } from "laurel/rewards";

/** What is told of people (home, work) and of towns (river, founded). */
export type Relation = "home" | "work" | "river" | "founded";

/** One triple. */
export interface Fact {
  entity: string;
  relation: Relation;
  value: string;
}

/** 400 triples of 100 people and 100 towns. */
export interface Knowledge {
  people: readonly string[];
  towns: readonly string[];
  rivers: readonly string[];
  /** By relation and entity. */
  facts: ReadonlyMap<string, Fact>;
}

const words: Readonly<Record<Relation, string>> = {
  home: "lives in",
  work: "works as a",
  river: "lies on the",
  founded: "was founded in",
};

const relations = new Map((Object.keys(words) as Relation[]).map((relation) => [words[relation], relation]));

/** A fact as a sentence. */
export function sentenceOf({ entity, relation, value }: Fact): string {
  return `${entity} ${words[relation]} ${value}.`;
}

const stated = /(\w+) (lives in|works as a|lies on the|was founded in) (\w+)\./g;

/** The facts that a text states, in its order. */
export function factsIn(text: string): Fact[] {
  const facts: Fact[] = [];
  stated.lastIndex = 0;
  for (let found = stated.exec(text); found !== null; found = stated.exec(text))
    facts.push({ entity: found[1]!, relation: relations.get(found[2]!)!, value: found[3]! });
  return facts;
}

/** Entailment that is exact in this world: 1 where the claim states a fact, and the premises state all that it states. */
export const exactEntails: Entails = (premises, claim) => {
  const known = new Set(premises.flatMap((text) => factsIn(text).map(sentenceOf)));
  const claimed = factsIn(claim);
  return claimed.length > 0 && claimed.every((fact) => known.has(sentenceOf(fact))) ? 1 : 0;
};

const consonants = [..."bdfgklmnpr"];
const vowels = [..."aeiou"];

/** A name of two syllables and an ending; 2,500 different ones. */
function nameOf(i: number, ending: string): string {
  const syllable = (k: number): string => consonants[k % 10]! + vowels[Math.floor(k / 10) % 5]!;
  const word = syllable(i % 50) + syllable(Math.floor(i / 50) % 50);
  return word[0]!.toUpperCase() + word.slice(1) + ending;
}

const crafts = ["baker", "glazier", "mason", "potter", "weaver", "smith", "tailor", "cooper"];

/** Draws who lives where and what towns are like. */
export function drawKnowledge(seed: Seed): Knowledge {
  const rng = random(split(seed, "knowledge"));
  const below = (n: number): number => Math.floor(n * rng.uniform());
  const people = Array.from({ length: 100 }, (_, i) => nameOf(i, "n"));
  const towns = Array.from({ length: 100 }, (_, i) => nameOf(i, "ton"));
  const rivers = Array.from({ length: 40 }, (_, i) => nameOf(i, "ra"));
  const facts = new Map<string, Fact>();
  const tell = (entity: string, relation: Relation, value: string): void =>
    void facts.set(`${relation} ${entity}`, { entity, relation, value });
  for (const person of people) {
    tell(person, "home", towns[below(towns.length)]!);
    tell(person, "work", crafts[below(crafts.length)]!);
  }
  for (const town of towns) {
    tell(town, "river", rivers[below(rivers.length)]!);
    tell(town, "founded", String(900 + below(900)));
  }
  return { people, towns, rivers, facts };
}

/** What is told of an entity. */
export function factOf({ facts }: Knowledge, relation: Relation, entity: string): Fact {
  const fact = facts.get(`${relation} ${entity}`);
  if (fact === undefined) throw new Error(`nothing is told of ${relation} ${entity}`);
  return fact;
}
