import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, describe, expect, it } from "vitest";
import { numberReward, served } from "../../../test/serve/server.ts";

describe("OpenTelemetry", () => {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  afterAll(() => {
    trace.disable();
    context.disable();
  });

  it("writes a span a call and a gen_ai.evaluation.result event a candidate, without any text", async () => {
    await using server = await served({ rewards: { rm: numberReward() } });
    await server.post("/v1/score", { tasks: [{ prompt: "secret", candidates: ["2.5", "?", "!"] }] });
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({
      name: "laurel.score",
      attributes: { "laurel.reward": "rm", "laurel.protocol": "laurel", "laurel.tasks": 1 },
    });
    expect(span!.events.map((event) => ({ name: event.name, ...event.attributes }))).toEqual([
      { name: "gen_ai.evaluation.result", "gen_ai.evaluation.name": "rm", "gen_ai.evaluation.score.value": 2.5 },
      { name: "gen_ai.evaluation.result", "gen_ai.evaluation.name": "rm", "error.type": "undecided" },
      {
        name: "gen_ai.evaluation.result",
        "gen_ai.evaluation.name": "rm",
        "gen_ai.evaluation.score.value": -10,
        "gen_ai.evaluation.score.label": "malformed",
      },
    ]);
    expect(JSON.stringify([span!.attributes, span!.events])).not.toContain("secret");
  });
});
