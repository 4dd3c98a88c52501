import {
  answerText,
  candidateHash,
  type Estimate,
  type Example,
  hashJson,
  messagesContent,
  NotEnoughDataError,
  promptText,
  seedFrom,
  split,
} from "../../core/index.ts";
import { aucEstimate } from "../auc.ts";
import { creditEstimate, maybe } from "../credit.ts";
import { itemise } from "../items.ts";
import type { Judged } from "../judged.ts";
import { type PairVotes, raterAgreement } from "./agreement.ts";
import { features } from "./features.ts";
import { NearDuplicates, nearSimilarity } from "./near-duplicates.ts";

/** Something about a file of data, with how sure it is and what to do about it. */
export interface Finding {
  id: string;
  /** What was found, in a sentence without its number. */
  about: string;
  estimate: Estimate;
  /** What would be in order: the estimate inside these ends. */
  within: readonly [low: number, high: number];
  /** Of a confound: is it certain that it is there at all, that is, does the interval leave out 1/2? */
  shown: boolean;
  /** Is it certain (by the interval; by the value for plain counts) that the estimate lies outside? */
  exceeds: boolean;
  advice: string;
  /** Ids of some rows that show it. */
  rows: readonly string[];
}

/** What `laurel audit data` says. */
export interface DataAudit {
  rows: number;
  candidates: number;
  /** Labelled pairs that confounds were looked for in, or labelled candidates where there are no pairs. */
  labelled: { pairs: number; candidates: number };
  findings: readonly Finding[];
  /** What could not be looked at, and why. */
  skipped: readonly string[];
}

/** Options of `auditData`. */
export interface AuditOptions {
  /** The subset key or column that holds the split; "split" by default, where there is one. */
  split?: string | undefined;
  /** Does the file's format fix the order of the candidates, such as chosen before rejected? Then position says nothing. */
  fixedOrder?: (() => boolean) | undefined;
  seed?: string | number | undefined;
  level?: number | undefined;
}

interface Seen {
  judged: Omit<Judged, "scores">;
  values: readonly (readonly number[])[];
  contents: readonly string[];
  prompt: string;
  split: string | undefined;
}

/** The region in which a share of pairs shows no confound that matters. */
const even: readonly [number, number] = [0.4, 0.6];
const shownRows = 5;

/**
 * Looks for what is wrong with labelled data: confounds of length, position and format; duplicates and near-duplicates; leaks across a
 * split; raters who disagree; pairs of equal texts; empty answers.
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
  for await (const batch of examples)
    for (const example of batch) {
      rows.push(seenOf(example, options.split));
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
    skipped,
  };
}

function seenOf({ task, labels, cluster, subsets }: Example, splitKey: string | undefined): Seen {
  const { preferred, correct, value, extra } = labels;
  const key = splitKey ?? "split";
  const stated = subsets[key] ?? extra?.[key];
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
    split: stated === undefined || stated === null ? undefined : String(stated),
  };
}

/** Rows whose scores are a number of each candidate. */
function scoredBy(rows: readonly Seen[], value: (row: Seen, candidate: number) => number): Judged[] {
  return rows.map((row) => ({ ...row.judged, scores: row.contents.map((_, c) => ({ value: value(row, c) })) }));
}

interface LabelledPair {
  id: string;
  cluster: string;
  equal: boolean;
}

function pairsOf(rows: readonly Seen[]): LabelledPair[] {
  const places = new Map<string, Seen>(rows.map((row) => [row.judged.id, row]));
  return itemise(
    scoredBy(rows, () => 0),
    { basis: "preferences" },
  ).items.map(({ id, which, cluster }) => {
    const [better, worse] = which.split(">").map(Number) as [number, number];
    const { contents } = places.get(id)!;
    return { id, cluster, equal: contents[better] === contents[worse] };
  });
}

function outside({ low, high }: Estimate, [from, to]: readonly [number, number]): boolean {
  return low > to || high < from;
}

/** The share of pairs whose preferred one has more, among those that differ. */
function moreIsPreferred(judged: readonly Judged[], level: number): { estimate: Estimate; rows: string[] } | undefined {
  const items = itemise(judged, { basis: "preferences" }).items.filter(({ margin }) => margin !== null && margin !== 0);
  if (items.length < 10) return undefined;
  const estimate = maybe(() =>
    creditEstimate(
      { values: items.map((item) => item.credit!), clusters: items.map((item) => item.cluster) },
      0,
      level,
    ),
  );
  if (estimate === undefined) return undefined;
  const side = estimate.value >= 0.5 ? 1 : -1;
  const telling = items.filter(({ margin }) => margin! * side > 0).sort((a, b) => (b.margin! - a.margin!) * side);
  return { estimate, rows: telling.slice(0, shownRows).map(({ id }) => id) };
}

function pairConfounds(rows: readonly Seen[], level: number): Finding[] {
  const each = 1 - (1 - level) / features.length;
  return features.flatMap(({ id, more }, f): Finding[] => {
    const found = moreIsPreferred(
      scoredBy(rows, (row, c) => row.values[c]![f]!),
      each,
    );
    if (found === undefined) return [];
    return [
      {
        id,
        about: `share of pairs whose preferred one ${more}, of those that differ in it`,
        estimate: found.estimate,
        within: even,
        shown: outside(found.estimate, [0.5, 0.5]),
        exceeds: outside(found.estimate, even),
        advice:
          id === "length"
            ? "compare every reward with `--reward length`, report accuracy on pairs of like length, or control for length in training"
            : "a reward can learn the form instead of the content: balance the pairs, or check the reward on pairs that differ in form only",
        rows: found.rows,
      },
    ];
  });
}

function labelConfounds(rows: readonly Seen[], level: number): Finding[] {
  const each = 1 - (1 - level) / features.length;
  return features.flatMap(({ id, more }, f): Finding[] => {
    const values: number[] = [];
    const right: boolean[] = [];
    const clusters: string[] = [];
    for (const row of rows)
      for (const [c, mark] of (row.judged.labels.correct ?? []).entries()) {
        if (mark === null) continue;
        values.push(row.values[c]![f]!);
        right.push(mark);
        clusters.push(row.judged.cluster);
      }
    const estimate = maybe(() => aucEstimate(values, right, clusters, each));
    if (estimate === undefined || values.every((one) => one === values[0])) return [];
    return [
      {
        id,
        about: `probability that a right answer ${more} than a wrong one (AUC)`,
        estimate,
        within: even,
        shown: outside(estimate, [0.5, 0.5]),
        exceeds: outside(estimate, even),
        advice: "the form alone tells right from wrong: check that a reward does not rest on it",
        rows: [],
      },
    ];
  });
}

function positions(rows: readonly Seen[], level: number): Finding[] {
  const found = moreIsPreferred(
    scoredBy(rows, (_, c) => -c),
    level,
  );
  if (found === undefined) return [];
  return [
    {
      id: "position",
      about: "share of pairs whose preferred one stands first",
      estimate: found.estimate,
      within: even,
      shown: outside(found.estimate, [0.5, 0.5]),
      exceeds: outside(found.estimate, even),
      advice:
        "a judge that leans to a place looks right or wrong here: shuffle the candidates (eval does) and judge both orders",
      rows: [],
    },
  ];
}

/** A share that ought to be at most `most`; plain counts exceed by their value. */
function shareFinding(
  id: string,
  about: string,
  flags: readonly boolean[],
  clusters: readonly string[],
  most: number,
  advice: string,
  rows: readonly string[],
  level: number,
): Finding[] {
  const estimate = maybe(() => creditEstimate({ values: flags.map(Number), clusters }, 0, level));
  if (estimate === undefined) return [];
  return [
    {
      id,
      about,
      estimate,
      within: [0, most],
      shown: false,
      exceeds: estimate.value > most,
      advice,
      rows: rows.slice(0, shownRows),
    },
  ];
}

function equalPairs(pairs: readonly LabelledPair[], level: number): Finding[] {
  return shareFinding(
    "equal",
    "share of labelled pairs whose two texts are equal",
    pairs.map(({ equal }) => equal),
    pairs.map(({ cluster }) => cluster),
    0,
    "drop them: one of two equal texts cannot be better, and every reward gets half of them",
    pairs.filter(({ equal }) => equal).map(({ id }) => id),
    level,
  );
}

function emptyAnswers(rows: readonly Seen[], level: number): Finding[] {
  const at = features.findIndex(({ id }) => id === "length");
  const all = rows.flatMap(({ values, judged }) => values.map((value) => ({ empty: value[at] === 0, row: judged })));
  return shareFinding(
    "empty",
    "share of candidates without a text",
    all.map(({ empty }) => empty),
    all.map(({ row }) => row.cluster),
    0.01,
    "check that the columns are the right ones, and how the reward scores an empty answer",
    all.filter(({ empty }) => empty).map(({ row }) => row.id),
    level,
  );
}

function duplicates(rows: readonly Seen[], groups: Int32Array, level: number): Finding[] {
  const counts = new Map<string, number>();
  const keys = rows.map(({ prompt, contents }) => `${prompt}:${[...contents].sort().join()}`);
  const repeated = keys.map((key) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key)! > 1;
  });
  const firstOf = new Map<number, string>();
  const nearly = rows.map(({ prompt }, i) => {
    const first = firstOf.get(groups[i]!);
    if (first === undefined) firstOf.set(groups[i]!, prompt);
    return first !== undefined && first !== prompt;
  });
  const ids = rows.map(({ judged }) => judged.id);
  return [
    ...shareFinding(
      "duplicates",
      "share of rows that repeat an earlier one (prompt and candidates)",
      repeated,
      ids,
      0.01,
      "drop the repeats: they count twice in training, and their labels may contradict each other",
      ids.filter((_, i) => repeated[i]),
      level,
    ),
    ...shareFinding(
      "near-duplicates",
      `share of rows whose prompt is nearly an earlier one (estimated similarity of ${nearSimilarity} or more), but not the same`,
      nearly,
      ids,
      0.05,
      "give near-duplicates one `cluster`, so that intervals do not count them as new evidence",
      ids.filter((_, i) => nearly[i]),
      level,
    ),
  ];
}

function leaks(rows: readonly Seen[], groups: Int32Array, level: number): Finding[] {
  const splitsOf = (key: (i: number) => string | number): boolean[] => {
    const splits = new Map<string | number, Set<string>>();
    for (const [i, { split: own }] of rows.entries()) {
      if (own === undefined) continue;
      const known = splits.get(key(i));
      if (known === undefined) splits.set(key(i), new Set([own]));
      else known.add(own);
    }
    return rows.map(({ split: own }, i) => own !== undefined && splits.get(key(i))!.size > 1);
  };
  const ids = rows.map(({ judged }) => judged.id);
  const exact = splitsOf((i) => rows[i]!.prompt);
  const nearly = splitsOf((i) => groups[i]!);
  const advice = "move all rows of a prompt to one split, or figures on the test split say nothing about new prompts";
  return [
    ...shareFinding(
      "leak",
      "share of rows whose prompt stands in another split, too",
      exact,
      ids,
      0,
      advice,
      ids.filter((_, i) => exact[i]),
      level,
    ),
    ...shareFinding(
      "near-leak",
      "share of rows with a near-duplicate of their prompt in another split",
      nearly,
      ids,
      0,
      advice,
      ids.filter((_, i) => nearly[i] && !exact[i]),
      level,
    ),
  ];
}

/** Votes on the same pair of texts, of several raters of a row and of rows that repeat it. */
function disagreement(rows: readonly Seen[], options: { seed: string; level: number }): Finding[] {
  const votes = new Map<string, { id: string; cluster: string; votes: number[] }>();
  for (const { judged, contents, prompt } of rows)
    for (const { first, second, p } of judged.labels.preferred ?? []) {
      const [a, b] = [contents[first]!, contents[second]!];
      if (a === b) continue;
      const key = `${prompt}:${a < b ? `${a}:${b}` : `${b}:${a}`}`;
      const vote = Math.sign(p - 0.5) * (a < b ? 1 : -1);
      const known = votes.get(key);
      if (known === undefined) votes.set(key, { id: judged.id, cluster: judged.cluster, votes: [vote] });
      else known.votes.push(vote);
    }
  const pairs: PairVotes[] = [...votes.values()];
  const { agreement, alpha, noise } = raterAgreement(pairs, options);
  const split = pairs.filter((pair) => pair.votes.includes(1) && pair.votes.includes(-1)).map(({ id }) => id);
  const finding = (
    id: string,
    about: string,
    estimate: Estimate,
    within: readonly [number, number],
    advice: string,
  ): Finding => ({
    id,
    about,
    estimate,
    within,
    shown: false,
    exceeds: outside(estimate, within),
    advice,
    rows: split.slice(0, shownRows),
  });
  return [
    finding(
      "agreement",
      "probability that two votes on a pair agree",
      agreement,
      [0.6, 1],
      "no reward can be held to labels that people do not agree on: collect more votes, or leave out what is disputed",
    ),
    ...(alpha === undefined
      ? []
      : [
          finding(
            "alpha",
            "Krippendorff's alpha of the votes (first, tie, second in order)",
            alpha,
            [0.4, 1],
            "below 0.4 the raters hardly agree beyond chance: look at the instructions that they were given",
          ),
        ]),
    ...(noise === undefined
      ? []
      : [
          finding(
            "noise",
            "share of votes that are wrong, if raters err independently",
            noise,
            [0, 0.2],
            "an accuracy above one less this share is agreement with the errors: do not tune a reward beyond it",
          ),
        ]),
  ];
}
