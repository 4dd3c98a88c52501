import { setTimeout as sleep } from "node:timers/promises";
import { type Context, messageOf, type Unscored, unscored } from "../../core/index.ts";
import { retryAfter } from "../../models/wire/http.ts";

/** Where and how requests are sent. */
export interface PostOptions {
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Times that a server's "come back later" (429, 503 with Retry-After) is obeyed. */
  retries: number;
  /** Milliseconds that one request may take. */
  timeout: number;
}

/** An answer's JSON, or why there is none. */
export type Posted = { answer: unknown; unscored?: undefined } | Unscored;

const longestWait = 60_000;

/**
 * POSTs JSON. 429 and 503 are tried again after the time that the server names; other failures are given back at once,
 * transient ones (connection, 408, 5xx) for the runner to try again.
 */
export async function post(body: unknown, options: PostOptions, ctx: Context): Promise<Posted> {
  for (let attempt = 0; ; attempt++) {
    const limit = AbortSignal.timeout(options.timeout);
    let response: Response;
    let text: string;
    try {
      response = await fetch(options.url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(ctx.deadline === undefined
            ? {}
            : { "x-laurel-deadline": String(Math.max(1, ctx.deadline - Date.now())) }),
          ...options.headers,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.any([ctx.signal, limit]),
        redirect: "error",
      });
      text = await response.text();
    } catch (thrown) {
      if (ctx.signal.aborted) return unscored("cancelled", "the request was cancelled");
      if (limit.aborted)
        return unscored("deadline", `${options.url} did not answer within ${options.timeout} ms`, { transient: true });
      const cause = thrown instanceof Error && thrown.cause !== undefined ? `: ${messageOf(thrown.cause)}` : "";
      return unscored("transport", `${options.url} cannot be reached (${messageOf(thrown)}${cause})`);
    }
    if (response.ok) {
      try {
        return { answer: JSON.parse(text) as unknown };
      } catch {
        return unscored("transport", `${options.url} answered with something that is not JSON`, {
          transient: false,
          raw: text.slice(0, 500),
        });
      }
    }
    const wait = retryAfter(response.headers.get("retry-after"));
    if ((response.status === 429 || response.status === 503) && wait !== undefined && attempt < options.retries) {
      try {
        await sleep(Math.min(wait, longestWait), undefined, { signal: ctx.signal });
      } catch (thrown) {
        if (ctx.signal.aborted) return unscored("cancelled", "the request was cancelled");
        throw thrown;
      }
      continue;
    }
    const message = `${options.url} answered ${response.status}`;
    const raw = text.slice(0, 500);
    if (response.status === 429) return unscored("rate-limit", message, { raw });
    return unscored("transport", message, { raw, transient: response.status >= 500 || response.status === 408 });
  }
}
