import { LaurelError, messageOf } from "../../../core/index.ts";
import type { Frames } from "./frames.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { type NodeRun, nodeArguments } from "./node-harness.ts";
import { hints, type Plan, type Program, type Raised, type Sandbox, SandboxError } from "./sandbox.ts";

/** One monitor's socket. */
export interface Slot {
  frames: Frames;
  busy: boolean;
}

/** The sandbox over its monitors' sockets and the planner's; requests queue for a free monitor. */
export function poolOver(
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
    const timer = setTimeout(() => slot.frames.close(), 1000 * longest + 30_000);
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
  const how = (job: Program, form: NodeRun, python: string): object => {
    const language = job.language ?? "python";
    if (language === "python") return { run: python };
    const memoryMb = job.limits?.memoryMb ?? defaultLimits.memoryMb;
    const file = form === "main" ? (language === "typescript" ? "/tmp/main.ts" : "/tmp/main.js") : "/tmp/main";
    return { run: "node", file, nodeArgs: nodeArguments(form, language, memoryMb) };
  };
  const withCpu = (limits: Limits, seconds: number, job: Program): object => ({
    ...limits,
    cpuSeconds: Math.ceil(seconds),
    ...((job.language ?? "python") === "python" ? {} : { reserves: true }),
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
          stdin: job.stdin,
          ...how(job, "main", "main"),
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
          tests: job.questions,
          stop: job.stop ?? false,
          ...how(job, "calls", "calls"),
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
          driver: { ...how(job, "drive", "drive"), program: job.code },
          ...how(job, "calls", "calls"),
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
