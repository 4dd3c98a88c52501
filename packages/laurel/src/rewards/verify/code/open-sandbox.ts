import { type ChildProcess, execFile, spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Duplex, Readable } from "node:stream";
import { promisify } from "node:util";
import { messageOf, UsageError } from "../../../core/index.ts";
import { type Frames, frames } from "./frames.ts";
import { poolOver, type Slot } from "./pool.ts";
import { hints, type Sandbox, SandboxError, type SandboxOptions } from "./sandbox.ts";
import { serverSource } from "./server/source.ts";

/**
 * Starts the sandbox: one warm Python fork-server under another uid in its own user, network, pid and mount namespaces.
 *
 * Each program runs in a fork of it (about a millisecond) with a user namespace without rights, a pid namespace that dies
 * with it, a /tmp of its own, a read-only root with the system's programs and none of the host's files, no network, and
 * hard limits. A program that outlives a limit is killed with everything it started.
 *
 * @param options see `SandboxOptions`
 * @returns the pool; dispose of it to end every process
 * @throws SandboxError where the machine does not permit a step (probed once, here)
 * @example await using sandbox = await openSandbox(); (await sandbox.run({ program: "print(input())", stdin: "7" })).stdout
 */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const slots = options.slots ?? availableParallelism();
  if (!Number.isInteger(slots) || slots < 1)
    throw new UsageError(`slots: expected a whole number above 0, not ${slots}`);
  if (process.platform !== "linux")
    throw new SandboxError("platform", `the code sandbox runs on Linux only, not on ${process.platform}`, hints);
  const python = await findPython(options.python ?? "python3");
  const node = realpathSync(options.node ?? process.execPath);
  const config = {
    slots,
    uid: options.uid ?? 65533,
    node,
    preload: options.preload ?? [],
    paths: [...new Set([...python.paths, ...(options.paths ?? [])])],
  };
  if (config.uid <= 0) throw new UsageError(`uid: programs under test must not run as root; give a uid above 0`);

  const server = spawn(python.executable, ["-s", "-B", "-c", serverSource, JSON.stringify(config)], {
    cwd: "/",
    // an interrupt from the terminal is the caller's to handle; the server ends with its sockets
    detached: true,
    // one hash seed, so that sets of texts have one order in every run; no threads of a preloaded library before the forks
    env: { PYTHONHASHSEED: "0", LANG: "C.UTF-8", LD_BIND_NOW: "1", OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
    stdio: ["ignore", "ignore", "pipe", "pipe", ...Array.from({ length: slots }, () => "pipe" as const)],
  });
  const complaints: string[] = [];
  (server.stdio[2] as Readable).on("data", (chunk: Buffer) => {
    if (complaints.length < 20) complaints.push(chunk.toString());
  });
  const kill = (): void => {
    server.kill("SIGKILL");
  };
  process.once("exit", kill);
  const control = frames(server.stdio[3] as Duplex);
  const hello = await greeting(control, server, complaints);
  if (!hello.ready) {
    process.off("exit", kill);
    kill();
    throw new SandboxError(hello.step, `the code sandbox cannot start: ${hello.step}: ${hello.error}`, hints);
  }
  const pool: Slot[] = Array.from({ length: slots }, (_, i) => ({
    frames: frames(server.stdio[4 + i] as Duplex),
    busy: false,
  }));
  // a waiting sandbox must not keep the caller's process alive
  server.unref();
  for (const stream of server.stdio.slice(2)) (stream as unknown as { unref(): void }).unref();
  return poolOver(pool, control, { python: hello.python, uid: hello.uid, slots }, async () => {
    const gone = new Promise<void>((resolve) => {
      if (server.exitCode !== null || server.signalCode !== null) resolve();
      else server.once("exit", () => resolve());
    });
    server.ref();
    // every process of the server ends when its socket closes; the kill is for one that cannot
    for (const stream of server.stdio) stream?.destroy();
    const late = setTimeout(kill, 5000);
    await gone;
    clearTimeout(late);
    process.off("exit", kill);
  });
}

type Greeting = { ready: true; python: string; uid: number } | { ready: false; step: string; error: string };

async function greeting(control: Frames, server: ChildProcess, complaints: readonly string[]): Promise<Greeting> {
  const failed = new Promise<Greeting>((resolve) => {
    server.once("error", (error) => resolve({ ready: false, step: "start", error: error.message }));
  });
  const late = new Promise<Greeting>((resolve) => {
    setTimeout(() => resolve({ ready: false, step: "start", error: "no answer within 20 s" }), 20_000).unref();
  });
  const first = control.next().then(
    (value) => value as Greeting,
    (thrown: unknown): Greeting => ({
      ready: false,
      step: "start",
      error: complaints.join("").trim().split("\n").at(-1) || messageOf(thrown),
    }),
  );
  return Promise.race([first, failed, late]);
}

async function findPython(name: string): Promise<{ executable: string; paths: readonly string[] }> {
  const code =
    "import sys,os,json,sysconfig;print(json.dumps([sys.executable,sys.prefix,sys.base_prefix,sys.exec_prefix,list(sys.version_info[:2])]))";
  try {
    const { stdout } = await promisify(execFile)(name, ["-c", code], { timeout: 20_000 });
    const [executable, prefix, base, exec, version] = JSON.parse(stdout) as [string, string, string, string, number[]];
    if (version[0]! < 3 || version[1]! < 9) throw new Error(`Python ${version.join(".")} is older than 3.9`);
    return { executable, paths: [...new Set([prefix, base, exec])].filter((path) => path !== "/usr") };
  } catch (thrown) {
    throw new SandboxError(
      "python",
      `the code sandbox needs Python 3.9 or later as '${name}': ${messageOf(thrown)}`,
      "install python3, or name it with the option `python`",
    );
  }
}
