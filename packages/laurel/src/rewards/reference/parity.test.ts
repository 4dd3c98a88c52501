import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../test/data.ts";
import recorded from "../../../../../test/expected/reference/cases.json" with { type: "json" };
import stems from "../../../../../test/expected/reference/stems.json" with { type: "json" };
import { type BleuOptions, bleuSignature, corpusBleu, sentenceBleu } from "./bleu.ts";
import { bleuberiBleu } from "./bleuberi.ts";
import { type ChrfOptions, chrfSignature, corpusChrf, sentenceChrf } from "./chrf.ts";
import { editDistance } from "./edit.ts";
import { codePoints, Vocabulary } from "./grams.ts";
import { porterStem } from "./porter.ts";
import { type RougeType, rougeScores } from "./rouge.ts";
import { corpusTer, sentenceTer, type TerOptions, terSignature } from "./ter.ts";
import { squadExactMatch, squadF1 } from "./token-f1.ts";
import { splitWords } from "./words.ts";

type Loose = Record<string, unknown>;
type Entry = [setting: number, value: number];
interface Case {
  h: string;
  r: string[];
  bleu: Entry[];
  chrf: Entry[];
  ter: Entry[];
  stem: boolean;
  rouge: [number, number, number][];
  squad: [number, number, number];
  bleuberi: number | null;
  edit?: [number, number];
}

const bleuOf = (o: Loose): BleuOptions => ({
  tokenise: (o["tokenize"] as BleuOptions["tokenise"]) ?? undefined,
  smooth: o["smooth_method"] as BleuOptions["smooth"],
  smoothValue: (o["smooth_value"] as number | null) ?? undefined,
  // sacreBLEU's raw_corpus_bleu always uses the effective order, whatever the shared file's column says
  effectiveOrder: (o["effective_order"] ??
    (o["form"] === "raw_corpus_bleu" || o["use_effective_order"]) ??
    false) as boolean,
  lowercase: o["lowercase"] as boolean | undefined,
  maxOrder: o["max_ngram_order"] as number | undefined,
});
const chrfOf = (o: Loose): ChrfOptions => ({
  charOrder: o["char_order"] as number,
  wordOrder: o["word_order"] as number,
  beta: o["beta"] as number,
  lowercase: o["lowercase"] as boolean | undefined,
  whitespace: (o["whitespace"] ?? o["remove_whitespace"] === false) as boolean,
  epsSmoothing: o["eps_smoothing"] as boolean | undefined,
});
const terOf = (o: Loose): TerOptions => ({
  normalised: o["normalized"] as boolean | undefined,
  noPunctuation: o["no_punct"] as boolean | undefined,
  asian: o["asian_support"] as boolean | undefined,
  caseSensitive: o["case_sensitive"] as boolean | undefined,
});

const bleuSettings = recorded.bleuSettings.map(bleuOf);
const chrfSettings = recorded.chrfSettings.map(chrfOf);
const terSettings = recorded.terSettings.map(terOf);
const rougeTypes = recorded.rougeTypes as RougeType[];
const cases = recorded.cases as unknown as Case[];

/** The same congruential generator as in the script that recorded the long cases. */
function lcgText([seed, words]: [number, number]): string {
  const out: string[] = [];
  let state = BigInt(seed);
  for (let i = 0; i < words; i++) {
    state = (state * 1103515245n + 12345n) % 2147483648n;
    out.push(recorded.words[Number(state >> 16n) % recorded.words.length]!);
  }
  return out.join(" ");
}
const long = (
  recorded.long as unknown as (Omit<Case, "h" | "r"> & { h: [number, number]; r: [number, number][] })[]
).map((one): Case => ({ ...one, h: lcgText(one.h), r: one.r.map(lcgText) }));
const everything = [...cases, ...long];

/** The cases whose value differs from the recorded one by more than 1e-9 (of 100 or of 1, whichever the scale is). */
function differences(check: (one: Case) => [name: string, got: number, expected: number][]): string[] {
  return everything.flatMap((one, i) =>
    check(one)
      .filter(([, got, expected]) => !(Math.abs(got - expected) <= 1e-9))
      .map(([name, got, expected]) => `case ${i} ${name}: ${got}, recorded ${expected}`),
  );
}

describe(`parity with sacrebleu ${recorded.versions.sacrebleu} and rouge-score ${recorded.versions["rouge-score"]} on recorded cases`, () => {
  it("has 600 short and 6 long cases", () => {
    expect([cases.length, long.length]).toEqual([600, 6]);
    expect(Math.max(...long.map((one) => one.h.length))).toBeGreaterThan(10_000);
  });

  it("gives sentence BLEU to 1e-9", () => {
    expect(
      differences((one) =>
        one.bleu.map(([s, value]) => [`setting ${s}`, sentenceBleu(one.h, one.r, bleuSettings[s]!).score, value]),
      ),
    ).toEqual([]);
  });

  it("gives sentence chrF and chrF++ to 1e-9", () => {
    expect(
      differences((one) =>
        one.chrf.map(([s, value]) => [`setting ${s}`, sentenceChrf(one.h, one.r, chrfSettings[s]!), value]),
      ),
    ).toEqual([]);
  });

  it("gives TER to 1e-9", () => {
    expect(
      differences((one) =>
        one.ter.map(([s, value]) => [`setting ${s}`, sentenceTer(one.h, one.r, terSettings[s]!).score, value]),
      ),
    ).toEqual([]);
  });

  it("gives precision, recall and F1 of ROUGE-1, 2, 3, L and Lsum to 1e-9, stemmed and not", () => {
    expect(
      differences((one) => {
        const scores = rougeScores(one.h, one.r, { types: rougeTypes, stem: one.stem });
        return one.rouge.flatMap(([p, r, f], k): [string, number, number][] => {
          const { precision, recall, f1 } = scores[rougeTypes[k]!];
          return [
            [`${rougeTypes[k]} P`, precision, p],
            [`${rougeTypes[k]} R`, recall, r],
            [`${rougeTypes[k]} F`, f1, f],
          ];
        });
      }),
    ).toEqual([]);
  });

  it("gives SQuAD's F1 (1.1 and 2.0) and exact match, and BLEUBERI's BLEU, to 1e-9", () => {
    expect(
      differences((one) => [
        ["F1 1.1", squadF1(one.h, one.r).f1, one.squad[0]],
        ["F1 2.0", squadF1(one.h, one.r, { version: "2.0" }).f1, one.squad[1]],
        ["exact match", squadExactMatch(one.h, one.r) ? 1 : 0, one.squad[2]],
        ...(one.bleuberi === null
          ? []
          : [["bleuberi", bleuberiBleu(one.h, one.r).value, one.bleuberi] as [string, number, number]]),
      ]),
    ).toEqual([]);
  });

  it("gives the Levenshtein distance in code points and in words", () => {
    const vocabulary = new Vocabulary();
    const words = (text: string) => vocabulary.ids(splitWords(text));
    expect(
      differences((one) =>
        one.edit === undefined
          ? []
          : [
              ["characters", editDistance(codePoints(one.h), codePoints(one.r[0]!)), one.edit[0]],
              ["words", editDistance(words(one.h), words(one.r[0]!)), one.edit[1]],
            ],
      ),
    ).toEqual([]);
  });

  it("gives corpus BLEU, chrF and TER to 1e-9 and sacreBLEU's signatures", () => {
    type Corpus = { cases: number[] } & Record<"bleu" | "chrf" | "ter", [number, number, string][]>;
    const wrong: string[] = [];
    for (const corpus of recorded.corpora as unknown as Corpus[]) {
      const hypotheses = corpus.cases.map((i) => cases[i]!.h);
      const references = corpus.cases.map((i) => cases[i]!.r);
      const count = references[0]!.length;
      const check = (name: string, got: number, value: number, signature: string, expected: string) => {
        if (!(Math.abs(got - value) <= 1e-9)) wrong.push(`${name} ${corpus.cases}: ${got}, recorded ${value}`);
        if (signature !== expected) wrong.push(`${signature}, recorded ${expected}`);
      };
      for (const [s, value, signature] of corpus.bleu) {
        const options = bleuSettings[s]!;
        check(
          "bleu",
          corpusBleu(hypotheses, references, options).score,
          value,
          bleuSignature(options, count),
          signature,
        );
      }
      for (const [s, value, signature] of corpus.chrf) {
        const options = chrfSettings[s]!;
        check("chrf", corpusChrf(hypotheses, references, options), value, chrfSignature(options, count), signature);
      }
      for (const [s, value, signature] of corpus.ter) {
        const options = terSettings[s]!;
        check("ter", corpusTer(hypotheses, references, options).score, value, terSignature(options, count), signature);
      }
    }
    expect(wrong).toEqual([]);
  });

  it(`stems ${stems.stems.length} words as NLTK ${stems.versions.nltk} does`, () => {
    expect(stems.stems.filter(([word, stem]) => porterStem(word!) !== stem)).toEqual([]);
  });
});

const rowsOf = (path: string): Loose[] =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Loose);

const sacrebleuCases = dataPath("text-metrics/sacrebleu_cases.jsonl");
const rougeCases = dataPath("text-metrics/rouge_cases.jsonl");

describe("values that the upstream tests assert (data: text-metrics)", () => {
  it.skipIf(sacrebleuCases === undefined)("agrees with all 47 sacreBLEU cases within their own tolerance", () => {
    const rows = rowsOf(sacrebleuCases!);
    expect(rows).toHaveLength(47);
    const wrong = rows.flatMap((row) => {
      const hypotheses = row["hypotheses"] as string[];
      const streams = row["references"] as string[][];
      const references = hypotheses.map((_, i) => streams.map((stream) => stream[i]!));
      const options = row["options"] as Loose;
      const got =
        row["metric"] === "bleu"
          ? corpusBleu(hypotheses, references, bleuOf(options)).score
          : row["metric"] === "sentence_bleu"
            ? sentenceBleu(hypotheses[0]!, references[0]!, bleuOf(options)).score
            : row["metric"] === "ter"
              ? corpusTer(hypotheses, references, terOf(options)).score
              : row["metric"] === "chrf"
                ? corpusChrf(hypotheses, references, chrfOf(options))
                : sentenceChrf(hypotheses[0]!, references[0]!, chrfOf(options));
      const near = Math.abs(got - (row["expected"] as number)) <= (row["tolerance"] as number);
      return near ? [] : [`${row["id"]}: ${got}, expected ${row["expected"]}`];
    });
    expect(wrong).toEqual([]);
  });

  it.skipIf(rougeCases === undefined)("agrees with all 16 ROUGE cases within their own tolerance", () => {
    const rows = rowsOf(rougeCases!);
    expect(rows).toHaveLength(16);
    const wrong = rows.flatMap((row) => {
      const type = row["rouge_type"] as RougeType;
      const stem = row["use_stemmer"] as boolean;
      const got = rougeScores(row["prediction"] as string, [row["target"] as string], { types: [type], stem })[type];
      const pairs = [
        [got.precision, row["precision"]],
        [got.recall, row["recall"]],
        [got.f1, row["fmeasure"]],
      ] as [number, number][];
      const near = pairs.every(([a, b]) => Math.abs(a - b) <= (row["tolerance"] as number));
      return near ? [] : [`${row["id"]}: ${pairs.join(" ")}`];
    });
    expect(wrong).toEqual([]);
  });
});
