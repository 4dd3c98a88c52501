import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { InputError } from "laurel/core";
import { z } from "zod";

/** What one key may do. */
export interface KeyLimits {
  requestsPerMinute?: number | undefined;
  candidatesPerMinute?: number | undefined;
  /** Requests at a time. */
  concurrent?: number | undefined;
}

/** A key as it is kept: its name, the SHA-256 of its token (never the token), its limits. */
export interface KeyEntry {
  name: string;
  /** SHA-256 of the token, 64 hex digits. A token has 256 random bits, so a slow hash would add nothing. */
  sha256: string;
  limits?: KeyLimits | undefined;
}

const entries = z.array(
  z.strictObject({
    name: z.string().min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    limits: z
      .strictObject({
        requestsPerMinute: z.number().positive().optional(),
        candidatesPerMinute: z.number().positive().optional(),
        concurrent: z.int().positive().optional(),
      })
      .optional(),
  }),
);

/**
 * The keys of a key file: a JSON array of `{ name, sha256, limits? }`.
 * @throws InputError with the path of what is wrong
 */
export function parseKeys(text: string, file: string): KeyEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError({ file }, "this is not JSON");
  }
  const parsed = entries.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError({ file, field: issue?.path.map(String).join(".") }, issue?.message ?? "is wrong");
}

/** A new token and the entry that is kept of it. The token is shown once and stored nowhere. */
export function newKey(name: string, limits?: KeyLimits): { token: string; entry: KeyEntry } {
  const token = `laurel_${randomBytes(32).toString("base64url")}`;
  const sha256 = createHash("sha256").update(token).digest("hex");
  return { token, entry: { name, sha256, ...(limits === undefined ? {} : { limits }) } };
}

interface Use {
  requests: number;
  candidates: number;
  at: number;
  running: number;
}

/** Why a key may not go on now, with the seconds after which it may. */
export interface Refusal {
  what: string;
  retryAfter: number;
}

/** Finds the key of a token and keeps count of what each key uses. */
export class Keys {
  readonly #entries: readonly (KeyEntry & { digest: Buffer })[];
  readonly #uses = new Map<string, Use>();

  constructor(list: readonly KeyEntry[]) {
    this.#entries = list.map((entry) => ({ ...entry, digest: Buffer.from(entry.sha256, "hex") }));
  }

  /** Compares with every key in constant time, so that the time tells nothing about them. */
  find(token: string): KeyEntry | undefined {
    const digest = createHash("sha256").update(token).digest();
    let found: KeyEntry | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.digest, digest)) found = entry;
    return found;
  }

  /** Takes one request of a key, or says why not. Allowances refill evenly over a minute. */
  take(entry: KeyEntry): Refusal | undefined {
    const limits = entry.limits;
    if (limits === undefined) return undefined;
    const use = this.#use(entry);
    if (limits.concurrent !== undefined && use.running >= limits.concurrent)
      return { what: `key ${entry.name} already has ${use.running} requests running`, retryAfter: 1 };
    if (limits.requestsPerMinute !== undefined) {
      if (use.requests + 1 > limits.requestsPerMinute)
        return {
          what: `key ${entry.name} is limited to ${limits.requestsPerMinute} requests a minute`,
          retryAfter: Math.ceil(60 / limits.requestsPerMinute),
        };
    }
    // candidates are charged when they are known; a key in debt waits until the debt has drained
    if (limits.candidatesPerMinute !== undefined && use.candidates > limits.candidatesPerMinute)
      return {
        what: `key ${entry.name} is limited to ${limits.candidatesPerMinute} candidates a minute`,
        retryAfter: Math.max(
          1,
          Math.ceil(((use.candidates - limits.candidatesPerMinute) / limits.candidatesPerMinute) * 60),
        ),
      };
    use.requests++;
    use.running++;
    return undefined;
  }

  /** Ends a request and charges its candidates. */
  leave(entry: KeyEntry, candidates: number): void {
    if (entry.limits === undefined) return;
    const use = this.#use(entry);
    use.running--;
    use.candidates += candidates;
  }

  #use(entry: KeyEntry): Use {
    const now = performance.now();
    let use = this.#uses.get(entry.sha256);
    if (use === undefined) {
      use = { requests: 0, candidates: 0, at: now, running: 0 };
      this.#uses.set(entry.sha256, use);
    }
    const minutes = (now - use.at) / 60_000;
    use.at = now;
    use.requests = Math.max(0, use.requests - minutes * (entry.limits?.requestsPerMinute ?? 0));
    use.candidates = Math.max(0, use.candidates - minutes * (entry.limits?.candidatesPerMinute ?? 0));
    return use;
  }
}
