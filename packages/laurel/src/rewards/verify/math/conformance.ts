/** One thing that a verifier is asked, the class it belongs to, and the verdict that is right by construction. */
export interface Case<I> {
  readonly class: string;
  readonly input: I;
  readonly expected: boolean;
}

/** A verifier under test: right, wrong, or undefined where it gives no verdict. */
export type Verifier<I> = (input: I) => boolean | undefined | Promise<boolean | undefined>;

/** Errors of one kind in one class. */
export interface ErrorRate {
  readonly errors: number;
  readonly n: number;
  readonly rate: number;
  /** Upper confidence bound of the rate. */
  readonly upper: number;
}

/** One class's result; `examples` holds the first few inputs with a wrong verdict. */
export interface ClassReport<I> {
  readonly class: string;
  /** Wrong things accepted, over all wrong things. */
  readonly falsePositives: ErrorRate;
  /** Right things refused or left without a verdict, over all right things. */
  readonly falseNegatives: ErrorRate;
  readonly unscored: number;
  readonly examples: readonly Case<I>[];
}

/** All classes, and the total over them under the class name "all". */
export interface ConformanceReport<I> {
  readonly classes: readonly ClassReport<I>[];
  readonly all: ClassReport<I>;
}

interface Tally<I> {
  fp: number;
  negatives: number;
  fn: number;
  positives: number;
  unscored: number;
  examples: Case<I>[];
}

/**
 * Runs a verifier over cases and counts false positives and false negatives by class.
 * A missing verdict on a right thing counts as a false negative, on a wrong thing as nothing; both are counted as unscored.
 *
 * @param verifier what is tested
 * @param cases with their verdicts by construction
 * @param options `upperBound(k, n)`: the upper confidence bound of k errors in n trials, such as Clopper and Pearson's;
 *   `examples`: how many wrong verdicts to keep a class (default 5)
 * @example conformance(({ gold, candidate }) => equivalent(gold, candidate).equal === true, mathCases({ count: 10_000 }), { upperBound })
 */
export async function conformance<I>(
  verifier: Verifier<I>,
  cases: Iterable<Case<I>>,
  options: { upperBound: (k: number, n: number) => number; examples?: number | undefined },
): Promise<ConformanceReport<I>> {
  const keep = options.examples ?? 5;
  const fresh = (): Tally<I> => ({ fp: 0, negatives: 0, fn: 0, positives: 0, unscored: 0, examples: [] });
  const tallies = new Map<string, Tally<I>>();
  const total = fresh();
  for (const one of cases) {
    const answer = verifier(one.input);
    const verdict = answer instanceof Promise ? await answer : answer;
    let own = tallies.get(one.class);
    if (own === undefined) tallies.set(one.class, (own = fresh()));
    for (const tally of [own, total]) {
      if (one.expected) tally.positives++;
      else tally.negatives++;
      if (verdict === undefined) tally.unscored++;
      if (one.expected && verdict !== true) tally.fn++;
      else if (!one.expected && verdict === true) tally.fp++;
      else continue;
      if (tally.examples.length < keep) tally.examples.push(one);
    }
  }
  const rate = (errors: number, n: number): ErrorRate => ({
    errors,
    n,
    rate: n === 0 ? 0 : errors / n,
    upper: n === 0 ? 1 : options.upperBound(errors, n),
  });
  const report = (name: string, tally: Tally<I>): ClassReport<I> => ({
    class: name,
    falsePositives: rate(tally.fp, tally.negatives),
    falseNegatives: rate(tally.fn, tally.positives),
    unscored: tally.unscored,
    examples: tally.examples,
  });
  return {
    classes: [...tallies.entries()].map(([name, tally]) => report(name, tally)),
    all: report("all", total),
  };
}
