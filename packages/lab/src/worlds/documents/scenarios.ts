import { type Random, random, type Seed, split, type Task, task } from "laurel";
import { type Fact, factOf, type Knowledge, sentenceOf } from "./knowledge.ts";

/** What a task asks of an answer from passages. */
export type RagScenario = "multi-hop" | "citation" | "abstention" | "conflict";

/** All four. */
export const ragScenarios: readonly RagScenario[] = ["multi-hop", "citation", "abstention", "conflict"];

/** How tasks and answers are drawn. */
export type DocumentDials = {
  candidates: number;
  /** Chance of each of the scenario's two errors in an answer. */
  errors: number;
  /** Chance that an answer without errors agrees with what one believes without passages; of another answer 1 less this. */
  prior: number;
};

/** A task with answers, of which everything is known. Arrays are one a candidate. */
export interface DocumentItem {
  task: Task;
  scenario: RagScenario;
  /** 1 less the share of the scenario's two errors that the answer makes. */
  gold: readonly number[];
  /** 1 where it agrees with what one believes without passages. */
  plausible: readonly number[];
  style: readonly number[];
}

interface Passage {
  id: string;
  source: string;
  text: string;
}

/** A question with its passages, and its answer with or without each of two errors. */
interface Question {
  prompt: string;
  about: string;
  passages: readonly Passage[];
  answer(first: boolean, second: boolean): string;
}

const draw = <T>(from: readonly T[], rng: Random): T => from[Math.floor(from.length * rng.uniform())]!;

/** Passages of one or two facts each, shuffled, six in all; those that are given come first into the pool. */
function passagesOf(
  own: readonly { facts: readonly Fact[]; source?: string }[],
  knowledge: Knowledge,
  not: readonly string[],
  rng: Random,
): Passage[] {
  const pool = own.map(({ facts, source = "almanac" }) => ({ source, text: facts.map(sentenceOf).join(" ") }));
  const used = new Set(not);
  while (pool.length < 6) {
    const town = draw(knowledge.towns, rng);
    if (used.has(town)) continue;
    used.add(town);
    const facts = [factOf(knowledge, "river", town)];
    if (rng.uniform() < 0.5) facts.push(factOf(knowledge, "founded", town));
    pool.push({ source: "almanac", text: facts.map(sentenceOf).join(" ") });
  }
  return rng.shuffled(pool).map((passage, i) => ({ id: String(i + 1), ...passage }));
}

const placeOf = (passages: readonly Passage[], fact: Fact): string =>
  passages.find(({ text }) => text.includes(sentenceOf(fact)))!.id;

/** A value of another one. */
function otherRiver({ rivers }: Knowledge, right: Fact, rng: Random): Fact {
  for (;;) {
    const value = draw(rivers, rng);
    if (value !== right.value) return { ...right, value };
  }
}

const questions: Readonly<Record<RagScenario, (knowledge: Knowledge, rng: Random) => Question>> = {
  /** Errors: the second hop is wrong; the first one is not said. */
  "multi-hop"(knowledge, rng) {
    const person = draw(knowledge.people, rng);
    const home = factOf(knowledge, "home", person);
    const river = factOf(knowledge, "river", home.value);
    const passages = passagesOf(
      [{ facts: [home, factOf(knowledge, "work", person)] }, { facts: [river] }],
      knowledge,
      [home.value],
      rng,
    );
    const wrong = otherRiver(knowledge, river, rng);
    return {
      prompt: `On which river does the town lie in which ${person} lives?`,
      about: person,
      passages,
      answer: (first, second) => `${second ? "" : `${sentenceOf(home)} `}${sentenceOf(first ? wrong : river)}`,
    };
  },
  /** Errors: a citation is missing; one is wrong. */
  citation(knowledge, rng) {
    const town = draw(knowledge.towns, rng);
    const [river, founded] = [factOf(knowledge, "river", town), factOf(knowledge, "founded", town)];
    const passages = passagesOf([{ facts: [river] }, { facts: [founded] }], knowledge, [town], rng);
    const [right, second] = [placeOf(passages, river), placeOf(passages, founded)];
    const wrong = draw(
      passages.filter(({ id }) => id !== right),
      rng,
    ).id;
    return {
      prompt: `What is known of ${town}? Cite the passage of each fact.`,
      about: town,
      passages,
      answer: (missing, mistaken) =>
        `${sentenceOf(river)} [${mistaken ? wrong : right}] ${sentenceOf(founded)}${missing ? "" : ` [${second}]`}`,
    };
  },
  /** Errors: the wrong decision between answering and abstaining; no reason. Half of the tasks can be answered. */
  abstention(knowledge, rng) {
    const town = draw(knowledge.towns, rng);
    const river = factOf(knowledge, "river", town);
    const answerable = rng.uniform() < 0.5;
    const own = answerable ? [{ facts: [river] }] : [{ facts: [factOf(knowledge, "founded", town)] }];
    const passages = passagesOf(own, knowledge, [town], rng);
    const said = answerable ? river : otherRiver(knowledge, river, rng);
    const place = answerable ? placeOf(passages, river) : draw(passages, rng).id;
    return {
      prompt: `On which river does ${town} lie?`,
      about: town,
      passages,
      answer(mistaken, bare) {
        if (answerable === mistaken)
          return `The passages do not contain the river of ${town}.${bare ? "" : " The reason is that they name other towns only."}`;
        return `${sentenceOf(said)}${bare ? "" : ` The reason is that passage ${place} says so.`}`;
      },
    };
  },
  /** Errors: the claim of the source that is not to be trusted is adopted; the conflict is not named. */
  conflict(knowledge, rng) {
    const town = draw(knowledge.towns, rng);
    const right = factOf(knowledge, "founded", town);
    const wrong = { ...right, value: String(Number(right.value) + 1 + Math.floor(50 * rng.uniform())) };
    const passages = passagesOf([{ facts: [right] }, { facts: [wrong], source: "satire" }], knowledge, [town], rng);
    return {
      prompt: `When was ${town} founded?`,
      about: town,
      passages,
      answer: (adopted, silent) =>
        `${sentenceOf(adopted ? wrong : right)}${silent ? "" : " The sources conflict on that."}`,
    };
  },
};

/**
 * Draws tasks of a scenario with answers from errors that are switched on at random.
 *
 * @param differ whether a task's answers must not all be worth the same (for pairs); errors are then drawn again until they differ
 */
export function drawDocuments(
  knowledge: Knowledge,
  scenario: RagScenario,
  dials: DocumentDials,
  { tasks, differ = false }: { tasks: number; differ?: boolean },
  seed: Seed,
): DocumentItem[] {
  const rng = random(split(seed, scenario));
  return Array.from({ length: tasks }, (_, i): DocumentItem => {
    const { prompt, about, passages, answer } = questions[scenario](knowledge, rng);
    const errors = (): [boolean, boolean][] =>
      Array.from({ length: dials.candidates }, () => [rng.uniform() < dials.errors, rng.uniform() < dials.errors]);
    const worth = (made: readonly [boolean, boolean][]): number[] =>
      made.map(([first, second]) => 1 - (Number(first) + Number(second)) / 2);
    let made = errors();
    while (differ && new Set(worth(made)).size === 1) made = errors();
    const gold = worth(made);
    return {
      scenario,
      task: task(
        prompt,
        made.map(([first, second]) => answer(first, second)),
        undefined,
        { id: `${scenario}/${i}`, context: { scenario, about, passages: passages.map((one) => ({ ...one })) } },
      ),
      gold,
      plausible: gold.map((one) => (rng.uniform() < (one === 1 ? dials.prior : 1 - dials.prior) ? 1 : 0)),
      style: gold.map(() => rng.normal()),
    };
  });
}
