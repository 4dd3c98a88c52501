import { sha256 } from "laurel/core";
import type { Exchange } from "./http/exchange.ts";
import { Problem } from "./http/problem.ts";

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

/**
 * Runs a request under its Idempotency-Key, or gives the answer that it had before.
 * @throws Problem (422) where the key was used for another request; rethrows what the request throws
 */
export async function answerOnce(
  idempotency: Idempotency,
  key: string,
  exchange: Exchange,
  run: () => Promise<Response>,
): Promise<Response> {
  if (key.length > 256) throw new Problem(422, "invalid", "Idempotency-Key: at most 256 characters");
  const place = `${exchange.key?.name ?? ""}\n${key}`;
  const content = sha256(`${exchange.url.pathname}${exchange.url.search}\n${exchange.text}`);
  const known = idempotency.look(place, content);
  if (known.kind === "other-request")
    throw new Problem(422, "idempotency-key-reused", "this Idempotency-Key was used for another request");
  if (known.kind === "again") {
    const kept = await known.answer;
    if (kept !== undefined)
      return new Response(kept.body, {
        status: kept.status,
        headers: { "content-type": kept.type, "idempotency-replayed": "true" },
      });
    return run();
  }
  let settle: (kept: Kept | undefined) => void = () => {};
  idempotency.begin(place, content, new Promise((resolve) => (settle = resolve)));
  try {
    const response = await run();
    const type = response.headers.get("content-type") ?? "";
    // an answer that the client did not wait for may hold cancelled scores
    if (!response.ok || !type.startsWith("application/json") || exchange.signal.aborted) settle(undefined);
    else settle({ status: response.status, body: await response.clone().text(), type });
    return response;
  } catch (thrown) {
    settle(undefined);
    throw thrown;
  }
}
