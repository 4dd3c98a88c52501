import {
  type Context,
  type JsonObject,
  type LanguageModel,
  random,
  type Seed,
  StoppedError,
} from "../../core/index.ts";
import { parseJson } from "../../models/index.ts";
import { askAll, drawOf } from "../../rewards/judge/ask.ts";
import { type Grammar, judgePrompt } from "../../rewards/judge/index.ts";
import { type SeenTopic, type Topic, type TopicProposer, topicKey } from "./topic.ts";

/** Options of `modelProposer`. */
export interface ModelProposerOptions {
  /** Topics to choose from, where questions can be written on these alone; left out, the model names topics of its own. */
  topics?: readonly Topic[] | undefined;
  /** What the benchmark is about, in words; default: anything. */
  theme?: string | undefined;
  /** Most topics of the list and of the history that are shown; default 200. */
  shown?: number | undefined;
  /** Default 0.7. */
  temperature?: number | undefined;
  /** How often an unreadable reply is asked for again; default 2. */
  retries?: number | undefined;
}

const wording = judgePrompt({
  name: "propose-topics",
  version: 1,
  system:
    "You design a benchmark that shows where graders and models fail. You are told how accurate they were on the topics so far, and name the topics to try next. Learn from the figures: stay near topics whose accuracy lies in the target range or below it, leave what is answered well, and try something new now and then. A topic is narrow enough that its questions are alike.",
  user: "Theme: {{theme}}\nTarget accuracy: from {{low}} to {{high}}\n\n{{#history}}Accuracy so far, one topic a line:\n{{quote history}}\n\n{{/history}}{{#list}}Choose from these topics only, and write their names exactly as they stand:\n{{quote list}}\n\n{{/list}}Name {{n}} topics that were not tried yet.",
});

const schema: JsonObject = {
  type: "array",
  minItems: 1,
  items: {
    type: "object",
    properties: { name: { type: "string" }, parent: { type: "string" }, requirement: { type: "string" } },
    required: ["name"],
  },
};

/** Reads a list of topics. */
const grammar: Grammar<readonly Topic[]> = {
  id: "topics-1",
  form: 'Write a JSON list of objects: [{"name": "…", "parent": "the wider subject", "requirement": "what makes the questions hard"}].',
  schema,
  read(text) {
    const parsed = parseJson(text, { schema });
    if (parsed.failure !== undefined) return { unreadable: parsed.message };
    return (parsed.value as readonly { name: string; parent?: string; requirement?: string }[]).map(
      ({ name, parent, requirement }) => ({
        name: name.trim(),
        ...(parent === undefined ? {} : { parents: [parent] }),
        ...(requirement === undefined ? {} : { requirement }),
      }),
    );
  },
};

/**
 * A language model that proposes topics, told the accuracy on those so far.
 *
 * With a list of topics only names of it are taken, and the listed topic with all that the writer needs. Without one the model's own topics are
 * taken, with its parent and additional requirement.
 *
 * @param model asked once a round; calls are cached and paid for as the context says
 * @throws StoppedError where the model gives no readable answer
 * @source AutoBencher (2024), wiki_autobencher.py: summary of past categories with accuracy, parent category, additional requirement; the wording is ours
 * @example searchBenchmark(modelProposer(model, { topics }), writer, takers)
 */
export function modelProposer(model: LanguageModel, options: ModelProposerOptions = {}): TopicProposer {
  const { topics, theme = "anything", shown = 200, temperature = 0.7, retries = 2 } = options;
  const draw = { ...drawOf({ model, retries }), temperature, maxTokens: 4096 };
  return {
    name: `proposed by ${model.name}`,
    fingerprint: model.fingerprint === null ? null : `${model.fingerprint} ${wording.fingerprint} ${temperature}`,
    async propose(history, n, { target, taken, seed }, ctx: Context) {
      const free = topics?.filter(({ name }) => !taken.has(topicKey(name)));
      if (free?.length === 0) return [];
      const rendered = wording.render({
        theme,
        low: String(target[0]),
        high: String(target[1]),
        n: String(n),
        history: historyText(history, shown),
        list:
          free === undefined
            ? undefined
            : random(seed)
                .shuffled(free)
                .slice(0, shown)
                .map(({ name }) => name)
                .join("\n"),
      });
      if (rendered.tooLong !== undefined) throw new StoppedError("the list of topics is too long for the proposer");
      const said = await ask(model, rendered.messages, draw, seed, ctx);
      if (free === undefined) return said;
      const listed = new Map(free.map((topic) => [topicKey(topic.name), topic]));
      return said.flatMap(({ name }) => listed.get(topicKey(name)) ?? []);
    },
  };
}

async function ask(
  model: LanguageModel,
  messages: Parameters<typeof askAll>[1][number]["messages"],
  draw: Parameters<typeof askAll>[2],
  seed: Seed,
  ctx: Context,
): Promise<readonly Topic[]> {
  const [answer] = await askAll(model, [{ messages, grammar, seed }], draw, ctx);
  const topics = answer!.votes[0]?.verdict;
  if (topics !== undefined) return topics;
  const why = answer!.lost[0]?.unscored.message ?? "no reply";
  throw new StoppedError(`${model.name} proposed no topics: ${why}`, "the same command goes on from the last round");
}

function historyText(history: readonly SeenTopic[], shown: number): string | undefined {
  if (history.length === 0) return undefined;
  return history
    .slice(-shown)
    .map(({ topic, accuracy }) => {
      const parents = topic.parents === undefined ? "" : ` (${topic.parents.join(", ")})`;
      return `${topic.name}${parents}: ${accuracy.toFixed(2)}`;
    })
    .join("\n");
}
