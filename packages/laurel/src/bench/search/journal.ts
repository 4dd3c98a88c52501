import { existsSync, readFileSync, truncateSync } from "node:fs";
import { type Example, InputError, type JsonObject, UsageError } from "../../core/index.ts";
import { openAppend, truncateToLastWholeLine } from "../../io/index.ts";
import { isRaw } from "../../io/messages.ts";
import { parseTaskRow } from "../../io/rows.ts";
import { nativeRow } from "../../io/schemas/native.ts";
import type { AskedQuestion, SearchRound } from "./search.ts";

/** What a search was told; another journal's differs in one of these. */
export type SearchHeader = {
  v: 1;
  search: string;
  takers: readonly string[];
  /** Everything else that decides what is asked: proposer, writer, topics, numbers, seed. */
  options: JsonObject;
  /** Of proposer, writer and takers; null where one states no version. */
  fingerprints: readonly (string | null)[];
};

/** A journal that is open for the next rounds. */
export interface SearchJournal {
  /** Rounds that are there. */
  done: SearchRound[];
  append(round: SearchRound): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the journal of a search: a header, then a line a round. A round that broke off is dropped.
 *
 * @param path made where it is not there
 * @throws UsageError where it is of another search, or unfinished with a part that states no version; InputError for a file that is none
 */
export async function openJournal(
  path: string,
  header: SearchHeader,
  options: { overwrite?: boolean | undefined; rounds: number },
): Promise<SearchJournal> {
  if (options.overwrite === true && existsSync(path)) truncateSync(path, 0);
  if (existsSync(path)) await truncateToLastWholeLine(path);
  const lines = existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
  const done = lines.length === 0 ? [] : roundsOf(path, lines, header, options.rounds);
  const writer = await openAppend(path);
  if (lines.length === 0) await writer.append(JSON.stringify(header));
  return {
    done,
    async append(round) {
      await writer.append(JSON.stringify(packed(round)));
      await writer.flush(true);
    },
    close: () => writer.close(),
  };
}

function roundsOf(file: string, lines: readonly string[], header: SearchHeader, rounds: number): SearchRound[] {
  const [first, ...rest] = lines.map((line, i): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      throw new InputError({ file, line: i + 1 }, "it is no JSON");
    }
  });
  if (!isRaw(first) || typeof first["search"] !== "string")
    throw new InputError({ file, line: 1 }, "it is no journal of a search");
  const hint = "write over it with --overwrite, or name another file after --out";
  const differs = (["search", "takers", "options", "fingerprints"] as const).find(
    (key) => JSON.stringify(first[key]) !== JSON.stringify(header[key]),
  );
  if (differs !== undefined) throw new UsageError(`${file} is of a search with other ${differs}`, hint);
  if (header.fingerprints.includes(null) && rest.length < rounds)
    throw new UsageError(
      `${file} is unfinished, and one of its rewards or models states no version to go on with`,
      hint,
    );
  return rest.map((one, i) => unpacked(one, { file, line: i + 2 }));
}

function packed({ topics, ...round }: SearchRound): JsonObject {
  return {
    ...(round as unknown as JsonObject),
    topics: topics.map(({ questions, ...topic }) => ({
      ...(topic as unknown as JsonObject),
      questions: questions.map(({ example, ...one }) => ({
        ...(one as unknown as JsonObject),
        row: nativeRow(example),
      })),
    })),
  };
}

function unpacked(value: unknown, place: { file: string; line: number }): SearchRound {
  if (!isRaw(value) || !Array.isArray(value["topics"])) throw new InputError(place, "it is no round of a search");
  const topics = value["topics"] as readonly (Omit<SearchRound["topics"][number], "questions"> & {
    questions: readonly (Omit<AskedQuestion, "example"> & { row: JsonObject })[];
  })[];
  return {
    ...(value as unknown as SearchRound),
    topics: topics.map((topic) => ({
      ...topic,
      questions: topic.questions.map(({ row, ...one }) => ({ example: exampleOf(row, place), ...one })),
    })),
  };
}

function exampleOf(row: JsonObject, place: { file: string; line: number }): Example {
  return parseTaskRow(row as Record<string, unknown>, { ...place, candidates: "optional" });
}
