import type { Example, JsonObject, Labels } from "../core/index.ts";
import type { Raw } from "../io/messages.ts";
import type { RowPlace } from "../io/schemas/schema.ts";

/**
 * How far a benchmark is backed by its real rows. `figure reproduced`: a published figure comes out of real rows; `real rows parsed`: real
 * rows are read and scored, but no published figure could be compared; `schema only`: no real row could be had, so that the rule is tested
 * on hand-computed cases and the reader on a file in the published schema. Only the first two count as support.
 */
export type Tier = "figure reproduced" | "real rows parsed" | "schema only";

/** The three tiers, best first. */
export const tiers: readonly Tier[] = ["figure reproduced", "real rows parsed", "schema only"];

/** One item after a reward, a comparer or a score file answered for it. Candidates stand in the order of the benchmark's file. */
export interface Answered {
  id: string;
  /** The prompt (or whatever must be resampled together). */
  cluster: string;
  subsets: Readonly<Record<string, string>>;
  labels: Omit<Labels, "extra" | "parts">;
  /** A value a candidate; null where there is none. */
  values: readonly (number | null)[];
  /** Of step rewards: the values of each candidate's steps. */
  steps?: readonly (readonly (number | null)[] | null)[] | undefined;
  /** Of comparers: one entry a game. `first` was shown first; p is the probability that it is better, null where unreadable. */
  votes?: readonly Game[] | undefined;
  /** What else the rule needs of the row. */
  facts?: JsonObject | undefined;
  /** Where it was asked several times: each time's answer. `values` and `steps` are then the means over them, `votes` all games. */
  repeats?: readonly Pick<Answered, "values" | "steps" | "votes">[] | undefined;
}

/** One comparison of two candidates as it was played. */
export interface Game {
  first: number;
  second: number;
  p: number | null;
  /** How much better the one shown first is on the judge's own scale, where it says so. */
  strength?: number | undefined;
}

/** An item with what the official rule gives for it; null where it is unscored. */
export interface Credited extends Answered {
  /** Of repeats the mean. */
  credit: number | null;
  /** Of each repeat that was scored. */
  credits?: readonly number[] | undefined;
}

/** How means of parts make up a figure. */
export interface Sections {
  key: string;
  /** By the key's value. */
  weights?: Readonly<Record<string, number>> | undefined;
  /** Values put into groups: the weights then hold within a group, and the groups that have items count the same. */
  groups?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A figure that a benchmark reports. */
export interface Figure {
  name: string;
  /** What it is, in a line. */
  about: string;
  /**
   * Of what it is the mean: what an item counts (default its credit), null for an item that the figure leaves out. Not together with `all`.
   */
  of?: ((item: Credited) => number | null) | undefined;
  /**
   * Does what the system answers decide which items are counted, as for precision? Two systems are then compared by linearised shares over
   * all items, since the items that both count are no fair sample of either's.
   */
  ratio?: boolean | undefined;
  /** The mean is of the means of this subset's values, each with its weight (default 1); a value without items is left out. */
  sections?: Sections | undefined;
  /** A figure that is no mean of what items count. */
  all?: ((items: readonly Credited[]) => number) | undefined;
  /** What a figure runs from and to, where it is not 0 to 1. */
  range?: readonly [low: number, high: number] | undefined;
  /** Lower is better. */
  lower?: boolean | undefined;
}

/** A benchmark's official rule. */
export interface Rule {
  /** The rule in words. */
  text: string;
  /** Where it was read: paper, or repository and file. */
  source: string;
  /** What an item gets; null where a value that it needs is missing. */
  credit(item: Answered): number | null;
  /** Does the rule itself count several verdicts of a pair? Then what is asked repeatedly is votes, and no repeats of the item. */
  countsVotes?: true | undefined;
  /** What the official rule gives an unscored item; "drop" where it has no rule for one. */
  unscored: number | "drop";
  /**
   * The threshold of step values that fits some items best: below it a step is wrong. It is chosen on other items than those that are
   * reported (see `calibrate`). Absent where the rule has no threshold.
   *
   * @throws NotEnoughDataError where the items do not determine it
   */
  threshold?: ((items: readonly Answered[]) => number) | undefined;
  /** The headline first. */
  figures: readonly Figure[];
}

/** A row of a benchmark's file with its place. */
export interface BenchRow {
  row: Raw;
  place: RowPlace;
}

/** A published result. */
export interface Published {
  system: string;
  /** Figures by name, in the figures' own unit. */
  figures: Readonly<Record<string, number>>;
  source: string;
  /** Does it come out of real rows in this repository's tests? */
  reproduced: boolean;
}

/** A benchmark of rewards or judges, as a value. */
export interface Benchmark {
  readonly id: string;
  readonly title: string;
  /** One line. */
  readonly about: string;
  readonly tier: Tier;
  /** What was reproduced, or what is missing. */
  readonly tierWhy: string;
  readonly data: {
    /** `owner/name` on the hub, where it is published there. */
    hub?: string | undefined;
    split?: string | undefined;
    config?: string | undefined;
    licence: string;
    /** The published columns. */
    columns: string;
  };
  /** What is asked for: a value a candidate, verdicts on pairs (in how many orders), or a value a step. */
  readonly asks: "scores" | "pairs in one order" | "pairs in both orders" | "steps";
  /** Some items are pairs that a comparer is asked about in both orders, though the benchmark asks for something else. */
  readonly somePairs?: boolean | undefined;
  /** What an arbitrary answer gets in the headline, and why. */
  readonly chance: { value: number; why: string };
  readonly pitfalls: readonly string[];
  readonly published: readonly Published[];
  /** The subset key that is reported by default. */
  readonly by?: string | undefined;
  readonly rule: Rule;
  /**
   * The rows of a file as examples.
   *
   * @throws InputError with file, row and column for a row that is none of this benchmark's
   */
  read(rows: readonly BenchRow[]): Example[];
  /** Do candidates stand right ones first in the published file? Then a score file alone is enough (see `answeredAlone`). */
  readonly rightFirst: boolean;
  /** A row of a file that holds all that the rule needs, scores included, for `answeredAlone`; where right ones need not come first. */
  readonly alone?: ((row: Raw, place: RowPlace) => Answered) | undefined;
  /** Columns of the row, kept in `labels.extra`, that the rule needs. */
  readonly keep?: readonly string[] | undefined;
  /** Where an answer is a call of success: what it says, and what is true. Leaderboards then show which system is best in each subset. */
  readonly calls?: ((item: Answered) => { predicted: 0 | 1 | null; gold: 0 | 1 }) | undefined;
  /** Rows of a folder in the benchmark's own layout; undefined where the folder has none. */
  readonly folder?:
    | ((root: string, options: { split?: string | undefined }) => Promise<BenchRow[] | undefined>)
    | undefined;
  /** A system's published values by item, from such a folder. */
  readonly judgements?: ((root: string, system: string) => ReadonlyMap<string, number>) | undefined;
}
