import { InputError } from "../../core/index.ts";
import type { Tensor } from "../../io/safetensors.ts";

/** The sizes of a BERT encoder, from its `config.json`. */
export interface BertConfig {
  hidden_size: number;
  num_attention_heads: number;
  num_hidden_layers: number;
  intermediate_size: number;
  layer_norm_eps: number;
  max_position_embeddings: number;
  hidden_act: string;
}

interface Linear {
  weight: Float32Array;
  bias: Float32Array;
}

/** An encoder: the last hidden states of token ids, [ids.length × hidden]. */
export type Bert = (ids: readonly number[]) => Float32Array;

/**
 * out[r, o] = Σ_k x[r, k] · weight[o, k] + bias[o], for rows × inputs times outputs × inputs.
 * Two rows by four outputs at a time, so that each weight that is read is used twice and each input four times.
 */
function linear(x: Float32Array, rows: number, { weight, bias }: Linear): Float32Array {
  const outputs = bias.length;
  const inputs = weight.length / outputs;
  const out = new Float32Array(rows * outputs);
  for (let o = 0; o < outputs; o += 4) {
    // the last block is moved back where 4 does not divide, and writes some places twice
    const o0 = Math.max(0, Math.min(o, outputs - 4));
    const [w0, w1, w2, w3] = [o0 * inputs, (o0 + 1) * inputs, (o0 + 2) * inputs, (o0 + 3) * inputs];
    for (let r = 0; r < rows; r += 2) {
      const second = r + 1 < rows;
      const x0 = r * inputs;
      const x1 = second ? x0 + inputs : x0;
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let k = 0; k < inputs; k++) {
        const p = x[x0 + k]!;
        const q = x[x1 + k]!;
        const s = weight[w0 + k]!;
        const t = weight[w1 + k]!;
        const u = weight[w2 + k]!;
        const v = weight[w3 + k]!;
        a0 += p * s;
        a1 += p * t;
        a2 += p * u;
        a3 += p * v;
        b0 += q * s;
        b1 += q * t;
        b2 += q * u;
        b3 += q * v;
      }
      const at = r * outputs + o0;
      out[at] = a0 + bias[o0]!;
      out[at + 1] = a1 + bias[o0 + 1]!;
      out[at + 2] = a2 + bias[o0 + 2]!;
      out[at + 3] = a3 + bias[o0 + 3]!;
      if (!second) continue;
      out[at + outputs] = b0 + bias[o0]!;
      out[at + outputs + 1] = b1 + bias[o0 + 1]!;
      out[at + outputs + 2] = b2 + bias[o0 + 2]!;
      out[at + outputs + 3] = b3 + bias[o0 + 3]!;
    }
  }
  return out;
}

/** Layer normalisation of each row, in place: (x − mean) / √(variance + eps) · weight + bias. */
function normalise(x: Float32Array, { weight, bias }: Linear, eps: number): void {
  const width = bias.length;
  for (let from = 0; from < x.length; from += width) {
    let mean = 0;
    for (let i = 0; i < width; i++) mean += x[from + i]!;
    mean /= width;
    let variance = 0;
    for (let i = 0; i < width; i++) variance += (x[from + i]! - mean) ** 2;
    const scale = 1 / Math.sqrt(variance / width + eps);
    for (let i = 0; i < width; i++) x[from + i] = (x[from + i]! - mean) * scale * weight[i]! + bias[i]!;
  }
}

/**
 * The error function, to about 1e-7: its series for |x| < 2.5, and the continued fraction of its complement beyond.
 * Source: Abramowitz and Stegun, 7.1.6 and 7.1.14.
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 60 && term > 1e-9 * sum; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return (Math.sign(x) * 2 * sum * Math.exp(-z * z)) / Math.sqrt(Math.PI);
  }
  let fraction = z;
  for (let n = 24; n >= 1; n--) fraction = z + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction));
}

/** x · Φ(x), the exact GELU, in place. */
function gelu(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i] = 0.5 * x[i]! * (1 + erf(x[i]! * Math.SQRT1_2));
}

/** Softmax attention over all positions, heads side by side in each row. */
function attention(q: Float32Array, k: Float32Array, v: Float32Array, rows: number, heads: number): Float32Array {
  const width = q.length / rows;
  const size = width / heads;
  const out = new Float32Array(q.length);
  const weights = new Float64Array(rows);
  for (let head = 0; head < heads; head++)
    for (let r = 0; r < rows; r++) {
      const from = r * width + head * size;
      let most = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < rows; c++) {
        const to = c * width + head * size;
        let dot = 0;
        for (let i = 0; i < size; i++) dot += q[from + i]! * k[to + i]!;
        weights[c] = dot / Math.sqrt(size);
        most = Math.max(most, weights[c]!);
      }
      let sum = 0;
      for (let c = 0; c < rows; c++) sum += weights[c] = Math.exp(weights[c]! - most);
      for (let c = 0; c < rows; c++) {
        const to = c * width + head * size;
        const share = weights[c]! / sum;
        for (let i = 0; i < size; i++) out[from + i] = out[from + i]! + share * v[to + i]!;
      }
    }
  return out;
}

function add(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i] = x[i]! + y[i]!;
}

/**
 * A BERT encoder over typed arrays: embeddings, then layers of attention and feed-forward, each with a residual and
 * layer normalisation after it. Numbers are float32, sums float64.
 *
 * @throws InputError where a tensor is missing or the activation is not GELU
 */
export function bert(file: string, config: BertConfig, tensors: ReadonlyMap<string, Tensor>): Bert {
  const { hidden_size: width, num_attention_heads: heads, layer_norm_eps: eps } = config;
  if (config.hidden_act !== "gelu") throw new InputError({ file }, `the activation ${config.hidden_act} is not known`);
  const tensor = (name: string): Float32Array => {
    const found = tensors.get(name) ?? tensors.get(`bert.${name}`);
    if (found === undefined) throw new InputError({ file }, `it has no tensor ${name}`);
    return found.values;
  };
  const pair = (name: string): Linear => ({ weight: tensor(`${name}.weight`), bias: tensor(`${name}.bias`) });
  const words = tensor("embeddings.word_embeddings.weight");
  const positions = tensor("embeddings.position_embeddings.weight");
  const kinds = tensor("embeddings.token_type_embeddings.weight");
  const first = pair("embeddings.LayerNorm");
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => {
    const at = `encoder.layer.${i}`;
    return {
      query: pair(`${at}.attention.self.query`),
      key: pair(`${at}.attention.self.key`),
      value: pair(`${at}.attention.self.value`),
      mixed: pair(`${at}.attention.output.dense`),
      mixedNorm: pair(`${at}.attention.output.LayerNorm`),
      up: pair(`${at}.intermediate.dense`),
      down: pair(`${at}.output.dense`),
      norm: pair(`${at}.output.LayerNorm`),
    };
  });
  return (ids) => {
    const rows = ids.length;
    let x = new Float32Array(rows * width);
    for (const [r, id] of ids.entries())
      for (let i = 0; i < width; i++) x[r * width + i] = words[id * width + i]! + positions[r * width + i]! + kinds[i]!;
    normalise(x, first, eps);
    for (const layer of layers) {
      const mixed = attention(
        linear(x, rows, layer.query),
        linear(x, rows, layer.key),
        linear(x, rows, layer.value),
        rows,
        heads,
      );
      const after = linear(mixed, rows, layer.mixed);
      add(after, x);
      normalise(after, layer.mixedNorm, eps);
      const up = linear(after, rows, layer.up);
      gelu(up);
      x = linear(up, rows, layer.down) as Float32Array<ArrayBuffer>;
      add(x, after);
      normalise(x, layer.norm, eps);
    }
    return x;
  };
}
