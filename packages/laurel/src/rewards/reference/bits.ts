/** Bit masks of where each symbol stands in a sequence: bit i % 32 of word ⌊i/32⌋ of the symbol's row. */
export interface PositionMasks {
  /** 32-bit words a row. */
  words: number;
  /** Row after row. */
  masks: Int32Array;
  /** Where a symbol's row starts in `masks`; −1 for a symbol that does not occur. */
  row(symbol: number): number;
}

/** Above this many mask words (256 MB), bit-parallel algorithms give way to plain ones. */
const mostWords = 1 << 26;

/** The position masks of a sequence; undefined where they would be too large to keep. */
export function positionMasks(symbols: ArrayLike<number>): PositionMasks | undefined {
  const rows = new Map<number, number>();
  const words = (symbols.length + 31) >>> 5;
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i]!;
    if (!rows.has(symbol)) rows.set(symbol, rows.size * words);
  }
  if (rows.size * words > mostWords) return undefined;
  const masks = new Int32Array(rows.size * words);
  for (let i = 0; i < symbols.length; i++) masks[rows.get(symbols[i]!)! + (i >>> 5)]! |= 1 << (i & 31);
  return { words, masks, row: (symbol) => rows.get(symbol) ?? -1 };
}

/** The number of bits that are set in a 32-bit word. */
export function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
