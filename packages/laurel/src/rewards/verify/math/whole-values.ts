import type { Budget } from "./limits.ts";
import { bits, negative, ONE, type Rational, rational, same, ZERO } from "./rational.ts";

/** Prime factors below 1000 with their counts; `rest` is what remains, a prime if it is below 10^6. */
export function factors(n: bigint, budget: Budget): { primes: [bigint, number][]; rest: bigint } {
  const primes: [bigint, number][] = [];
  let rest = n;
  if (n > 1n << 256n) return { primes, rest };
  for (let p = 2n; p < 1000n && p * p <= rest; p += p === 2n ? 1n : 2n) {
    let count = 0;
    while (rest % p === 0n) {
      rest /= p;
      count++;
    }
    if (count > 0) primes.push([p, count]);
  }
  budget.spend(100);
  if (rest > 1n && rest < 1_000_000n) {
    primes.push([rest, 1]);
    rest = 1n;
  }
  return { primes, rest };
}

/** The whole q-th root of n, if n is a q-th power. */
export function wholeRoot(n: bigint, q: number): bigint | undefined {
  const nearest = Number(n) ** (1 / q);
  if (!Number.isFinite(nearest)) return undefined;
  const guess = BigInt(Math.round(nearest));
  for (const r of [guess - 1n, guess, guess + 1n]) if (r > 0n && r ** BigInt(q) === n) return r;
  return undefined;
}

/** Values of functions that are rational at rational arguments. */
export function exactFunction(name: string, args: readonly Rational[]): Rational | undefined {
  const a = args[0]!;
  switch (name) {
    case "abs":
      return a.n < 0n ? negative(a) : a;
    case "floor":
      return rational(floor(a));
    case "ceil":
      return rational(-floor(negative(a)));
    case "factorial":
      if (a.d !== 1n || a.n < 0n || a.n > 500n) return undefined;
      return rational(fallingFactorial(a.n, a.n));
    case "binomial": {
      const k = args[1]!;
      if (a.d !== 1n || k.d !== 1n || k.n < 0n || k.n > 500n || a.n < 0n || a.n > 1_000_000n) return undefined;
      if (k.n > a.n) return ZERO;
      return rational(fallingFactorial(a.n, k.n), fallingFactorial(k.n, k.n));
    }
    case "max":
    case "min": {
      let best = a;
      for (const other of args) {
        const less = other.n * best.d < best.n * other.d;
        if (name === "min" ? less : !less) best = other;
      }
      return best;
    }
    case "gcd":
    case "lcm": {
      if (args.some((arg) => arg.d !== 1n)) return undefined;
      let all = a.n < 0n ? -a.n : a.n;
      for (const { n } of args.slice(1)) {
        let x = all;
        let y = n < 0n ? -n : n;
        const product = x * y;
        while (y !== 0n) [x, y] = [y, x % y];
        all = name === "gcd" ? x : x === 0n ? 0n : product / x;
      }
      return rational(all);
    }
    case "log": {
      // a whole logarithm such as log_2 8
      const base = args[1];
      if (base === undefined || base.d !== 1n || base.n < 2n || a.n <= 0n || bits(a) > 2048) return undefined;
      if (a.d !== 1n && a.n !== 1n) return undefined;
      let left = a.d === 1n ? a.n : a.d;
      let count = 0n;
      while (left % base.n === 0n) {
        left /= base.n;
        count++;
      }
      return left === 1n ? rational(a.d === 1n ? count : -count) : undefined;
    }
    case "sin":
    case "tan":
    case "asin":
    case "atan":
      return a.n === 0n ? ZERO : undefined;
    case "cos":
      return a.n === 0n ? ONE : undefined;
    case "ln":
      return same(a, ONE) ? ZERO : undefined;
    default:
      return undefined;
  }
}

function floor(a: Rational): bigint {
  const q = a.n / a.d;
  return a.n < 0n && q * a.d !== a.n ? q - 1n : q;
}

function fallingFactorial(n: bigint, k: bigint): bigint {
  let out = 1n;
  for (let j = 0n; j < k; j++) out *= n - j;
  return out;
}
