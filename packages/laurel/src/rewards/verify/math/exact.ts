import { Budget, limits, Spent } from "./limits.ts";
import { type Node, show } from "./node.ts";
import { bits, inverse, negative, ONE, plus, power, type Rational, rational, times, ZERO } from "./rational.ts";
import { exactFunction, factors, wholeRoot } from "./whole-values.ts";

/** Atoms and exponents in turn, by rising atom: [atom, exponent, atom, exponent, …]. */
type Monomial = readonly number[];

interface Term {
  readonly c: Rational;
  readonly m: Monomial;
}

/** A polynomial in atoms: terms by the key of their monomial; no zero terms. */
export type Polynomial = ReadonlyMap<string, Term>;

/** num/den */
export interface Fraction {
  readonly num: Polynomial;
  readonly den: Polynomial;
}

/**
 * What an atom is. `free`: a variable or π; `root`: p^(1/2) of a prime p; `i`; `loose`: anything about whose algebraic
 * relations to other atoms nothing is known (functions, e, other roots).
 */
interface Atom {
  readonly kind: "free" | "root" | "i" | "loose";
  /** For roots: p and q of p^(1/q). */
  readonly p?: bigint;
  readonly q?: number;
}

const none: Polynomial = new Map();

function constantPolynomial(c: Rational): Polynomial {
  return c.n === 0n ? none : new Map([["", { c, m: [] }]]);
}

const onePolynomial = constantPolynomial(ONE);

/**
 * Exact normal forms: fractions of multivariate polynomials with rational coefficients, over variables, π, square roots
 * of primes, i, and opaque atoms (functions and other powers, by their own normal form).
 * Both sides of a comparison go through the same instance, so that they share atoms.
 */
export class Exact {
  private readonly budget = new Budget(limits.exact, "exact arithmetic");
  private readonly index = new Map<string, number>();
  private readonly atoms: Atom[] = [];

  /**
   * The normal form of a scalar.
   *
   * @throws Spent when the budget or a size limit is passed, or a denominator is 0; the caller then evaluates instead
   */
  of(node: Node): Fraction {
    this.budget.spend(1);
    switch (node.k) {
      case "num":
        return { num: constantPolynomial(node.v), den: onePolynomial };
      case "sym":
        return this.symbol(node.name);
      case "add": {
        let sum: Fraction = { num: none, den: onePolynomial };
        for (const arg of node.args) sum = this.add(sum, this.of(arg));
        return sum;
      }
      case "mul": {
        let product: Fraction = { num: onePolynomial, den: onePolynomial };
        for (const arg of node.args) product = this.multiply(product, this.of(arg));
        return product;
      }
      case "pow":
        return this.power(this.of(node.base), this.of(node.exp));
      case "fn":
        return this.fn(node.name, node.args);
      case "pct":
        return this.multiply(this.of(node.value), { num: constantPolynomial(rational(1n, 100n)), den: onePolynomial });
      case "qty": {
        const inner = this.of(node.value);
        if (node.unit.piOver === undefined) return inner;
        const scale = { num: constantPolynomial(rational(1n, node.unit.piOver)), den: onePolynomial };
        return this.multiply(this.multiply(inner, scale), this.symbol("pi"));
      }
      default:
        throw new Spent(`no exact form of ${node.k}`);
    }
  }

  /** a − b as a numerator over the product of the denominators; an empty polynomial says that a = b. */
  difference(a: Fraction, b: Fraction): Polynomial {
    if (a.den === onePolynomial && b.den === onePolynomial) return this.addPolynomials(a.num, b.num, -1);
    return this.addPolynomials(this.multiplyPolynomials(a.num, b.den), this.multiplyPolynomials(b.num, a.den), -1);
  }

  /** Is a non-zero polynomial in these atoms surely a non-zero function? True for variables, π, roots of primes and i. */
  decides(polynomial: Polynomial): boolean {
    for (const { m } of polynomial.values())
      for (let k = 0; k < m.length; k += 2) if (this.atoms[m[k]!]!.kind === "loose") return false;
    return true;
  }

  /** The rational number that the fraction is, if it has no atoms. */
  constant(fraction: Fraction): Rational | undefined {
    const top = constantOf(fraction.num);
    const under = constantOf(fraction.den);
    return top === undefined || under === undefined || under.n === 0n ? undefined : times(top, inverse(under));
  }

  private atom(key: string, atom: Atom): number {
    let at = this.index.get(key);
    if (at === undefined) {
      at = this.atoms.length;
      this.atoms.push(atom);
      this.index.set(key, at);
    }
    return at;
  }

  private single(atom: number, exponent = 1): Fraction {
    const m = [atom, exponent];
    return { num: new Map([[String(m), { c: ONE, m }]]), den: onePolynomial };
  }

  private symbol(name: string): Fraction {
    if (name === "i") return this.single(this.atom("i", { kind: "i" }));
    if (name === "inf") throw new Spent("infinity");
    return this.single(this.atom(`v:${name}`, { kind: name === "e" ? "loose" : "free" }));
  }

  private add(a: Fraction, b: Fraction): Fraction {
    if (a.den === b.den) return { num: this.addPolynomials(a.num, b.num, 1), den: a.den };
    return {
      num: this.addPolynomials(this.multiplyPolynomials(a.num, b.den), this.multiplyPolynomials(b.num, a.den), 1),
      den: this.multiplyPolynomials(a.den, b.den),
    };
  }

  private multiply(a: Fraction, b: Fraction): Fraction {
    return this.tidy({ num: this.multiplyPolynomials(a.num, b.num), den: this.multiplyPolynomials(a.den, b.den) });
  }

  /** A constant denominator goes into the numerator. */
  private tidy(fraction: Fraction): Fraction {
    if (fraction.den === onePolynomial) return fraction;
    const c = constantOf(fraction.den);
    if (c === undefined) return fraction;
    if (c.n === 0n) throw new Spent("a denominator of 0");
    return { num: this.scale(fraction.num, inverse(c)), den: onePolynomial };
  }

  private scale(a: Polynomial, by: Rational): Polynomial {
    const out = new Map<string, Term>();
    for (const [key, { c, m }] of a) out.set(key, { c: this.checked(times(c, by)), m });
    return out;
  }

  private checked(c: Rational): Rational {
    if (bits(c) > limits.bits) throw new Spent("a number of too many digits");
    return c;
  }

  private addPolynomials(a: Polynomial, b: Polynomial, sign: 1 | -1): Polynomial {
    this.budget.spend(b.size);
    const out = new Map(a);
    for (const [key, { c, m }] of b) {
      const old = out.get(key);
      const sum = plus(old?.c ?? ZERO, sign === 1 ? c : negative(c));
      if (sum.n === 0n) out.delete(key);
      else out.set(key, { c: this.checked(sum), m });
    }
    if (out.size > limits.terms) throw new Spent("a polynomial of too many terms");
    return out;
  }

  private multiplyPolynomials(a: Polynomial, b: Polynomial): Polynomial {
    if (a === onePolynomial) return b;
    if (b === onePolynomial) return a;
    this.budget.spend(a.size * b.size + 1);
    const out = new Map<string, Term>();
    for (const x of a.values())
      for (const y of b.values()) {
        const { c, m } = this.product(x, y);
        const key = String(m);
        const old = out.get(key);
        const sum = old === undefined ? c : plus(old.c, c);
        if (sum.n === 0n) out.delete(key);
        else out.set(key, { c: this.checked(sum), m });
        if (out.size > limits.terms) throw new Spent("a polynomial of too many terms");
      }
    return out;
  }

  /** The product of two terms, with i² = −1 and (p^(1/q))^q = p. */
  private product(x: Term, y: Term): Term {
    const m: number[] = [];
    let c = times(x.c, y.c);
    let i = 0;
    let j = 0;
    while (i < x.m.length || j < y.m.length) {
      const a = x.m[i] ?? Number.POSITIVE_INFINITY;
      const b = y.m[j] ?? Number.POSITIVE_INFINITY;
      const atom = Math.min(a, b);
      let exponent = 0;
      if (a === atom) {
        exponent += x.m[i + 1]!;
        i += 2;
      }
      if (b === atom) {
        exponent += y.m[j + 1]!;
        j += 2;
      }
      const about = this.atoms[atom]!;
      if (about.kind === "i") {
        const turns = ((exponent % 4) + 4) % 4;
        if (turns >= 2) c = negative(c);
        exponent = turns % 2;
      } else if (about.q !== undefined) {
        const whole = Math.floor(exponent / about.q);
        if (whole !== 0) c = times(c, power(rational(about.p!), whole));
        exponent -= whole * about.q;
      }
      if (exponent !== 0) m.push(atom, exponent);
    }
    return { c, m };
  }

  private power(base: Fraction, exponent: Fraction): Fraction {
    const e = this.constant(exponent);
    if (e === undefined) return this.opaque("pow", [base, exponent]);
    if (e.d === 1n) {
      if (e.n > 1_000_000n || e.n < -1_000_000n) throw new Spent("a huge exponent");
      return this.integerPower(base, Number(e.n));
    }
    const b = this.constant(base);
    if (b !== undefined && e.d <= 64n) return this.root(b, e);
    return this.opaque("pow", [base, exponent]);
  }

  private integerPower(base: Fraction, k: number): Fraction {
    const c = this.constant(base);
    if (c !== undefined) {
      if (c.n === 0n && k <= 0) throw new Spent("0 to a power that is not positive");
      if (bits(c) * Math.abs(k) > limits.bits * 8 && c.n !== 1n && c.n !== -1n)
        throw new Spent("a power of too many digits");
      return { num: constantPolynomial(this.checked(power(c, k))), den: onePolynomial };
    }
    const positive = k < 0 ? this.inverted(base) : base;
    const n = Math.abs(k);
    if (n > 64 && positive.num.size > 1) throw new Spent("a high power of a sum");
    let out: Fraction = { num: onePolynomial, den: onePolynomial };
    let square = positive;
    for (let left = n; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) out = this.multiply(out, square);
      if (left > 1) square = this.multiply(square, square);
    }
    return out;
  }

  private inverted(a: Fraction): Fraction {
    if (a.num.size === 0) throw new Spent("a denominator of 0");
    return this.tidy({ num: a.den, den: a.num });
  }

  /** b^(n/d) for a rational b: primes' roots as atoms. */
  private root(b: Rational, e: Rational): Fraction {
    const q = Number(e.d);
    const k = Number(e.n);
    if (b.n === 0n) {
      if (k <= 0) throw new Spent("0 to a power that is not positive");
      return { num: none, den: onePolynomial };
    }
    if (Math.abs(k) > 256) throw new Spent("a high power of a root");
    let out: Fraction = { num: onePolynomial, den: onePolynomial };
    if (b.n < 0n) {
      if (q === 2) out = this.single(this.atom("i", { kind: "i" }));
      else if (q % 2 === 1) out = { num: constantPolynomial(rational(-1n)), den: onePolynomial };
      else
        return this.opaque("pow", [
          { num: constantPolynomial(b), den: onePolynomial },
          { num: constantPolynomial(e), den: onePolynomial },
        ]);
    }
    const n = b.n < 0n ? -b.n : b.n;
    // √(n/d) = √(n·d)/d keeps numerators only
    out = this.multiply(out, this.rootOfWhole(n, q));
    const under = this.rootOfWhole(b.d, q);
    out = this.multiply(out, this.inverted(under));
    return this.integerPower(out, k);
  }

  private rootOfWhole(n: bigint, q: number): Fraction {
    let out: Fraction = { num: onePolynomial, den: onePolynomial };
    if (n === 1n) return out;
    const { primes, rest } = factors(n, this.budget);
    for (const [p, count] of primes) {
      const outside = Math.floor(count / q);
      const inside = count % q;
      if (outside > 0)
        out = this.multiply(out, { num: constantPolynomial(power(rational(p), outside)), den: onePolynomial });
      if (inside > 0) {
        // p^(2/4) is p^(1/2)
        const common = gcdOf(inside, q);
        const atom = this.atom(`r:${p}:${q / common}`, { kind: q / common === 2 ? "root" : "loose", p, q: q / common });
        out = this.multiply(out, this.single(atom, inside / common));
      }
    }
    if (rest !== 1n) {
      const exact = wholeRoot(rest, q);
      out =
        exact === undefined
          ? this.multiply(out, this.single(this.atom(`r:${rest}:${q}`, { kind: "loose", p: rest, q })))
          : this.multiply(out, { num: constantPolynomial(rational(exact)), den: onePolynomial });
    }
    return out;
  }

  private fn(name: string, args: readonly Node[]): Fraction {
    if (name === "sum" || name === "prod" || name === "det") throw new Spent(`no exact form of ${name}`);
    const forms = args.map((arg) => this.of(arg));
    const values = forms.map((form) => this.constant(form));
    if (values.every((value) => value !== undefined)) {
      const value = exactFunction(name, values);
      if (value !== undefined) return { num: constantPolynomial(this.checked(value)), den: onePolynomial };
    }
    return this.opaque(name, forms);
  }

  private opaque(name: string, args: readonly Fraction[]): Fraction {
    return this.single(this.atom(`f:${name}(${args.map((arg) => this.key(arg)).join(";")})`, { kind: "loose" }));
  }

  /** A text that is equal for equal fractions in lowest terms (and for many others). */
  private key(a: Fraction): string {
    const lead = [...a.den.entries()].sort(([x], [y]) => (x < y ? -1 : 1))[0]!;
    const by = inverse(lead[1].c);
    const side = (p: Polynomial): string =>
      [...p.entries()]
        .sort(([x], [y]) => (x < y ? -1 : 1))
        .map(([key, { c }]) => {
          const scaled = times(c, by);
          return `${scaled.n}/${scaled.d}*${key}`;
        })
        .join("+");
    const text = `${side(a.num)}|${side(a.den)}`;
    this.budget.spend(1 + text.length / 16);
    return text;
  }
}

function constantOf(p: Polynomial): Rational | undefined {
  if (p.size === 0) return ZERO;
  if (p.size > 1) return undefined;
  return p.get("")?.c;
}

function gcdOf(a: number, b: number): number {
  let x = a;
  let y = b;
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** The normal form as a readable text for a score's facts: a rational number where the form has one, else the tree. */
export function normalForm(node: Node): string {
  try {
    const exact = new Exact();
    const value = exact.constant(exact.of(node));
    if (value !== undefined) return show({ k: "num", v: value }).slice(0, 200);
  } catch (thrown) {
    if (!(thrown instanceof Spent)) throw thrown;
  }
  return show(node).slice(0, 200);
}
