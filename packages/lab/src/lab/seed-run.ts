import { type JsonObject, UsageError } from "laurel";
import { claimSeed, type Phase } from "./seeds.ts";
import type { Claim, Paper, SeedFigures } from "./types.ts";

/** The main setting, or the one at which the claim must fail. */
export type Setting = "main" | "boundary";

/** One seed of one claim at one setting. */
export interface SeedJob {
  /** URL of the module whose default export is the paper. */
  module: string;
  claim: string;
  setting: Setting;
  phase: Phase;
  index: number;
}

/** What a seed gave. */
export interface SeedDone {
  figures: SeedFigures;
  notes: Readonly<Record<string, JsonObject>>;
  cpuSeconds: number;
}

/**
 * Imports a paper's module.
 *
 * @param module URL of a module whose default export was made by `paper()`
 * @throws UsageError where it exports none
 */
export async function loadPaper(module: string): Promise<Paper> {
  const { default: found } = (await import(module)) as { default?: Paper };
  if (found === undefined || !Array.isArray(found.claims))
    throw new UsageError(`${module} has no paper as its default export`, "export default paper({ … })");
  return found;
}

/** The settings of a claim at one setting: the boundary's are laid over the main ones. */
export function settingsOf(claim: Claim, setting: Setting): JsonObject {
  return setting === "main" ? claim.settings : { ...claim.settings, ...claim.boundary?.setting };
}

/** The claim of that id; UsageError where there is none. */
export function claimOf(paper: Paper, id: string): Claim {
  const claim = paper.claims.find((one) => one.id === id);
  if (claim === undefined)
    throw new UsageError(
      `${paper.slug} has no claim "${id}"`,
      `claims: ${paper.claims.map((one) => one.id).join(", ")}`,
    );
  return claim;
}

/** Runs one seed of a claim, timed by the CPU, since a loaded machine makes the clock say little. */
export async function runSeed(
  paper: Paper,
  { claim: id, setting, phase, index }: Omit<SeedJob, "module">,
  signal: AbortSignal,
): Promise<SeedDone> {
  const claim = claimOf(paper, id);
  const notes: Record<string, JsonObject> = {};
  const lab = {
    signal,
    note(name: string, value: JsonObject): void {
      notes[name] = value;
    },
  };
  const before = process.cpuUsage();
  const figures = await claim.run(lab, claimSeed(phase, paper.slug, id, index), settingsOf(claim, setting));
  const { user, system } = process.cpuUsage(before);
  return { figures, notes, cpuSeconds: (user + system) / 1e6 };
}
