import { type ChildProcess, execFile, spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Duplex, Readable } from "node:stream";
import { promisify } from "node:util";
import { LaurelError, messageOf, UsageError } from "../../../core/index.ts";
import { type Frames, frames } from "./frames.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { type NodeRun, nodeArguments } from "./node-harness.ts";
import { serverSource } from "./server/source.ts";
import type { Tagged } from "./value.ts";

/** Where programs run and what they run with. */
export interface SandboxOptions {
  /** The Python interpreter, of the server and of Python candidates; default "python3". Needs 3.9 or later. */
  python?: string | undefined;
  /** The Node executable of JavaScript and TypeScript candidates; default this process's own. */
  node?: string | undefined;
  /** Programs that run at the same time; default one a core. */
  slots?: number | undefined;
  /** The uid that programs have on this machine when Laurel runs as root; default 65533. Never 0. */
  uid?: number | undefined;
  /** More directories or files that programs may read, such as a virtual environment. */
  paths?: readonly string[] | undefined;
}

/** The sandbox cannot run here: `step` is what was not permitted, the hint how to get it. */
export class SandboxError extends LaurelError {
  readonly step: string;
  constructor(step: string, message: string, hint?: string) {
    super("sandbox", message, { hint });
    this.step = step;
  }
}

/** Why a run was ended from outside. */
export type Ended = "time-limit" | "memory-limit" | "output-limit" | "forbidden" | "cancelled" | "exited";

/** An exception in the candidate's process. */
export interface Raised {
  type: string;
  message: string;
}

/** What every kind of run reports. */
export interface RunReport {
  ended: Ended | null;
  /** The first event of the program's own process: it loaded, it did not compile, it raised. */
  event: { event: "loaded" | "compile" | "raised"; error?: Raised } | null;
  stdout: string;
  stderr: string;
  /** Exit code, or null when a signal ended the process. */
  code: number | null;
  signal: number | null;
  /** Milliseconds of wall time. */
  ms: number;
}

/** One answer of the candidate's process. */
export type Answer =
  | { value: Tagged; ms: number; error?: undefined; ended?: undefined }
  | { error: Raised; ms: number; value?: undefined; ended?: undefined }
  | { ended: "exited"; value?: undefined; error?: undefined; ms?: undefined };

/** What to evaluate beside the candidate: a call by name, an expression, or statements whose value is none. */
export type Question = { name: string; args: readonly unknown[] } | { eval: string } | { exec: string };

/** How the planner separated one test's code. */
export type Plan =
  | { bad: string }
  | { drive: string }
  | { steps: readonly (({ exec: string } & { eval?: undefined }) | Check)[] };

/** One separable condition: what the candidate's process evaluates, and what the parent holds it against. */
export interface Check {
  eval: string;
  exec?: undefined;
  op:
    | "=="
    | "!="
    | "<"
    | "<="
    | ">"
    | ">="
    | "is"
    | "is not"
    | "in"
    | "not in"
    | "truthy"
    | "falsy"
    | "within"
    | "closer"
    | "isclose";
  expected?: Tagged | undefined;
  bound?: number | undefined;
  relative?: number | undefined;
  absolute?: number | undefined;
}

/** Languages that the local sandbox runs. */
export type Language = "python" | "javascript" | "typescript";

/** What all three kinds of run are told. */
export interface Program {
  program: string;
  language?: Language | undefined;
  limits?: Partial<Limits> | undefined;
  signal?: AbortSignal | undefined;
}

/** A pool of shut-in processes. */
export interface Sandbox extends AsyncDisposable {
  /** Version of the interpreter and the uid that programs have outside. */
  readonly about: { python: string; uid: number; slots: number };
  /** Has a process of the pool itself failed, or is it closed? Then open another one. */
  readonly broken: boolean;
  /** Runs a program with text on standard input. */
  run(job: Program & { stdin: string }): Promise<RunReport>;
  /** Loads a program and asks it questions in order; `stop` ends at the first exception. */
  ask(
    job: Program & { questions: readonly Question[]; stop?: boolean | undefined },
  ): Promise<RunReport & { results: readonly Answer[] }>;
  /** Runs test code in a process of its own, where the program's functions are stand-ins. */
  drive(
    job: Program & { code: string },
  ): Promise<RunReport & { verdict: { passed: boolean; error?: Raised } | null; calls: number }>;
  /** Separates Python test code; equal codes are planned once. */
  plan(codes: readonly string[]): Promise<readonly Plan[]>;
}

const hints =
  "the sandbox needs Linux 5.12 or later with user, pid, network and mount namespaces: in a container start it with " +
  '--security-opt seccomp=unconfined (or --privileged), on Ubuntu set kernel.apparmor_restrict_unprivileged_userns=0; or use sandbox: "remote"';

interface Slot {
  frames: Frames;
  busy: boolean;
}

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
    paths: [...new Set([...python.paths, node, ...(options.paths ?? [])])],
  };
  if (config.uid <= 0) throw new UsageError(`uid: programs under test must not run as root; give a uid above 0`);

  const server = spawn(python.executable, ["-s", "-B", "-c", serverSource, JSON.stringify(config)], {
    cwd: "/",
    env: { PYTHONHASHSEED: "0", LANG: "C.UTF-8" },
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
  return sandboxOver(pool, control, { python: hello.python, uid: hello.uid, slots }, async () => {
    process.off("exit", kill);
    const gone = new Promise<void>((resolve) => {
      if (server.exitCode !== null || server.signalCode !== null) resolve();
      else server.once("exit", () => resolve());
    });
    for (const stream of server.stdio) stream?.destroy();
    server.ref();
    kill();
    await gone;
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

function sandboxOver(
  pool: readonly Slot[],
  control: Frames,
  about: Sandbox["about"],
  close: () => Promise<void>,
): Sandbox {
  const queue: ((slot: Slot) => void)[] = [];
  const plans = new Map<string, Plan>();
  let planning: Promise<unknown> = Promise.resolve();
  let closed = false;
  let broken = false;

  const acquire = (): Promise<Slot> => {
    const free = pool.find((slot) => !slot.busy);
    if (free === undefined) return new Promise((resolve) => queue.push(resolve));
    free.busy = true;
    return Promise.resolve(free);
  };
  const release = (slot: Slot): void => {
    const next = queue.shift();
    if (next === undefined) slot.busy = false;
    else next(slot);
  };

  const perform = async <R>(request: object, signal: AbortSignal | undefined, longest: number): Promise<R> => {
    if (closed) throw new SandboxError("closed", "the code sandbox is closed");
    const slot = await acquire();
    const stop = (): void => slot.frames.interrupt();
    // The server ends every run by itself; this is for a server that is stopped or starved.
    const timer = setTimeout(() => slot.frames.close(), 1000 * longest + 10_000);
    try {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", stop, { once: true });
      slot.frames.send(request);
      const answer = (await slot.frames.next()) as {
        missing?: string;
        error?: string;
        event?: { event: string; error?: Raised };
      };
      if (answer.missing !== undefined)
        throw new SandboxError(answer.missing, `the code sandbox failed: ${answer.missing}: ${answer.error}`, hints);
      if (answer.event?.event === "jail")
        throw new SandboxError(
          answer.event.error!.type,
          `the code sandbox failed: ${answer.event.error!.type}: ${answer.event.error!.message}`,
          hints,
        );
      return answer as R;
    } catch (thrown) {
      if (thrown instanceof LaurelError) throw thrown;
      // an abort before anything was sent leaves the slot as it was; anything else leaves it in an unknown state
      if (signal?.aborted === true && thrown === signal.reason) throw thrown;
      broken = true;
      throw new SandboxError("server", `the code sandbox failed: ${messageOf(thrown)}`);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      release(slot);
    }
  };

  const prepare = (job: Program): { request: object; limits: Limits } => {
    const limits: Limits = { ...defaultLimits, ...job.limits };
    return { limits, request: { program: job.program, limits } };
  };
  const isNode = (job: Program): boolean => job.language === "javascript" || job.language === "typescript";
  const nodeRun = (job: Program, form: NodeRun): object =>
    isNode(job)
      ? {
          run: "node",
          nodeArgs: nodeArguments(form, job.language === "typescript", job.limits?.memoryMb ?? defaultLimits.memoryMb),
        }
      : {};
  const withCpu = (limits: Limits, seconds: number, job: Program): object => ({
    ...limits,
    cpuSeconds: Math.ceil(seconds),
    ...(isNode(job) ? { reserves: true } : {}),
  });

  return {
    about,
    get broken() {
      return broken || closed;
    },
    run(job) {
      const { request, limits } = prepare(job);
      return perform(
        {
          ...request,
          grade: "main",
          run: "main",
          stdin: job.stdin,
          ...nodeRun(job, "main"),
          limits: withCpu(limits, limits.seconds, job),
        },
        job.signal,
        limits.seconds,
      );
    },
    ask(job) {
      const { request, limits } = prepare(job);
      const longest = limits.loadSeconds + limits.seconds * job.questions.length;
      return perform(
        {
          ...request,
          grade: "calls",
          run: "calls",
          tests: job.questions,
          stop: job.stop ?? false,
          ...nodeRun(job, "calls"),
          limits: withCpu(limits, longest, job),
        },
        job.signal,
        longest,
      );
    },
    drive(job) {
      const { request, limits } = prepare(job);
      const longest = limits.loadSeconds + limits.seconds;
      return perform(
        {
          ...request,
          grade: "drive",
          run: "calls",
          code: job.code,
          ...nodeRun(job, "calls"),
          limits: withCpu(limits, longest, job),
        },
        job.signal,
        longest,
      );
    },
    async plan(codes) {
      const fresh = [...new Set(codes.filter((code) => !plans.has(code)))];
      if (fresh.length > 0) {
        const turn = planning.then(async () => {
          const timer = setTimeout(() => control.close(), 60_000);
          control.send(fresh);
          const made = (await control.next().finally(() => clearTimeout(timer))) as readonly Plan[];
          if (plans.size > 100_000) plans.clear();
          for (const [i, plan] of made.entries()) plans.set(fresh[i]!, plan);
          return made;
        });
        planning = turn.catch(() => {});
        const made = await turn;
        const byCode = new Map(fresh.map((code, i) => [code, made[i]!]));
        return codes.map((code) => byCode.get(code) ?? plans.get(code)!);
      }
      return codes.map((code) => plans.get(code)!);
    },
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      await close();
    },
  };
}
