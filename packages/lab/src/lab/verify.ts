import type { StoredResult } from "./results.ts";
import { seedsOf } from "./results.ts";
import { runSeed, type Setting } from "./seed-run.ts";
import type { Paper } from "./types.ts";

/** A figure that no longer comes out the same. */
export interface StaleFigure {
  claim: string;
  setting: Setting;
  seed: number;
  arm: string;
  metric: string;
  stored: number;
  now: number | undefined;
}

/** Figures agree to 1e-6 of their size: another machine's exp and log may round the last digit differently. */
const TOLERANCE = 1e-6;

/**
 * Runs seeds of a stored result again and says which figures came out different.
 *
 * @param paper whose code runs
 * @param stored the committed result
 * @param options `full`: all seeds instead of the two sentinels
 * @returns how many seeds ran, and the stale figures: none where the result still stands
 */
export async function verifyResult(
  paper: Paper,
  stored: StoredResult,
  options: { full?: boolean | undefined; signal?: AbortSignal | undefined } = {},
): Promise<{ replayed: number; stale: StaleFigure[] }> {
  const signal = options.signal ?? new AbortController().signal;
  const stale: StaleFigure[] = [];
  let replayed = 0;
  for (const claim of stored.claims) {
    const settings: [Setting, typeof claim.figures][] = [["main", claim.figures]];
    if (claim.boundary !== null) settings.push(["boundary", claim.boundary.figures]);
    const indices = options.full === true ? Array.from({ length: claim.seeds }, (_, i) => i) : claim.sentinels;
    for (const [setting, columns] of settings) {
      const seeds = seedsOf(columns, claim.seeds);
      for (const index of indices) {
        const { figures } = await runSeed(paper, { claim: claim.id, setting, phase: stored.phase, index }, signal);
        replayed++;
        for (const [arm, metrics] of Object.entries(seeds[index]!))
          for (const [metric, was] of Object.entries(metrics as Record<string, number>)) {
            const now = figures[arm]?.[metric];
            if (now === undefined || Math.abs(now - was) > TOLERANCE * Math.max(1e-3, Math.abs(was)))
              stale.push({ claim: claim.id, setting, seed: index, arm, metric, stored: was, now });
          }
      }
    }
  }
  return { replayed, stale };
}
