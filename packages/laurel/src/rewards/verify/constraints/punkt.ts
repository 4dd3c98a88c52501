import { inflateSync } from "node:zlib";
import { PUNKT_ENGLISH } from "./punkt-data.ts";

/** Spelling flags of a word: seen in lower case; never with a capital inside a sentence; in lower case only at a start. */
export const SEEN_LOWER = 1;
export const NEVER_MID_UPPER = 2;
export const LOWER_ONLY_INITIALLY = 4;

/** What Punkt learned about English. */
export interface PunktParameters {
  abbreviations: ReadonlySet<string>;
  /** `first TAB second`: a full stop between the two ends no sentence. */
  collocations: ReadonlySet<string>;
  starters: ReadonlySet<string>;
  /** Words whose full stop needs more than a glance: abbreviations and first words of collocations. */
  special: ReadonlySet<string>;
  /** Flags by word in lower case; absent means none. */
  spelling: ReadonlyMap<string, number>;
}

/** Undoes front coding: a base-36 digit for the length shared with the line before, then the rest. */
export function frontDecoded(lines: string): string[] {
  if (lines === "") return [];
  let before = "";
  return lines.split("\n").map((line) => {
    before = before.slice(0, Number.parseInt(line[0]!, 36)) + line.slice(1);
    return before;
  });
}

let loaded: PunktParameters | undefined;

/** Punkt's English parameters, unpacked on first use. */
export function punktParameters(): PunktParameters {
  if (loaded !== undefined) return loaded;
  const sections = inflateSync(Buffer.from(PUNKT_ENGLISH, "base64")).toString("utf8").split("\f");
  const [abbreviations, collocations, starters] = sections.slice(0, 3).map((section) => new Set(section.split("\n")));
  const spelling = new Map<string, number>();
  for (const [k, flags] of [1, 3, 5, 7].entries())
    for (const word of frontDecoded(sections[3 + k]!)) spelling.set(word, flags);
  const special = new Set(abbreviations);
  for (const pair of collocations!) special.add(pair.slice(0, pair.indexOf("\t")));
  loaded = { abbreviations: abbreviations!, collocations: collocations!, starters: starters!, special, spelling };
  return loaded;
}
