import { random, UsageError } from "../../core/index.ts";
import { type SeenTopic, type Topic, type TopicProposer, topicKey } from "./topic.ts";

/**
 * Topics of a list, at random: the search without adaptivity, to compare with.
 *
 * @param topics what there is to choose from
 * @throws UsageError for an empty list
 */
export function randomProposer(topics: readonly Topic[]): TopicProposer {
  listed(topics);
  return {
    name: "random",
    fingerprint: "random",
    async propose(_history, n, { taken, seed }) {
      return random(seed).shuffled(free(topics, taken)).slice(0, n);
    },
  };
}

/**
 * Topics of a list, from those parents on which the takers' accuracy was nearest to the target: a proposer that needs no language model.
 *
 * Accuracy of a topic that was not asked about yet is guessed from its parents: the mean accuracy (of the selection half) of all topics so
 * far, plus each seen parent's distance from it. A share `explore` of the proposals, and all where nothing was seen, is drawn at random.
 * With one parent a topic this is "from the parents whose past mean accuracy is nearest to the target"; with several, such as an element
 * and a form, effects add up.
 *
 * @param topics what there is to choose from
 * @param options `explore`: 0 to 1, default 0.3
 * @throws UsageError for an empty list or a share out of range
 * @source autobencher's specification; the paper's own proposer is a language model (`modelProposer`)
 */
export function adaptiveProposer(
  topics: readonly Topic[],
  options: { explore?: number | undefined } = {},
): TopicProposer {
  const { explore = 0.3 } = options;
  listed(topics);
  if (!(explore >= 0 && explore <= 1)) throw new UsageError(`explore must lie in [0, 1], not ${explore}`);
  return {
    name: "adaptive",
    fingerprint: `adaptive ${explore}`,
    async propose(history, n, { target, taken, seed }) {
      const rng = random(seed);
      const left = rng.shuffled(free(topics, taken));
      const known = parentMeans(history);
      const grand = history.reduce((sum, { accuracy }) => sum + accuracy, 0) / history.length;
      const centre = (target[0] + target[1]) / 2;
      const off = left.flatMap((topic) => {
        const own = (topic.parents ?? []).flatMap((parent) => known.get(parent) ?? []);
        if (own.length === 0) return [];
        const guess = own.length === 1 ? own[0]! : own.reduce((sum, one) => sum + one - grand, grand);
        return [{ topic, distance: Math.abs(Math.max(0, Math.min(1, guess)) - centre) }];
      });
      // the shuffle above breaks ties at random
      const aimed = off
        .sort((a, b) => a.distance - b.distance)
        .slice(0, n - Math.round(explore * n))
        .map(({ topic }) => topic);
      const rest = left.filter((topic) => !aimed.includes(topic));
      return [...aimed, ...rest.slice(0, n - aimed.length)];
    },
  };
}

function listed(topics: readonly Topic[]): void {
  if (topics.length === 0) throw new UsageError("there are no topics to choose from");
}

function free(topics: readonly Topic[], taken: ReadonlySet<string>): Topic[] {
  return topics.filter(({ name }) => !taken.has(topicKey(name)));
}

/** Mean accuracy by parent, each topic counting the same. */
function parentMeans(history: readonly SeenTopic[]): Map<string, number> {
  const sums = new Map<string, [sum: number, n: number]>();
  for (const { topic, accuracy } of history)
    for (const parent of topic.parents ?? []) {
      const [sum, n] = sums.get(parent) ?? [0, 0];
      sums.set(parent, [sum + accuracy, n + 1]);
    }
  return new Map([...sums].map(([parent, [sum, n]]) => [parent, sum / n]));
}
