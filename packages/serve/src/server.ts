import { readFileSync } from "node:fs";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { InputError, LaurelError, type Reward, sha256, UsageError } from "laurel/core";
import { leavesOf } from "laurel/run";
import { openStore, type Store } from "laurel/store";
import type { Logger } from "pino";
import { aboutOperations } from "./about.ts";
import { Engine } from "./engine.ts";
import { Guard, loopback } from "./guard.ts";
import { parseJson, readText } from "./http/body.ts";
import type { Exchange, Notes } from "./http/exchange.ts";
import { openApiDocument } from "./http/openapi.ts";
import { checkBody, checkQuery, type Operation, queryOf } from "./http/operation.ts";
import { byPlace, meantBy } from "./http/places.ts";
import { Problem } from "./http/problem.ts";
import { Idempotency, type Kept } from "./idempotency.ts";
import { JobFiles } from "./jobs/files.ts";
import { jobOperations } from "./jobs/operations.ts";
import { JobRunner } from "./jobs/runner.ts";
import { type JobStore, SqliteJobStore } from "./jobs/store.ts";
import { Keys } from "./keys.ts";
import { loggerOf } from "./log.ts";
import { Metrics } from "./metrics.ts";
import type { ServerOptions } from "./options.ts";
import { policyLines, protocolOperations, refuseAtStart } from "./protocols.ts";
import { Service } from "./service.ts";
import { specOperations } from "./specs.ts";
import { Tracing } from "./tracing.ts";

/** Where a server listens. */
export interface Listening {
  host: string;
  port: number;
  url: string;
}

/** A server of rewards. */
export interface LaurelServer extends AsyncDisposable {
  /** The Hono application, for tests (`app.request`) and for mounting in another one. */
  readonly app: Hono;
  /** What each protocol tells clients for samples without a score, a line each. */
  readonly policies: readonly string[];
  /** Listens, on loopback unless a host is named. Port 0 takes any free one. */
  listen(port?: number, host?: string): Promise<Listening>;
  /** Takes no new requests, lets running ones finish, gives queued jobs back, then ends. */
  close(): Promise<void>;
}

const version = (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string })
  .version;
const idempotencyKey = "idempotency-key";

/**
 * A server of rewards in Laurel's own protocol and in those of trainers and model servers.
 *
 * Rewards that compute run on worker threads; those that wait run under a limit of calls. Requests are micro-batched,
 * bounded (429 with Retry-After), cancelled when their client leaves, and kept to `X-Laurel-Deadline` (milliseconds).
 *
 * @throws UsageError for a reward that cannot be served, with the reason
 * @example
 * const server = await createServer({ rewards: { math: math() } });
 * const { url } = await server.listen(8000);
 */
export async function createServer(options: ServerOptions): Promise<LaurelServer> {
  const server = new Server(options);
  await server.start();
  return server;
}

class Server implements LaurelServer {
  readonly app = new Hono();
  readonly policies: readonly string[];
  readonly #options: ServerOptions;
  readonly #service: Service;
  readonly #metrics: Metrics;
  readonly #engine: Engine;
  readonly #log: Logger;
  readonly #guard: Guard;
  readonly #idempotency = new Idempotency();
  readonly #operations: Operation[];
  #document: string | undefined;
  #http: HttpServer | undefined;
  #active = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #ready = false;
  #jobs: { store: JobStore; runs: Store; runner: JobRunner } | undefined;

  constructor(options: ServerOptions) {
    const rewards = new Map(Object.entries(options.rewards));
    if (rewards.size === 0)
      throw new UsageError("there is no reward to serve", "name one, such as --reward verify.math");
    this.#options = options;
    this.#log = loggerOf(options.log);
    this.#metrics = new Metrics({
      queued: () => this.#engine.queued,
      held: () => this.#service.holds.held,
      jobs: () => this.#jobs?.store.open() ?? 0,
    });
    this.#engine = new Engine(options, {
      batch: (reward, tasks) => this.#metrics.batches.observe({ reward: reward.name }, tasks),
      warn: (message) => this.#log.warn(message),
    });
    for (const [name, reward] of rewards) {
      const refusal = this.#engine.refusal(reward);
      if (refusal !== undefined) throw new UsageError(`${name} cannot be served: ${refusal}`);
    }
    refuseAtStart(rewards, options);
    this.#guard = new Guard(options.keys === undefined ? undefined : new Keys(options.keys));
    this.#service = new Service({
      rewards,
      comparers: new Map(Object.entries(options.comparers ?? {})),
      engine: this.#engine,
      metrics: this.#metrics,
      tracing: new Tracing(),
      group: options.group,
      unscored: options.unscored,
    });
    this.policies = policyLines(rewards, options);
    this.#operations = [
      ...aboutOperations({
        notReady: () =>
          this.#closing !== undefined ? "the server is ending" : this.#ready ? undefined : "the server is starting",
        queued: () => this.#engine.queued,
        held: () => this.#service.holds.held,
        metrics: this.#metrics.registry,
        document: () => {
          this.#document ??= JSON.stringify(openApiDocument(this.#operations, version, options.keys !== undefined));
          return this.#document;
        },
      }),
      ...protocolOperations(this.#service, options),
      ...(options.specs === true ? specOperations(rewards, this.#engine) : []),
    ];
    this.app.notFound((c) =>
      new Problem(404, "no-such-path", `there is no ${c.req.method} ${c.req.path.slice(0, 200)}`).response(),
    );
    this.app.onError((thrown) => this.#failure(thrown, {}));
  }

  /** Starts the worker threads and builds every reward in them, so that the first request pays nothing. */
  async start(): Promise<void> {
    const leaves = new Set<Reward>();
    for (const reward of this.#service.rewards.values())
      for (const leaf of leavesOf(reward) ?? []) if (leaf.work === "cpu" && leaf.spec !== undefined) leaves.add(leaf);
    const nothing = [{ id: "warm", prompt: [], candidates: [] }];
    const calls = [...leaves].flatMap((leaf) =>
      Array.from({ length: this.#engine.pool.size }, () => this.#engine.pool.score(leaf, nothing, "0".repeat(32), 0)),
    );
    await Promise.all(calls);
    if (this.#options.data !== undefined) await this.#startJobs(this.#options.data);
    for (const [place, sharing] of byPlace(this.#operations)) this.#route(place, sharing);
    this.#refuseOtherMethods();
    this.#ready = true;
  }

  async #startJobs(directory: string): Promise<void> {
    const runs = await openStore(directory);
    const store = new SqliteJobStore(directory);
    const files = new JobFiles(directory);
    const runner = new JobRunner({
      jobs: store,
      files,
      store: runs,
      pool: this.#engine.pool,
      reward: (name) => this.#service.rewards.get(name),
      atOnce: this.#options.jobs ?? 1,
      warn: (message) => this.#log.warn(message),
    });
    this.#jobs = { store, runs, runner };
    const maxUpload = this.#options.maxUpload ?? 2 ** 30;
    this.#operations.push(...jobOperations(this.#service, { jobs: store, files, runner, maxUpload }));
  }

  #route(path: string, sharing: readonly [Operation, ...Operation[]]): void {
    const [{ method }] = sharing;
    const route = path.slice(path.indexOf(" ") + 1);
    this.app.on(method.toUpperCase(), route.replace(/\{(\w+)\}/g, ":$1"), (c) => this.#serve(sharing, route, c));
  }

  #refuseOtherMethods(): void {
    const methods = new Map<string, string[]>();
    for (const one of this.#operations)
      for (const path of one.paths) methods.set(path, [...(methods.get(path) ?? []), one.method.toUpperCase()]);
    for (const [path, allowed] of methods)
      this.app.all(path.replace(/\{(\w+)\}/g, ":$1"), (c) =>
        new Problem(405, "wrong-method", `${c.req.method} is not known here`, {
          allow: [...new Set(allowed)].join(", "),
        }).response(),
      );
  }

  async #serve(sharing: readonly [Operation, ...Operation[]], route: string, c: Context): Promise<Response> {
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
      this.#metrics.requests.inc({ route, status: String(response.status) });
      this.#metrics.seconds.observe({ route }, seconds);
      if (c.req.raw.signal.aborted) this.#metrics.cancelled.inc();
      if (one.open !== true)
        this.#log.info({
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
    if (this.#closing !== undefined) response.headers.set("connection", "close");
    return response;
  }

  async #answer(
    sharing: readonly [Operation, ...Operation[]],
    c: Context,
    notes: Notes,
    keep: (promise: Promise<unknown>) => void,
  ): Promise<Response> {
    const request = c.req.raw;
    const [one] = sharing;
    if (one.open !== true && this.#closing !== undefined)
      throw new Problem(503, "ending", "the server is ending; send this again", {
        "retry-after": "1",
        connection: "close",
      });
    const entry = one.open === true ? undefined : this.#guard.authorise(request);
    if (entry !== undefined) {
      notes.key = entry.name;
      const refusal = this.#guard.keys!.take(entry);
      if (refusal !== undefined)
        throw new Problem(429, "key-limit", refusal.what, { "retry-after": String(refusal.retryAfter) });
    }
    try {
      const text =
        one.body === undefined
          ? ""
          : await readText(request, {
              most: this.#options.maxBody ?? 16 * 1024 * 1024,
              time: this.#options.bodyTime ?? 30_000,
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
        if (this.#options.logTexts === true && body !== undefined) this.#log.info({ body }, "texts");
        const made = await meant.handle(exchange, body);
        if (made instanceof Response) return made;
        return new Response(JSON.stringify(made), {
          status: one.status ?? 200,
          headers: { "content-type": "application/json" },
        });
      };
      const key = request.headers.get(idempotencyKey);
      return key === null || one.idempotent !== true ? await run() : await this.#once(key, exchange, run);
    } finally {
      if (entry !== undefined) this.#guard.keys!.leave(entry, notes.candidates ?? 0);
    }
  }

  /** Runs a request under its Idempotency-Key, or gives the answer that it had before. */
  async #once(key: string, exchange: Exchange, run: () => Promise<Response>): Promise<Response> {
    if (key.length > 256) throw new Problem(422, "invalid", "Idempotency-Key: at most 256 characters");
    const place = `${exchange.key?.name ?? ""}\n${key}`;
    const content = sha256(`${exchange.url.pathname}${exchange.url.search}\n${exchange.text}`);
    const known = this.#idempotency.look(place, content);
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
    this.#idempotency.begin(place, content, new Promise((resolve) => (settle = resolve)));
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

  #deadlineOf(request: Request): number | undefined {
    const stated = request.headers.get("x-laurel-deadline");
    if (stated === null) {
      const own = this.#options.deadline;
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
      if (!clients) this.#log.error({ err: thrown }, thrown.message);
      return new Problem(clients ? 422 : 503, thrown.code, thrown.message).response();
    }
    notes.error = "bug";
    this.#log.error({ err: thrown }, "this is a bug");
    return new Problem(500, "bug", "the server failed on this request; its log says why").response();
  }

  async listen(port = 8000, host = "127.0.0.1"): Promise<Listening> {
    this.#guard.onLoopback = loopback.has(host);
    if (!this.#guard.onLoopback && this.#guard.keys === undefined)
      throw new UsageError(
        `${host} can be reached from other machines, and there are no keys`,
        "give the server keys (--keys FILE), or listen on 127.0.0.1",
      );
    const headTime = this.#options.headTime ?? 10_000;
    const http = createAdaptorServer({
      fetch: this.app.fetch,
      serverOptions: {
        headersTimeout: headTime,
        // the body's own limit is shorter; this ends what still hangs, such as an upload that stands still
        requestTimeout: this.#options.data === undefined ? 300_000 : 3_600_000,
        keepAliveTimeout: 65_000,
        connectionsCheckingInterval: Math.min(1000, headTime),
        maxHeaderSize: 16 * 1024,
      },
    }) as HttpServer;
    http.maxConnections = this.#options.maxConnections ?? 10_000;
    this.#http = http;
    await new Promise<void>((resolve, reject) => {
      http.once("error", (error: NodeJS.ErrnoException) =>
        reject(
          error.code === "EADDRINUSE"
            ? new UsageError(`port ${port} of ${host} is taken`, "name another with --port")
            : error,
        ),
      );
      // a deep backlog, so that a trainer's burst of new connections is not refused
      http.listen({ port, host, backlog: 4096 }, resolve);
    });
    const bound = http.address() as AddressInfo;
    const name = host.includes(":") ? `[${host}]` : host;
    return { host, port: bound.port, url: `http://${name}:${bound.port}` };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const http = this.#http;
    const closed = http === undefined ? undefined : new Promise<void>((resolve) => http.close(() => resolve()));
    http?.closeIdleConnections();
    this.#service.holds.end();
    await this.#jobs?.runner.close();
    let timer: NodeJS.Timeout | undefined;
    if (this.#active > 0)
      await Promise.race([
        new Promise<void>((resolve) => (this.#idle = resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, this.#options.drain ?? 30_000))),
      ]);
    clearTimeout(timer);
    // the last answers are still being written
    const force = setTimeout(() => http?.closeAllConnections(), 1000);
    http?.closeIdleConnections();
    await closed;
    clearTimeout(force);
    this.#jobs?.store.close();
    this.#jobs?.runs[Symbol.dispose]();
    await this.#engine[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
