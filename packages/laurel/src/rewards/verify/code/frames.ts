import type { Duplex } from "node:stream";

/** Length-framed JSON over a stream: four bytes of length, big-endian, then the text. */
export interface Frames {
  send(value: unknown): void;
  /** The next frame; rejects when the stream ends or the frame is longer than `cap`. */
  next(): Promise<unknown>;
  /** A frame of length 0, which the server reads as "stop what you are doing". */
  interrupt(): void;
  close(): void;
}

/** Frames over one stream; `cap` is the largest answer in bytes that is accepted. */
export function frames(stream: Duplex, cap = 256 << 20): Frames {
  let chunks: Buffer[] = [];
  let held = 0;
  let ended: Error | undefined;
  let waiting: { resolve(value: unknown): void; reject(error: Error): void } | undefined;
  const ready: unknown[] = [];

  const end = (error: Error): void => {
    ended ??= error;
    waiting?.reject(ended);
    waiting = undefined;
  };
  const deliver = (value: unknown): void => {
    if (waiting === undefined) ready.push(value);
    else {
      const { resolve } = waiting;
      waiting = undefined;
      resolve(value);
    }
  };
  const take = (): void => {
    while (held >= 4) {
      if (chunks[0]!.length < 4) chunks = [Buffer.concat(chunks)];
      const length = chunks[0]!.readUInt32BE(0);
      if (length > cap) {
        end(new Error(`a frame of ${length} bytes`));
        return;
      }
      if (held < 4 + length) return;
      const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const rest = whole.subarray(4 + length);
      chunks = rest.length > 0 ? [rest] : [];
      held = rest.length;
      try {
        deliver(JSON.parse(whole.toString("utf8", 4, 4 + length)));
      } catch (thrown) {
        end(thrown instanceof Error ? thrown : new Error(String(thrown)));
        return;
      }
    }
  };
  stream.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    held += chunk.length;
    take();
  });
  stream.on("error", end);
  stream.on("close", () => end(new Error("the sandbox's server ended")));
  stream.on("end", () => end(new Error("the sandbox's server ended")));

  const write = (body: Buffer): void => {
    if (ended !== undefined) return;
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    stream.write(Buffer.concat([head, body]));
  };
  return {
    send: (value) => write(Buffer.from(JSON.stringify(value))),
    interrupt: () => write(Buffer.alloc(0)),
    next: () =>
      new Promise((resolve, reject) => {
        if (ready.length > 0) resolve(ready.shift());
        else if (ended !== undefined) reject(ended);
        else waiting = { resolve, reject };
      }),
    close: () => stream.destroy(),
  };
}
