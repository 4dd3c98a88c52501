import { InputError, type InputPlace } from "../core/index.ts";
import { type Hash64, hash64 } from "./hash64.ts";
import { IdRuns } from "./id-runs.ts";

/**
 * Finds repeated explicit ids in a stream of rows.
 *
 * Ids that end in a rising number (`row-0`, `row-1`, …) are kept as runs and take next to nothing. Of any other id it keeps a 64-bit
 * hash and a line number (16 to 32 bytes, whatever its length), so that ten million of them take under 250 MB; two different ids have equal
 * hashes with probability about n^2 / 2^65, under 3 in a million at ten million ids.
 *
 * @example const ids = new IdCheck(); ids.check(example.task.id, { file, line });
 */
export class IdCheck {
  readonly #runs = new IdRuns();
  #high = new Int32Array(1024);
  #low = new Int32Array(1024);
  #lines = new Uint32Array(1024);
  #size = 0;
  #hashed = 0;
  readonly #hash: Hash64 = { high: 0, low: 0 };

  /** Distinct explicit ids so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes note of an id; one that a missing id stands for (`#` and the row's own line) is not explicit and passes.
   *
   * @throws InputError at `place` when an earlier row has the same id; the message names that row's line
   */
  check(id: string, place: InputPlace & { line: number }): void {
    if (id.charCodeAt(0) === 35 && id === `#${place.line}`) return;
    const earlier = this.#add(id, place.line);
    if (earlier !== 0)
      throw new InputError(
        { ...place, field: "id" },
        `the id '${shorten(id)}' is repeated; line ${earlier} has it too`,
      );
  }

  /** 0 if the id is new, else the line where it stood first. */
  #add(id: string, line: number): number {
    const inRuns = this.#runs.add(id, line);
    if (inRuns !== undefined) {
      if (inRuns === 0) this.#size++;
      return inRuns;
    }
    if (this.#hashed * 4 >= this.#lines.length * 3) this.#grow();
    const { high: h, low: l } = hash64(id, this.#hash);
    const slot = this.#slot(h, l);
    const earlier = this.#lines[slot]!;
    if (earlier !== 0) return earlier;
    this.#high[slot] = h;
    this.#low[slot] = l;
    this.#lines[slot] = line;
    this.#hashed++;
    this.#size++;
    return 0;
  }

  #slot(h: number, l: number): number {
    const mask = this.#lines.length - 1;
    let slot = (h ^ l) & mask;
    while (this.#lines[slot] !== 0 && (this.#high[slot] !== h || this.#low[slot] !== l)) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [high, low, lines] = [this.#high, this.#low, this.#lines];
    this.#high = new Int32Array(high.length * 2);
    this.#low = new Int32Array(high.length * 2);
    this.#lines = new Uint32Array(high.length * 2);
    for (let i = 0; i < lines.length; i++) {
      if (lines[i] === 0) continue;
      const slot = this.#slot(high[i]!, low[i]!);
      this.#high[slot] = high[i]!;
      this.#low[slot] = low[i]!;
      this.#lines[slot] = lines[i]!;
    }
  }
}

/** A text cut to what fits into a message. */
export function shorten(text: string, most = 80): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
