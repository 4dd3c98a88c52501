import { type Random, random, type Seed, split } from "laurel";
import { sgd } from "../../train/adam.ts";
import { dotAt, normals } from "./world.ts";

/** How users speak: how satisfied they are moves the words of their follow-up, and so does the topic. */
export type UserDials = {
  /** Features z ~ N(0, I) of a prompt with its response. */
  dim: number;
  /** Standard deviation of satisfaction u = w·z. */
  satisfaction: number;
  /** Topic s = N z, N ~ N(0, I/dim): moves the words and not the satisfaction. */
  topics: number;
  vocabulary: number;
  /** Tokens of a follow-up. */
  length: number;
  /** Standard deviation of the words' base logits and of their reactions to satisfaction and topic. */
  spread: number;
};

/** A population of users: token v of a follow-up has the logit c_v + a_v·u + b_v·s. */
export interface ReactiveUsers {
  dials: UserDials;
  /** w: dim. */
  utility: Float64Array;
  /** N: topics × dim. */
  topic: Float64Array;
  /** c: vocabulary. */
  base: Float64Array;
  /** a: vocabulary. */
  reaction: Float64Array;
  /** b: vocabulary × topics. */
  topicReaction: Float64Array;
}

/** Draws a population. */
export function drawUsers(dials: UserDials, seed: Seed): ReactiveUsers {
  const { dim, topics, vocabulary, spread } = dials;
  const rng = random(split(seed, "users"));
  const scaled = (n: number, sd: number): Float64Array => normals(rng, n).map((x) => sd * x);
  return {
    dials,
    utility: scaled(dim, dials.satisfaction / Math.sqrt(dim)),
    topic: scaled(topics * dim, 1 / Math.sqrt(dim)),
    base: scaled(vocabulary, spread),
    reaction: scaled(vocabulary, spread),
    topicReaction: scaled(vocabulary * topics, spread),
  };
}

/** Dialogues and what users said to them. */
export interface Dialogues {
  /** n × dim. */
  features: Float64Array;
  /** u: n. */
  satisfaction: Float64Array;
  /** n × length. */
  followUps: Uint8Array;
}

/**
 * Draws dialogues with follow-ups.
 *
 * @param reacting share of follow-ups that react to the satisfaction; the others only to the topic
 */
export function drawDialogues(users: ReactiveUsers, n: number, reacting: number, seed: Seed): Dialogues {
  const { dim, topics, length, vocabulary } = users.dials;
  const features = normals(random(split(seed, "features")), n * dim);
  const satisfaction = satisfactionOf(users, features);
  const reacts = random(split(seed, "reacts"));
  const words = random(split(seed, "words"));
  const followUps = new Uint8Array(n * length);
  const topic = new Float64Array(topics);
  const weights = new Float64Array(vocabulary);
  for (let i = 0; i < n; i++) {
    for (let t = 0; t < topics; t++) topic[t] = dotAt(features, i * dim, users.topic.subarray(t * dim, (t + 1) * dim));
    const u = reacts.uniform() < reacting ? satisfaction[i]! : 0;
    wordWeights(weights, users, u, topic);
    speak(followUps.subarray(i * length, (i + 1) * length), weights, words);
  }
  return { features, satisfaction, followUps };
}

/** u = w·z of every response. */
export function satisfactionOf({ utility, dials: { dim } }: ReactiveUsers, features: Float64Array): Float64Array {
  return Float64Array.from({ length: features.length / dim }, (_, i) => dotAt(features, i * dim, utility));
}

/**
 * A designer's sentences: n follow-ups as said at satisfaction u and topic 0, by users whose reactions differ from the
 * population's by N(0, perturbed²).
 *
 * @param reaction a_v of that other population, as `otherReaction` draws it
 */
export function canonicalFollowUps(
  users: ReactiveUsers,
  reaction: Float64Array,
  u: number,
  n: number,
  seed: Seed,
): Uint8Array {
  const { length, vocabulary, topics } = users.dials;
  const weights = new Float64Array(vocabulary);
  wordWeights(weights, { ...users, reaction }, u, new Float64Array(topics));
  const rng = random(seed);
  const out = new Uint8Array(n * length);
  for (let i = 0; i < n; i++) speak(out.subarray(i * length, (i + 1) * length), weights, rng);
  return out;
}

/** a_v + N(0, perturbed²): how a designer believes users react. */
export function otherReaction({ reaction }: ReactiveUsers, perturbed: number, seed: Seed): Float64Array {
  const rng = random(seed);
  return reaction.map((a) => a + perturbed * rng.normal());
}

function wordWeights(
  into: Float64Array,
  { base, reaction, topicReaction, dials: { topics } }: ReactiveUsers,
  u: number,
  topic: Float64Array,
): void {
  for (let v = 0; v < into.length; v++)
    into[v] = Math.exp(base[v]! + reaction[v]! * u + dotAt(topicReaction, v * topics, topic));
}

function speak(into: Uint8Array, weights: Float64Array, rng: Random): void {
  let total = 0;
  for (const weight of weights) total += weight;
  for (let t = 0; t < into.length; t++) {
    let left = rng.uniform() * total;
    let v = 0;
    while (v < weights.length - 1 && (left -= weights[v]!) > 0) v++;
    into[t] = v;
  }
}

/** p(token | z) = softmax(W z + b): the language model of this world. W is vocabulary × dim, b stands behind it. */
export type ReactionModel = Float64Array;

/**
 * Trains the model on dialogues by SGD: loss = mean over a batch of −Σ_t log p(f_t | z), nobody being told who was satisfied.
 *
 * @param start where training starts, zeros for a new model; it is not changed
 */
export function trainReactions(
  users: ReactiveUsers,
  { features, followUps }: Dialogues,
  start: ReactionModel,
  o: { batch: number; learningRate: number; epochs: number },
): ReactionModel {
  const { dim, vocabulary, length } = users.dials;
  const n = features.length / dim;
  const model = Float64Array.from(start);
  const optimiser = sgd(o.learningRate);
  const p = new Float64Array(vocabulary);
  const gradient = new Float64Array(model.length);
  const bias = vocabulary * dim;
  for (let epoch = 0; epoch < o.epochs; epoch++)
    for (let from = 0; from + o.batch <= n; from += o.batch) {
      gradient.fill(0);
      for (let i = from; i < from + o.batch; i++) {
        logWords(p, model, features, i, dim);
        for (let v = 0; v < vocabulary; v++) p[v] = length * Math.exp(p[v]!);
        for (let t = i * length; t < (i + 1) * length; t++) p[followUps[t]!]! -= 1;
        for (let v = 0; v < vocabulary; v++) {
          const g = p[v]! / o.batch;
          gradient[bias + v]! += g;
          for (let d = 0; d < dim; d++) gradient[v * dim + d]! += g * features[i * dim + d]!;
        }
      }
      optimiser.step(model, gradient);
    }
  return model;
}

/** Zeros: a model that has read nothing. */
export function newReactionModel({ dials: { dim, vocabulary } }: ReactiveUsers): ReactionModel {
  return new Float64Array(vocabulary * (dim + 1));
}

/** Writes log p(· | z_i) into `into`. */
function logWords(into: Float64Array, model: ReactionModel, features: Float64Array, i: number, dim: number): void {
  const vocabulary = into.length;
  let most = Number.NEGATIVE_INFINITY;
  for (let v = 0; v < vocabulary; v++) {
    let sum = model[vocabulary * dim + v]!;
    for (let d = 0; d < dim; d++) sum += model[v * dim + d]! * features[i * dim + d]!;
    into[v] = sum;
    if (sum > most) most = sum;
  }
  let total = 0;
  for (const x of into) total += Math.exp(x - most);
  const shift = most + Math.log(total);
  for (let v = 0; v < vocabulary; v++) into[v]! -= shift;
}

/**
 * mean over a list of follow-ups of ℓ(f) = (1/T) Σ_t log p(f_t | z): one number a response.
 *
 * @param list n × length tokens
 */
export function meanLogLikelihood(
  { dials: { dim, vocabulary } }: ReactiveUsers,
  model: ReactionModel,
  features: Float64Array,
  list: Uint8Array,
): Float64Array {
  const frequency = new Float64Array(vocabulary);
  for (const v of list) frequency[v]! += 1 / list.length;
  const logs = new Float64Array(vocabulary);
  return Float64Array.from({ length: features.length / dim }, (_, i) => {
    logWords(logs, model, features, i, dim);
    return dotAt(logs, 0, frequency);
  });
}
