import { isBlank, strip } from "./text.ts";

/**
 * The readings of a response that IFEval's loose rule tries, without repeats and without blank ones: as it is, without its first line,
 * its last line and both, and each of these without asterisks.
 *
 * @example looseReadings("Sure!\n*hi*") // ["Sure!\n*hi*", "Sure!\nhi", "*hi*", "Sure!", "hi"]
 */
export function looseReadings(response: string): string[] {
  const lines = response.split("\n");
  const plain = (text: string): string => text.replaceAll("*", "");
  const noFirst = strip(lines.slice(1).join("\n"));
  const noLast = strip(lines.slice(0, -1).join("\n"));
  const noBoth = strip(lines.slice(1, -1).join("\n"));
  const all = [response, plain(response), noFirst, noLast, noBoth, plain(noFirst), plain(noLast), plain(noBoth)];
  return [...new Set(all)].filter((reading) => !isBlank(reading));
}
