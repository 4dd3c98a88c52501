import { type FileHandle, open } from "node:fs/promises";
import { type VoteLine, Votes } from "./votes.ts";

/**
 * A file of votes, a line each, that only grows. A vote is on the disk when `append` returns; each is one write to the end of the file,
 * so that several tabs, and several servers on one folder, lose none of each other's. A line that a crash cut off is passed over.
 */
export class VoteJournal {
  readonly path: string;
  #votes = new Votes();
  #read = 0;
  #whole = true;
  #chain: Promise<unknown> = Promise.resolve();
  #waiting: { line: VoteLine; done: () => void; failed: (thrown: unknown) => void }[] = [];

  constructor(path: string) {
    this.path = path;
  }

  /** Bytes that `votes` know. */
  get bytes(): number {
    return this.#read;
  }

  /** The votes in the file now, those of other writers included. */
  votes(): Promise<Votes> {
    return this.#next(async () => {
      let handle: FileHandle;
      try {
        handle = await open(this.path, "r");
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
        return this.#forget();
      }
      try {
        await this.#catchUp(handle);
      } finally {
        await handle.close();
      }
      return this.#votes;
    });
  }

  /** Adds a line; resolves when it is on the disk. */
  append(line: VoteLine): Promise<void> {
    return new Promise<void>((done, failed) => {
      this.#waiting.push({ line, done, failed });
      // what comes while others are written goes out together in the next write
      void this.#next(() => this.#write());
    });
  }

  async #write(): Promise<void> {
    const batch = this.#waiting.splice(0);
    if (batch.length === 0) return;
    try {
      await using handle = await open(this.path, "a+");
      await this.#catchUp(handle);
      const text = batch.map(({ line }) => `${JSON.stringify(line)}\n`).join("");
      // behind a line that was cut off a new one begins
      await handle.appendFile(this.#whole ? text : `\n${text}`);
      await handle.datasync();
      await this.#catchUp(handle);
      for (const { done } of batch) done();
    } catch (thrown) {
      for (const { failed } of batch) failed(thrown);
    }
  }

  #forget(): Votes {
    this.#votes = new Votes();
    this.#read = 0;
    this.#whole = true;
    return this.#votes;
  }

  async #catchUp(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    if (size < this.#read) this.#forget();
    if (size === this.#read) {
      this.#whole = true;
      return;
    }
    const more = Buffer.alloc(size - this.#read);
    const { bytesRead } = await handle.read(more, 0, more.length, this.#read);
    const end = more.subarray(0, bytesRead).lastIndexOf(10) + 1;
    this.#whole = end === bytesRead;
    for (const line of more.subarray(0, end).toString("utf8").split("\n")) {
      if (line === "") continue;
      try {
        this.#votes.add(JSON.parse(line));
      } catch (thrown) {
        if (!(thrown instanceof SyntaxError)) throw thrown;
      }
    }
    this.#read += end;
  }

  #next<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#chain.then(task);
    this.#chain = result.catch(() => {});
    return result;
  }
}
