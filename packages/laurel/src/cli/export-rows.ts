import { type Example, type JsonObject, type Message, sha256, textOf } from "../core/index.ts";
import { type PreferencePair, pairsOf } from "../io/index.ts";

/** A pair as a row of a trainer's data; TRL and OpenRLHF read the same columns. */
export interface ExportedPair {
  row: JsonObject;
  part: "train" | "test";
}

/** What happened to the pairs on their way out. */
export interface ExportCounts {
  train: number;
  test: number;
  prompts: number;
  /** Left out, by reason. */
  left: Record<string, number>;
  /** Pairs whose soft label became a hard one, because the trainers know no soft labels. */
  hardened: number;
  /** Pairs with a margin. */
  margins: number;
  /** Characters of the longest dialogue. */
  longest: number;
}

/**
 * The pairs of examples as conversational preference rows: `prompt`, `chosen`, `rejected` as lists of `{ role, content }`.
 *
 * Whole prompts (`cluster`) are held out: those with the least hashes, whatever their order in the file.
 *
 * @param options `heldOut`: share of prompts for testing, in [0, 1); `margin`: write the label's strength as `margin`
 */
export function exportPairs(
  examples: readonly Example[],
  options: { heldOut: number; margin: boolean },
): { pairs: ExportedPair[]; counts: ExportCounts } {
  const counts: ExportCounts = { train: 0, test: 0, prompts: 0, left: {}, hardened: 0, margins: 0, longest: 0 };
  const leave = (why: string): void => {
    counts.left[why] = (counts.left[why] ?? 0) + 1;
  };
  const pairs: ExportedPair[] = [];
  const prompts = new Set<string>();
  const found = examples.flatMap((example) => pairsOf(example).map((pair) => ({ pair, example })));
  const everyMargin = options.margin && found.every(({ pair }) => pair.tie === true || strengthOf(pair) !== undefined);
  const held = heldOut([...new Set(found.map(({ example }) => example.cluster))], options.heldOut);
  const seen = new Map<string, number>();
  for (const { pair, example } of found) {
    if (pair.tie === true) {
      leave("the raters saw no difference");
      continue;
    }
    const prompt = plainTurns(pair.prompt);
    const chosen = plainTurns(pair.chosen.output);
    const rejected = plainTurns(pair.rejected.output);
    if (prompt === undefined || chosen === undefined || rejected === undefined) {
      leave("images or tool calls, which these trainers' reward data do not hold");
      continue;
    }
    if (prompt.length === 0 || chosen.length === 0 || rejected.length === 0) {
      leave("an empty prompt or answer");
      continue;
    }
    if (JSON.stringify(chosen) === JSON.stringify(rejected)) {
      leave("equal texts for chosen and rejected");
      continue;
    }
    const part = held.has(example.cluster) ? "test" : "train";
    const nth = seen.get(example.task.id) ?? 0;
    seen.set(example.task.id, nth + 1);
    const margin = everyMargin ? strengthOf(pair) : undefined;
    if (pair.target !== undefined) counts.hardened++;
    if (margin !== undefined) counts.margins++;
    counts[part]++;
    prompts.add(example.cluster);
    const characters = [...prompt, ...chosen].reduce((sum, { content }) => sum + content.length, 0);
    const other = [...prompt, ...rejected].reduce((sum, { content }) => sum + content.length, 0);
    counts.longest = Math.max(counts.longest, characters, other);
    pairs.push({
      part,
      row: {
        id: nth === 0 ? example.task.id : `${example.task.id}.${nth + 1}`,
        prompt,
        chosen,
        rejected,
        ...(margin === undefined ? {} : { margin }),
      },
    });
  }
  counts.prompts = prompts.size;
  return { pairs, counts };
}

function heldOut(clusters: readonly string[], share: number): Set<string> {
  const hashes = new Map(clusters.map((cluster) => [cluster, sha256(`export:${cluster}`)]));
  const sorted = [...clusters].sort((a, b) => (hashes.get(a)! < hashes.get(b)! ? -1 : 1));
  return new Set(sorted.slice(0, Math.round(share * clusters.length)));
}

function strengthOf({ margin, strength }: PreferencePair): number | undefined {
  return margin ?? strength;
}

/** Messages as role and text; undefined where one holds something else. */
function plainTurns(messages: readonly Message[]): { role: string; content: string }[] | undefined {
  const plain = messages.every(
    ({ content }) =>
      typeof content === "string" || content.every(({ type }) => type === "text" || type === "reasoning"),
  );
  return plain ? messages.map((message) => ({ role: message.role, content: textOf(message) })) : undefined;
}
