/**
 * Numbers for pairs of whole numbers: a hash table with open addressing on typed arrays, about 5 ns a look-up.
 * Ids count up from 1 in the order of first insertion.
 */
export class PairTable {
  #first: Int32Array;
  #second: Int32Array;
  #ids: Int32Array;
  #shift: number;
  size = 0;

  /** @param expected about how many pairs will be put in; the table grows beyond it */
  constructor(expected: number) {
    let bits = 4;
    while (1 << bits < expected * 2) bits++;
    this.#shift = 32 - bits;
    this.#first = new Int32Array(1 << bits);
    this.#second = new Int32Array(1 << bits);
    this.#ids = new Int32Array(1 << bits);
  }

  #slot(first: number, second: number): number {
    const mask = this.#ids.length - 1;
    let hash = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = hash >>> this.#shift;
    while (this.#ids[slot] !== 0 && (this.#first[slot] !== first || this.#second[slot] !== second))
      slot = (slot + 1) & mask;
    return slot;
  }

  /** The id of a pair, or 0 where it was never put in. */
  find(first: number, second: number): number {
    return this.#ids[this.#slot(first, second)]!;
  }

  /** The id of a pair, which is put in where it is new. */
  id(first: number, second: number): number {
    const slot = this.#slot(first, second);
    const known = this.#ids[slot]!;
    if (known !== 0) return known;
    this.#first[slot] = first;
    this.#second[slot] = second;
    this.#ids[slot] = ++this.size;
    if (this.size * 2 > this.#ids.length) this.#grow();
    return this.size;
  }

  #grow(): void {
    const [first, second, ids] = [this.#first, this.#second, this.#ids];
    this.#shift--;
    this.#first = new Int32Array(ids.length * 2);
    this.#second = new Int32Array(ids.length * 2);
    this.#ids = new Int32Array(ids.length * 2);
    for (let i = 0; i < ids.length; i++) {
      if (ids[i] === 0) continue;
      const slot = this.#slot(first[i]!, second[i]!);
      this.#first[slot] = first[i]!;
      this.#second[slot] = second[i]!;
      this.#ids[slot] = ids[i]!;
    }
  }
}

/**
 * The n-grams of orders 1 to `order` of one or several references, with the greatest count that one of them has.
 * Symbols are whole numbers from 0 (word ids, code points); a candidate's unknown symbol is -1.
 * Adding and matching are linear in the length times the order.
 */
export class GramIndex {
  readonly order: number;
  #nodes: PairTable;
  #most: Int32Array;
  #seen: Int32Array;

  constructor(order: number, expectedSymbols: number) {
    this.order = order;
    this.#nodes = new PairTable(expectedSymbols * order);
    this.#most = new Int32Array(expectedSymbols * order + 1);
    this.#seen = new Int32Array(expectedSymbols * order + 1);
  }

  /** Adds a reference: each n-gram's count becomes the greater of its counts so far and in this one. */
  add(symbols: ArrayLike<number>): void {
    const needed = this.#nodes.size + symbols.length * this.order + 1;
    if (needed > this.#most.length) {
      const most = new Int32Array(needed * 2);
      most.set(this.#most);
      this.#most = most;
      this.#seen = new Int32Array(needed * 2);
    }
    const [most, seen] = [this.#most, this.#seen];
    for (let i = 0; i < symbols.length; i++) {
      const last = Math.min(this.order, symbols.length - i);
      for (let n = 0, node = 0; n < last; n++) {
        node = this.#nodes.id(node, symbols[i + n]!);
        const count = ++seen[node]!;
        if (count > most[node]!) most[node] = count;
      }
    }
    seen.fill(0, 0, this.#nodes.size + 1);
  }

  /**
   * For each order n, how many of a candidate's n-grams the references have, each at most as often as one of them has it.
   *
   * @param matches is filled at index n − 1
   */
  match(symbols: ArrayLike<number>, matches: Int32Array | number[]): void {
    const [most, seen] = [this.#most, this.#seen];
    for (let n = 0; n < this.order; n++) matches[n] = 0;
    for (let i = 0; i < symbols.length; i++) {
      const last = Math.min(this.order, symbols.length - i);
      for (let n = 0, node = 0; n < last; n++) {
        const symbol = symbols[i + n]!;
        if (symbol < 0) break;
        node = this.#nodes.find(node, symbol);
        if (node === 0) break;
        if (++seen[node]! <= most[node]!) matches[n]!++;
      }
    }
    seen.fill(0, 0, this.#nodes.size + 1);
  }
}

/** Whole numbers for words, shared by references and candidates. */
export class Vocabulary {
  #ids = new Map<string, number>();

  /** The ids of words; new words get new ids. */
  ids(words: readonly string[]): Int32Array {
    const result = new Int32Array(words.length);
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      let id = this.#ids.get(word);
      if (id === undefined) {
        id = this.#ids.size;
        this.#ids.set(word, id);
      }
      result[i] = id;
    }
    return result;
  }

  /** The ids of words; −1 for a word that was never given to `ids`. */
  known(words: readonly string[]): Int32Array {
    const result = new Int32Array(words.length);
    for (let i = 0; i < words.length; i++) result[i] = this.#ids.get(words[i]!) ?? -1;
    return result;
  }
}

/**
 * A number for each n-gram of a sequence, equal for equal n-grams, by naming pairs of shorter grams (Karp, Miller and
 * Rosenberg): time proportional to the length times log n, whatever the content.
 *
 * @param symbols whole numbers; length m
 * @param n from 1
 * @returns the m − n + 1 names, in [1, types], and how many differ
 */
export function ngramIds(symbols: ArrayLike<number>, n: number): { ids: Int32Array; types: number } {
  const length = Math.max(0, symbols.length - n + 1);
  let names = Int32Array.from(symbols);
  let types = 0;
  let width = 1;
  const rename = (step: number, count: number): void => {
    const table = new PairTable(Math.min(count, 4096));
    const next = new Int32Array(count);
    for (let i = 0; i < count; i++) next[i] = table.id(names[i]!, step === 0 ? 0 : names[i + step]!);
    names = next;
    types = table.size;
  };
  rename(0, names.length);
  while (width < n && length > 0) {
    const step = Math.min(width, n - width);
    rename(step, symbols.length - width - step + 1);
    width += step;
  }
  return length === 0 ? { ids: new Int32Array(0), types: 0 } : { ids: names, types };
}

/** The code points of a text; an unpaired surrogate stands for itself. */
export function codePoints(text: string): Int32Array {
  const points = new Int32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if ((point & 0xfc00) === 0xd800 && i + 1 < text.length) {
      const low = text.charCodeAt(i + 1);
      if ((low & 0xfc00) === 0xdc00) {
        point = ((point - 0xd800) << 10) + (low - 0xdc00) + 0x10000;
        i++;
      }
    }
    points[count++] = point;
  }
  return count === points.length ? points : points.subarray(0, count);
}
