import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { type Reward, UsageError } from "laurel/core";
import { leavesOf } from "laurel/run";
import { openStore, type Store } from "laurel/store";
import type { Logger } from "pino";
import { aboutOperations } from "./about.ts";
import { Engine } from "./engine.ts";
import { Guard, loopback } from "./guard.ts";
import { openApiDocument } from "./http/openapi.ts";
import type { Operation } from "./http/operation.ts";
import { JobFiles } from "./jobs/files.ts";
import { jobOperations } from "./jobs/operations.ts";
import { JobRunner } from "./jobs/runner.ts";
import { type JobStore, SqliteJobStore } from "./jobs/store.ts";
import { Keys } from "./keys.ts";
import { Listener, type Listening } from "./listener.ts";
import { loggerOf } from "./log.ts";
import { Metrics } from "./metrics.ts";
import type { ServerOptions } from "./options.ts";
import { pageOperations, servePage } from "./page/page.ts";
import { type PageParts, pageParts } from "./page/parts.ts";
import { Workspace } from "./page/workspace.ts";
import { policyLines, protocolOperations, refuseAtStart } from "./protocols.ts";
import { Router } from "./router.ts";
import { Service } from "./service.ts";
import { specOperations } from "./specs.ts";
import { Tracing } from "./tracing.ts";
import { Watch } from "./watch/watch.ts";

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
  try {
    await server.start();
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
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
  readonly #watch: Watch | undefined;
  readonly #guard: Guard;
  readonly #router: Router;
  readonly #operations: Operation[];
  #document: string | undefined;
  #listener: Listener | undefined;
  #closing: Promise<void> | undefined;
  #ready = false;
  #jobs: { store: JobStore; runs: Store; runner: JobRunner } | undefined;
  readonly #page: (PageParts & AsyncDisposable) | undefined;

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
    for (const name of Object.keys(options.shadows ?? {}))
      if (!rewards.has(name))
        throw new UsageError(
          `there is no reward "${name}" to shadow`,
          `a shadow is NAME=SPEC, with the name of a served reward: ${[...rewards.keys()].join(", ")}`,
        );
    if (options.page === true || options.shadows !== undefined)
      this.#watch = new Watch({
        rewards,
        shadows: options.shadows ?? {},
        seed: options.seed === undefined ? undefined : String(options.seed),
        budget: options.budget,
        log: this.#log,
      });
    this.#service = new Service({
      rewards,
      comparers: new Map(Object.entries(options.comparers ?? {})),
      engine: this.#engine,
      metrics: this.#metrics,
      tracing: new Tracing(),
      watch: this.#watch,
      group: options.group,
      unscored: options.unscored,
    });
    if (options.page === true)
      this.#page = pageParts(this.#service, new Workspace(options.folder ?? "."), {
        watch: this.#watch!,
        specs: options.specs === true,
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
      ...(this.#page === undefined ? [] : pageOperations(this.#page)),
    ];
    if (options.page === true && !servePage(this.app)) this.#log.warn("the page is not built: npm run page");
    this.#router = new Router(this.app, {
      options,
      guard: this.#guard,
      metrics: this.#metrics,
      log: this.#log,
      ending: () => this.#closing !== undefined,
    });
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
    await this.#watch?.start();
    if (this.#options.data !== undefined) await this.#startJobs(this.#options.data);
    this.#router.add(this.#operations);
    this.#ready = true;
  }

  async #startJobs(directory: string): Promise<void> {
    const runs = await openStore(directory);
    const store = new SqliteJobStore(directory);
    const files = new JobFiles(directory);
    this.#engine.keepIn(runs);
    const runner = new JobRunner({
      jobs: store,
      files,
      store: runs,
      pool: this.#engine.pool,
      budget: this.#engine.budget,
      identities: this.#engine.identities,
      reward: (name) => this.#service.rewards.get(name),
      atOnce: this.#options.jobs ?? 1,
      warn: (message) => this.#log.warn(message),
    });
    this.#jobs = { store, runs, runner };
    const maxUpload = this.#options.maxUpload ?? 2 ** 30;
    this.#operations.push(...jobOperations(this.#service, { jobs: store, files, runner, maxUpload }));
  }

  async listen(port = 8000, host = "127.0.0.1"): Promise<Listening> {
    this.#guard.onLoopback = loopback.has(host);
    if (!this.#guard.onLoopback && this.#guard.keys === undefined)
      throw new UsageError(
        `${host} can be reached from other machines, and there are no keys`,
        "give the server keys (--keys FILE), or listen on 127.0.0.1",
      );
    const { headTime, data, maxConnections } = this.#options;
    this.#listener = new Listener(this.app.fetch, {
      headTime: headTime ?? 10_000,
      // what still hangs then, such as an upload that stands still, is ended
      requestTime: data === undefined ? 300_000 : 3_600_000,
      most: maxConnections ?? 10_000,
    });
    return this.#listener.listen(port, host);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const finish = this.#listener?.close();
    this.#service.holds.end();
    await this.#jobs?.runner.close();
    await this.#page?.runs.close();
    await this.#router.idle(this.#options.drain ?? 30_000);
    await finish?.();
    this.#watch?.[Symbol.dispose]();
    await this.#page?.[Symbol.asyncDispose]();
    this.#jobs?.store.close();
    this.#jobs?.runs[Symbol.dispose]();
    await this.#engine[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
