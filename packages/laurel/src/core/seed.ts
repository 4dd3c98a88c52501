import { sha256 } from "./hash.ts";
import type { Seed } from "./types.ts";

/**
 * A named child of a seed: the first 32 hex digits of SHA-256(seed ":" name).
 * Children of different names are independent, and splitting again gives the same child.
 */
export function split(seed: Seed, name: string | number): Seed {
  return sha256(`${seed}:${name}`).slice(0, 32);
}

/** A seed from any text or whole number, such as the user's `--seed 7`; 32 hex digits stand for themselves. */
export function seedFrom(value: string | number): Seed {
  const text = String(value);
  return /^[0-9a-f]{32}$/.test(text) ? text : sha256(`laurel:${text}`).slice(0, 32);
}

/** A stream of pseudo-random numbers. */
export interface Random {
  /** The next 32 bits as an unsigned integer. */
  u32(): number;
  /** Fills an array with the words that as many calls of `u32` would give; several times as fast. */
  fill(out: Uint32Array): void;
  /** Uniform on [0, 1) with 53 bits. */
  uniform(): number;
  /** Uniform whole number in [0, n); n up to 2^32. */
  below(n: number): number;
  /** Standard normal (Box and Muller, polar form). */
  normal(): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** A new array in random order (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[];
}

/**
 * xoshiro128** (Blackman and Vigna, 2018) on the four 32-bit words of the seed.
 * An all-zero seed, which the generator cannot leave, is replaced by the split named "zero".
 */
export function random(seed: Seed): Random {
  let a = Number.parseInt(seed.slice(0, 8), 16) | 0;
  let b = Number.parseInt(seed.slice(8, 16), 16) | 0;
  let c = Number.parseInt(seed.slice(16, 24), 16) | 0;
  let d = Number.parseInt(seed.slice(24, 32), 16) | 0;
  if ((a | b | c | d) === 0) return random(split(seed, "zero"));
  let spare: number | undefined;

  const u32 = (): number => {
    let result = Math.imul(b, 5);
    result = Math.imul((result << 7) | (result >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const fill = (out: Uint32Array): void => {
    // the state in local variables for the length of the loop, where V8 keeps it in registers
    let [p, q, r, s] = [a, b, c, d];
    for (let i = 0; i < out.length; i++) {
      const times = Math.imul(q, 5);
      out[i] = Math.imul((times << 7) | (times >>> 25), 9);
      const t = q << 9;
      r ^= p;
      s ^= q;
      q ^= r;
      p ^= s;
      r ^= t;
      s = (s << 11) | (s >>> 21);
    }
    [a, b, c, d] = [p, q, r, s];
  };
  const uniform = (): number => ((u32() >>> 5) * 67108864 + (u32() >>> 6)) / 9007199254740992;
  const below = (n: number): number => {
    const limit = 4294967296 - (4294967296 % n);
    let value = u32();
    while (value >= limit) value = u32();
    return value % n;
  };
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        spare = v * scale;
        return u * scale;
      }
    }
  };
  const exponential = (): number => -Math.log(1 - uniform());
  const shuffled = <T>(items: readonly T[]): T[] => {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  };
  return { u32, fill, uniform, below, normal, exponential, shuffled };
}
