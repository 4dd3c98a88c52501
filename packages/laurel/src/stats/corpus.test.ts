import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { seedFrom } from "../core/seed.ts";
import { corpusBootstrap, corpusRandomisation } from "./corpus.ts";

const seed = seedFrom("corpus");
// columns: hypothesis length, reference length, matches of 1..4 grams, totals of 1..4 grams
const WIDTH = 10;

function bleu(sums: Float64Array): number {
  let log = 0;
  for (let n = 0; n < 4; n++) log += Math.log(sums[2 + n]! / sums[6 + n]!) / 4;
  return 100 * Math.exp(log + Math.min(0, 1 - sums[1]! / sums[0]!));
}

describe("corpus-level tests on WMT17 en-de", () => {
  const file = dataPath("wmt17-significance/bleu_stats.jsonl");
  // Rule. A p counts c of R resamples. Ours and the published one must differ by at most 4 standard errors of both sides,
  // 4 sqrt(q (1 - q) (1 / R_ours + 1 / R_published)), q = the pooled share with one success and one failure added, plus half of the
  // published figure's last digit. Bootstrap: absolute differences, centred on their mean, at least the observed absolute difference
  // (published: mean of 3 runs of 2,000). Randomisation: absolute differences at least the observed one (published: 10,000).
  const within = (ours: number, reps: number, published: number, theirs: number): [number, number] => {
    const q = (ours * reps + published * theirs + 1) / (reps + theirs + 2);
    return [Math.abs(ours - published), 4 * Math.sqrt(q * (1 - q) * (1 / reps + 1 / theirs)) + 0.000005];
  };

  it.skipIf(file === undefined)(
    "give the published p-values within 4 Monte Carlo standard errors (needs shared data)",
    () => {
      const references = JSON.parse(readFileSync(dataPath("wmt17-significance/ref_len.json")!, "utf8")) as number[];
      const published = JSON.parse(readFileSync(dataPath("wmt17-significance/published.json")!, "utf8"));
      const systems = new Map(
        readFileSync(file!, "utf8")
          .trim()
          .split("\n")
          .map((line) => {
            const row = JSON.parse(line);
            const counts = new Float64Array(references.length * WIDTH);
            for (const [i, reference] of references.entries()) {
              const length: number = row.hyp_len[i];
              counts[i * WIDTH] = length;
              counts[i * WIDTH + 1] = reference;
              for (let n = 1; n <= 4; n++) {
                counts[i * WIDTH + 1 + n] = row[`match${n}`][i];
                counts[i * WIDTH + 5 + n] = Math.max(0, length - n + 1);
              }
            }
            return [row.system as string, counts];
          }),
      );
      const baseline = systems.get(published.baseline)!;
      const total = (counts: Float64Array): Float64Array => {
        const sums = new Float64Array(WIDTH);
        for (const [i, count] of counts.entries()) sums[i % WIDTH]! += count;
        return sums;
      };
      let checked = 0;
      for (const [system, counts] of systems) {
        expect(bleu(total(counts))).toBeCloseTo(published.corpus_bleu_tokenize_none[system], 9);
        if (system === published.baseline) continue;
        const pair = { a: counts, b: baseline, width: WIDTH, metric: bleu };
        const bootstrap = corpusBootstrap(pair, { seed, reps: 1000 });
        const [gap, allowed] = within(bootstrap.p, 1000, published.moses_paired_bootstrap_p_2000[system], 6000);
        expect(gap, `${system} bootstrap ${bootstrap.p}`).toBeLessThan(allowed);
        const swap = corpusRandomisation(pair, { seed, reps: 2000 });
        const [gap2, allowed2] = within(
          swap.p,
          4000,
          published.multeval_approximate_randomization_p_10000[system].bleu,
          10_000,
        );
        expect(gap2, `${system} randomisation ${swap.p}`).toBeLessThan(allowed2);
        checked++;
      }
      expect(checked).toBe(10);
    },
  );
});

describe("corpus-level tests on plain sums", () => {
  const mean = (sums: Float64Array): number => sums[0]! / sums[1]!;
  const rows = (values: number[]): Float64Array => Float64Array.from(values.flatMap((value) => [value, 1]));
  const a = Array.from({ length: 80 }, (_, i) => Math.sin(i) + 0.3);
  const b = Array.from({ length: 80 }, (_, i) => Math.sin(i * 1.3));
  const pair = { a: rows(a), b: rows(b), width: 2, metric: mean };

  it("are symmetric in the systems up to sign", () => {
    const turned = { ...pair, a: pair.b, b: pair.a };
    expect(corpusRandomisation(turned, { seed, reps: 999 }).p).toBe(corpusRandomisation(pair, { seed, reps: 999 }).p);
    const [one, other] = [
      corpusBootstrap(pair, { seed, null: "centred" }),
      corpusBootstrap(turned, { seed, null: "centred" }),
    ];
    expect(other.difference).toBeCloseTo(-one.difference, 12);
    expect(other.p).toBeCloseTo(one.p, 12);
    expect(other.low).toBeCloseTo(-one.high, 9);
  });

  it("agree with each other: two-sided bootstrap and randomisation within 0.02", () => {
    const reps = 10_000;
    const gap = corpusBootstrap(pair, { seed, reps, null: "centred" }).p - corpusRandomisation(pair, { seed, reps }).p;
    expect(Math.abs(gap)).toBeLessThan(0.02);
  });

  it("state equal systems as p = 1 and refuse counts that do not fit", () => {
    const same = { ...pair, b: pair.a };
    expect(corpusBootstrap(same, { seed, reps: 99 })).toMatchObject({ difference: 0, low: 0, high: 0, p: 1 });
    expect(corpusRandomisation(same, { seed, reps: 99 }).p).toBe(1);
    expect(() => corpusBootstrap({ ...pair, a: pair.a.subarray(1) }, { seed })).toThrow(UsageError);
    expect(() => corpusRandomisation({ a: rows([1]), b: rows([2]), width: 2, metric: mean }, { seed })).toThrow(
      NotEnoughDataError,
    );
  });
});
