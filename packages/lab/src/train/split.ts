import { LaurelError, type Seed, sha256, UsageError } from "laurel";

/** The part of the data that a row belongs to. */
export type DataPart = "train" | "validation" | "test";

/** Shares of the prompts that are held out. */
export interface Shares {
  validation: number;
  test: number;
}

/**
 * Parts prompts into training, validation and test, so that all rows of a prompt are in one.
 *
 * Prompts are put in the order of SHA-256(seed, key); the first are the test part, the next the validation part. The parts depend on
 * seed and prompts only, not on the order of the rows.
 *
 * @param keys one a prompt, distinct
 * @param shares each in [0, 1), together below 1; a share above 0 gets at least one prompt
 * @returns one part a prompt
 * @throws LaurelError (exit code 3) where there are too few prompts for the parts
 */
export function splitByPrompt(keys: readonly string[], shares: Shares, seed: Seed): DataPart[] {
  const { validation, test } = shares;
  if (!(validation >= 0 && test >= 0 && validation + test < 1))
    throw new UsageError(`the shares for validation (${validation}) and test (${test}) must leave some for training`);
  const n = keys.length;
  const needed = 1 + Number(validation > 0) + Number(test > 0);
  if (n < needed)
    throw new LaurelError(
      "not-enough-data",
      n === 1
        ? "all rows have the same prompt, so no validation is possible: rows are held out by prompt, since figures on a prompt that was trained on measure memory, not what the reward makes of new prompts"
        : `${n} prompts are too few to hold some out for validation and test: ${needed} are the least`,
      { exitCode: 3, hint: "add rows of other prompts, or train without any figures: --validation 0 --test 0" },
    );
  const count = (share: number): number => (share === 0 ? 0 : Math.max(1, Math.round(share * n)));
  const ranks = keys.map((key, i) => ({ i, rank: sha256(`${seed}:split:${key}`) }));
  ranks.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const parts = new Array<DataPart>(n).fill("train");
  const [tests, validations] = [count(test), count(validation)];
  for (const { i } of ranks.slice(0, tests)) parts[i] = "test";
  for (const { i } of ranks.slice(tests, Math.min(n - 1, tests + validations))) parts[i] = "validation";
  return parts;
}

/** The rows of one part. */
export function rowsOf(part: DataPart, groups: Int32Array, parts: readonly DataPart[]): Int32Array {
  const rows: number[] = [];
  for (const [row, group] of groups.entries()) if (parts[group] === part) rows.push(row);
  return Int32Array.from(rows);
}
