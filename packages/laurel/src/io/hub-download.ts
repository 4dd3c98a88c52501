import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { InputError, messageOf } from "../core/index.ts";
import { writeFailure } from "./write.ts";

/** A hub, and what a request to it needs. */
export interface Hub {
  endpoint: string;
  token: string | undefined;
  signal: AbortSignal | undefined;
  /** The name of the dataset, for messages. */
  source: string;
}

/**
 * A file of the hub as a local path. What came of an earlier, broken download is kept as `.part` and gone on with, if the
 * hub still names the same version; a complete file is not asked for again.
 */
export async function download(hub: Hub, url: string, path: string): Promise<string> {
  if ((await stat(path).catch(ifMissing)) !== undefined) return path;
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  const have = (await stat(part).catch(ifMissing))?.size ?? 0;
  let response = await ask(hub, url, have > 0 ? { range: `bytes=${have}-` } : {}, [416]);
  if (response.status === 416) {
    // the part is longer than the file: it is of another version
    await unlink(part);
    response = await ask(hub, url, {});
  }
  const resumed =
    response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${have}-`) === true;
  const total = totalOf(response, resumed ? have : 0);
  try {
    if (response.body !== null)
      await pipeline(
        Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
        createWriteStream(part, { flags: resumed ? "a" : "w" }),
      );
    else await writeFile(part, "");
  } catch (thrown) {
    hub.signal?.throwIfAborted();
    if ((thrown as { code?: string }).code === "ENOSPC") throw writeFailure(thrown, part);
    throw new InputError(
      { file: url },
      `the download broke off: ${messageOf(thrown)}`,
      "run it again: it goes on where it stopped",
    );
  }
  const size = (await stat(part)).size;
  if (total !== undefined && size !== total)
    throw new InputError(
      { file: url },
      `the download ended after ${size} of ${total} bytes`,
      "run it again: it goes on where it stopped",
    );
  const stated = (response.headers.get("x-linked-etag") ?? response.headers.get("etag") ?? "").replace(/^W\/|"/g, "");
  if (/^[0-9a-f]{64}$/.test(stated) && (await sha256Of(part)) !== stated) {
    await unlink(part);
    throw new InputError(
      { file: url },
      "what was downloaded is not what the hub states (its SHA-256 differs)",
      "run it again",
    );
  }
  await rename(part, path);
  return path;
}

function totalOf(response: Response, have: number): number | undefined {
  const whole = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
  if (whole !== undefined) return Number(whole);
  // the length of a compressed body is not that of the file
  if (response.headers.get("content-encoding") !== null) return undefined;
  const length = response.headers.get("content-length");
  return length === null ? undefined : have + Number(length);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

const attempts = 3;

/** Asks again, at most twice, where the connection fails or the hub is busy. */
export async function ask(
  hub: Hub,
  url: string,
  headers: Record<string, string>,
  accepted: readonly number[] = [],
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await askOnce(hub, url, headers).catch((thrown: unknown) => {
      hub.signal?.throwIfAborted();
      if (attempt < attempts) return undefined;
      const cause = (thrown as { cause?: unknown }).cause;
      throw new InputError({ file: hub.source }, `the hub cannot be reached: ${messageOf(cause ?? thrown)}`);
    });
    if (response?.ok === true || (response !== undefined && accepted.includes(response.status))) return response;
    await response?.body?.cancel();
    const again = response === undefined || response.status === 429 || response.status >= 500;
    if (!again || attempt === attempts) throw refusal(hub, response!);
    await setTimeout(200 * attempt, undefined, { signal: hub.signal });
  }
}

function askOnce(hub: Hub, url: string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, {
    headers: {
      "accept-encoding": "identity",
      ...headers,
      // fetch itself drops this header when it is redirected to another origin
      ...(hub.token === undefined || hub.token === "" ? {} : { authorization: `Bearer ${hub.token}` }),
    },
    signal: hub.signal ?? null,
  });
}

function refusal(hub: Hub, { status, statusText }: Response): InputError {
  const place = { file: hub.source };
  if (status === 401 || status === 403)
    return new InputError(place, `the hub refuses access (${status})`, "set HF_TOKEN to a token that may read it");
  if (status === 404) return new InputError(place, "the hub has no such dataset, revision or file");
  return new InputError(place, `the hub answered ${status} ${statusText}`);
}

/** Undefined for a file that does not exist; any other failure is thrown on. */
export function ifMissing(thrown: unknown): undefined {
  if ((thrown as { code?: string }).code === "ENOENT") return undefined;
  throw thrown;
}
