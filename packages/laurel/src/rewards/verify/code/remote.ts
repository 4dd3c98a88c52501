import { randomBytes } from "node:crypto";
import { messageOf } from "../../../core/index.ts";
import { defaultLimits } from "./limits.ts";
import { remoteNodeAsk } from "./node-harness.ts";
import {
  type Answer,
  type Language,
  type Plan,
  type Program,
  type RunReport,
  type Sandbox,
  SandboxError,
} from "./sandbox.ts";
import { remoteAskSource, remotePlanSource } from "./server/remote.ts";

/** A remote execution service that speaks Sandbox Fusion's `run_code`. */
export interface RemoteSandboxOptions {
  /** The whole address, such as `http://127.0.0.1:8080/run_code`. */
  url: string;
  /** Requests at the same time; default 8. */
  concurrency?: number | undefined;
  /** More request headers, such as an authorisation. */
  headers?: Readonly<Record<string, string>> | undefined;
}

interface Stage {
  status?: "Finished" | "Error" | "TimeLimitExceeded";
  execution_time?: number | null;
  return_code?: number | null;
  stdout?: string | null;
  stderr?: string | null;
}

interface Response {
  status?: "Success" | "Failed" | "SandboxError";
  message?: string;
  compile_result?: Stage | null;
  run_result?: Stage | null;
}

const languages: Readonly<Record<Language, string>> = {
  python: "python",
  javascript: "nodejs",
  typescript: "typescript",
};

/**
 * A `Sandbox` over an execution service that speaks Sandbox Fusion's wire.
 *
 * POST { compile_timeout, run_timeout, code, stdin, memory_limit_MB, language, files, fetch_files } gives
 * { status, message, compile_result, run_result } with status "Success", "Failed" or "SandboxError".
 * Outputs and values are compared here, so expected outputs do not leave this process, except those inside assertions that
 * cannot be separated: they need two processes that talk, which the wire does not have, and are refused unless
 * `asserts: "inside"` is chosen.
 *
 * @throws SandboxError when the service cannot be reached (step "transport"), fails, or answers in another form
 * @example code({ sandbox: { url: "http://127.0.0.1:8080/run_code" } })
 */
export function remoteSandbox(options: RemoteSandboxOptions): Sandbox {
  const slots = options.concurrency ?? 8;
  const queue: (() => void)[] = [];
  let busy = 0;
  const plans = new Map<string, Plan>();

  const post = async (body: object, seconds: number, signal: AbortSignal | undefined): Promise<Response> => {
    if (busy >= slots) await new Promise<void>((resolve) => queue.push(resolve));
    else busy++;
    const deadline = AbortSignal.timeout(1000 * seconds + 30_000);
    try {
      const reply = await fetch(options.url, {
        method: "POST",
        headers: { "content-type": "application/json", ...options.headers },
        body: JSON.stringify(body),
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      });
      if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
      return (await reply.json()) as Response;
    } catch (thrown) {
      signal?.throwIfAborted();
      throw new SandboxError("transport", `the execution service at ${options.url} failed: ${messageOf(thrown)}`);
    } finally {
      const next = queue.shift();
      if (next === undefined) busy--;
      else next();
    }
  };

  const execute = async (job: Program, code: string, stdin: string, seconds: number): Promise<RunReport> => {
    const limits = { ...defaultLimits, ...job.limits };
    const reply = await post(
      {
        compile_timeout: limits.loadSeconds,
        run_timeout: seconds,
        code,
        stdin,
        memory_limit_MB: limits.memoryMb,
        language: languages[job.language ?? "python"],
        files: {},
        fetch_files: [],
      },
      seconds + limits.loadSeconds,
      job.signal,
    );
    return reportOf(reply, limits.outputBytes, options.url);
  };

  return {
    about: { python: "remote", uid: -1, slots },
    broken: false,
    run: (job) => execute(job, job.program, job.stdin, job.limits?.seconds ?? defaultLimits.seconds),
    async ask(job) {
      const language = job.language ?? "python";
      if (language === "typescript")
        throw new SandboxError(
          "language",
          "functions in TypeScript cannot be graded by a remote service",
          'use the local sandbox, or tests of kind "stdio"',
        );
      const limits = { ...defaultLimits, ...job.limits };
      const mark = randomBytes(16).toString("hex");
      const stdin = JSON.stringify({ program: job.program, questions: job.questions, stop: job.stop ?? false, mark });
      const source = language === "python" ? remoteAskSource : remoteNodeAsk;
      const report = await execute(job, source, stdin, limits.loadSeconds + limits.seconds * job.questions.length);
      const frames = framesOf(report.stdout, mark);
      const event = (frames[0] ?? null) as RunReport["event"];
      const results = frames.slice(1) as Answer[];
      if (
        event?.event === "loaded" &&
        results.length < job.questions.length &&
        report.ended === null &&
        job.stop !== true
      )
        results.push({ ended: "exited" });
      return { ...report, event, results };
    },
    async drive() {
      throw new SandboxError(
        "drive",
        "an assertion that is no comparison of a call with a constant cannot be graded outside the program by a remote service",
        'use the local sandbox, or asserts: "inside" where programs are trusted',
      );
    },
    async plan(codes) {
      const fresh = [...new Set(codes.filter((code) => !plans.has(code)))];
      if (fresh.length > 0) {
        const mark = randomBytes(16).toString("hex");
        const report = await execute({ program: "" }, remotePlanSource, JSON.stringify({ codes: fresh, mark }), 30);
        const made = framesOf(report.stdout, mark)[0] as readonly Plan[] | undefined;
        if (made?.length !== fresh.length)
          throw new SandboxError(
            "plan",
            `the execution service could not read the assertions: ${report.stderr.slice(-200)}`,
          );
        for (const [i, plan] of made.entries()) plans.set(fresh[i]!, plan);
      }
      return codes.map((code) => plans.get(code)!);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** The JSON texts behind a mark, one a line; what is no JSON is a program's own doing and ends the list. */
function framesOf(stdout: string, mark: string): unknown[] {
  const frames: unknown[] = [];
  for (const piece of stdout.split(mark).slice(1)) {
    const line = piece.slice(0, piece.indexOf("\n") < 0 ? undefined : piece.indexOf("\n"));
    try {
      frames.push(JSON.parse(line));
    } catch {
      break;
    }
  }
  return frames;
}

function reportOf(reply: Response, outputBytes: number, url: string): RunReport {
  const { status, compile_result: compiled, run_result: ran } = reply;
  if (status === "SandboxError")
    throw new SandboxError("server", `the execution service at ${url} failed: ${reply.message ?? "SandboxError"}`);
  if (status !== "Success" && status !== "Failed")
    throw new SandboxError("wire", `the execution service at ${url} answered without a status`);
  const broken = compiled && (compiled.status !== "Finished" || (compiled.return_code ?? 0) !== 0);
  if (broken && !ran) {
    const late = compiled.status === "TimeLimitExceeded";
    return {
      ended: late ? "time-limit" : null,
      event: late
        ? null
        : { event: "compile", error: { type: "SyntaxError", message: (compiled.stderr ?? "").slice(-200) } },
      stdout: "",
      stderr: compiled.stderr ?? "",
      code: compiled.return_code ?? null,
      signal: null,
      ms: 1000 * (compiled.execution_time ?? 0),
    };
  }
  if (!ran) throw new SandboxError("wire", `the execution service at ${url} answered without a result`);
  const stdout = ran.stdout ?? "";
  const long = Buffer.byteLength(stdout) > outputBytes;
  const code = ran.return_code ?? null;
  const stderr = ran.stderr ?? "";
  const syntax =
    code !== 0 &&
    /^(?:SyntaxError|IndentationError|TabError):/m.exec(stderr) !== null &&
    stderr.split("Traceback").length === 1;
  return {
    ended: ran.status === "TimeLimitExceeded" ? "time-limit" : long ? "output-limit" : null,
    event: syntax ? { event: "compile", error: { type: "SyntaxError", message: stderr.trim().slice(-160) } } : null,
    stdout: long ? stdout.slice(0, outputBytes) : stdout,
    stderr,
    code,
    signal: code !== null && code < 0 ? -code : null,
    ms: 1000 * (ran.execution_time ?? 0),
  };
}
