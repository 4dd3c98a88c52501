import fc from "fast-check";
import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import {
  inTime,
  perRollout,
  type SequenceReward,
  sequenceEntropy,
  sequenceEntropyGradient,
  sequenceExpected,
  sequenceGradient,
  sequenceKl,
  sequenceKlGradient,
  sequenceRewards,
  sequenceTilt,
  startsOf,
  type TabularModel,
  tabularPolicy,
} from "./index.ts";
import { logSoftmax } from "./softmax.ts";

const seed = seedFrom("tabular tests");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};
/** Three states, tokens 0 to 3 of which 3 ends; two prompts. */
const model: TabularModel = {
  states: 3,
  vocab: 4,
  starts: [0, 2],
  end: 3,
  horizon: 4,
  next: (state, token) => (state + token + 1) % 3,
};
const logits = normals("logits", 12);
const reference = normals("reference", 12);
const table = normals("reward", 12 * 4);
/** Differs by state, token and time, with something for the last token. */
const reward: SequenceReward = (s, a, t, last) => table[(t * 3 + s) * 4 + a]! + (last ? 0.5 * (a === 3 ? 1 : -1) : 0);

interface Path {
  p: number;
  logs: (logprobs: Float64Array) => number;
  total: number;
}

/** Every sequence of the model, written out: the oracle. */
function sequences(of: TabularModel, table: Float64Array, r: SequenceReward): Path[] {
  const logprobs = logSoftmax(table, of.vocab);
  const out: Path[] = [];
  const walk = (state: number, time: number, cells: number[], total: number, log: number, weight: number): void => {
    for (let a = 0; a < of.vocab; a++) {
      const cell = state * of.vocab + a;
      const last = a === of.end || time === of.horizon - 1;
      const [path, sum, l] = [[...cells, cell], total + r(state, a, time, last), log + logprobs[cell]!];
      if (last) out.push({ p: weight * Math.exp(l), total: sum, logs: (x) => path.reduce((add, c) => add + x[c]!, 0) });
      else walk(of.next(state, a), time + 1, path, sum, l, weight);
    }
  };
  for (const start of Array.from(of.starts)) walk(start, 0, [], 0, 0, 1 / of.starts.length);
  return out;
}

function differences(f: (x: Float64Array) => number, at: Float64Array): Float64Array {
  return at.map((_, d) => {
    const moved = (by: number): Float64Array => at.map((x, e) => (e === d ? x + by : x));
    return (f(moved(1e-5)) - f(moved(-1e-5))) / 2e-5;
  });
}

function close(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(tolerance);
}

describe("a tabular policy's exact figures", () => {
  it("are those of every sequence written out, to 1e-12", () => {
    const all = sequences(model, logits, reward);
    const [own, other] = [logSoftmax(logits, 4), logSoftmax(reference, 4)];
    const mean = (f: (path: Path) => number): number => all.reduce((sum, path) => sum + path.p * f(path), 0);
    expect(mean(() => 1)).toBeCloseTo(1, 12);
    expect(sequenceExpected(model, logits, reward)).toBeCloseTo(
      mean((path) => path.total),
      12,
    );
    expect(sequenceKl(model, logits, reference)).toBeCloseTo(
      mean((path) => path.logs(own) - path.logs(other)),
      12,
    );
    expect(sequenceEntropy(model, logits)).toBeCloseTo(
      mean((path) => -path.logs(own)),
      12,
    );
  });

  it("are those of every sequence for any model, by property", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        (states, vocab, horizon, nat) => {
          const jump = normals(`jump ${nat}`, states * vocab);
          const any: TabularModel = {
            states,
            vocab,
            starts: [states - 1],
            end: (nat % (vocab + 1)) - 1,
            horizon,
            next: (s, a) => Math.abs(Math.floor(7 * jump[s * vocab + a]!)) % states,
          };
          const x = normals(`any ${nat}`, states * vocab);
          const r: SequenceReward = (s, a, t, last) => s - 0.3 * a * t + (last ? t : 0);
          const all = sequences(any, x, r);
          expect(sequenceExpected(any, x, r)).toBeCloseTo(
            all.reduce((sum, path) => sum + path.p * path.total, 0),
            10,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("have gradients that agree with central differences to 1e-8", () => {
    close(
      sequenceGradient(model, logits, reward),
      differences((x) => sequenceExpected(model, x, reward), logits),
      1e-8,
    );
    close(
      sequenceKlGradient(model, logits, reference),
      differences((x) => sequenceKl(model, x, reference), logits),
      1e-8,
    );
    close(
      sequenceEntropyGradient(model, logits),
      differences((x) => sequenceEntropy(model, x), logits),
      1e-8,
    );
  });

  it("leave forbidden tokens out", () => {
    const forbidden = logits.map((x, i) => (i % 4 === 1 ? Number.NEGATIVE_INFINITY : x));
    expect(sequenceExpected(model, forbidden, (_s, a) => (a === 1 ? 1 : 0))).toBe(0);
    expect(sequenceGradient(model, forbidden, reward)[1]).toBe(0);
    expect(() => sequenceExpected(model, logits.slice(1), reward)).toThrow(/11 logits for 3 states × 4 tokens/);
  });

  it("do not change when the time goes into the state", () => {
    const wide = inTime(model);
    const repeated = Float64Array.from({ length: 48 }, (_, i) => logits[i % 12]!);
    const same: SequenceReward = (s, a, t, last) => reward(s % 3, a, t, last);
    expect(sequenceExpected(wide, repeated, same)).toBeCloseTo(sequenceExpected(model, logits, reward), 12);
  });
});

describe("the tilt of a tabular policy", () => {
  it("attains its value, E r − β KL, exactly, and no other table attains more", () => {
    const beta = 0.7;
    const best = sequenceTilt(model, reference, reward, beta);
    const wide: SequenceReward = (s, a, t, last) => reward(s % 3, a, t, last);
    const base = Float64Array.from({ length: 48 }, (_, i) => reference[i % 12]!);
    const objective = (x: Float64Array): number =>
      sequenceExpected(best.model, x, wide) - beta * sequenceKl(best.model, x, base);
    expect(objective(best.logits)).toBeCloseTo(best.value, 12);
    for (let i = 0; i < 20; i++) {
      const noise = normals(`rival ${i}`, 48);
      expect(objective(best.logits.map((x, n) => x + 0.3 * noise[n]!))).toBeLessThan(best.value);
    }
    const gradient = sequenceGradient(best.model, best.logits, wide);
    const kl = sequenceKlGradient(best.model, best.logits, base);
    for (let n = 0; n < 48; n++) expect(Math.abs(gradient[n]! - beta * kl[n]!)).toBeLessThan(1e-12);
    expect(() => sequenceTilt(model, reference, reward, 0)).toThrow(/beta/);
  });

  it("is the exponential tilt of whole sequences: π/ref ∝ exp(total/β)", () => {
    const best = sequenceTilt({ ...model, starts: [0] }, reference, reward, 0.7);
    const tilted = sequences(best.model, best.logits, (s, a, t, last) => reward(s % 3, a, t, last));
    const plain = sequences({ ...model, starts: [0] }, reference, reward);
    const constants = tilted.map((path, i) => Math.log(path.p / plain[i]!.p) - path.total / 0.7);
    for (const one of constants) expect(one).toBeCloseTo(constants[0]!, 10);
  });
});

describe("a tabular policy's draws", () => {
  const policy = tabularPolicy(model, Float64Array.from(logits));
  const prompts = Int32Array.of(0, 1);
  const drawn = policy.sample(prompts, 10_000, random(split(seed, "draws")));

  it("have the exact expected reward, KL and entropy: 20,000 sequences, five standard errors", () => {
    const starts = startsOf(drawn);
    expect(starts.length).toBe(20_001);
    const totals = sequenceRewards(model, drawn, reward);
    const logs = perRollout(drawn, policy.logprobs(drawn));
    const other = perRollout(drawn, tabularPolicy(model, Float64Array.from(reference)).logprobs(drawn));
    const agree = (x: Float64Array, exact: number): void => {
      // both prompts have the same number of draws, so the mean over draws is the mean over prompts
      const mean = x.reduce((sum, one) => sum + one, 0) / x.length;
      const sd = Math.sqrt(x.reduce((sum, one) => sum + (one - mean) ** 2, 0) / x.length);
      expect(Math.abs(mean - exact)).toBeLessThan((5 * sd) / Math.sqrt(x.length));
    };
    agree(totals, sequenceExpected(model, logits, reward));
    agree(
      logs.map((log, i) => log - other[i]!),
      sequenceKl(model, logits, reference),
    );
    agree(
      logs.map((log) => -log),
      sequenceEntropy(model, logits),
    );
  });

  it("have a score gradient that agrees with central differences of the weighted log-probabilities, to 1e-7", () => {
    const few = policy.sample(prompts, 5, random(split(seed, "few")));
    const weights = normals("weights", few.draws.length);
    const value = (x: Float64Array): number =>
      tabularPolicy(model, x)
        .logprobs(few)
        .reduce((sum, log, i) => sum + weights[i]! * log, 0);
    close(policy.scoreGradient(few, weights), differences(value, logits), 1e-7);
    // the states are those walked from the starts
    close(policy.logprobs({ ...few, states: undefined }), policy.logprobs(few), 1e-15);
  });
});
