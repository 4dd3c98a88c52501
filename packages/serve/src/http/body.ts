import { Problem } from "./problem.ts";

/** Bounds on what a client may send. */
export interface BodyLimits {
  /** Bytes. */
  most: number;
  /** Milliseconds from the head of the request to the last byte of its body. */
  time: number;
}

function tooLarge(most: number): Problem {
  return new Problem(413, "body-too-large", `the body is larger than ${most} bytes`, { connection: "close" });
}

/**
 * A request's body as text, refused above `most` bytes (413) or after `time` milliseconds (408).
 * @throws Problem
 */
export async function readText(request: Request, limits: BodyLimits): Promise<string> {
  const stated = request.headers.get("content-length");
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity")
    throw new Problem(415, "unsupported-encoding", `content-encoding ${encoding} is not read here; send plain text`);
  if (stated !== null) {
    // the HTTP parser takes no byte beyond the stated length, so this check bounds the body
    if (Number(stated) > limits.most) throw tooLarge(limits.most);
    return timed(request.text(), limits.time);
  }
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const began = performance.now();
  for (;;) {
    const next = await timed(reader.read(), limits.time - (performance.now() - began));
    if (next.done) break;
    bytes += next.value.byteLength;
    if (bytes > limits.most) {
      await reader.cancel();
      throw tooLarge(limits.most);
    }
    chunks.push(next.value);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function timed<T>(reading: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Problem(408, "body-too-slow", "the body did not arrive in time", { connection: "close" })),
      Math.max(0, milliseconds),
    );
  });
  try {
    return await Promise.race([reading, late]);
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw new Problem(400, "body-unreadable", "the body could not be read to its end");
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The JSON of a text.
 * @throws Problem (400) where it is not JSON
 */
export function parseJson(text: string): unknown {
  if (text.trim() === "") throw new Problem(400, "not-json", "the body is empty; send a JSON object");
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new Problem(400, "not-json", `the body is not JSON: ${(thrown as Error).message.slice(0, 200)}`);
  }
}
