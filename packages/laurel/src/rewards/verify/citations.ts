import type { Json, JsonObject, Task } from "../../core/index.ts";

/** One passage that an answer may cite, as it stands in `task.context.passages`. */
export type Passage = { id: string; text: string };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The passages of a task: `context.passages`, a list of `{ id, text }`. An id may be a number; a missing one is the place from 1.
 *
 * @returns undefined where there are none
 */
export function passagesOf(task: Task): readonly Passage[] | undefined {
  const given = task.context?.["passages"];
  if (!Array.isArray(given)) return undefined;
  const passages: Passage[] = [];
  given.forEach((entry: Json, i) => {
    if (isObject(entry) && typeof entry["text"] === "string")
      passages.push({ id: String(entry["id"] ?? i + 1), text: entry["text"] });
  });
  return passages.length === 0 ? undefined : passages;
}

const bracket = /\[([^[\]\n]{1,200})\]/g;
const range = /^(\d{1,4})\s{0,4}[-–]\s{0,4}(\d{1,4})$/;
const widestRange = 50;

/**
 * The passages that a text cites, each once, in order: `[1]`, `[1][2]`, `[1, 2]`, `[1-3]`, `[^1]` and `[id]` with a known id.
 * A number that no passage has is kept, so that it can count as a wrong citation; other words in brackets are no citation.
 *
 * @param known ids of the task's passages
 * @example citationsIn("Yes [1, 3-4].", new Set(["1"])) // ["1", "3", "4"]
 */
export function citationsIn(text: string, known: ReadonlySet<string>): string[] {
  const cited = new Set<string>();
  for (const [, inside] of text.matchAll(bracket)) {
    for (const piece of inside!.split(/[,;]/)) {
      const id = piece.trim().replace(/^\^/, "");
      const ends = range.exec(id);
      if (known.has(id) || /^\d{1,4}$/.test(id)) cited.add(id);
      else if (ends !== null) {
        const [from, to] = [Number(ends[1]), Number(ends[2])];
        for (let n = from; n <= to && n - from < widestRange; n++) cited.add(String(n));
      }
    }
  }
  return [...cited];
}

const stop = /[.!?。！？]+["'”’)]{0,4}/g;
const trailing = /(?:\s{0,4}\[[^[\]\n]{1,200}\])+/y;

/**
 * The sentences of a text, each with the citations that follow its stop. Lines are borders too; a stop before a small letter,
 * inside a number or after a single capital ("U.S.") is none.
 *
 * @example citedSentences("A is so. [1] B too [2].") // ["A is so. [1]", "B too [2]."]
 */
export function citedSentences(text: string): string[] {
  const sentences: string[] = [];
  const push = (sentence: string): void => {
    const trimmed = sentence.trim();
    if (/[\p{L}\p{N}]/u.test(trimmed)) sentences.push(trimmed);
  };
  for (const line of text.split("\n")) {
    let start = 0;
    stop.lastIndex = 0;
    for (let found = stop.exec(line); found !== null; found = stop.exec(line)) {
      let end = found.index + found[0].length;
      trailing.lastIndex = end;
      const citations = trailing.exec(line);
      if (citations !== null) end = trailing.lastIndex;
      stop.lastIndex = end;
      const wide = /[。！？]/.test(found[0]);
      const next = line.slice(end, end + 8);
      if (!wide && next !== "" && !/^\s/.test(next)) continue;
      if (!wide && /^\s+\p{Ll}/u.test(next)) continue;
      if (found[0] === "." && /(?:^|[\s.(])\p{Lu}$/u.test(line.slice(Math.max(0, found.index - 2), found.index)))
        continue;
      push(line.slice(start, end));
      start = end;
    }
    push(line.slice(start));
  }
  return sentences;
}

/** Does the answer cite at least one passage, and only passages that exist? */
export function citationsResolve(text: string, passages: readonly Passage[]): boolean {
  const known = new Set(passages.map((passage) => passage.id));
  const cited = citationsIn(text, known);
  return cited.length > 0 && cited.every((id) => known.has(id));
}

const numbered = /^\s{0,8}\[(\d{1,3})\]\s{1,4}(?=\S)/;

/**
 * The passages in a prompt that numbers them at the start of lines, `[1] …`, `[2] …`, from 1 upwards without a gap; each runs to the next
 * number or to an empty line.
 *
 * @returns undefined for fewer than two
 * @example numberedPassages("[1] Ada wrote it.\n[2] Bob read it.\n\nWho wrote it?")?.length // 2
 */
export function numberedPassages(prompt: string): readonly Passage[] | undefined {
  const passages: { id: string; text: string }[] = [];
  let open = false;
  for (const line of prompt.split("\n")) {
    const found = numbered.exec(line);
    if (found !== null && Number(found[1]) === passages.length + 1) {
      passages.push({ id: found[1]!, text: line.slice(found[0].length).trim() });
      open = true;
    } else if (line.trim() === "") open = false;
    else if (open) passages.at(-1)!.text += `\n${line.trim()}`;
  }
  return passages.length < 2 ? undefined : passages;
}
