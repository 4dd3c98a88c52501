import { random, type Seed, split, task } from "laurel";
import type { Taker, TaskWriter, Topic } from "laurel/bench";
import { sigmoid } from "../policy/numbers.ts";

/** How topics, takers and label errors are drawn. */
export type TopicTreeDials = {
  parents: number;
  children: number;
  takers: number;
  /** Mean abilities of the weakest and the strongest taker; the others lie evenly between. */
  weakest: number;
  strongest: number;
  /** Standard deviation of a taker's ability over parents. */
  ability: number;
  /** Standard deviations of the topics' difficulty, by parent and by child. */
  parentSpread: number;
  childSpread: number;
  /** The share of topics on which the takers' abilities are permuted. */
  gaps: number;
  /** Questions that can be written on a topic. */
  questions: number;
};

/** autobencher's world, as its specification states it. */
export const autobencherTopics: TopicTreeDials = {
  parents: 20,
  children: 15,
  takers: 17,
  weakest: -1,
  strongest: 1.5,
  ability: 0.5,
  parentSpread: 1,
  childSpread: 0.5,
  gaps: 0.05,
  questions: 50,
};

/** Topics with known difficulties, takers with known abilities, and what they answer. */
export interface TopicWorld {
  topics: readonly Topic[];
  takers: readonly Taker[];
  /** topics x takers: the probability of a right answer. */
  probability: Float64Array;
  /** A writer whose gold is wrong with a probability; a wrong gold makes every taker wrong. `context.wrong` says which, to audits alone. */
  writer(labelError: number): TaskWriter;
  /** Accuracies of the takers on a random set of so many topics with so many questions each, with right gold. */
  existing(topics: number, questions: number, seed: Seed): Float64Array;
}

/**
 * A tree of topics and takers who answer with probability σ(θ_{m,parent} − difficulty): what a search for benchmarks searches.
 *
 * θ_{m,parent} = N(μ_m, ability); difficulty = N(0, parentSpread) + N(0, childSpread); salience is log-normal and says nothing of
 * difficulty. Everything is drawn from the seed and the topic, so that two searches that ask about a topic get the same answers.
 *
 * Source: autobencher's claim check.
 * @example topicWorld(autobencherTopics, seed).topics.length // 300
 */
export function topicWorld(dials: TopicTreeDials, seed: Seed): TopicWorld {
  const { parents, children, takers: m, questions } = dials;
  const rng = random(split(seed, "topics"));
  const n = parents * children;
  const probability = new Float64Array(n * m);
  const topics: Topic[] = [];
  for (let p = 0; p < parents; p++) {
    const base = dials.parentSpread * rng.normal();
    const theta = Array.from(
      { length: m },
      (_, t) =>
        dials.weakest + ((dials.strongest - dials.weakest) * t) / Math.max(1, m - 1) + dials.ability * rng.normal(),
    );
    for (let c = 0; c < children; c++) {
      const hard = base + dials.childSpread * rng.normal();
      const gap = rng.uniform() < dials.gaps;
      const own = gap ? rng.shuffled(theta) : theta;
      const at = topics.length;
      for (let t = 0; t < m; t++) probability[at * m + t] = sigmoid(own[t]! - hard);
      topics.push({
        name: `topic ${p}.${c}`,
        parents: [`parent ${p}`],
        salience: Math.exp(rng.normal()),
        source: { at },
      });
    }
  }
  // topics x questions x takers, drawn when a topic is first asked about
  const kept = new Map<number, Uint8Array>();
  const answersOn = (at: number): Uint8Array => {
    let answers = kept.get(at);
    if (answers === undefined) {
      const draws = random(split(split(seed, "answers"), at));
      answers = new Uint8Array(questions * m);
      for (let q = 0; q < questions; q++)
        for (let t = 0; t < m; t++) answers[q * m + t] = draws.uniform() < probability[at * m + t]! ? 1 : 0;
      kept.set(at, answers);
    }
    return answers;
  };
  return {
    topics,
    probability,
    takers: Array.from({ length: m }, (_, t) => ({
      name: `taker ${t}`,
      fingerprint: null,
      answer: async (examples) =>
        examples.map(({ task: { context } }) =>
          context?.["wrong"] === true ? 0 : answersOn(context?.["at"] as number)[(context?.["q"] as number) * m + t]!,
        ),
    })),
    writer: (labelError) => ({
      name: "simulated",
      fingerprint: null,
      *write({ name, source }, count) {
        const at = source?.["at"] as number;
        const gold = random(split(split(seed, "gold"), at));
        for (let q = 0; q < Math.min(count, questions); q++)
          yield {
            task: task("", [], undefined, {
              id: `${name}/${q}`,
              context: { at, q, wrong: gold.uniform() < labelError },
            }),
            labels: {},
            cluster: `${name}/${q}`,
            subsets: {},
          };
      },
    }),
    existing(count, each, own) {
      const draws = random(own);
      const right = new Float64Array(m);
      for (const { source } of draws.shuffled(topics).slice(0, count)) {
        const at = source!["at"] as number;
        for (let q = 0; q < each; q++)
          for (let t = 0; t < m; t++) if (draws.uniform() < probability[at * m + t]!) right[t]!++;
      }
      return right.map((sum) => sum / (count * each));
    },
  };
}
