import { random, type Seed, split } from "laurel";
import { r3Value } from "laurel/rewards";
import { meanOf, varianceOf } from "laurel/stats";
import { type Claim, type ClaimBar, type Lab, paper } from "../lab/index.ts";
import { expected, tiltToKl } from "../policy/index.ts";
import {
  drawTopicAnswers,
  drawTopicWords,
  type RelevanceParts,
  relevanceParts,
  type TopicAnswers,
  type TopicDials,
  type TopicWords,
} from "../worlds/preferences/index.ts";

type Settings = TopicDials & {
  /** KL of the policies from uniform. */
  nats: number;
  /** Relevance is computed against another prompt. */
  unrelated: boolean;
};

const settings: Settings = {
  topics: 12,
  words: 60,
  offTopic: 300,
  dim: 32,
  pull: 0.6,
  push: 0.8,
  prompts: 40,
  asked: 6,
  candidates: 400,
  meanLog: 3.4,
  sdLog: 0.9,
  shortest: 3,
  longest: 250,
  shares: [0.4, 0.8, 0.4, 0.8],
  saturation: 15,
  prices: { off: 0.6, repeat: 0.4, copied: 0.3 },
  nats: 3,
  unrelated: false,
};

const scope =
  "World preferences/topics: answers are lists of words of a topic, of none, copied from the prompt or repeated; word vectors and their mean stand for the retriever; the policy is the exact optimum over 400 candidates at 3 nats. Gold rewards different topical words, so length helps by construction. The repeated word is one of the topic, and a word's kind is drawn by its answer's shares (our choices). No language, no PPO, no judges.";

interface Drawn {
  words: TopicWords;
  answers: TopicAnswers;
  parts: RelevanceParts;
}

function draw(seed: Seed, s: Settings): Drawn {
  const words = drawTopicWords(s, split(seed, "words"));
  const answers = drawTopicAnswers(words, split(seed, "answers"));
  // each prompt's relevance is to a prompt of another topic, so that it says nothing of its own answers
  const others = answers.prompts.map((own, p) => {
    if (!s.unrelated) return own;
    const rng = random(split(seed, `other ${p}`));
    const elsewhere = answers.prompts.filter((_, q) => answers.topics[q] !== answers.topics[p]);
    return elsewhere[rng.below(elsewhere.length)] ?? own;
  });
  return { words, answers, parts: relevanceParts(words, answers.answers, others, s.candidates) };
}

function openR3({ relevance, length, repetition }: RelevanceParts, repeats = true): Float64Array {
  return relevance.map((r, i) =>
    r3Value({ relevance: r, length: length[i]!, repetition: repeats ? repetition[i]! : 1 }, { branch: "open" }),
  );
}

/** A preference reward model with a length bias put in by hand: 0.5 · relevance, standardised within the prompt, + 2 · log length. */
function lengthBiased({ answers }: TopicAnswers, { relevance }: RelevanceParts, candidates: number): Float64Array {
  return relevance.map((r, i) => {
    const from = i - (i % candidates);
    const own = relevance.subarray(from, from + candidates);
    return (0.5 * (r - meanOf(own))) / Math.sqrt(varianceOf(own)) + 2 * Math.log(answers[i]!.length);
  });
}

type Arm = "uniform" | "relevance" | "length" | "unpenalised" | "r3";
type Metric = "gold" | "copied" | "words";

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

function regularised(
  id: string,
  statement: string,
  more: { saturation: number; scope: string },
  pilots: { relevance: number; length: number; unpenalised: number },
): Claim<Arm, Metric, Settings> {
  const against = (of: keyof typeof pilots, why: string): ClaimBar<Arm, Metric> => ({
    id: `r3-${of}`,
    metric: "gold",
    of: "r3",
    against: of,
    role: "primary",
    bar: superior(pilots[of] / 2),
    why: `${why}; the pilot's effect is ${pilots[of]}`,
  });
  return {
    id,
    statement,
    scope: `${scope} ${more.scope}`,
    evidence: "mechanism",
    settings: { ...settings, saturation: more.saturation },
    seeds: 40,
    arms: ["uniform", "relevance", "length", "unpenalised", "r3"],
    bars: [
      ...(id === "regularised"
        ? [
            {
              id: "hacked",
              metric: "gold" as const,
              of: "relevance" as const,
              against: "uniform" as const,
              better: "lower" as const,
              role: "primary" as const,
              bar: superior(0.057),
              why: "C1: optimising relevance alone is worse than no policy at all; the pilot's effect is −0.114",
            },
          ]
        : []),
      against("relevance", "C2"),
      against("length", "C3: the length incentive alone"),
      against("unpenalised", "C3: length and relevance without the repetition penalty"),
      ...(["relevance", "r3"] as const).flatMap((of) =>
        (["copied", "words"] as const).map((metric) => ({
          id: `${metric}-${of}`,
          metric,
          of,
          role: "report" as const,
          why: metric === "copied" ? "share of words copied from the prompt" : "mean length",
        })),
      ),
    ],
    boundary: {
      setting: { unrelated: true },
      bar: "r3-length",
      why: "the specification's negative control: relevance to another prompt must not help over length alone (pilot −0.257)",
    },
    async run(lab, seed, s) {
      const { answers, parts } = draw(seed, s);
      const rewards = {
        relevance: parts.relevance,
        length: parts.length,
        unpenalised: openR3(parts, false),
        r3: openR3(parts),
      };
      const lengths = Float64Array.from(answers.answers, (answer) => answer.length);
      if (id === "regularised" && !s.unrelated)
        noteSweep(lab, { ...rewards, "length-biased model": lengthBiased(answers, parts, s.candidates) }, answers, s);
      const measured = (values: Float64Array) => {
        const { logprobs } = tiltToKl(values, s.candidates, s.nats);
        return {
          gold: expected(logprobs, answers.gold, s.candidates),
          copied: expected(logprobs, answers.copied, s.candidates),
          words: expected(logprobs, lengths, s.candidates),
        };
      };
      return {
        uniform: { gold: meanOf(answers.gold) },
        relevance: measured(rewards.relevance),
        length: measured(rewards.length),
        unpenalised: measured(rewards.unpenalised),
        r3: measured(rewards.r3),
      };
    },
  };
}

/** Gold over KL for each reward: the over-optimisation curves of one seed. */
function noteSweep(
  lab: Lab,
  rewards: Readonly<Record<string, Float64Array>>,
  answers: TopicAnswers,
  s: Settings,
): void {
  const nats = [0.5, 1, 2, 3, 4, 5];
  for (const [name, values] of Object.entries(rewards))
    lab.note(`gold by KL, ${name}`, {
      nats,
      gold: nats.map(
        (kl) =>
          Math.round(expected(tiltToKl(values, s.candidates, kl).logprobs, answers.gold, s.candidates) * 1000) / 1000,
      ),
    });
}

const late = regularised(
  "regularised",
  "Optimised, a retriever's relevance is gamed by copies of the question; multiplied by a length incentive and a repetition penalty it is not, and each factor is needed",
  { saturation: 15, scope: "Gold saturates at about fifteen different words." },
  { relevance: 0.572, length: 0.145, unpenalised: 0.065 },
);
const early = regularised(
  "early-saturation",
  "The same where more words soon add nothing",
  { saturation: 5, scope: "Gold saturates at about five different words, so that length helps little." },
  { relevance: 0.442, length: 0.12, unpenalised: 0.044 },
);

type Biased = Settings & { pairs: number; short: number; long: number };

const biased: Claim<"r3" | "model", "gold" | "off-topic", Biased> = {
  id: "length-biased-model",
  statement: "R3 beats a preference model with a length bias, which prefers long answers beside the topic",
  scope: `${scope} The model's bias is put in by hand: 0.5 · relevance, standardised within the prompt, + 2 · log length. Off-topic pairs: 15 words of the topic against 100 of none.`,
  evidence: "assumed",
  settings: { ...settings, pairs: 1000, short: 15, long: 100 },
  seeds: 40,
  arms: ["r3", "model"],
  bars: [
    {
      id: "gold",
      metric: "gold",
      of: "r3",
      against: "model",
      role: "primary",
      bar: superior(0.027),
      why: "C4: gold of the policy; the pilot's effect is 0.054",
    },
    {
      id: "fooled",
      metric: "off-topic",
      of: "model",
      against: 0.5,
      role: "primary",
      bar: superior(0.1),
      why: "C4: it prefers the long answer beside the topic more often than not; no pilot",
    },
    {
      id: "off-topic",
      metric: "off-topic",
      of: "r3",
      against: "model",
      better: "lower",
      role: "primary",
      bar: superior(0.1, 0.2),
      why: "C4: R3 does so less often, by more than 0.2",
    },
  ],
  async run(_lab, seed, s) {
    const { words, answers, parts } = draw(seed, s);
    const model = lengthBiased(answers, parts, s.candidates);
    const gold = (values: Float64Array) =>
      expected(tiltToKl(values, s.candidates, s.nats).logprobs, answers.gold, s.candidates);
    const rng = random(split(seed, "off-topic"));
    const pairs: Int32Array[] = [];
    const asked: Int32Array[] = [];
    for (let n = 0; n < s.pairs; n++) {
      const p = rng.below(s.prompts);
      asked.push(answers.prompts[p]!);
      pairs.push(
        Int32Array.from({ length: s.short }, () => answers.topics[p]! * s.words + rng.below(s.words)),
        Int32Array.from({ length: s.long }, () => s.topics * s.words + rng.below(s.offTopic)),
      );
    }
    const offTopic = relevanceParts(words, pairs, asked, 2);
    // the model standardises by the prompt's candidates; over all of them here, since a pair has only two
    const [mean, sd] = [meanOf(parts.relevance), Math.sqrt(varianceOf(parts.relevance))];
    const byModel = offTopic.relevance.map((r, i) => (0.5 * (r - mean)) / sd + 2 * Math.log(pairs[i]!.length));
    return {
      r3: { gold: gold(openR3(parts)), "off-topic": shareOfSecond(openR3(offTopic)) },
      model: { gold: gold(model), "off-topic": shareOfSecond(byModel) },
    };
  },
};

function shareOfSecond(values: Float64Array): number {
  let wins = 0;
  for (let i = 0; i < values.length; i += 2) wins += (1 + Math.sign(values[i + 1]! - values[i]!)) / 2;
  return wins / (values.length / 2);
}

const closed: Claim<"branch" | "open", "gold" | "words", Settings & { most: number; scrambled: boolean }> = {
  id: "closed",
  statement:
    "For prompts with one right answer, a branch that rewards relevance to the reference and not length gives more gold",
  scope: `${scope} Closed prompts: half of the candidates hold the reference word in place of a random one of theirs; gold is 1 if an answer holds it and has at most 20 words, 0.5 if it is longer, else 0 (our choice, not piloted by the specification).`,
  evidence: "mechanism",
  settings: { ...settings, most: 20, scrambled: false },
  seeds: 40,
  arms: ["branch", "open"],
  bars: [
    {
      id: "branch",
      metric: "gold",
      of: "branch",
      against: "open",
      role: "primary",
      bar: superior(0.05),
      why: "C5: no pilot by the specification, five points of gold",
    },
    { id: "words-branch", metric: "words", of: "branch", role: "report", why: "mean length with the branch" },
    { id: "words-open", metric: "words", of: "open", role: "report", why: "mean length without it" },
  ],
  boundary: {
    setting: { scrambled: true },
    bar: "branch",
    why: "held against another prompt's reference word the branch knows nothing",
  },
  async run(_lab, seed, s) {
    const words = drawTopicWords(s, split(seed, "words"));
    const answers = drawTopicAnswers(words, split(seed, "answers"));
    const rng = random(split(seed, "references"));
    const references = Array.from(answers.topics, (topic) => [topic * s.words + rng.below(s.words)]);
    const gold = new Float64Array(answers.gold.length);
    const edited = answers.answers.map((answer, i) => {
      const [reference] = references[Math.floor(i / s.candidates)]!;
      const own = Int32Array.from(answer);
      if (rng.uniform() < 0.5) own[rng.below(own.length)] = reference!;
      if (own.includes(reference!)) gold[i] = own.length <= s.most ? 1 : 0.5;
      return own;
    });
    const shown = s.scrambled ? references.map((_, p) => references[(p + 1) % references.length]!) : references;
    const byReference = relevanceParts(words, edited, shown, s.candidates);
    const branch = byReference.relevance.map((relevance, i) =>
      r3Value(
        { relevance, length: byReference.length[i]!, repetition: byReference.repetition[i]! },
        { branch: "closed" },
      ),
    );
    const byPrompt = relevanceParts(words, edited, answers.prompts, s.candidates);
    const lengths = Float64Array.from(edited, (answer) => answer.length);
    const measured = (values: Float64Array) => {
      const { logprobs } = tiltToKl(values, s.candidates, s.nats);
      return { gold: expected(logprobs, gold, s.candidates), words: expected(logprobs, lengths, s.candidates) };
    };
    return { branch: measured(branch), open: measured(openR3(byPrompt)) };
  },
};

export default paper({
  slug: "r3",
  component: ["reference.r3", "regularizedRelevance", "reference.relevance", "classifyPrompt"],
  claims: [late, early, biased, closed],
});
