import { type Random, random, type Seed, split } from "laurel";

/** Small networks that learn facts, from several initialisations and one order of the data. */
export type FactDials = {
  facts: number;
  /** Width of embeddings, of the hidden layer, and number of objects; a multiple of 4. */
  width: number;
  runs: number;
  steps: number;
  batch: number;
  learningRate: number;
  /** Checkpoints, spread evenly in log steps from `first` to `steps`. */
  checkpoints: number;
  first: number;
  choices: number;
};

/** What trained networks say on four-choice items. */
export interface FactRuns {
  steps: Int32Array;
  /** runs x checkpoints x facts x choices: logits of each item's choices; the right one is choice 0. */
  logits: Float32Array;
}

/**
 * Trains the networks: subject embedding, ReLU layer, softmax over objects; plain SGD on cross-entropy, He-normal weights, zero biases.
 *
 * Runs differ in their initialisation alone. Distractors are drawn once for each fact.
 *
 * Source: benchmark-variance's claim check, world A.
 */
export function trainFactNetworks(dials: FactDials, seed: Seed): FactRuns {
  const { facts, width, runs, checkpoints, choices } = dials;
  const world = random(split(seed, "facts"));
  const subjects = new Float64Array(facts * width);
  for (let f = 0; f < facts; f++) {
    let square = 0;
    for (let d = 0; d < width; d++) square += (subjects[f * width + d] = world.normal()) ** 2;
    const scale = Math.sqrt(width / square);
    for (let d = 0; d < width; d++) subjects[f * width + d]! *= scale;
  }
  const objects = Int32Array.from({ length: facts }, () => world.below(width));
  const offered = new Int32Array(facts * choices);
  for (let f = 0; f < facts; f++) {
    const others = world.shuffled(Array.from({ length: width }, (_, k) => k).filter((k) => k !== objects[f]));
    offered.set([objects[f]!, ...others.slice(0, choices - 1)], f * choices);
  }
  const steps = checkpointSteps(dials);
  const logits = new Float32Array(runs * checkpoints * facts * choices);
  for (let run = 0; run < runs; run++) {
    const network = newNetwork(width, random(split(seed, `run ${run}`)));
    const data = random(split(seed, "order"));
    let done = 0;
    for (let c = 0; c < checkpoints; c++) {
      for (; done < steps[c]!; done++) trainStep(network, subjects, objects, dials, data);
      const out = logits.subarray((run * checkpoints + c) * facts * choices);
      for (let f = 0; f < facts; f++) {
        forward(network, subjects, f * width);
        for (let k = 0; k < choices; k++) out[f * choices + k] = network.logits[offered[f * choices + k]!]!;
      }
    }
  }
  return { steps, logits };
}

/** The steps of the checkpoints: even in their logarithm, whole and ascending. */
export function checkpointSteps({ steps, checkpoints, first }: FactDials): Int32Array {
  return Int32Array.from({ length: checkpoints }, (_, c) =>
    Math.round(first * (steps / first) ** (c / (checkpoints - 1))),
  );
}

interface Network {
  width: number;
  /** width x width: to the hidden unit j from input d, and from hidden unit j to object k. */
  first: Float64Array;
  firstBias: Float64Array;
  second: Float64Array;
  secondBias: Float64Array;
  hidden: Float64Array;
  logits: Float64Array;
  gradients: { first: Float64Array; firstBias: Float64Array; second: Float64Array; secondBias: Float64Array };
}

function newNetwork(width: number, rng: Random): Network {
  const weights = (): Float64Array =>
    Float64Array.from({ length: width * width }, () => Math.sqrt(2 / width) * rng.normal());
  const zeros = (n: number): Float64Array => new Float64Array(n);
  return {
    width,
    first: weights(),
    firstBias: zeros(width),
    second: weights(),
    secondBias: zeros(width),
    hidden: zeros(width),
    logits: zeros(width),
    gradients: {
      first: zeros(width * width),
      firstBias: zeros(width),
      second: zeros(width * width),
      secondBias: zeros(width),
    },
  };
}

function forward(network: Network, subjects: Float64Array, at: number): void {
  const { width, first, firstBias, second, secondBias, hidden, logits } = network;
  logits.set(secondBias);
  for (let j = 0; j < width; j++) {
    // four sums at a time: one sum would wait for each addition
    let a = firstBias[j]!;
    let b = 0;
    let c = 0;
    let e = 0;
    for (let d = at, w = j * width, end = at + width; d < end; d += 4, w += 4) {
      a += first[w]! * subjects[d]!;
      b += first[w + 1]! * subjects[d + 1]!;
      c += first[w + 2]! * subjects[d + 2]!;
      e += first[w + 3]! * subjects[d + 3]!;
    }
    const sum = a + b + (c + e);
    hidden[j] = sum > 0 ? sum : 0;
    if (sum > 0) for (let k = 0, w = j * width; k < width; k++, w++) logits[k]! += sum * second[w]!;
  }
}

function trainStep(
  network: Network,
  subjects: Float64Array,
  objects: Int32Array,
  dials: FactDials,
  data: Random,
): void {
  const { width, hidden, logits, second, gradients } = network;
  const { first: toFirst, second: toSecond } = gradients;
  for (let b = 0; b < dials.batch; b++) {
    const fact = data.below(dials.facts);
    const at = fact * width;
    forward(network, subjects, at);
    let top = logits[0]!;
    for (let k = 1; k < width; k++) if (logits[k]! > top) top = logits[k]!;
    let total = 0;
    for (let k = 0; k < width; k++) total += logits[k] = Math.exp(logits[k]! - top);
    for (let k = 0; k < width; k++) logits[k]! /= total;
    logits[objects[fact]!]! -= 1;
    for (let k = 0; k < width; k++) gradients.secondBias[k]! += logits[k]!;
    for (let j = 0; j < width; j++) {
      const h = hidden[j]!;
      if (h === 0) continue;
      let even = 0;
      let odd = 0;
      for (let k = 0, w = j * width; k < width; k += 2, w += 2) {
        const one = logits[k]!;
        const two = logits[k + 1]!;
        even += second[w]! * one;
        odd += second[w + 1]! * two;
        toSecond[w]! += h * one;
        toSecond[w + 1]! += h * two;
      }
      const back = even + odd;
      gradients.firstBias[j]! += back;
      for (let d = at, w = j * width, end = at + width; d < end; d++, w++) toFirst[w]! += back * subjects[d]!;
    }
  }
  const rate = dials.learningRate / dials.batch;
  descend(network.first, toFirst, rate);
  descend(network.firstBias, gradients.firstBias, rate);
  descend(network.second, toSecond, rate);
  descend(network.secondBias, gradients.secondBias, rate);
}

function descend(weights: Float64Array, gradient: Float64Array, rate: number): void {
  for (let i = 0; i < weights.length; i++) weights[i]! -= rate * gradient[i]!;
  gradient.fill(0);
}
