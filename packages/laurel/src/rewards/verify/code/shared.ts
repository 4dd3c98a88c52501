import { openSandbox } from "./open-sandbox.ts";
import type { Sandbox, SandboxOptions } from "./sandbox.ts";

interface Entry {
  users: number;
  sandbox: Promise<Sandbox>;
}

const open = new Map<string, Entry>();

/** A sandbox that is started at its first use and shared by all who want the same options; the last to let go closes it. */
export interface Lease extends AsyncDisposable {
  get(): Promise<Sandbox>;
}

/** A share in a sandbox that is there already. */
export function leaseOf(sandbox: Sandbox): Lease {
  return { get: () => Promise.resolve(sandbox), [Symbol.asyncDispose]: async () => sandbox[Symbol.asyncDispose]() };
}

/** A share in the process's sandbox of these options. A start that failed, or a pool that broke, is replaced at the next use. */
export function leaseSandbox(options: SandboxOptions): Lease {
  const key = JSON.stringify(options, Object.keys(options).sort());
  let mine: Entry | undefined;

  const forget = (entry: Entry): void => {
    if (open.get(key) === entry) open.delete(key);
    if (mine === entry) mine = undefined;
  };
  const join = (): Entry => {
    let entry = open.get(key);
    if (entry === undefined) {
      entry = { users: 0, sandbox: openSandbox(options) };
      open.set(key, entry);
    }
    entry.users++;
    return entry;
  };
  const close = async (entry: Entry): Promise<void> => (await entry.sandbox)[Symbol.asyncDispose]();

  return {
    async get() {
      // taken before anything is awaited, so that calls at the same time are one user
      const entry = (mine ??= join());
      try {
        const sandbox = await entry.sandbox;
        if (!sandbox.broken) return sandbox;
      } catch (thrown) {
        forget(entry);
        throw thrown;
      }
      forget(entry);
      await close(entry);
      return this.get();
    },
    async [Symbol.asyncDispose]() {
      const entry = mine;
      if (entry === undefined) return;
      mine = undefined;
      if (--entry.users > 0) return;
      forget(entry);
      await close(entry);
    },
  };
}
