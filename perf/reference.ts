// Reference metrics a second beside sacreBLEU and rouge-score: same texts, same run, one process each, CPU time.
//   node perf/reference.ts            (PYTHON=/path/to/python with sacrebleu and rouge-score; default python3)
// Exits with 1 where a ratio is below 3. Without the Python packages only Laurel's own figures are printed.
import { spawnSync } from "node:child_process";
import { random, seedFrom } from "../packages/laurel/src/core/index.ts";
import {
  corpusBleu,
  rougeScores,
  sentenceBleu,
  sentenceChrf,
  sentenceTer,
  squadF1,
} from "../packages/laurel/src/rewards/reference/index.ts";

const pairs = 300;
const least = 3;

const python = `
import collections, json, re, string, sys, time
try:
    from sacrebleu.metrics import BLEU, CHRF, TER
    from rouge_score.rouge_scorer import RougeScorer
except ImportError as error:
    print(json.dumps({"missing": str(error)})); sys.exit(0)
import logging
logging.disable(logging.WARNING)
rows = json.load(sys.stdin)
def normal(s):
    s = "".join(c for c in s.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\\b(a|an|the)\\b", " ", s).split()).split()
def f1(h, r):
    p, g = normal(h), normal(r)
    same = sum((collections.Counter(p) & collections.Counter(g)).values())
    return 0.0 if same == 0 else 2 * (same / len(p)) * (same / len(g)) / (same / len(p) + same / len(g))
bleu, chrf, chrfpp, ter = BLEU(effective_order=True), CHRF(), CHRF(word_order=2), TER()
intl = BLEU(effective_order=True, tokenize="intl")
plain, stem, lsum = RougeScorer(["rouge1", "rouge2", "rougeL"]), RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True), RougeScorer(["rougeLsum"])
total = lambda s: sum(v.fmeasure for v in s.values())
work = {
    "BLEU, 13a": lambda h, r: bleu.sentence_score(h, [r]).score,
    "BLEU, intl": lambda h, r: intl.sentence_score(h, [r]).score,
    "chrF": lambda h, r: chrf.sentence_score(h, [r]).score,
    "chrF++": lambda h, r: chrfpp.sentence_score(h, [r]).score,
    "TER": lambda h, r: ter.sentence_score(h, [r]).score,
    "ROUGE-1/2/L": lambda h, r: total(plain.score(r, h)),
    "ROUGE-1/2/L, stemmed": lambda h, r: total(stem.score(r, h)),
    "ROUGE-Lsum": lambda h, r: total(lsum.score(r, h)),
    "SQuAD F1": f1,
}
out = {}
for name, f in work.items():
    t = time.process_time()
    s = sum(f(h, r) for h, r in rows)
    out[name] = [len(rows) / (time.process_time() - t), s]
t = time.process_time()
s = BLEU().corpus_score([h for h, _ in rows], [[r for _, r in rows]]).score
out["corpus BLEU"] = [len(rows) / (time.process_time() - t), s]
print(json.dumps(out))
`;

const vocabulary = (
  "the a an of to in and that is was for on with as by at from this which model answer relational happily running agreed " +
  "national motoring conditional generalisations it's don't 3.14 1,000 U.S. (see) state-of-the-art however, therefore; " +
  "question: result. measured 50% quickly flies sized hopping enjoyment news geology policy gradient reward reference"
).split(" ");

/** Texts of 20 to 60 words in two lines, and copies of them with a share of words replaced, dropped or moved. */
function makePairs(count: number, seed: number): [string, string][] {
  const rng = random(seedFrom(`perf-reference-${seed}`));
  const word = (): string => vocabulary[rng.below(vocabulary.length)]!;
  const text = (words: readonly string[]): string => {
    const half = Math.floor(words.length / 2);
    return `${words.slice(0, half).join(" ")}\n${words.slice(half).join(" ")}`;
  };
  return Array.from({ length: count }, () => {
    const reference = Array.from({ length: 20 + rng.below(40) }, word);
    const hypothesis = [...reference];
    for (let k = 0; k < reference.length * 0.3; k++) {
      const at = rng.below(hypothesis.length);
      const kind = rng.below(3);
      if (kind === 0) hypothesis[at] = word();
      else if (kind === 1 && hypothesis.length > 5) hypothesis.splice(at, 1);
      else hypothesis.splice(rng.below(hypothesis.length), 0, ...hypothesis.splice(at, 3));
    }
    return [text(hypothesis), text(reference)];
  });
}

const rougeSum = (h: string, r: string, stem: boolean): number => {
  const scores = rougeScores(h, [r], { types: ["rouge1", "rouge2", "rougeL"], stem });
  return scores.rouge1.f1 + scores.rouge2.f1 + scores.rougeL.f1;
};

const work: Readonly<Record<string, (h: string, r: string) => number>> = {
  "BLEU, 13a": (h, r) => sentenceBleu(h, [r]).score,
  "BLEU, intl": (h, r) => sentenceBleu(h, [r], { tokenise: "intl" }).score,
  chrF: (h, r) => sentenceChrf(h, [r]),
  "chrF++": (h, r) => sentenceChrf(h, [r], { wordOrder: 2 }),
  TER: (h, r) => sentenceTer(h, [r]).score,
  "ROUGE-1/2/L": (h, r) => rougeSum(h, r, false),
  "ROUGE-1/2/L, stemmed": (h, r) => rougeSum(h, r, true),
  "ROUGE-Lsum": (h, r) => rougeScores(h, [r], { types: ["rougeLsum"] }).rougeLsum.f1,
  "SQuAD F1": (h, r) => squadF1(h, [r]).f1,
};

/** Items a second of CPU time, after one pass over other texts so that code is compiled, over at least 0.2 s; and the sum of scores. */
function measured(
  rows: readonly [string, string][],
  pass: (rows: readonly [string, string][]) => number,
): [number, number] {
  pass(makePairs(rows.length, 2));
  let sum = 0;
  let passes = 0;
  const started = process.cpuUsage();
  let spent = 0;
  while (spent < 200_000) {
    sum = pass(rows);
    passes++;
    const { user, system } = process.cpuUsage(started);
    spent = user + system;
  }
  return [(passes * rows.length) / (spent / 1e6), sum];
}

const rows = makePairs(pairs, 1);
const own: Record<string, [number, number]> = {};
for (const [name, score] of Object.entries(work))
  own[name] = measured(rows, (some) => some.reduce((sum, [h, r]) => sum + score(h, r), 0));
own["corpus BLEU"] = measured(
  rows,
  (some) =>
    corpusBleu(
      some.map(([h]) => h),
      some.map(([, r]) => [r]),
    ).score,
);

const run = spawnSync(process.env["PYTHON"] ?? "python3", ["-c", python], {
  input: JSON.stringify(rows),
  encoding: "utf8",
  timeout: 120_000,
});
type Measured = Record<string, [number, number]>;
const answer: Measured | { missing: string } =
  run.status === 0 ? JSON.parse(run.stdout) : { missing: run.error?.message ?? run.stderr.slice(-300) };
const theirs = "missing" in answer && typeof answer.missing === "string" ? undefined : (answer as Measured);
if (theirs === undefined)
  console.log(`no Python reference to compare with: ${(answer as { missing: string }).missing}`);

console.log(`${pairs} pairs of 20 to 60 words; items a second of CPU time`);
console.log("metric                   laurel     python    ratio");
let worst = Number.POSITIVE_INFINITY;
for (const [name, [rate, sum]] of Object.entries(own)) {
  const line = `${name.padEnd(22)} ${rate.toFixed(0).padStart(8)}`;
  const other = theirs?.[name];
  if (other === undefined) {
    console.log(line);
    continue;
  }
  const ratio = rate / other[0];
  worst = Math.min(worst, ratio);
  const same = Math.abs(sum - other[1]) <= 1e-6;
  console.log(
    `${line} ${other[0].toFixed(0).padStart(10)} ${ratio.toFixed(1).padStart(7)}x${same ? "" : "  SCORES DIFFER"}`,
  );
  if (!same) process.exitCode = 1;
}
if (worst < least) {
  console.log(`below ${least}x: ${worst.toFixed(1)}x`);
  process.exitCode = 1;
}
