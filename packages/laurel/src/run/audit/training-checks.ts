import {
  answerText,
  candidateHash,
  type Example,
  hashJson,
  type Labels,
  messagesContent,
  promptText,
  type Random,
  random,
  type Seed,
  seedFrom,
  sha256,
  split,
} from "../../core/index.ts";
import { creditEstimate, maybe } from "../credit.ts";
import { raterAgreement } from "./agreement.ts";
import { shownRows } from "./finding.ts";
import { NearDuplicates } from "./near-duplicates.ts";
import { outOfFold, type PairFeatures, pairFeatures } from "./out-of-fold.ts";
import { Overlap } from "./overlap.ts";
import { type TokenizerFiles, tokenizerChecks } from "./tokenizer.ts";
import { countText, estimateText, skippedFinding, type TrainingFinding } from "./training-finding.ts";

/** Options of `trainingChecks`. */
export interface TrainingCheckOptions {
  /** The part of the split that an example is in, such as "train"; default: its subset or column "split". */
  split?: ((example: Example) => string | undefined) | undefined;
  /** Texts of a benchmark that must not be trained on, with its name. */
  benchmark?: { name: string; texts: readonly string[] } | undefined;
  tokenizer?: TokenizerFiles | undefined;
  /** Pairs on which the out-of-fold reward is trained; default 10,000, drawn at random where there are more. */
  pairs?: number | undefined;
  seed?: string | number | undefined;
  level?: number | undefined;
}

interface KnownPair {
  id: string;
  cluster: string;
  equal: boolean;
  /** Characters of the better one less those of the worse. */
  longer: number;
  /** Both texts are the same but for white space and case. */
  alike: boolean;
}

/** A pair of an example's labels: places of the better and the worse. */
interface Labelled {
  better: number;
  worse: number;
}

/**
 * What would make the training of a reward, or its figures, worthless, and can be seen in the data.
 *
 * Looked for, in this order: pairs of equal texts (their scores are equal, whatever the reward); the same pair labelled both ways; prompts
 * on both sides of the split, exactly or nearly; items of a named benchmark; a rule that only looks at length and explains the labels
 * (its direction from the other four fifths of the prompts); label noise, by raters or rows that judge the same pair and by a reward
 * trained on the other prompts; and the tokenizer's padding.
 *
 * @param examples all rows that training would see, those for validation included
 * @param options see `TrainingCheckOptions`
 * @returns one finding a check, the worst first
 * @example trainingChecks(examples).filter(({ severity }) => severity === "stop")
 */
export function trainingChecks(
  examples: Iterable<Example>,
  options: TrainingCheckOptions = {},
): readonly TrainingFinding[] {
  const checks = new TrainingChecks(options);
  for (const example of examples) checks.add(example);
  return checks.findings();
}

const order = { stop: 0, warn: 1, skipped: 2, ok: 3 } as const;

/** `trainingChecks` for rows that come one after another; no texts are kept. */
export class TrainingChecks {
  readonly #options: TrainingCheckOptions;
  readonly #near = new NearDuplicates();
  readonly #overlap: Overlap | undefined;
  readonly #rows: { id: string; prompt: string; split: string | undefined }[] = [];
  readonly #pairs: KnownPair[] = [];
  readonly #votes = new Map<string, { ids: string[]; cluster: string; votes: number[] }>();
  readonly #sample: PairFeatures[] = [];
  readonly #leaked = new Map<number, string>();
  readonly #leakRows: string[] = [];
  readonly #seed: Seed;
  readonly #rng: Random;
  #differ = 0;

  constructor(options: TrainingCheckOptions = {}) {
    this.#options = options;
    this.#seed = split(seedFrom(options.seed ?? 0), "training checks");
    this.#rng = random(split(this.#seed, "sample"));
    this.#overlap = options.benchmark === undefined ? undefined : new Overlap(options.benchmark.texts);
  }

  /** Looks at the next row. */
  add(example: Example): void {
    const { task, labels, cluster } = example;
    const texts = task.candidates.map(answerText);
    const contents = task.candidates.map(candidateHash);
    const prompt = hashJson(messagesContent(task.prompt));
    this.#rows.push({ id: task.id, prompt, split: this.#splitOf(example) });
    this.#near.add(promptText(task));
    if (this.#overlap !== undefined) {
      const found = this.#overlap.find(promptText(task));
      for (const item of found) if (!this.#leaked.has(item)) this.#leaked.set(item, task.id);
      if (found.length > 0) this.#leakRows.push(task.id);
    }
    for (const { better, worse } of pairsOf(labels)) {
      const [a, b] = [texts[better]!, texts[worse]!];
      const equal = contents[better] === contents[worse];
      const alike = equal || plain(a) === plain(b);
      this.#pairs.push({ id: task.id, cluster, equal, alike, longer: a.length - b.length });
      if (!equal) this.#keep(task.id, cluster, a, b);
    }
    for (const { first, second, vote } of votesOf(labels)) {
      const [a, b] = [contents[first]!, contents[second]!];
      if (a === b) continue;
      const key = `${prompt}:${a < b ? `${a}:${b}` : `${b}:${a}`}`;
      const signed = a < b ? vote : -vote;
      const known = this.#votes.get(key);
      if (known === undefined) this.#votes.set(key, { ids: [task.id], cluster, votes: [signed] });
      else {
        known.ids.push(task.id);
        known.votes.push(signed);
      }
    }
  }

  /**
   * What was found in the rows so far.
   *
   * @param partOf the part of the split of the n-th row, where that is known only now
   */
  findings(partOf?: (row: number) => string | undefined): TrainingFinding[] {
    if (partOf !== undefined) for (const [n, row] of this.#rows.entries()) row.split = partOf(n);
    const found = [
      this.#equal(),
      this.#contradictory(),
      ...this.#leaks(),
      this.#benchmark(),
      this.#length(),
      this.#repeated(),
      this.#noise(),
      ...(this.#options.tokenizer === undefined
        ? [skippedFinding("padding", "no tokenizer was given (--tokenizer FOLDER)")]
        : tokenizerChecks(this.#options.tokenizer)),
    ];
    return found.sort((a, b) => order[a.severity] - order[b.severity]);
  }

  /** Keeps a random sample of the pairs (Vitter's algorithm R). */
  #keep(id: string, cluster: string, better: string, worse: string): void {
    const most = this.#options.pairs ?? 10_000;
    this.#differ++;
    if (this.#sample.length < most) this.#sample.push(pairFeatures(id, cluster, better, worse));
    else {
      const place = this.#rng.below(this.#differ);
      if (place < most) this.#sample[place] = pairFeatures(id, cluster, better, worse);
    }
  }

  #splitOf(example: Example): string | undefined {
    if (this.#options.split !== undefined) return this.#options.split(example);
    const stated = example.subsets["split"] ?? example.labels.extra?.["split"];
    return stated === undefined || stated === null ? undefined : String(stated);
  }

  #equal(): TrainingFinding {
    const equal = this.#pairs.filter((pair) => pair.equal);
    const alike = this.#pairs.filter((pair) => pair.alike && !pair.equal);
    const of = this.#pairs.length;
    if (of === 0) return skippedFinding("equal-pairs", "no row labels one answer as better than another");
    const count = equal.length + alike.length;
    return {
      id: "equal-pairs",
      severity: 2 * count > of ? "stop" : count > 0 ? "warn" : "ok",
      count,
      of,
      rows: [...equal, ...alike].slice(0, shownRows).map(({ id }) => id),
      sentence:
        count === 0
          ? `none of ${of} pairs has equal texts for chosen and rejected`
          : `${countText(count, of, "pairs")} have equal texts for chosen and rejected${alike.length > 0 ? ` (${alike.length} of them but for case and white space)` : ""}: their scores are equal whatever is learnt; drop them${2 * count > of ? ", or check that the right columns are read" : ""}`,
    };
  }

  #contradictory(): TrainingFinding {
    const repeated = [...this.#votes.values()].filter(({ votes }) => votes.filter((vote) => vote !== 0).length > 1);
    const both = repeated.filter(({ votes }) => votes.includes(1) && votes.includes(-1));
    if (this.#votes.size === 0) return skippedFinding("contradictory-pairs", "there are no labelled pairs");
    return {
      id: "contradictory-pairs",
      severity: both.length > 0 ? "warn" : "ok",
      count: both.length,
      of: this.#votes.size,
      rows: [...new Set(both.flatMap(({ ids }) => ids))].slice(0, shownRows),
      sentence:
        both.length === 0
          ? `none of ${this.#votes.size} distinct pairs is labelled both ways (${repeated.length} are labelled more than once)`
          : `${countText(both.length, this.#votes.size, "distinct pairs")} are labelled both ways: make one label of their votes, or train on the share of votes as a soft label`,
    };
  }

  #leaks(): TrainingFinding[] {
    if (this.#rows.every((row) => row.split === undefined))
      return [skippedFinding("split-leak", "no row says which part of a split it is in")];
    const groups = this.#near.groups();
    const crossed = (key: (i: number) => string | number): boolean[] => {
      const parts = new Map<string | number, Set<string>>();
      for (const [i, row] of this.#rows.entries())
        if (row.split !== undefined) parts.set(key(i), (parts.get(key(i)) ?? new Set<string>()).add(row.split));
      return this.#rows.map((row, i) => row.split !== undefined && parts.get(key(i))!.size > 1);
    };
    const exact = crossed((i) => this.#rows[i]!.prompt);
    const near = crossed((i) => groups[i]!).map((flag, i) => flag && !exact[i]);
    const of = this.#rows.length;
    const finding = (id: string, flags: readonly boolean[], what: string, least: number): TrainingFinding => {
      const count = flags.filter(Boolean).length;
      return {
        id,
        severity: count === 0 ? "ok" : count > least * of ? "stop" : "warn",
        count,
        of,
        rows: this.#rows
          .filter((_, i) => flags[i])
          .slice(0, shownRows)
          .map(({ id: row }) => row),
        sentence:
          count === 0
            ? `no row has ${what} in another part of the split`
            : `${countText(count, of, "rows")} have ${what} in another part of the split: figures on held-out rows would be too good; split by prompt, and give near-duplicates one cluster`,
      };
    };
    return [
      finding("split-leak", exact, "their prompt", 0.05),
      finding("split-near-leak", near, "a near-duplicate of their prompt", 0.2),
    ];
  }

  #benchmark(): TrainingFinding {
    const { benchmark } = this.#options;
    if (benchmark === undefined || this.#overlap === undefined)
      return skippedFinding("benchmark-leak", "no benchmark was named (--benchmark FILE)");
    const [count, of] = [this.#leaked.size, benchmark.texts.length];
    return {
      id: "benchmark-leak",
      severity: count === 0 ? "ok" : count > 0.05 * of ? "stop" : "warn",
      count,
      of,
      rows: this.#leakRows.slice(0, shownRows),
      sentence:
        count === 0
          ? `none of ${of} items of ${benchmark.name} shares half of its 8-word sequences with a prompt`
          : `${countText(count, of, `items of ${benchmark.name}`)} stand in prompts (half of their 8-word sequences or more): drop the ${this.#leakRows.length} rows, or do not report that benchmark`,
    };
  }

  #length(): TrainingFinding {
    const pairs = this.#pairs.filter((pair) => !pair.equal);
    const fold = ({ cluster }: KnownPair): number => Number.parseInt(sha256(cluster).slice(0, 8), 16) % 5;
    const sums = new Float64Array(5);
    for (const pair of pairs) sums[fold(pair)]! += Math.sign(pair.longer);
    const total = sums.reduce((a, b) => a + b, 0);
    const credits = pairs.map((pair) => 0.5 + (Math.sign(pair.longer) * Math.sign(total - sums[fold(pair)]!)) / 2);
    const estimate = maybe(() =>
      creditEstimate({ values: credits, clusters: pairs.map(({ cluster }) => cluster) }, 0, this.#options.level),
    );
    if (estimate === undefined) return skippedFinding("length-baseline", "there are too few labelled pairs");
    const rule = total >= 0 ? "the longer answer" : "the shorter answer";
    const severity = estimate.low > 0.9 ? "stop" : estimate.low > 0.6 ? "warn" : "ok";
    const side = total >= 0 ? 1 : -1;
    return {
      id: "length-baseline",
      severity,
      count: pairs.filter(({ longer }) => longer * side > 0).length,
      of: pairs.length,
      estimate,
      rows:
        severity === "ok"
          ? []
          : [...pairs]
              .sort((a, b) => (b.longer - a.longer) * side)
              .slice(0, shownRows)
              .map(({ id }) => id),
      sentence:
        severity === "ok"
          ? `choosing ${rule} is right for ${estimateText(estimate)} of the pairs; report it beside the reward's accuracy`
          : `choosing ${rule} is right for ${estimateText(estimate)} of the pairs: a reward can learn length alone; balance the pairs by length, or report accuracy on pairs of like length`,
    };
  }

  #repeated(): TrainingFinding {
    const pairs = [...this.#votes.values()].map(({ ids, cluster, votes }) => ({ id: ids[0]!, cluster, votes }));
    const seed = split(this.#seed, "raters");
    const several = pairs.filter(({ votes }) => votes.length > 1);
    if (several.length < 2)
      return skippedFinding("label-noise.repeated", "fewer than 2 pairs are labelled more than once");
    const { noise, agreement } = raterAgreement(pairs, { seed, level: this.#options.level });
    const disputed = several.filter(({ votes }) => votes.includes(1) && votes.includes(-1));
    const figure =
      noise === undefined
        ? `two labels of a pair agree for ${estimateText(agreement)} of ${several.length} pairs, less than coins do or without sides`
        : `${estimateText(noise)} of the labels are wrong, by how two labels of the same pair differ (${several.length} pairs, raters taken to err independently)`;
    const severity = noise === undefined ? "stop" : noise.low > 0.2 ? "warn" : "ok";
    return {
      id: "label-noise.repeated",
      severity,
      count: disputed.length,
      of: several.length,
      estimate: noise ?? agreement,
      rows: disputed.slice(0, shownRows).map(({ id }) => id),
      sentence: `${figure}: ${severity === "ok" ? "no reward can be shown to be better than one less this" : "collect more votes, smooth the labels, or leave out what is disputed"}`,
    };
  }

  #noise(): TrainingFinding {
    const id = "label-noise.out-of-fold";
    if (this.#sample.length < 100)
      return skippedFinding(id, `${this.#sample.length} pairs are too few for a reward trained on the others (100)`);
    const own = outOfFold(this.#sample, split(this.#seed, "folds"));
    const { level } = this.#options;
    const clusters = this.#sample.map(({ cluster }) => cluster);
    const credits = Array.from(own, (p) => (p > 0.5 ? 1 : p === 0.5 ? 0.5 : 0));
    const accuracy = maybe(() => creditEstimate({ values: credits, clusters }, 0, level));
    if (accuracy === undefined || accuracy.low <= 0.5)
      return skippedFinding(
        id,
        `a reward of words trained on the other prompts is right for ${accuracy === undefined ? "too few pairs" : estimateText(accuracy)}, not surely above a half, and so says nothing about single labels`,
      );
    const surest = Array.from(own, (_, i) => i)
      .sort((a, b) => Math.abs(own[b]! - 0.5) - Math.abs(own[a]! - 0.5))
      .slice(0, Math.ceil(own.length / 5));
    const estimate = maybe(() =>
      creditEstimate(
        { values: surest.map((i) => 1 - credits[i]!), clusters: surest.map((i) => clusters[i]!) },
        0,
        level,
      ),
    );
    if (estimate === undefined) return skippedFinding(id, "it is sure of too few pairs");
    const against = surest.filter((i) => own[i]! < 0.5);
    return {
      id,
      severity: "ok",
      count: against.length,
      of: surest.length,
      estimate: {
        ...estimate,
        method: `share of labels against the surest fifth of out-of-fold forecasts, ${estimate.method}`,
      },
      rows: against.slice(0, shownRows).map((i) => this.#sample[i]!.id),
      sentence: `at most ${estimateText(estimate)} of the labels are wrong, if they err as often where words tell them best: so many contradict a reward of words trained on the other prompts (right for ${estimateText(accuracy)}) on the fifth of the pairs that it is surest of; look for wrong labels in the rows named here first`,
    };
  }
}

/** Labelled pairs of an example, one a pair and rater's majority; ties left out. */
function pairsOf(labels: Labels): Labelled[] {
  const marks = labels.correct ?? labels.value;
  if (labels.preferred === undefined || labels.preferred.length === 0) {
    const pairs: Labelled[] = [];
    for (const [better, a] of (marks ?? []).entries())
      for (const [worse, b] of (marks ?? []).entries())
        if (a !== null && b !== null && Number(a) > Number(b)) pairs.push({ better, worse });
    return pairs;
  }
  const sums = new Map<string, { first: number; second: number; votes: number }>();
  for (const { first, second, vote } of votesOf(labels)) {
    const [low, high] = first < second ? [first, second] : [second, first];
    const signed = first < second ? vote : -vote;
    const known = sums.get(`${low}:${high}`);
    if (known === undefined) sums.set(`${low}:${high}`, { first: low, second: high, votes: signed });
    else known.votes += signed;
  }
  return [...sums.values()].flatMap(({ first, second, votes }) =>
    votes === 0 ? [] : [votes > 0 ? { better: first, worse: second } : { better: second, worse: first }],
  );
}

/** The stated comparisons: 1 for the first, -1 for the second, 0 for neither. */
function votesOf({ preferred }: Labels): { first: number; second: number; vote: number }[] {
  return (preferred ?? []).map(({ first, second, p }) => ({ first, second, vote: Math.sign(p - 0.5) }));
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ").trim();
}
