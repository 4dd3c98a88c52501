import { type Seed, seedFrom, split } from "laurel";

/**
 * Which stream of seeds a run draws from. Streams of different names share no seed: a pilot may be run as often as one
 * likes without touching those of the run of record.
 */
export type Phase = "record" | "pilot" | (string & {});

/**
 * The seed of one repetition: split(seedFrom("lab/" phase "/" slug "/" claim), index).
 *
 * @param index from 0; the main setting and the boundary share it, so that they can be compared by seed
 * @example claimSeed("record", "par", "shaping", 0)
 */
export function claimSeed(phase: Phase, slug: string, claim: string, index: number): Seed {
  return split(seedFrom(`lab/${phase}/${slug}/${claim}`), index);
}
