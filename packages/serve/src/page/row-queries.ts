import type { SQLInputValue } from "node:sqlite";

/** One page of a long list. */
export interface Paged<T> {
  /** How many there are in all, under the filter. */
  total: number;
  offset: number;
  rows: readonly T[];
}

/** What a list is narrowed and ordered by. */
export interface RowQuery {
  offset: number;
  limit: number;
  /** Part of the id or, of examples, of any text. */
  search?: string | undefined;
  filter?: string | undefined;
  sort?: string | undefined;
}

/** A row of scores as lists show it: no texts. */
export interface ScoreLine {
  n: number;
  id: string;
  repeat: number;
  best: number | null;
  margin: number | null;
  top: number | null;
  low: number | null;
  spread: number | null;
  candidates: number;
  unscored: number;
  faults: number;
}

/** An example as lists show it. */
export interface ExampleLine {
  n: number;
  id: string;
  prompt: string;
  candidates: number;
  /** Characters of its longest answer. */
  longest: number;
  /** Ways in which it is labelled, such as `preferred`. */
  labels: string;
  subsets: Readonly<Record<string, string>>;
  /** The share of raters that contradict its label, where there are several. */
  dissent: number | null;
}

/** Where a pair of candidates stands among a file's pairs. */
export interface PairPlace {
  k: number;
  id: string;
  first: number;
  second: number;
}

/** Tables of the index. */
export const schema = `
  CREATE TABLE files (file INTEGER PRIMARY KEY, path TEXT NOT NULL, kind TEXT NOT NULL, used INTEGER NOT NULL);
  CREATE TABLE scores (file INTEGER, n INTEGER, id TEXT, repeat INTEGER, at INTEGER, bytes INTEGER, best INTEGER, margin REAL,
    top REAL, low REAL, spread REAL, candidates INTEGER, unscored INTEGER, faults INTEGER, PRIMARY KEY (file, n)) WITHOUT ROWID;
  CREATE INDEX scores_id ON scores (file, id);
  CREATE TABLE examples (file INTEGER, n INTEGER, id TEXT, prompt TEXT, candidates INTEGER, longest INTEGER, labels TEXT,
    subsets TEXT, dissent REAL, same TEXT, equal INTEGER, line TEXT, PRIMARY KEY (file, n)) WITHOUT ROWID;
  CREATE INDEX examples_id ON examples (file, id);
  CREATE TABLE pairs (file INTEGER, k INTEGER, id TEXT, one INTEGER, two INTEGER, PRIMARY KEY (file, k)) WITHOUT ROWID;
  CREATE INDEX pairs_id ON pairs (file, id);
  CREATE INDEX examples_same ON examples (file, same);
`;

/** Filters of rows of scores, by name. */
const scoreFilters: Readonly<Record<string, string>> = {
  unscored: "unscored > 0",
  faults: "faults > 0",
  tied: "margin = 0",
  spread: "spread > 0",
};
/** Orders of rows of scores, by name. */
const scoreSorts: Readonly<Record<string, string>> = {
  file: "n",
  closest: "margin IS NULL, margin, n",
  widest: "margin DESC, n",
  lowest: "top IS NULL, top, n",
  highest: "top DESC, n",
  disputed: "spread DESC, n",
};
/** Filters of examples besides `KEY=VALUE` of a subset. */
const exampleFilters: Readonly<Record<string, string>> = {
  labelled: "labels <> ''",
  unlabelled: "labels = ''",
  disputed: "dissent > 0",
  equal: "equal > 0",
  repeated: "same IN (SELECT same FROM examples AS e WHERE e.file = examples.file GROUP BY same HAVING count(*) > 1)",
};
const exampleSorts: Readonly<Record<string, string>> = {
  file: "n",
  longest: "longest DESC, n",
  shortest: "longest, n",
  candidates: "candidates DESC, n",
  disputed: "dissent DESC, n",
  prompt: "same, n",
};

/** Names that `sort` and `filter` of lists take. */
export const scoreFilterNames = Object.keys(scoreFilters) as [string, ...string[]];
export const scoreSortNames = Object.keys(scoreSorts) as [string, ...string[]];
export const exampleSortNames = Object.keys(exampleSorts) as [string, ...string[]];

/** What a query of scored rows means in SQL. */
export function scoresWanted(file: number, { filter, search, sort }: Omit<RowQuery, "offset" | "limit">) {
  const where = ["file = ?"];
  const values: SQLInputValue[] = [file];
  if (filter !== undefined && scoreFilters[filter] !== undefined) where.push(scoreFilters[filter]);
  if (search !== undefined && search !== "") {
    where.push("instr(lower(id), lower(?)) > 0");
    values.push(search);
  }
  return { where, values, sort: scoreSorts[sort ?? "file"] ?? "n" };
}

/** What a query of examples means in SQL. */
export function examplesWanted(file: number, query: Omit<RowQuery, "offset" | "limit">) {
  const where = ["file = ?"];
  const values: SQLInputValue[] = [file];
  if (query.search !== undefined && query.search !== "") {
    where.push("instr(lower(line), lower(?)) > 0");
    values.push(JSON.stringify(query.search).slice(1, -1));
  }
  const [key, value] = query.filter?.split("=", 2) ?? [];
  if (key !== undefined && value !== undefined) {
    where.push("json_extract(subsets, ?) = ?");
    values.push(`$.${JSON.stringify(key)}`, value);
  } else if (query.filter !== undefined && exampleFilters[query.filter] !== undefined)
    where.push(exampleFilters[query.filter]!);
  return { where, values, sort: exampleSorts[query.sort ?? "file"] ?? "n" };
}
