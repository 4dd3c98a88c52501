import { type Context, type Embedder, type Random, random, type Seed, split, UsageError } from "../../core/index.ts";

/**
 * Which of some points are vertices of their convex hull after projection on their first two principal components.
 *
 * @param points at least one, all of the same length
 * @returns indices, ascending; all of them where fewer than three points are distinct in the plane or all lie on a line
 * @throws UsageError for points of different length
 * @source ConvexDA (The Trickle-down Impact of Reward (In-)consistency on RLHF, 2024): the spread-out ones of several perturbations
 */
export function hullVertices(points: readonly ArrayLike<number>[]): number[] {
  const n = points.length;
  const all = Array.from({ length: n }, (_, i) => i);
  const dim = points[0]?.length ?? 0;
  if (points.some((point) => point.length !== dim)) throw new UsageError("hullVertices: the points differ in length");
  const gram = centredGram(points, dim);
  const first = leading(gram, n);
  // what is left beside the first component
  const rest = gram.map((g, at) => g - first.value * first.vector[Math.floor(at / n)]! * first.vector[at % n]!);
  const second = leading(rest, n);
  if (!(second.value > 1e-12 * Math.max(first.value, Number.MIN_VALUE))) return all;
  const plane = all.map((i) => ({
    i,
    x: Math.sqrt(first.value) * first.vector[i]!,
    y: Math.sqrt(second.value) * second.vector[i]!,
  }));
  const hull = monotoneChain(plane);
  return hull.length < 3 ? all : hull.map(({ i }) => i).sort((a, b) => a - b);
}

type Point = { i: number; x: number; y: number };

/** Andrew's monotone chain; points on an edge and repeats are no vertices. */
function monotoneChain(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y || a.i - b.i);
  // components are known to about 1e-12 of the points' extent
  const flat = 1e-9 * points.reduce((most, { x, y }) => Math.max(most, x * x + y * y), 0);
  const half = (order: readonly Point[]): Point[] => {
    const out: Point[] = [];
    for (const p of order) {
      while (out.length >= 2 && cross(out.at(-2)!, out.at(-1)!, p) <= flat) out.pop();
      out.push(p);
    }
    return out.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

function cross(o: Point, a: Point, b: Point): number {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

/** G_ij = (x_i − x̄)·(x_j − x̄): its eigenvectors are the components' scores. */
function centredGram(points: readonly ArrayLike<number>[], dim: number): Float64Array {
  const n = points.length;
  const centred = points.map((point) => Float64Array.from(point));
  for (let d = 0; d < dim; d++) {
    const mean = centred.reduce((sum, point) => sum + point[d]!, 0) / n;
    for (const point of centred) point[d]! -= mean;
  }
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [a, b] = [centred[Math.floor(at / n)]!, centred[at % n]!];
    let dot = 0;
    for (let d = 0; d < dim; d++) dot += a[d]! * b[d]!;
    return dot;
  });
}

/** The largest eigenvalue of a positive semidefinite matrix and its vector, by power iteration from its longest column. */
function leading(matrix: Float64Array, n: number): { value: number; vector: Float64Array } {
  let longest = 0;
  for (let i = 1; i < n; i++) if (matrix[i * n + i]! > matrix[longest * n + longest]!) longest = i;
  let vector = matrix.slice(longest * n, (longest + 1) * n);
  let value = 0;
  for (let iteration = 0; iteration < 200; iteration++) {
    const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    if (!(length > 0)) return { value: 0, vector: new Float64Array(n) };
    vector = vector.map((x) => x / length);
    const next = vector.map((_, i) => {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * vector[j]!;
      return sum;
    });
    const before = value;
    value = next.reduce((sum, x, i) => sum + x * vector[i]!, 0);
    if (Math.abs(value - before) <= 1e-12 * Math.abs(value)) break;
    vector = next;
  }
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return { value: Math.max(0, value), vector: length > 0 ? vector.map((x) => x / length) : vector };
}

/** Changes a text a little. */
export type Perturb = (text: string, rng: Random) => string;

/** Options of `convexHullAugment`. */
export interface ConvexHullOptions {
  /** Default `spelling()`. */
  perturb?: Perturb | undefined;
  embedder: Embedder;
  /** Perturbations a text, at least 1; default 5. */
  n?: number | undefined;
  seed: Seed;
}

/**
 * ConvexDA: perturbations of a text of which only those remain that stick out, the vertices of their hull in the plane of the embeddings'
 * first two principal components.
 *
 * For training, let one vertex take the place of the rejected (or chosen) answer in each epoch: the number of steps stays the same.
 *
 * @returns a function from a text to its augmented texts, distinct, in the order in which they were drawn; a text has the same ones whenever it comes
 * @throws UsageError for n below 1; the function throws UsageError where the embedder fails
 * @source The Trickle-down Impact of Reward (In-)consistency on RLHF (2024), released DA_convex.py: n = 5, misspellings of up to 5 % of the words
 * @example const augment = convexHullAugment({ embedder, seed }); const texts = await augment(rejected, ctx);
 */
export function convexHullAugment(options: ConvexHullOptions): (text: string, ctx: Context) => Promise<string[]> {
  const { perturb = spelling(), embedder, n = 5, seed } = options;
  if (!(Number.isInteger(n) && n >= 1))
    throw new UsageError(`convexHullAugment: n must be a whole number of at least 1, not ${n}`);
  return async (text, ctx) => {
    const rng = random(split(seed, text));
    const drawn = [...new Set(Array.from({ length: n }, () => perturb(text, rng)))];
    const vectors = await embedder.embed(drawn, ctx);
    const known = vectors.map((vector, i) => {
      if (vector instanceof Float32Array) return vector;
      throw new UsageError(
        `convexHullAugment: the embedder gave nothing for text ${i + 1}: ${vector.unscored.message}`,
      );
    });
    return hullVertices(known).map((i) => drawn[i]!);
  };
}

/**
 * Misspells words: two neighbouring letters change places, or one is left out or doubled.
 *
 * @param options `share` of words with at least four letters that may change, in (0, 1], default 0.05; at least one does where there is one
 * @throws UsageError for a share out of range
 */
export function spelling(options: { share?: number | undefined } = {}): Perturb {
  const { share = 0.05 } = options;
  if (!(share > 0 && share <= 1)) throw new UsageError(`spelling: share must lie in (0, 1], not ${share}`);
  return (text, rng) => {
    const parts = text.split(/(\s+)/);
    const words = parts.flatMap((part, i) => (/^\p{L}{4,}/u.test(part) ? [i] : []));
    const most = Math.max(1, Math.floor(share * words.length));
    for (const i of rng.shuffled(words).slice(0, most)) parts[i] = misspelt(parts[i]!, rng);
    return parts.join("");
  };
}

function misspelt(word: string, rng: Random): string {
  const letters = [...word];
  const at = 1 + rng.below(letters.length - 2);
  const kind = rng.below(3);
  if (kind === 0) [letters[at], letters[at + 1]] = [letters[at + 1]!, letters[at]!];
  else if (kind === 1) letters.splice(at, 1);
  else letters.splice(at, 0, letters[at]!);
  return letters.join("");
}
