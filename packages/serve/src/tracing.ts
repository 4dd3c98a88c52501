import { createRequire } from "node:module";
import type { Reward, Scores, Task } from "laurel/core";

/** The part of `@opentelemetry/api` that is used here. */
interface Span {
  setAttribute(name: string, value: string | number | boolean): unknown;
  addEvent(name: string, attributes: Record<string, string | number | boolean>): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}
interface Logger {
  /** Is there an SDK behind it? Old versions do not say. */
  enabled?(options?: object): boolean;
  emit(record: { eventName: string; attributes: Record<string, string | number | boolean> }): void;
}
/** Loggers of events. */
export interface Logs {
  getLogger(name: string): Logger;
}
interface Api {
  trace: { getTracer(name: string): { startActiveSpan<T>(name: string, body: (span: Span) => T): T } };
  /** Since version 1.10; before, it is a package of its own. */
  logs?: Logs;
}

function optional<T>(name: string): T | undefined {
  try {
    return createRequire(import.meta.url)(name) as T;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw thrown;
  }
}

const installed = { api: "@opentelemetry/api", logs: "@opentelemetry/api-logs" };

const most = 256;

/**
 * OpenTelemetry: a span a scoring call, and a `gen_ai.evaluation.result` event a candidate (the first 256 of a call).
 *
 * It is there when the application has installed `@opentelemetry/api`, and does nothing otherwise. Events go to the SDK's logs (by that
 * API since 1.10, before by `@opentelemetry/api-logs`) where it takes them, else they are span events. No text of a prompt or an
 * answer is sent, so neither is `gen_ai.evaluation.explanation`.
 * Source: OpenTelemetry semantic conventions for generative AI, event gen_ai.evaluation.result (in development).
 */
export class Tracing {
  readonly #api: Api | undefined;
  readonly #logs: readonly Logs[];

  /** @param logs where events may go; default: what is installed */
  constructor(logs?: readonly Logs[]) {
    this.#api = optional<Api>(installed.api);
    this.#logs =
      logs ??
      [this.#api?.logs, this.#api && optional<{ logs: Logs }>(installed.logs)?.logs].filter((one) => one !== undefined);
  }

  /** Runs a scoring call inside a span. */
  async scoring(protocol: string, reward: Reward, tasks: readonly Task[], run: () => Promise<Scores>): Promise<Scores> {
    if (this.#api === undefined) return run();
    return this.#api.trace.getTracer("laurel").startActiveSpan("laurel.score", async (span) => {
      span.setAttribute("laurel.reward", reward.name);
      span.setAttribute("laurel.protocol", protocol);
      span.setAttribute("laurel.tasks", tasks.length);
      try {
        const scores = await run();
        this.#events(span, reward, scores);
        return scores;
      } catch (thrown) {
        span.setStatus({ code: 2, message: thrown instanceof Error ? thrown.message : String(thrown) });
        throw thrown;
      } finally {
        span.end();
      }
    });
  }

  #events(span: Span, reward: Reward, scores: Scores): void {
    const logger = this.#logs.map((logs) => logs.getLogger("laurel")).find((one) => one.enabled?.() !== false);
    for (const score of scores.flat().slice(0, most)) {
      const attributes: Record<string, string | number> = { "gen_ai.evaluation.name": reward.name };
      if (score.unscored !== undefined) attributes["error.type"] = score.unscored.reason;
      else {
        attributes["gen_ai.evaluation.score.value"] = score.value;
        if (score.fault !== undefined) attributes["gen_ai.evaluation.score.label"] = score.fault;
      }
      if (logger !== undefined) logger.emit({ eventName: "gen_ai.evaluation.result", attributes });
      else span.addEvent("gen_ai.evaluation.result", attributes);
    }
  }
}
