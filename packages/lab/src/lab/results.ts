import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, platform } from "node:os";
import type { JsonObject } from "laurel";
import type { ClaimFigures, ClaimOutcome } from "./judge.ts";
import type { PaperRun } from "./run.ts";
import { settingsOf } from "./seed-run.ts";
import type { Phase } from "./seeds.ts";
import type { SeedFigures } from "./types.ts";

/** Figures by arm, metric and seed. */
export type Columns = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** A claim's figures as they are committed. */
export interface StoredClaim {
  id: string;
  settings: JsonObject;
  seeds: number;
  figures: Columns;
  boundary: { settings: JsonObject; figures: Columns } | null;
  /** Indices of the seeds that are replayed to see whether the result is stale. */
  sentinels: readonly number[];
  /** What the first seed noted, such as curves. */
  notes: Readonly<Record<string, JsonObject>>;
  cpuSeconds: number;
}

/** A paper's run of record: `papers/results/<slug>.json`. */
export interface StoredResult {
  v: 1;
  slug: string;
  phase: Phase;
  environment: { node: string; platform: string; arch: string; cpu: string };
  claims: readonly StoredClaim[];
  outcomes: readonly ClaimOutcome[];
}

/** A run as it is stored: per-seed figures, settings, two sentinels, environment. */
export function storedResult(run: PaperRun): StoredResult {
  const claims = run.paper.claims.flatMap((claim): StoredClaim[] => {
    const own = run.figures[claim.id];
    if (own === undefined) return [];
    const seeds = own.main.length;
    return [
      {
        id: claim.id,
        settings: settingsOf(claim, "main"),
        seeds,
        figures: columnsOf(own.main),
        boundary:
          own.boundary === undefined
            ? null
            : { settings: settingsOf(claim, "boundary"), figures: columnsOf(own.boundary) },
        sentinels: [0, seeds - 1],
        notes: run.notes[claim.id] ?? {},
        cpuSeconds: Math.round((run.cpuSeconds[claim.id] ?? 0) * 10) / 10,
      },
    ];
  });
  const environment = {
    node: process.version,
    platform: platform(),
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
  };
  return { v: 1, slug: run.paper.slug, phase: run.phase, environment, claims, outcomes: run.outcomes };
}

/** Seeds as columns. Metrics that a seed did not give are left out of all. */
export function columnsOf(figures: readonly SeedFigures[]): Columns {
  const first = figures[0] ?? {};
  return Object.fromEntries(
    Object.entries(first).map(([arm, metrics]) => [
      arm,
      Object.fromEntries(Object.keys(metrics).map((metric) => [metric, figures.map((seed) => seed[arm]![metric]!)])),
    ]),
  );
}

/** Columns as seeds. */
export function seedsOf(columns: Columns, seeds: number): SeedFigures[] {
  return Array.from({ length: seeds }, (_, i) =>
    Object.fromEntries(
      Object.entries(columns).map(([arm, metrics]) => [
        arm,
        Object.fromEntries(Object.entries(metrics).map(([metric, values]) => [metric, values[i]!])),
      ]),
    ),
  );
}

/** A stored result's figures, as `judgePaper` takes them. */
export function figuresOf(stored: StoredResult): Record<string, ClaimFigures> {
  return Object.fromEntries(
    stored.claims.map(({ id, seeds, figures, boundary }) => [
      id,
      {
        main: seedsOf(figures, seeds),
        ...(boundary === null ? {} : { boundary: seedsOf(boundary.figures, seeds) }),
      },
    ]),
  );
}

/** Where a paper's committed result lies. */
export function resultPath(slug: string): URL {
  return new URL(`../papers/results/${slug}.json`, import.meta.url);
}

/** A committed result; undefined where there is none yet. */
export function readResult(slug: string): StoredResult | undefined {
  const path = resultPath(slug);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as StoredResult) : undefined;
}

/** Writes a result with each list of numbers on one line, so that a diff shows which metric moved. */
export function writeResult(path: URL | string, stored: StoredResult): void {
  const text = JSON.stringify(stored, null, 1).replace(/\[\s*(-?[\d.][^[\]{}"]*?)\s*\]/g, (_, inner: string) => {
    return `[${inner.replace(/\s+/g, " ")}]`;
  });
  writeFileSync(path, `${text}\n`);
}
