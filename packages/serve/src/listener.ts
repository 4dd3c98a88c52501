import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { UsageError } from "laurel/core";

/** Where a server listens. */
export interface Listening {
  host: string;
  port: number;
  url: string;
}

/** Bounds on connections. */
export interface ListenerOptions {
  /** Milliseconds that a request's head may take to arrive. */
  headTime: number;
  /** Milliseconds that a whole request may take; its body has a shorter limit of its own. */
  requestTime: number;
  /** Connections at a time. */
  most: number;
}

/** The node server below an application: its port, its time limits and its end. */
export class Listener {
  readonly #http: HttpServer;

  constructor(fetch: (request: Request) => Response | Promise<Response>, options: ListenerOptions) {
    this.#http = createAdaptorServer({
      fetch,
      serverOptions: {
        headersTimeout: options.headTime,
        requestTimeout: options.requestTime,
        keepAliveTimeout: 65_000,
        connectionsCheckingInterval: Math.min(1000, options.headTime),
        maxHeaderSize: 16 * 1024,
      },
    }) as HttpServer;
    this.#http.maxConnections = options.most;
  }

  /** Listens. @throws UsageError where the port is taken */
  async listen(port: number, host: string): Promise<Listening> {
    const http = this.#http;
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

  /** Takes no new connections; the function that it gives waits for the last answers to be written and ends the rest. */
  close(): () => Promise<void> {
    const http = this.#http;
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    http.closeIdleConnections();
    return async () => {
      const force = setTimeout(() => http.closeAllConnections(), 1000);
      http.closeIdleConnections();
      await closed;
      clearTimeout(force);
    };
  }
}
