import type { Array as JaxArray } from "@jax-js/jax";
import { random, type Seed } from "laurel";
import { NORM_EPSILON, textLength, type TransformerShape, transformerTensors } from "laurel/rewards/learned";
import { type Compiled, compile, type Named, type NetShapes } from "./compile.ts";
import type { jax } from "./jax.ts";

type Jax = Awaited<ReturnType<typeof jax>>;

/** A transformer with its gradient: any loss of its outputs, by the slopes that the loss gives. */
export interface TransformerNet extends Disposable {
  outputs: number;
  parameters: number;
  /** Token and position vectors N(0, 0.02²), matrices N(0, 1/in), a block's last ones by 1/√(2 blocks); gains 1, head and biases 0. */
  start(seed: Seed): Float32Array;
  /** Outputs at the last token of each text: rows × outputs. */
  forward(theta: Float32Array, tokens: Int32Array): Float32Array;
  /** Adds ∂loss/∂θ to `gradient`, given ∂loss/∂outputs of texts. The forward pass is made again for it. */
  backward(theta: Float32Array, tokens: Int32Array, slopes: Float64Array, gradient: Float64Array): void;
}

/**
 * A small causal transformer (token and position vectors, blocks of attention and a SiLU layer with RMS norms before them, a linear head at
 * the last token), for training. The same network without jax-js is `transformerForward` of laurel/rewards/learned.
 *
 * @param shape `dim` tokens a text
 * @param options `outputs`: 1 for a scalar reward, the vocabulary for a model that writes its verdict; `rows` texts at a time, default 32:
 *   other numbers are filled up
 * @throws UsageError where jax-js is not installed, or the width does not part into heads
 * @example using net = await transformerNet({ dim: 64, vocabulary: 512, width: 64, blocks: 2, heads: 4, hidden: 128 }, { outputs: 1 });
 */
export async function transformerNet(
  shape: TransformerShape,
  options: { outputs: number; rows?: number | undefined },
): Promise<TransformerNet> {
  const { outputs, rows = 32 } = options;
  const { dim } = shape;
  const tensors = transformerTensors(shape, outputs);
  const batch: NetShapes["batch"] = {
    tokens: { shape: [rows, dim], type: "int32" },
    last: { shape: [rows, dim], type: "float32" },
  };
  const out = (own: Jax, parameters: Named, given: Named): JaxArray => outputsOf(own, shape, rows, parameters, given);
  const forward = await compile(out, { parameters: tensors, batch });
  // its gradient is the one that a loss with these slopes has
  const product = await compile(
    (own, parameters, { slopes, ...given }) => out(own, parameters, given).mul(slopes!).sum(),
    { parameters: tensors, batch: { ...batch, slopes: { shape: [rows, outputs], type: "float32" } } },
  );
  const chunk = (tokens: Int32Array, from: number) => {
    const own = new Int32Array(rows * dim);
    own.set(tokens.subarray(from * dim, (from + rows) * dim));
    const last = new Float32Array(rows * dim);
    for (let r = 0; r < rows; r++) last[r * dim + textLength(own.subarray(r * dim, (r + 1) * dim)) - 1] = 1;
    return { tokens: own, last };
  };
  const part = new Float32Array(forward.parameters);
  return {
    outputs,
    parameters: forward.parameters,
    start: (seed) => startOf(shape, tensors, seed),
    forward(theta, tokens) {
      const n = tokens.length / dim;
      const all = new Float32Array(n * outputs);
      for (let from = 0; from < n; from += rows) {
        const some = forward.run(theta, chunk(tokens, from));
        all.set(some.subarray(0, Math.min(rows, n - from) * outputs), from * outputs);
      }
      return all;
    },
    backward(theta, tokens, slopes, gradient) {
      const n = tokens.length / dim;
      for (let from = 0; from < n; from += rows) {
        const own = new Float32Array(rows * outputs);
        own.set(slopes.subarray(from * outputs, (from + rows) * outputs));
        product.step(theta, { ...chunk(tokens, from), slopes: own }, part);
        for (let i = 0; i < part.length; i++) gradient[i]! += part[i]!;
      }
    },
    [Symbol.dispose]: () => disposeAll([forward, product]),
  };
}

function disposeAll(nets: readonly Compiled[]): void {
  for (const net of nets) net.dispose();
}

function startOf(
  { blocks }: TransformerShape,
  tensors: Readonly<Record<string, readonly number[]>>,
  seed: Seed,
): Float32Array {
  const rng = random(seed);
  const parts = Object.entries(tensors).flatMap(([name, own]) => {
    const size = own.reduce((a, b) => a * b, 1);
    if (name.endsWith("norm")) return new Array<number>(size).fill(1);
    if (name.startsWith("head.")) return new Array<number>(size).fill(0);
    const sd =
      own.length === 2 && !/^(tokens|positions)/.test(name)
        ? (name.endsWith(".out") ? 1 / Math.sqrt(2 * blocks) : 1) / Math.sqrt(own[0]!)
        : 0.02;
    return Array.from({ length: size }, () => sd * rng.normal());
  });
  return Float32Array.from(parts);
}

/** [rows, outputs] from tokens [rows, dim] and a 1 at each text's last token. */
function outputsOf(
  { numpy: np, nn }: Jax,
  { dim, vocabulary, width, blocks, heads }: TransformerShape,
  rows: number,
  p: Named,
  { tokens, last }: Named,
): JaxArray {
  const norm = (x: JaxArray, gain: JaxArray): JaxArray => {
    const scale = np.sqrt(np.square(x.ref).mean(-1, { keepdims: true }).add(NORM_EPSILON));
    return x.div(scale).mul(gain);
  };
  const apply = (x: JaxArray, matrix: JaxArray): JaxArray => np.matmul(x, matrix);
  const each = width / heads;
  // one row an item of text, so that every product is of two matrices
  let x = apply(nn.oneHot(tokens!, vocabulary).reshape([rows * dim, vocabulary]), p["tokens.weight"]!)
    .reshape([rows, dim, width])
    .add(p["positions.weight"]!)
    .reshape([rows * dim, width]);
  for (let b = 0; b < blocks; b++) {
    const own = (name: string): JaxArray => p[`blocks.${b}.${name}`]!;
    const qkv = apply(norm(x.ref, own("attention.norm")), own("attention.in")).reshape([rows, dim, 3, heads, each]);
    const [q, k, v] = [qkv.ref.slice([], [], 0), qkv.ref.slice([], [], 1), qkv.slice([], [], 2)];
    const mixed = nn.dotProductAttention(q!, k!, v!, { isCausal: true });
    x = x.add(apply(mixed.reshape([rows * dim, width]), own("attention.out")));
    const inner = nn.silu(apply(norm(x.ref, own("feed.norm")), own("feed.in")));
    x = x.add(apply(inner, own("feed.out")));
  }
  const ends = x
    .reshape([rows, dim, width])
    .mul(last!.reshape([rows, dim, 1]))
    .sum(1);
  return apply(norm(ends, p["norm"]!), p["head.weight"]!).add(p["head.bias"]!);
}
