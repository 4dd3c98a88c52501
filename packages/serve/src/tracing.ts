import { createRequire } from "node:module";
import type { Reward, Scores, Task } from "laurel/core";

/** The part of `@opentelemetry/api` that is used here. */
interface Span {
  setAttribute(name: string, value: string | number | boolean): unknown;
  addEvent(name: string, attributes: Record<string, string | number | boolean>): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}
interface Api {
  trace: { getTracer(name: string): { startActiveSpan<T>(name: string, body: (span: Span) => T): T } };
}
interface LogsApi {
  logs: {
    getLogger(name: string): {
      emit(record: { eventName: string; attributes: Record<string, string | number | boolean> }): void;
    };
  };
}

function optional<T>(name: string): T | undefined {
  try {
    return createRequire(import.meta.url)(name) as T;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw thrown;
  }
}

const most = 256;

/**
 * OpenTelemetry: a span a scoring call, and a `gen_ai.evaluation.result` event a candidate (the first 256 of a call).
 *
 * It is there when the application has installed `@opentelemetry/api`, and does nothing otherwise. Events go through
 * `@opentelemetry/api-logs` where that is installed too, else they are span events. No text of a prompt or an answer is sent.
 * Source: OpenTelemetry semantic conventions for generative AI, event gen_ai.evaluation.result (in development).
 */
export class Tracing {
  readonly #api: Api | undefined;
  readonly #logs: LogsApi | undefined;

  constructor() {
    this.#api = optional<Api>("@opentelemetry/api");
    this.#logs = this.#api === undefined ? undefined : optional<LogsApi>("@opentelemetry/api-logs");
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
    const logger = this.#logs?.logs.getLogger("laurel");
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
