import { isUtf8 } from "node:buffer";
import { InputError } from "../core/index.ts";
import { type ByteSource, type BytesOptions, readBytes, sourceName } from "./bytes.ts";

/** A line of text with its number, counted from 1. */
export interface Line {
  line: number;
  text: string;
  bad?: undefined;
}

/** A line that cannot be read: too long, or not UTF-8. The lines after it are read as usual. */
export interface BadLine {
  line: number;
  text?: undefined;
  bad: InputError;
}

/** What may be set when lines are read. */
export interface LinesOptions extends BytesOptions {
  /** The longest line that is read, in bytes (default 64 MiB); a longer one is a bad line and is never held in memory. */
  maxLineBytes?: number | undefined;
  /** What an input without any line that is not blank means: an `InputError` (the default), or no lines. */
  empty?: "error" | "allow" | undefined;
}

const defaultMaxLineBytes = 64 * 1024 * 1024;
const newline = 10;
/**
 * Bytes that are decoded into one string and given out as one batch. A string under 128 KiB lives and dies in V8's young generation, while
 * a larger one that is looked at during a collection stays until the next full one; and few lines that live at a time keep that generation small.
 */
const blockBytes = 8 * 1024;

/**
 * Reads lines in batches, one array for about 8 KiB of input, so that no promise is paid for a line.
 *
 * Blank lines are skipped but counted; CRLF ends and a byte order mark at the start are accepted; gzip is recognised
 * by its first two bytes. Memory is bounded by the chunk (256 KiB) and the longest accepted line.
 *
 * @param source a path, "-" for standard input, or a stream of bytes
 * @param options `maxLineBytes`, `empty`, `signal`, and `name` for messages
 * @returns arrays of lines in input order, never empty; bad lines stand at their place
 * @throws InputError for a missing path, a directory, an empty input, UTF-16, or gzip that is cut off or corrupt;
 *   lines before the fault have been given out by then, and the message says how many
 * @example for await (const batch of readLineBatches("answers.jsonl")) for (const one of batch) { ... }
 */
export async function* readLineBatches(
  source: ByteSource,
  options: LinesOptions = {},
): AsyncGenerator<(Line | BadLine)[], void, undefined> {
  const file = options.name ?? sourceName(source);
  const splitter = new LineSplitter(file, options.maxLineBytes ?? defaultMaxLineBytes);
  let given = 0;
  try {
    for await (const chunk of readBytes(source, options)) {
      for (const batch of splitter.push(chunk)) {
        if (batch.length === 0) continue;
        given += batch.length;
        yield batch;
      }
    }
  } catch (thrown) {
    if (thrown instanceof InputError && thrown.place.line === undefined && given > 0)
      throw new InputError(
        thrown.place,
        `${thrown.reason} (after ${splitter.linesBefore} whole lines)`,
        thrown.hint ?? "the lines before it were read",
      );
    throw thrown;
  }
  const last = splitter.end();
  if (last.length > 0) yield last;
  if (given + last.length === 0 && options.empty !== "allow")
    throw new InputError({ file }, splitter.bytes === 0 ? "the input is empty" : "the input has only blank lines");
}

/** As `readLineBatches`, line by line; slower, and easier to use. */
export async function* readLines(
  source: ByteSource,
  options: LinesOptions = {},
): AsyncGenerator<Line | BadLine, void, undefined> {
  for await (const batch of readLineBatches(source, options)) yield* batch;
}

/** Cuts chunks into lines. What is left of a chunk is kept as pieces, so that a long line costs linear time. */
class LineSplitter {
  readonly #file: string;
  readonly #max: number;
  #line = 1;
  #offset = 0;
  #pieces: Buffer[] = [];
  #held = 0;
  #skipping = false;

  constructor(file: string, max: number) {
    this.#file = file;
    this.#max = max;
  }

  /** Bytes seen so far. */
  get bytes(): number {
    return this.#offset;
  }

  /** Lines that have ended so far. */
  get linesBefore(): number {
    return this.#line - 1;
  }

  *push(bytes: Uint8Array): Generator<(Line | BadLine)[], void, undefined> {
    let chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#offset === 0) {
      if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) {
        chunk = chunk.subarray(3);
        this.#offset = 3;
      } else if ((chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff))
        throw new InputError({ file: this.#file }, "the text is UTF-16", "convert it to UTF-8 first");
    }
    const first = chunk.indexOf(newline);
    if (first < 0) {
      this.#hold(chunk);
      this.#offset += chunk.length;
      return;
    }
    if (this.#held > 0 || this.#skipping) {
      const out: (Line | BadLine)[] = [];
      this.#hold(chunk.subarray(0, first));
      this.#finishHeld(out, this.#offset + first);
      this.#offset += first + 1;
      chunk = chunk.subarray(first + 1);
      yield out;
    }
    const last = chunk.lastIndexOf(newline);
    for (let start = 0; start <= last; ) {
      let end = start + blockBytes > last ? last : chunk.lastIndexOf(newline, start + blockBytes);
      // a line that is longer than a block
      if (end < start) end = chunk.indexOf(newline, start);
      const out: (Line | BadLine)[] = [];
      this.#wholeLines(chunk.subarray(start, end), out);
      this.#offset += end + 1 - start;
      start = end + 1;
      yield out;
    }
    const rest = chunk.subarray(last + 1);
    this.#hold(rest);
    this.#offset += rest.length;
  }

  end(): (Line | BadLine)[] {
    const out: (Line | BadLine)[] = [];
    if (this.#held > 0 || this.#skipping) this.#finishHeld(out, this.#offset);
    return out;
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#held += piece.length;
    if (this.#skipping) return;
    if (this.#held > this.#max) {
      this.#skipping = true;
      this.#pieces = [];
    } else this.#pieces.push(Buffer.from(piece));
  }

  #finishHeld(out: (Line | BadLine)[], endOffset: number): void {
    if (this.#skipping) this.#tooLong(out, this.#held);
    else {
      const whole = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      this.#oneLine(whole, out, endOffset - this.#held);
    }
    this.#pieces = [];
    this.#held = 0;
    this.#skipping = false;
    this.#line++;
  }

  #tooLong(out: (Line | BadLine)[], length: number): void {
    const reason = `the line is ${length} bytes long; at most ${this.#max} are read`;
    out.push({ line: this.#line, bad: new InputError({ file: this.#file, line: this.#line }, reason) });
  }

  #oneLine(bytes: Buffer, out: (Line | BadLine)[], offset: number): void {
    if (bytes.length > this.#max) {
      this.#tooLong(out, bytes.length);
      return;
    }
    if (isUtf8(bytes)) {
      this.#give(bytes.toString("utf8"), out);
      return;
    }
    const at = firstInvalidUtf8(bytes);
    out.push({
      line: this.#line,
      bad: new InputError(
        { file: this.#file, line: this.#line },
        `invalid UTF-8 at byte ${at} of the line (byte ${offset + at} of the input)`,
      ),
    });
  }

  #give(text: string, out: (Line | BadLine)[]): void {
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (!isBlank(line)) out.push({ line: this.#line, text: line });
  }

  #wholeLines(bytes: Buffer, out: (Line | BadLine)[]): void {
    // one decoding for the whole chunk is several times as fast as one a line
    if (bytes.length <= this.#max && isUtf8(bytes)) {
      const text = bytes.toString("utf8");
      let start = 0;
      for (;;) {
        const end = text.indexOf("\n", start);
        this.#give(end < 0 ? text.slice(start) : text.slice(start, end), out);
        this.#line++;
        if (end < 0) return;
        start = end + 1;
      }
    }
    let start = 0;
    for (;;) {
      const found = bytes.indexOf(newline, start);
      const end = found < 0 ? bytes.length : found;
      this.#oneLine(bytes.subarray(start, end), out, this.#offset + start);
      this.#line++;
      if (found < 0) return;
      start = found + 1;
    }
  }
}

function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  // most lines start with a brace: only a line that starts with white space is looked at further
  if (first > 32 && first !== 0xa0 && first !== 0xfeff) return false;
  return text.trim() === "";
}

/** Where the first byte lies that cannot belong to UTF-8 text; the length if there is none. */
export function firstInvalidUtf8(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i]!;
    if (lead < 0x80) {
      i++;
      continue;
    }
    const length =
      lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (length === 0 || i + length > bytes.length) return i;
    const second = bytes[i + 1]!;
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return i;
    for (let k = 2; k < length; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return i;
    i += length;
  }
  return i;
}
