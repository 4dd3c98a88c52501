import { Problem } from "./http/problem.ts";
import type { KeyEntry, Keys } from "./keys.ts";

/** Host names of this machine. */
export const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

/** Who may call: holders of a key, or, without keys, the programs of this machine. */
export class Guard {
  readonly keys: Keys | undefined;
  /** Does the server listen on loopback only? */
  onLoopback = true;

  constructor(keys: Keys | undefined) {
    this.keys = keys;
  }

  /**
   * The key of a request; undefined where the server has none.
   * @throws Problem (401, 403)
   */
  authorise(request: Request): KeyEntry | undefined {
    if (this.keys === undefined) {
      this.#refuseBrowsers(request);
      return undefined;
    }
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const token = bearer ?? request.headers.get("x-api-key") ?? undefined;
    if (token === undefined || token === "")
      throw new Problem(401, "key-missing", "send a key: Authorization: Bearer … or X-Api-Key: …", {
        "www-authenticate": "Bearer",
      });
    const entry = this.keys.find(token);
    if (entry === undefined) throw new Problem(403, "key-wrong", "this key is not known here");
    return entry;
  }

  /** A server without keys on loopback is open to programs of this machine, not to the web pages that it shows. */
  #refuseBrowsers(request: Request): void {
    const site = request.headers.get("sec-fetch-site");
    if (site !== null && site !== "same-origin" && site !== "none")
      throw new Problem(403, "cross-site", "requests from web pages need a key");
    const host = request.headers.get("host");
    if (!this.onLoopback || host === null) return;
    const name = host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
    if (!loopback.has(name)) throw new Problem(403, "wrong-host", "this server is reached as localhost only");
  }
}
