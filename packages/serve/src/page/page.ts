import type { Hono } from "hono";
import { compress } from "hono/compress";
import { z } from "zod";
import { type Operation, operation } from "../http/operation.ts";
import { pageAssets } from "./assets.ts";
import { benchmarkOperations } from "./benchmarks.ts";
import { dataOperations } from "./data.ts";
import { modelOperations } from "./models.ts";
import { pairOperations } from "./pairs.ts";
import { paperOperations } from "./papers.ts";
import type { PageParts } from "./parts.ts";
import { playgroundOperations } from "./playground.ts";
import { runOperations } from "./runs.ts";
import { watchOperations } from "./watch.ts";

/** Nothing but the page's own files, no inline code or style, no frame around it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Serves the page's files, which hold nobody's data and need no key; what they show comes over operations that do.
 * @returns whether there is a page: it is built by `npm run page`
 */
export function servePage(app: Hono): boolean {
  const assets = pageAssets();
  if (assets === undefined) return false;
  app.use("/v1/papers", compress());
  for (const [path, { bytes, gzip, type, etag, hashed }] of assets)
    app.get(path, (c) => {
      const headers = {
        "content-type": type,
        etag,
        vary: "accept-encoding",
        "cache-control": hashed ? "public, max-age=31536000, immutable" : "no-cache",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
      };
      if (c.req.header("if-none-match") === etag) return c.body(null, 304, headers);
      if (/\bgzip\b/.test(c.req.header("accept-encoding") ?? ""))
        return c.body(new Uint8Array(gzip), 200, { ...headers, "content-encoding": "gzip" });
      return c.body(new Uint8Array(bytes), 200, headers);
    });
  return true;
}

/** What the page reads that no client of a trainer needs. */
export function pageOperations(parts: PageParts): Operation[] {
  const { workspace } = parts;
  return [
    ...runOperations(parts),
    ...dataOperations(parts),
    ...pairOperations(parts),
    operation({
      method: "get",
      paths: ["/v1/files"],
      summary: "The files and folders that the page can show, newest first",
      tag: "page",
      answer: z.object({
        files: z.array(
          z.object({ path: z.string(), kind: z.enum(["file", "folder"]), bytes: z.int(), changed: z.int() }),
        ),
      }),
      handle: () => ({ files: workspace.list() }),
    }),
    ...modelOperations(parts),
    ...benchmarkOperations(parts),
    ...paperOperations(parts.papers),
    ...playgroundOperations(parts.service, parts),
    ...watchOperations(parts.watch),
  ];
}
