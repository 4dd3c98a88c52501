import { readFileSync } from "node:fs";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { directContext, task } from "laurel/core";
import { math } from "laurel/rewards";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { numberReward, served } from "../../../test/serve/server.ts";
import { type Logs, Tracing } from "./tracing.ts";

// what a receiver of OTLP/HTTP got from `laurel serve` under the real SDK (scripts/expected/otlp.ts)
const arrived = JSON.parse(readFileSync(new URL("../../../test/expected/otlp/otlp.json", import.meta.url), "utf8")) as {
  request: { tasks: { prompt: string; candidates: string[]; answer?: string }[] };
  span: { name: string; attributes: Attribute[]; events: object[] };
  records: { eventName: string; attributes: Attribute[]; ofTheSpan: boolean }[];
};
interface Attribute {
  key: string;
  value: Record<string, string | number>;
}
const plain = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

describe("OpenTelemetry", () => {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  afterAll(() => {
    trace.disable();
    context.disable();
  });

  afterEach(() => exporter.reset());

  it("sends a log record an event, inside the span, where the SDK takes logs: those that the real SDK sent on", async () => {
    const sent: { record: object; span: string | undefined }[] = [];
    const emit = (record: object): number => sent.push({ record, span: trace.getActiveSpan()?.spanContext().spanId });
    const logs = (enabled?: boolean): Logs => ({
      getLogger: () => ({ ...(enabled === undefined ? {} : { enabled: () => enabled }), emit }),
    });
    const nobody: Logs = { getLogger: () => ({ enabled: () => false, emit: () => expect.unreachable() }) };
    const reward = math();
    const tasks = arrived.request.tasks.map((one) => task(one.prompt, one.candidates, one.answer));
    // an SDK of today says that it listens, an old one says nothing
    for (const listening of [logs(true), logs()]) {
      sent.length = 0;
      exporter.reset();
      await new Tracing([nobody, listening]).scoring("laurel", reward, tasks, () =>
        reward.score(tasks, directContext()),
      );
      const [span] = exporter.getFinishedSpans();
      expect({ name: span!.name, attributes: span!.attributes, events: span!.events }).toEqual({
        name: arrived.span.name,
        attributes: plain(arrived.span.attributes),
        events: arrived.span.events,
      });
      expect(sent).toEqual(
        arrived.records.map(({ eventName, attributes }) => ({
          record: { eventName, attributes: plain(attributes) },
          span: span!.spanContext().spanId,
        })),
      );
    }
    expect(arrived.records.every((record) => record.ofTheSpan)).toBe(true);
    expect(JSON.stringify([arrived.span, arrived.records])).not.toContain("secret");
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
