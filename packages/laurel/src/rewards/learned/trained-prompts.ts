import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type Message, messageOf, sha256, textOf } from "../../core/index.ts";

/** The file of a learned reward's folder with the keys of the prompts that it was trained on, one a line. */
export const trainedPromptsFile = "prompts.txt";

/** The key of a prompt: of its text in lower case with single spaces, so that a copy with other spaces has the same; 32 hex digits. */
export function promptKey(prompt: readonly Message[]): string {
  const text = prompt.map((message) => `${message.role}:${textOf(message)}`).join("\n");
  return sha256(text.toLowerCase().replace(/\s+/g, " ").trim()).slice(0, 32);
}

/** The text of `trainedPromptsFile`: the first 16 digits of each key, sorted. */
export function trainedPromptsText(keys: readonly string[]): string {
  return [...new Set(keys.map((key) => key.slice(0, 16)))]
    .sort()
    .map((key) => `${key}\n`)
    .join("");
}

/** The keys in a folder's file; undefined where there is none. */
async function keysIn(folder: string): Promise<string[] | undefined> {
  const file = join(folder, trainedPromptsFile);
  try {
    return (await readFile(file, "utf8")).split("\n").filter((key) => key !== "");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new InputError({ file }, `it cannot be read: ${messageOf(thrown)}`);
  }
}

/** The text of `trainedPromptsFile` for a reward that was made of those in some folders. */
export async function mergedPromptsText(folders: readonly string[]): Promise<string> {
  return trainedPromptsText((await Promise.all(folders.map(keysIn))).flatMap((keys) => keys ?? []));
}

/**
 * Tells whether a prompt is one that the learned reward of a folder was trained on, stopping and calibration included.
 *
 * @returns undefined where the folder does not say
 * @throws InputError where the file is there and cannot be read
 */
export async function trainedPrompts(folder: string): Promise<((prompt: readonly Message[]) => boolean) | undefined> {
  const keys = await keysIn(folder);
  if (keys === undefined) return undefined;
  const known = new Set(keys);
  return (prompt) => known.has(promptKey(prompt).slice(0, 16));
}
