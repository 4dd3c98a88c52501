import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The command as users call it. */
export const bin = fileURLToPath(new URL("../packages/laurel/bin/laurel.js", import.meta.url));

/** What a finished command left. */
export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

/** Runs `laurel` to its end. */
export function laurel(
  args: readonly string[],
  options: { cwd: string; input?: string | Uint8Array; env?: Record<string, string> },
): Finished {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    input: options.input,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { code: status, signal, out: stdout, err: stderr };
}

/** Starts `laurel`; `done` gives what it left, `kill` ends it. */
export function start(args: readonly string[], options: { cwd: string; env?: Record<string, string> }) {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
  const done = new Promise<Finished>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, out, err })),
  );
  return { child, done };
}

/** A new folder for one test, removed at its end. */
export function folder(): Disposable & { path: string; file(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), "laurel-test-"));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
