/** An answer that may be given again. */
export interface Kept {
  status: number;
  body: string;
  type: string;
}

interface Entry {
  /** Hash of the request that the key was first used for. */
  request: string;
  answer: Promise<Kept | undefined>;
  bytes: number;
  until: number;
}

/** What a request with a known key is told. */
export type Known = { kind: "new" } | { kind: "other-request" } | { kind: "again"; answer: Promise<Kept | undefined> };

/**
 * Answers under their Idempotency-Key for some minutes, so that a retry of a request whose answer was lost costs
 * nothing and changes nothing. Only successes are kept; a second request that comes while the first still runs waits for it.
 */
export class Idempotency {
  readonly #time: number;
  readonly #most: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /**
   * @param options `time`: milliseconds an answer is kept (default 10 minutes); `bytes`: memory for answers (default 64 MiB)
   */
  constructor(options: { time?: number | undefined; bytes?: number | undefined } = {}) {
    this.#time = options.time ?? 600_000;
    this.#most = options.bytes ?? 64 * 1024 * 1024;
  }

  /** What is known of a key. */
  look(key: string, request: string): Known {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until < Date.now()) return { kind: "new" };
    if (entry.request !== request) return { kind: "other-request" };
    return { kind: "again", answer: entry.answer };
  }

  /** Begins a key; `answer` resolves to undefined for an answer that is not kept. */
  begin(key: string, request: string, answer: Promise<Kept | undefined>): void {
    this.#forget(key);
    const entry: Entry = { request, answer, bytes: 0, until: Number.POSITIVE_INFINITY };
    this.#entries.set(key, entry);
    answer.then(
      (kept) => {
        if (this.#entries.get(key) !== entry) return;
        if (kept === undefined) {
          this.#entries.delete(key);
          return;
        }
        entry.until = Date.now() + this.#time;
        entry.bytes = 2 * kept.body.length + 256;
        this.#bytes += entry.bytes;
        // insertion order is the order of age
        for (const [old, one] of this.#entries) {
          if (this.#bytes <= this.#most && one.until >= Date.now()) break;
          if (one.until !== Number.POSITIVE_INFINITY) this.#forget(old);
        }
      },
      () => this.#entries.delete(key),
    );
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#bytes -= entry.bytes;
    this.#entries.delete(key);
  }
}
