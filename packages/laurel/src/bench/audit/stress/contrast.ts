import {
  answerText,
  candidate,
  type Estimate,
  type Example,
  InputError,
  isScored,
  messagesContent,
  promptText,
  type Reward,
  type Score,
  type Task,
  task,
  UsageError,
} from "../../../core/index.ts";
import { openRows } from "../../../io/index.ts";
import { wordHash, wordsOf } from "../../../run/audit/words.ts";
import { creditEstimate, maybe } from "../../../run/credit.ts";
import type { ScoreAllOptions } from "../../../run/index.ts";
import { askReward } from "./ask.ts";

/** Two instructions that are alike, with an answer that is right for each; with what references and context the prompts have. */
export interface ContrastItem {
  id: string;
  query: Omit<Task, "id" | "candidates">;
  retrieval: Omit<Task, "id" | "candidates">;
  queryAnswer: string;
  retrievalAnswer: string;
  /** Cosine of the two prompts' words, where it was measured. */
  similarity?: number | undefined;
}

/** How consistent a reward is under changed instructions. */
export interface Consistency {
  items: number;
  /** Share of r(I₁, A₁) > r(I₁, A₂): the same instruction, another answer. */
  response: Estimate | undefined;
  /** Share of r(I₁, A₁) > r(I₂, A₁): the same answer, another instruction. */
  instruction: Estimate | undefined;
  /** Share of items with all comparisons right. */
  both: Estimate | undefined;
  unscored: number;
}

/**
 * Reads a file of Contrast Instructions: a JSON list (or JSON lines) of `{ query, retrieval, query_response_k, retrieval_response_k, … }`.
 *
 * @param preferred which of `_k` and `_j` is the right answer; "k" as the repository says
 * @param template the prompt, with the field {query} for the instruction; default the instruction alone
 * @returns the items, and how many were dropped because both instructions are the same
 * @throws InputError for a row without these fields, UsageError for another field in the template
 * Source: Shen et al. (2023), data/contrast_instructions of the released repository.
 */
export async function readContrast(
  path: string,
  options: { preferred?: "k" | "j" | undefined; template?: string | undefined } = {},
): Promise<{ items: ContrastItem[]; dropped: number }> {
  const { preferred = "k", template = "{query}" } = options;
  for (const [, field] of template.matchAll(/\{([^{}]*)\}/g))
    if (field !== "query") throw new UsageError(`the template has the field {${field}}`, "it may only hold {query}");
  const items: ContrastItem[] = [];
  let dropped = 0;
  const table = await openRows(path);
  for await (const batch of table.batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      const field = (name: string): string => {
        const value = row[name];
        if (typeof value !== "string") throw new InputError({ file: path, line, field: name }, "expected a text");
        return value;
      };
      const [query, retrieval] = [field("query"), field("retrieval")];
      if (query === retrieval) {
        dropped++;
        continue;
      }
      const prompt = (instruction: string): ContrastItem["query"] => ({
        prompt: task(
          template.replace("{query}", () => instruction),
          [""],
        ).prompt,
      });
      items.push({
        id: `#${line}`,
        query: prompt(query),
        retrieval: prompt(retrieval),
        queryAnswer: field(`query_response_${preferred}`),
        retrievalAnswer: field(`retrieval_response_${preferred}`),
      });
    }
  return { items, dropped };
}

/** The best answer of an example by its labels; undefined where they name none. */
export function rightAnswer({ task: { candidates }, labels }: Example): string | undefined {
  const { preferred, correct, value } = labels;
  let place = -1;
  if (preferred !== undefined && preferred.length > 0) {
    const wins = new Float64Array(candidates.length);
    for (const { first, second, p } of preferred) {
      wins[first]! += p - 0.5;
      wins[second]! += 0.5 - p;
    }
    const top = Math.max(...wins);
    if (top > 0) place = wins.indexOf(top);
  } else if (correct !== undefined) place = correct.indexOf(true);
  else if (value !== undefined && candidates.length > 1) {
    const known = value.map((one) => one ?? Number.NEGATIVE_INFINITY);
    place = known.indexOf(Math.max(...known));
  }
  return place < 0 ? undefined : answerText(candidates[place]!);
}

/**
 * Contrast items from labelled examples: each prompt with the most similar other prompt inside a band, and the better answer of each.
 *
 * Similarity is the cosine of idf-weighted words. Prompts above the band are nearly the same and may share their answer; below it they
 * have nothing in common, and telling them apart is easy. The right answer of one may still suit the other.
 *
 * @param band least and greatest similarity, default [0.2, 0.9]
 * @param most items at most, the most similar first; of the first 1,000 examples
 * Source: Shen et al. (2023), section 3, with words in place of SimCSE.
 */
export function contrastPairs(
  examples: readonly Example[],
  options: { band?: readonly [number, number] | undefined; most?: number | undefined } = {},
): ContrastItem[] {
  const { band = [0.2, 0.9], most = 200 } = options;
  const rows = examples.slice(0, 1000).flatMap((example) => {
    const answer = rightAnswer(example);
    return answer === undefined || answer === ""
      ? []
      : [{ example, answer, key: JSON.stringify(messagesContent(example.task.prompt)) }];
  });
  const vectors = vectorsOf(rows.map(({ example }) => promptText(example.task)));
  const holders = new Map<number, [row: number, weight: number][]>();
  for (const [r, vector] of vectors.entries())
    for (const [word, weight] of vector) {
      const known = holders.get(word);
      if (known === undefined) holders.set(word, [[r, weight]]);
      else known.push([r, weight]);
    }
  const items: ContrastItem[] = [];
  for (const [r, vector] of vectors.entries()) {
    const dots = new Float64Array(rows.length);
    for (const [word, weight] of vector)
      for (const [other, theirs] of holders.get(word)!) dots[other]! += weight * theirs;
    let best = -1;
    for (const [other, dot] of dots.entries())
      if (
        other !== r &&
        dot >= band[0] &&
        dot <= band[1] &&
        rows[other]!.key !== rows[r]!.key &&
        rows[other]!.answer !== rows[r]!.answer &&
        (best < 0 || dot > dots[best]!)
      )
        best = other;
    // a pair of prompts that are each other's nearest is one item
    if (best < 0 || items.some(({ id }) => id === `${rows[best]!.example.task.id}~${rows[r]!.example.task.id}`))
      continue;
    items.push({
      id: `${rows[r]!.example.task.id}~${rows[best]!.example.task.id}`,
      query: questionOf(rows[r]!.example.task),
      retrieval: questionOf(rows[best]!.example.task),
      queryAnswer: rows[r]!.answer,
      retrievalAnswer: rows[best]!.answer,
      similarity: dots[best],
    });
  }
  return items.sort((a, b) => b.similarity! - a.similarity!).slice(0, most);
}

function questionOf({ prompt, reference, context }: Task): ContrastItem["query"] {
  return { prompt, reference, context };
}

/** Texts as unit vectors of idf-weighted words. */
export function vectorsOf(texts: readonly string[]): Map<number, number>[] {
  const words = texts.map((text) => new Set(wordsOf(text).map((word) => wordHash(word))));
  const counts = new Map<number, number>();
  for (const own of words) for (const word of own) counts.set(word, (counts.get(word) ?? 0) + 1);
  return words.map((own) => {
    const vector = new Map<number, number>();
    for (const word of own) vector.set(word, Math.log((1 + texts.length) / counts.get(word)!));
    const norm = Math.sqrt([...vector.values()].reduce((sum, x) => sum + x * x, 0)) || 1;
    for (const [word, weight] of vector) vector.set(word, weight / norm);
    return vector;
  });
}

/** The two tasks of each item: both answers under either instruction. */
export function contrastTasks(items: readonly ContrastItem[]): Task[] {
  return items.flatMap(({ id, query, retrieval, queryAnswer, retrievalAnswer }) =>
    [query, retrieval].map(
      (question, k): Task => ({
        ...question,
        id: `contrast/${id}/${k + 1}`,
        candidates: [candidate(queryAnswer), candidate(retrievalAnswer)],
      }),
    ),
  );
}

/** Consistency from the scores of `contrastTasks`; ties count half. */
export function consistencyOf(
  items: readonly ContrastItem[],
  scores: readonly (readonly Score[] | undefined)[],
  options: { directions?: "one" | "both" | undefined; level?: number | undefined } = {},
): Consistency {
  const { directions = "both", level = 0.95 } = options;
  const response: number[] = [];
  const instruction: number[] = [];
  const all: number[] = [];
  let unscored = 0;
  const beats = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0);
  for (const i of items.keys()) {
    const own = [...(scores[2 * i] ?? []), ...(scores[2 * i + 1] ?? [])];
    const values = own.flatMap((score) => (isScored(score) ? [score.value] : []));
    if (values.length !== 4) {
      unscored++;
      continue;
    }
    const [r11, r12, r21, r22] = values as [number, number, number, number];
    const res = directions === "both" ? [beats(r11, r12), beats(r22, r21)] : [beats(r11, r12)];
    const ins = directions === "both" ? [beats(r11, r21), beats(r22, r12)] : [beats(r11, r21)];
    const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    response.push(mean(res));
    instruction.push(mean(ins));
    all.push([...res, ...ins].every((one) => one === 1) ? 1 : 0);
  }
  const share = (values: readonly number[]): Estimate | undefined =>
    maybe(() => creditEstimate({ values, clusters: values.map((_, i) => String(i)) }, unscored, level));
  return {
    items: items.length,
    response: share(response),
    instruction: share(instruction),
    both: share(all),
    unscored,
  };
}

/**
 * Does a reward notice when the instruction changes? Both answers of each item are scored under both instructions.
 *
 * Response consistency compares answers under one instruction, as any use of a reward does. Instruction consistency compares scores
 * across prompts, which a reward trained on pairs within prompts leaves undetermined: a low one is no fault where only one prompt's
 * answers are ever compared. The two are never averaged.
 *
 * @param directions "both" (default): from either instruction; "one": from the query only
 * @returns shares with intervals; ties count half
 * Source: Shen et al. (2023), The Trickle-down Impact of Reward (In-)consistency on RLHF, section 3.
 * @example await consistency(reward, (await readContrast("stack_contrast.json")).items)
 */
export async function consistency(
  reward: Reward,
  items: readonly ContrastItem[],
  options: ScoreAllOptions & { directions?: "one" | "both" | undefined; level?: number | undefined } = {},
): Promise<Consistency> {
  return consistencyOf(items, await askReward(reward, options)(contrastTasks(items)), options);
}
