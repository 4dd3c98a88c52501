import { LaurelError } from "../../../core/index.ts";
import type { Limits } from "./limits.ts";
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
  /** Modules that the server imports once for all Python candidates, such as "numpy"; default none. */
  preload?: readonly string[] | undefined;
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
type Ended = "time-limit" | "memory-limit" | "output-limit" | "forbidden" | "cancelled" | "exited";

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

/** How to get what the sandbox needs. */
export const hints =
  "the sandbox needs Linux 5.12 or later with user, pid, network and mount namespaces: in a container start it with " +
  '--security-opt seccomp=unconfined (or --privileged), on Ubuntu set kernel.apparmor_restrict_unprivileged_userns=0; or use sandbox: "remote"';
