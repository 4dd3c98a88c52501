import { type Context, messageOf, unscored } from "../../core/index.ts";
import type { Failed } from "../call.ts";

/** Where a served model is and how it is spoken to. */
export interface Endpoint {
  /** Without a slash at its end; where the server's OpenAI routes are, such as `http://127.0.0.1:8080/v1`. */
  url: string;
  /** The environment variable that holds the key; read at each call, never kept, shown or hashed. */
  key?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds that one request may take. */
  timeout: number;
}

/** A server's answer, or why there is none. */
export type Answered = { body: unknown; status: number; unscored?: undefined } | (Failed & { status?: number });

/** Milliseconds of a Retry-After header, which holds seconds or an HTTP date; undefined for anything else. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(milliseconds) ? Math.max(0, Math.ceil(milliseconds)) : undefined;
}

/** The address of a route that stands beside `/v1`, such as vLLM's `/tokenize`. */
export function besideV1(url: string, path: string): string {
  return `${url.replace(/\/v1$/, "")}${path}`;
}

/** The key in the environment, or why there is none. */
function keyOf(endpoint: Endpoint): { headers: Record<string, string>; secret: string | undefined } | Failed {
  if (endpoint.key === undefined) return { headers: {}, secret: undefined };
  const secret = process.env[endpoint.key];
  if (secret === undefined || secret === "")
    return unscored(
      "transport",
      `the environment variable ${endpoint.key}, which should hold the key of ${endpoint.url}, is not set`,
      {
        transient: false,
      },
    );
  return { headers: { authorization: `Bearer ${secret}` }, secret };
}

/** How one request is sent. */
export interface Sent {
  method?: "GET" | "POST" | undefined;
  body?: unknown;
  /** Reads the answer's body; default: as JSON. */
  read?: ((response: Response) => Promise<unknown>) | undefined;
}

/**
 * Sends one request and reads its answer. Connection failures, 408, 409, 425, 429 and 5xx are transient, other refusals are not; the text of
 * an error is kept as `raw` without the key.
 */
export async function send(
  endpoint: Endpoint,
  address: string,
  sent: Sent,
  ctx: Pick<Context, "signal">,
): Promise<Answered> {
  const auth = keyOf(endpoint);
  if ("unscored" in auth) return auth;
  // one controller with a listener: AbortSignal.any costs more than all else here
  const ended = new AbortController();
  const cancel = (): void => ended.abort();
  if (ctx.signal.aborted) return unscored("cancelled", "the call was cancelled");
  ctx.signal.addEventListener("abort", cancel, { once: true });
  const timer = setTimeout(cancel, endpoint.timeout);
  const withoutKey = (text: string): string =>
    auth.secret === undefined ? text : text.replaceAll(auth.secret, "[key]");
  let response: Response | undefined;
  try {
    response = await fetch(address, {
      method: sent.method ?? "POST",
      headers: {
        ...(sent.body === undefined ? {} : { "content-type": "application/json" }),
        ...endpoint.headers,
        ...auth.headers,
      },
      ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
      signal: ended.signal,
      redirect: "error",
    });
    if (response.ok) {
      if (sent.read !== undefined) return { body: await sent.read(response), status: response.status };
      const text = await response.text();
      try {
        return { body: JSON.parse(text) as unknown, status: response.status };
      } catch {
        return unscored("transport", `${address} answered with something that is not JSON`, {
          transient: true,
          raw: withoutKey(text.slice(0, 500)),
        });
      }
    }
    const text = withoutKey((await response.text()).slice(0, 4000));
    return refused(address, response, text);
  } catch (thrown) {
    if (ctx.signal.aborted) return unscored("cancelled", "the call was cancelled");
    if (ended.signal.aborted)
      return unscored("deadline", `${address} did not answer within ${endpoint.timeout} ms`, { transient: true });
    if (thrown instanceof WireError) return unscored("transport", `${address}: ${thrown.message}`, { transient: true });
    const cause = thrown instanceof Error && thrown.cause !== undefined ? `: ${messageOf(thrown.cause)}` : "";
    const how = response === undefined ? "cannot be reached" : "broke off its answer";
    return unscored("transport", `${address} ${how} (${withoutKey(messageOf(thrown) + cause)})`, { transient: true });
  } finally {
    clearTimeout(timer);
    ctx.signal.removeEventListener("abort", cancel);
  }
}

/** An answer that came but is not what the protocol says, such as a stream that was cut off. */
export class WireError extends Error {}

function refused(address: string, response: Response, text: string): Answered {
  const { status } = response;
  const said = errorText(text);
  const message = `${address} answered ${status}${said === "" ? "" : `: ${said.slice(0, 300)}`}`;
  const raw = text.slice(0, 500);
  const wait = retryAfter(response.headers.get("retry-after"));
  const waits = wait === undefined ? {} : { retryAfter: wait };
  if (status === 429) {
    // an account without credit answers 429 as well, and no waiting helps it
    const spent = /insufficient_quota|billing/i.test(text);
    return { ...unscored("rate-limit", message, { raw, transient: !spent }), ...waits, status };
  }
  if (status >= 500 || status === 408 || status === 409 || status === 425)
    return { ...unscored("transport", message, { raw, transient: status !== 501 }), ...waits, status };
  const reason = status === 401 || status === 403 || status === 407 ? "transport" : "unsupported";
  return { ...unscored(reason, message, { raw, transient: false }), status };
}

/** What an error body says, in the forms that servers use. */
function errorText(text: string): string {
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown } | string; message?: unknown; detail?: unknown };
    const said = typeof body.error === "string" ? body.error : (body.error?.message ?? body.message ?? body.detail);
    return typeof said === "string" ? said : said === undefined ? "" : JSON.stringify(said);
  } catch {
    return text.replaceAll(/\s+/g, " ").trim();
  }
}
