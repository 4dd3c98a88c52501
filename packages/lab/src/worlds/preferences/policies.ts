import { type Random, random, type Seed, split, UsageError } from "laurel";
import { normals } from "./world.ts";

/** A family of policies that differ in a few directions only. */
export type PolicyDials = {
  /** Features of a response. */
  dim: number;
  /** Directions in which policies differ: a policy is c ~ N(0, I) of that many numbers. */
  rank: number;
  /** Standard deviation of a response about its policy, in every direction. */
  noise: number;
};

/** The directions of a family; a policy c answers with B c + noise · N(0, I). */
export interface PolicyFrame {
  dials: PolicyDials;
  /** B, dim × rank, row-major, with orthonormal columns. */
  basis: Float64Array;
}

/** Responses in threes, one row each: a reference, one that ought to score higher against it, one that ought to score lower. */
export interface ReferenceTriples {
  dim: number;
  /** rows × dim. */
  reference: Float64Array;
  chosen: Float64Array;
  rejected: Float64Array;
}

/**
 * A random frame B: the columns of a normal matrix, made orthonormal one by one.
 *
 * @throws UsageError where the rank is above the dimension
 */
export function drawPolicyFrame(dials: PolicyDials, seed: Seed): PolicyFrame {
  const { dim, rank } = dials;
  if (!(rank >= 1 && rank <= dim)) throw new UsageError(`a rank of ${rank} in ${dim} dimensions`);
  const rng = random(split(seed, "frame"));
  const columns: Float64Array[] = [];
  while (columns.length < rank) {
    const column = normals(rng, dim);
    for (const other of columns) {
      const along = inner(column, other);
      for (let d = 0; d < dim; d++) column[d]! -= along * other[d]!;
    }
    const length = Math.sqrt(inner(column, column));
    columns.push(column.map((x) => x / length));
  }
  const basis = Float64Array.from({ length: dim * rank }, (_, at) => columns[at % rank]![Math.floor(at / rank)]!);
  return { dials, basis };
}

/** B c: the mean response of a policy. */
export function policyMean({ dials: { dim, rank }, basis }: PolicyFrame, policy: Float64Array): Float64Array {
  return Float64Array.from({ length: dim }, (_, d) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += basis[d * rank + k]! * policy[k]!;
    return sum;
  });
}

/** Bᵀ z: a response seen in the family's directions. */
export function inFrame({ dials: { dim, rank }, basis }: PolicyFrame, response: Float64Array): Float64Array {
  const out = new Float64Array(rank);
  for (let d = 0; d < dim; d++) for (let k = 0; k < rank; k++) out[k]! += basis[d * rank + k]! * response[d]!;
  return out;
}

/** One response of a policy. */
export function sampleResponse(frame: PolicyFrame, policy: Float64Array, rng: Random): Float64Array {
  return policyMean(frame, policy).map((x) => x + frame.dials.noise * rng.normal());
}

/**
 * Pre-training data without a preference: two responses of one policy, and one of another, both drawn uniformly from `policies`.
 *
 * @param options `swapped`: a fair coin a row decides which of the last two is called the chosen one, as a control
 */
export function policyTriples(
  frame: PolicyFrame,
  shape: { policies: number; triples: number; swapped?: boolean | undefined },
  seed: Seed,
): ReferenceTriples {
  const { dials } = frame;
  const means = drawPolicies(dials.rank, shape.policies, split(seed, "policies")).map((c) => policyMean(frame, c));
  const rng = random(split(seed, "responses"));
  const coin = random(split(seed, "swapped"));
  const out = emptyTriples(shape.triples, dials.dim);
  for (let n = 0; n < shape.triples; n++) {
    const own = rng.below(means.length);
    const other = (own + 1 + rng.below(means.length - 1)) % means.length;
    const turned = shape.swapped === true && coin.uniform() < 0.5;
    put(out.reference, n, means[own]!, dials, rng);
    put(turned ? out.rejected : out.chosen, n, means[own]!, dials, rng);
    put(turned ? out.chosen : out.rejected, n, means[other]!, dials, rng);
  }
  return out;
}

/** What people want of a family's responses: to be near a target policy, more so in some directions than in others. */
export interface PolicyTaste {
  frame: PolicyFrame;
  /** The diagonal of S: how much each direction matters. */
  weights: Float64Array;
}

/** S = diag(exp(spread · N(0, I))). */
export function drawPolicyTaste(frame: PolicyFrame, spread: number, seed: Seed): PolicyTaste {
  const weights = normals(random(split(seed, "weights")), frame.dials.rank).map((x) => Math.exp(spread * x));
  return { frame, weights };
}

/** g(z) = −(Bᵀz − t)ᵀ S (Bᵀz − t). */
export function policyGold({ frame, weights }: PolicyTaste, target: Float64Array, response: Float64Array): number {
  const seen = inFrame(frame, response);
  let gold = 0;
  for (let k = 0; k < weights.length; k++) gold -= weights[k]! * (seen[k]! - target[k]!) ** 2;
  return gold;
}

/**
 * Preference data with a reference: a target policy a row, one response of it, and two candidates of policies `away` · N(0, I) from it,
 * in gold order.
 */
export function referenceTasks(
  taste: PolicyTaste,
  shape: { tasks: number; away: number },
  seed: Seed,
): ReferenceTriples {
  const { frame } = taste;
  const { dials } = frame;
  const rng = random(seed);
  const out = emptyTriples(shape.tasks, dials.dim);
  for (let n = 0; n < shape.tasks; n++) {
    const target = normals(rng, dials.rank);
    out.reference.set(sampleResponse(frame, target, rng), n * dials.dim);
    const [one, two] = [0, 1].map(() =>
      sampleResponse(
        frame,
        target.map((x) => x + shape.away * rng.normal()),
        rng,
      ),
    ) as [Float64Array, Float64Array];
    const first = policyGold(taste, target, one) >= policyGold(taste, target, two);
    out.chosen.set(first ? one : two, n * dials.dim);
    out.rejected.set(first ? two : one, n * dials.dim);
  }
  return out;
}

/** c ~ N(0, I), one a policy. */
export function drawPolicies(rank: number, policies: number, seed: Seed): Float64Array[] {
  const rng = random(seed);
  return Array.from({ length: policies }, () => normals(rng, rank));
}

function emptyTriples(rows: number, dim: number): ReferenceTriples {
  const list = (): Float64Array => new Float64Array(rows * dim);
  return { dim, reference: list(), chosen: list(), rejected: list() };
}

function put(out: Float64Array, row: number, mean: Float64Array, { dim, noise }: PolicyDials, rng: Random): void {
  for (let d = 0; d < dim; d++) out[row * dim + d] = mean[d]! + noise * rng.normal();
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
