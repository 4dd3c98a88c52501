import { isBlank, strip } from "./text.ts";

/**
 * The readings of a response that IFEval's loose rule tries, without repeats and without blank ones: as it is, without its first line,
 * its last line and both, and each of these without asterisks.
 *
 * @example looseReadings("Sure!\n*hi*") // ["Sure!\n*hi*", "Sure!\nhi", "*hi*", "Sure!", "hi"]
 */
export function looseReadings(response: string): string[] {
  const plain = (text: string): string => (text.includes("*") ? text.replaceAll("*", "") : text);
  const first = response.indexOf("\n");
  const last = response.lastIndexOf("\n");
  const noFirst = first < 0 ? "" : strip(response.slice(first + 1));
  const noLast = last < 0 ? "" : strip(response.slice(0, last));
  const noBoth = last <= first ? "" : strip(response.slice(first + 1, last));
  const all = [response, plain(response), noFirst, noLast, noBoth, plain(noFirst), plain(noLast), plain(noBoth)];
  return [...new Set(all)].filter((reading) => !isBlank(reading));
}
