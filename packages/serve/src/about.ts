import type { Registry } from "prom-client";
import { z } from "zod";
import { type Operation, operation } from "./http/operation.ts";
import { Problem } from "./http/problem.ts";

/** What the server says about itself. */
export interface About {
  /** Why requests may not be sent here now, or undefined. */
  notReady(): string | undefined;
  queued(): number;
  held(): number;
  metrics: Registry;
  document(): string;
}

/** Health, readiness, metrics and the OpenAPI document. */
export function aboutOperations(about: About): Operation[] {
  const text = z.string();
  return [
    operation({
      method: "get",
      paths: ["/health", "/health/"],
      summary: "Is the server there",
      tag: "server",
      open: true,
      answer: z.object({ status: z.literal("ok") }),
      handle: () => ({ status: "ok" }),
    }),
    operation({
      method: "get",
      paths: ["/ready"],
      summary: "May requests be sent here; 503 while starting and while ending",
      tag: "server",
      open: true,
      answer: z.object({ status: z.literal("ready"), queued: z.int(), held: z.int() }),
      failures: [503],
      handle: () => {
        const why = about.notReady();
        if (why !== undefined) throw new Problem(503, "not-ready", why);
        return { status: "ready", queued: about.queued(), held: about.held() };
      },
    }),
    operation({
      method: "get",
      paths: ["/metrics"],
      summary: "Prometheus metrics",
      tag: "server",
      answer: text,
      produces: ["text/plain"],
      handle: async () =>
        new Response(await about.metrics.metrics(), {
          headers: { "content-type": about.metrics.contentType },
        }),
    }),
    operation({
      method: "get",
      paths: ["/openapi.json"],
      summary: "This document",
      tag: "server",
      open: true,
      answer: z.looseObject({ openapi: text }),
      handle: () => new Response(about.document(), { headers: { "content-type": "application/json" } }),
    }),
  ];
}
