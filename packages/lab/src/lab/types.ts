import type { JsonObject, Seed } from "laurel";

/**
 * What a claim check can show. `identity`: an equation; `published-data`: the paper's own data; `mechanism`: the effect
 * arises in an exact world that keeps the paper's mechanism; `assumed`: the world contains the effect by construction, so
 * that it is a demonstration; `untestable`: it needs what a laptop has not.
 */
export type Evidence = "identity" | "published-data" | "mechanism" | "assumed" | "untestable";

/** Where a bar's interval must lie. All are stated for a difference that is positive where `of` is better. */
export type Bar =
  | { kind: "superior"; over?: number | undefined; smallest: number }
  | { kind: "non-inferior"; margin: number }
  | { kind: "equivalent"; within: number }
  | { kind: "between"; low: number; high: number }
  | { kind: "exact"; tolerance: number }
  | { kind: "share"; above: number };

/** What a running claim has besides its seed and settings. */
export interface Lab {
  signal: AbortSignal;
  note(name: string, value: JsonObject): void;
}

/** One comparison of a claim: a metric of an arm, against another arm or a number. */
export interface ClaimBar<A extends string = string, M extends string = string> {
  id: string;
  metric: M;
  of: A;
  against?: A | number | undefined;
  better?: "higher" | "lower" | undefined;
  role: "primary" | "secondary" | "control" | "report";
  bar?: Bar | undefined;
  expect?: "holds" | "not-holds" | undefined;
  why: string;
}

/** The figures of one seed: by arm, by metric. */
export type SeedFigures<A extends string = string, M extends string = string> = Readonly<
  Record<A, Readonly<Partial<Record<M, number>>>>
>;

/** A claim of a paper, with the settings, seeds, arms and bars that were fixed before its run of record. */
export interface Claim<A extends string = string, M extends string = string, S extends JsonObject = JsonObject> {
  id: string;
  statement: string;
  scope: string;
  evidence: Evidence;
  settings: S;
  seeds: number;
  arms: readonly A[];
  bars: readonly ClaimBar<A, M>[];
  boundary?: { setting: Partial<S>; bar: string; why: string } | undefined;
  // method syntax keeps Claim<A, M, S> assignable to Claim
  run(lab: Lab, seed: Seed, settings: S): Promise<SeedFigures<A, M>>;
}

/** The four verdicts. */
export type Verdict = "holds" | "fails" | "undecided" | "not testable here";

/** A paper's checks: what one file in `papers/` exports as its default. */
export interface Paper {
  slug: string;
  /** What a user calls: kinds of specs, or exported functions. */
  component: readonly string[];
  claims: readonly Claim[];
}
