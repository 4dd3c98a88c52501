import {
  answerText,
  candidateHash,
  type Example,
  hashJson,
  messagesContent,
  NotEnoughDataError,
  promptText,
  seedFrom,
  split,
} from "../../core/index.ts";
import { itemise } from "../items.ts";
import { labelConfounds, pairConfounds, pairsOf, positions, scoredBy } from "./confounds.ts";
import { disagreement } from "./disagreement.ts";
import { features } from "./features.ts";
import type { Finding, Seen } from "./finding.ts";
import { NearDuplicates } from "./near-duplicates.ts";
import { duplicates, emptyAnswers, equalPairs, leaks } from "./shares.ts";
import { type TrainingCheckOptions, TrainingChecks } from "./training-checks.ts";
import type { TrainingFinding } from "./training-finding.ts";

/** What `laurel audit data` says. */
export interface DataAudit {
  rows: number;
  candidates: number;
  /** Labelled pairs that confounds were looked for in, or labelled candidates where there are no pairs. */
  labelled: { pairs: number; candidates: number };
  findings: readonly Finding[];
  /** What would spoil training on these rows, the worst first; see `trainingChecks`. */
  training: readonly TrainingFinding[];
  /** Lengths (characters) of the answers that labels prefer or call right, and of the others. */
  lengths: { right: readonly number[]; wrong: readonly number[] };
  /** What could not be looked at, and why. */
  skipped: readonly string[];
}

/** Row formats that name the better one, so that it always stands in the same place. */
export const fixedOrderFormats: ReadonlySet<string> = new Set([
  "preference",
  "preference-implicit",
  "rewardbench",
  "rewardbench-2",
  "rm-bench",
  "openrlhf",
]);

/** Options of `auditData`. */
export interface AuditOptions {
  /** The subset key or column that holds the split; "split" by default, where there is one. */
  split?: string | undefined;
  /** Does the file's format fix the order of the candidates, such as chosen before rejected? Then position says nothing. */
  fixedOrder?: (() => boolean) | undefined;
  /** A benchmark that must not be trained on. */
  benchmark?: TrainingCheckOptions["benchmark"];
  /** Files of the tokenizer that training would use. */
  tokenizer?: TrainingCheckOptions["tokenizer"];
  seed?: string | number | undefined;
  level?: number | undefined;
}

/**
 * Looks for what is wrong with labelled data: confounds of length, position and format; duplicates and near-duplicates; leaks across a
 * split; raters who disagree; pairs of equal texts; empty answers; and what would spoil training (`trainingChecks`).
 *
 * A confound is the share of labelled pairs in which the preferred (right, higher-valued) one has more of a feature, among pairs that
 * differ in it; or the AUC of the feature where single candidates are labelled. It exceeds its threshold when its interval, at a level
 * that allows for all features together (Bonferroni), lies outside [0.4, 0.6].
 *
 * @param examples batches of examples with labels, with other columns in `labels.extra`
 * @throws NotEnoughDataError for no rows
 */
export async function auditData(
  examples: AsyncIterable<readonly Example[]> | Iterable<readonly Example[]>,
  options: AuditOptions = {},
): Promise<DataAudit> {
  const level = options.level ?? 0.95;
  const rows: Seen[] = [];
  const near = new NearDuplicates();
  const { benchmark, tokenizer, seed } = options;
  const splitKey = options.split ?? "split";
  const training = new TrainingChecks({
    split: (example) => statedSplit(example, splitKey),
    benchmark,
    tokenizer,
    seed,
    level,
  });
  for await (const batch of examples)
    for (const example of batch) {
      rows.push(seenOf(example, splitKey));
      training.add(example);
      near.add(promptText(example.task));
    }
  if (rows.length === 0) throw new NotEnoughDataError("there are no rows");
  const findings: Finding[] = [];
  const skipped: string[] = [];
  const pairs = pairsOf(rows);
  const labelled = rows.reduce(
    (n, { judged }) => n + (judged.labels.correct?.filter((one) => one !== null).length ?? 0),
    0,
  );
  if (pairs.length > 0) {
    findings.push(...pairConfounds(rows, level));
    if (options.fixedOrder?.() !== true) findings.push(...positions(rows, level));
    else
      skipped.push(
        "position: the format always has the preferred one in the same place, so shuffle before training or judging",
      );
  } else if (labelled > 0) findings.push(...labelConfounds(rows, level));
  else skipped.push("confounds: no row has labels");
  findings.push(...equalPairs(pairs, level), ...emptyAnswers(rows, level));
  const groups = near.groups();
  findings.push(...duplicates(rows, groups, level));
  if (rows.some((row) => row.split !== undefined)) findings.push(...leaks(rows, groups, level));
  else skipped.push(`leaks: no row states a split${options.split === undefined ? " (--split names its column)" : ""}`);
  try {
    findings.push(...disagreement(rows, { seed: split(seedFrom(options.seed ?? 0), "audit"), level }));
  } catch (thrown) {
    if (!(thrown instanceof NotEnoughDataError)) throw thrown;
    skipped.push(`disagreement: ${thrown.message}`);
  }
  return {
    rows: rows.length,
    candidates: rows.reduce((n, { contents }) => n + contents.length, 0),
    labelled: { pairs: pairs.length, candidates: labelled },
    findings,
    training: training.findings(),
    lengths: lengthsOf(rows, pairs.length > 0),
    skipped,
  };
}

function lengthsOf(rows: readonly Seen[], pairs: boolean): DataAudit["lengths"] {
  const length = features.findIndex(({ id }) => id === "length");
  const lengths: { right: number[]; wrong: number[] } = { right: [], wrong: [] };
  if (pairs) {
    for (const { right, wrong } of itemise(
      scoredBy(rows, (row, c) => row.values[c]![length]!),
      { basis: "preferences" },
    ).items) {
      lengths.right.push(...right);
      lengths.wrong.push(...wrong);
    }
    return lengths;
  }
  for (const { judged, values } of rows)
    for (const [c, mark] of (judged.labels.correct ?? []).entries())
      if (mark !== null) lengths[mark ? "right" : "wrong"].push(values[c]![length]!);
  return lengths;
}

function statedSplit({ labels, subsets }: Example, key: string): string | undefined {
  const stated = subsets[key] ?? labels.extra?.[key];
  return stated === undefined || stated === null ? undefined : String(stated);
}

function seenOf(example: Example, splitKey: string): Seen {
  const { task, labels, cluster } = example;
  const { preferred, correct, value } = labels;
  return {
    judged: {
      id: task.id,
      repeat: 0,
      cluster,
      subsets: {},
      labels: {
        ...(preferred === undefined ? {} : { preferred }),
        ...(correct === undefined ? {} : { correct }),
        ...(value === undefined ? {} : { value }),
      },
    },
    values: task.candidates.map((candidate) => {
      const text = answerText(candidate);
      return features.map((feature) => feature.of(text));
    }),
    contents: task.candidates.map(candidateHash),
    prompt: hashJson(messagesContent(task.prompt)),
    split: statedSplit(example, splitKey),
  };
}
