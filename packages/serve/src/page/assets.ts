import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** One built file of the page. */
export interface Asset {
  bytes: Buffer;
  /** The same, compressed by gzip. */
  gzip: Buffer;
  type: string;
  etag: string;
  /** Its name holds a hash of its content, so that it may be kept for ever. */
  hashed: boolean;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The built page's files by path; undefined where it has not been built (`npm run page`). */
export function pageAssets(): ReadonlyMap<string, Asset> | undefined {
  const root = fileURLToPath(new URL("../../dist/page/", import.meta.url));
  let names: string[];
  try {
    names = readdirSync(root, { recursive: true, encoding: "utf8" });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
  const assets = new Map<string, Asset>();
  for (const name of names) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const bytes = readFileSync(join(root, name));
    const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 24)}"`;
    const path = `/${name.replaceAll("\\", "/")}`;
    assets.set(path === "/index.html" ? "/" : path, {
      bytes,
      gzip: gzipSync(bytes, { level: 9 }),
      type,
      etag,
      hashed: path.startsWith("/page/"),
    });
  }
  return assets.has("/") ? assets : undefined;
}
