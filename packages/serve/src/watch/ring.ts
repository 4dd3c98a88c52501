/** The first and the last few of a stream: what it was like at the beginning, and what it is like now. */
export class Ends<T> {
  readonly #most: number;
  readonly #first: T[] = [];
  readonly #last: T[] = [];
  #at = 0;
  #count = 0;

  /** @param most of each end */
  constructor(most: number) {
    this.#most = most;
  }

  /** All that ever came. */
  get count(): number {
    return this.#count;
  }

  add(one: T): void {
    this.#count++;
    if (this.#first.length < this.#most) {
      this.#first.push(one);
      return;
    }
    this.#last[this.#at] = one;
    this.#at = (this.#at + 1) % this.#most;
  }

  /** The first ones. */
  get first(): readonly T[] {
    return this.#first;
  }

  /** The last ones, none of them among the first; in no particular order. */
  get last(): readonly T[] {
    return this.#last;
  }

  /** The last ones, or the first where there are no others yet. */
  get now(): readonly T[] {
    return this.#last.length > 0 ? this.#last : this.#first;
  }

  /** Are both ends full? */
  get full(): boolean {
    return this.#last.length === this.#most;
  }
}
