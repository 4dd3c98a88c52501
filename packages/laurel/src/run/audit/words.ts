/** The words of a text, lower-cased: runs of letters and digits. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A 32-bit hash of a word (FNV-1a), begun at `start`. */
export function wordHash(word: string, start = 0x811c9dc5): number {
  let code = start;
  for (let i = 0; i < word.length; i++) code = Math.imul(code ^ word.charCodeAt(i), 0x01000193);
  return code >>> 0;
}
