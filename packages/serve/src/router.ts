import type { Context, Hono } from "hono";
import { InputError, LaurelError, UsageError } from "laurel/core";
import type { Logger } from "pino";
import type { Guard } from "./guard.ts";
import { parseJson, readText } from "./http/body.ts";
import type { Exchange, Notes } from "./http/exchange.ts";
import { checkBody, checkQuery, type Operation, queryOf } from "./http/operation.ts";
import { byPlace, meantBy } from "./http/places.ts";
import { Problem } from "./http/problem.ts";
import { answerOnce, Idempotency } from "./idempotency.ts";
import type { Metrics } from "./metrics.ts";
import type { ServerOptions } from "./options.ts";

const idempotencyKey = "idempotency-key";

/** The operations that share a place. */
type Sharing = readonly [Operation, ...Operation[]];

/** What the routes are given. */
interface Routed {
  options: ServerOptions;
  guard: Guard;
  metrics: Metrics;
  log: Logger;
  /** Does the server take no new requests? */
  ending: () => boolean;
}

/**
 * Leads each request to its operation and back: who calls, what is read of it and how much, until when, what is logged and
 * counted, and what a failure is answered with.
 */
export class Router {
  readonly #with: Routed;
  readonly #app: Hono;
  readonly #idempotency = new Idempotency();
  #active = 0;
  #idle: (() => void) | undefined;

  constructor(app: Hono, routed: Routed) {
    this.#app = app;
    this.#with = routed;
    app.notFound((c) =>
      new Problem(404, "no-such-path", `there is no ${c.req.method} ${c.req.path.slice(0, 200)}`).response(),
    );
    app.onError((thrown) => this.#failure(thrown, {}));
  }

  /** Adds the routes of all operations. */
  add(operations: readonly Operation[]): void {
    for (const [place, sharing] of byPlace(operations)) this.#route(place, sharing);
    this.#refuseOtherMethods(operations);
  }

  /** Resolves when no request is at work, or after so many milliseconds. */
  async idle(milliseconds: number): Promise<void> {
    if (this.#active === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => (this.#idle = resolve)),
      new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds))),
    ]);
    clearTimeout(timer);
  }

  #route(path: string, sharing: Sharing): void {
    const [{ method }] = sharing;
    const route = path.slice(path.indexOf(" ") + 1);
    this.#app.on(method.toUpperCase(), route.replace(/\{(\w+)\}/g, ":$1"), (c) => this.#serve(sharing, route, c));
  }

  #refuseOtherMethods(operations: readonly Operation[]): void {
    const methods = new Map<string, string[]>();
    for (const one of operations)
      for (const path of one.paths) methods.set(path, [...(methods.get(path) ?? []), one.method.toUpperCase()]);
    for (const [path, allowed] of methods)
      this.#app.all(path.replace(/\{(\w+)\}/g, ":$1"), (c) =>
        new Problem(405, "wrong-method", `${c.req.method} is not known here`, {
          allow: [...new Set(allowed)].join(", "),
        }).response(),
      );
  }

  async #serve(sharing: Sharing, route: string, c: Context): Promise<Response> {
    const [one] = sharing;
    const began = performance.now();
    const notes: Notes = {};
    this.#active++;
    let response: Response;
    let lasting: Promise<unknown> | undefined;
    try {
      const answered = await this.#answer(sharing, c, notes, (promise) => {
        lasting = promise;
      });
      response = answered;
    } catch (thrown) {
      response = this.#failure(thrown, notes);
    }
    const end = (): void => {
      this.#active--;
      const seconds = (performance.now() - began) / 1000;
      this.#with.metrics.requests.inc({ route, status: String(response.status) });
      this.#with.metrics.seconds.observe({ route }, seconds);
      if (c.req.raw.signal.aborted) this.#with.metrics.cancelled.inc();
      if (one.open !== true)
        this.#with.log.info({
          method: c.req.method,
          route,
          status: response.status,
          ms: Math.round(seconds * 1e5) / 100,
          ...notes,
        });
      if (this.#active === 0) this.#idle?.();
    };
    if (lasting === undefined) end();
    else lasting.finally(end);
    if (this.#with.ending()) response.headers.set("connection", "close");
    return response;
  }

  async #answer(
    sharing: Sharing,
    c: Context,
    notes: Notes,
    keep: (promise: Promise<unknown>) => void,
  ): Promise<Response> {
    const request = c.req.raw;
    const [one] = sharing;
    if (one.open !== true && this.#with.ending())
      throw new Problem(503, "ending", "the server is ending; send this again", {
        "retry-after": "1",
        connection: "close",
      });
    const entry = one.open === true ? undefined : this.#with.guard.authorise(request);
    if (entry !== undefined) {
      notes.key = entry.name;
      const refusal = this.#with.guard.keys!.take(entry);
      if (refusal !== undefined)
        throw new Problem(429, "key-limit", refusal.what, { "retry-after": String(refusal.retryAfter) });
    }
    try {
      const text =
        one.body === undefined
          ? ""
          : await readText(request, {
              most: this.#with.options.maxBody ?? 16 * 1024 * 1024,
              time: this.#with.options.bodyTime ?? 30_000,
            });
      const url = new URL(request.url);
      const exchange: Exchange = {
        request,
        url,
        query: url.search === "" ? {} : checkQuery(queryOf(sharing), url.searchParams),
        path: c.req.param() as Record<string, string>,
        key: entry,
        signal: request.signal,
        deadline: this.#deadlineOf(request),
        text,
        notes,
        keep,
      };
      const run = async (): Promise<Response> => {
        const json = one.body === undefined ? undefined : parseJson(text);
        const meant = sharing.length === 1 ? one : meantBy(json, sharing);
        const body = meant.body === undefined ? undefined : checkBody(meant.body, json);
        if (this.#with.options.logTexts === true && body !== undefined) this.#with.log.info({ body }, "texts");
        const made = await meant.handle(exchange, body);
        if (made instanceof Response) return made;
        return new Response(JSON.stringify(made), {
          status: one.status ?? 200,
          headers: { "content-type": "application/json" },
        });
      };
      const key = request.headers.get(idempotencyKey);
      return key === null || one.idempotent !== true
        ? await run()
        : await answerOnce(this.#idempotency, key, exchange, run);
    } finally {
      if (entry !== undefined) this.#with.guard.keys!.leave(entry, notes.candidates ?? 0);
    }
  }

  #deadlineOf(request: Request): number | undefined {
    const stated = request.headers.get("x-laurel-deadline");
    if (stated === null) {
      const own = this.#with.options.deadline;
      return own === undefined ? undefined : Date.now() + own;
    }
    const milliseconds = Number(stated);
    if (!(milliseconds > 0)) throw new Problem(422, "invalid", "X-Laurel-Deadline: expected milliseconds above 0");
    return Date.now() + milliseconds;
  }

  #failure(thrown: unknown, notes: Notes): Response {
    if (thrown instanceof Problem) {
      notes.error = thrown.code;
      return thrown.response();
    }
    if (thrown instanceof LaurelError) {
      notes.error = thrown.code;
      const clients = thrown instanceof UsageError || thrown instanceof InputError;
      if (!clients) this.#with.log.error({ err: thrown }, thrown.message);
      return new Problem(clients ? 422 : 503, thrown.code, thrown.message).response();
    }
    notes.error = "bug";
    this.#with.log.error({ err: thrown }, "this is a bug");
    return new Problem(500, "bug", "the server failed on this request; its log says why").response();
  }
}
