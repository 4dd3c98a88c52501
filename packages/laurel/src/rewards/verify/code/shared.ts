import { openSandbox, type Sandbox, type SandboxOptions } from "./sandbox.ts";

const open = new Map<string, { users: number; sandbox: Promise<Sandbox> }>();

/** A sandbox that is started at its first use and shared by all who want the same options; the last to let go closes it. */
export interface Lease extends AsyncDisposable {
  get(): Promise<Sandbox>;
}

/** A share in the process's sandbox of these options. A start that failed is tried again at the next use. */
export function leaseSandbox(options: SandboxOptions): Lease {
  const key = JSON.stringify(options, Object.keys(options).sort());
  let mine: { users: number; sandbox: Promise<Sandbox> } | undefined;
  return {
    async get() {
      if (mine !== undefined) {
        const sandbox = await mine.sandbox;
        if (!sandbox.broken) return sandbox;
        if (open.get(key) === mine) open.delete(key);
        mine = undefined;
      }
      let entry = open.get(key);
      if (entry === undefined) {
        entry = { users: 0, sandbox: openSandbox(options) };
        open.set(key, entry);
        entry.sandbox.catch(() => {
          if (open.get(key) === entry) open.delete(key);
        });
      }
      entry.users++;
      const sandbox = await entry.sandbox;
      mine = entry;
      return sandbox;
    },
    async [Symbol.asyncDispose]() {
      const entry = mine;
      mine = undefined;
      if (entry === undefined || --entry.users > 0) return;
      if (open.get(key) === entry) open.delete(key);
      await (await entry.sandbox)[Symbol.asyncDispose]();
    },
  };
}
