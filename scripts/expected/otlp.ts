// Sends what `laurel serve` tells OpenTelemetry through the real SDK and OTLP/HTTP to a receiver on loopback, and writes what arrived
// to test/expected/otlp/otlp.json.
// Run: node scripts/expected/otlp.ts FOLDER
// FOLDER/node_modules holds the SDK (npm i --ignore-scripts @opentelemetry/sdk-node @opentelemetry/api @opentelemetry/api-logs).
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";

const folder = resolve(process.argv[2] ?? ".");
const root = join(import.meta.dirname, "../..");
const version = (name: string): string =>
  (JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")) as { version: string }).version;

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}
interface Span {
  name: string;
  traceId: string;
  spanId: string;
  attributes: Attribute[];
  events: unknown[];
}
interface LogRecord {
  eventName: string;
  traceId: string;
  spanId: string;
  attributes: Attribute[];
  body?: unknown;
}

const spans: Span[] = [];
const records: LogRecord[] = [];
const receiver = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk) => (text += String(chunk)));
  request.on("end", () => {
    const body = JSON.parse(text) as Record<string, Record<string, unknown>[]>;
    for (const { scopeSpans } of body["resourceSpans"] ?? [])
      for (const scope of scopeSpans as { scope: { name: string }; spans: Span[] }[])
        if (scope.scope.name === "laurel") spans.push(...scope.spans);
    for (const { scopeLogs } of body["resourceLogs"] ?? [])
      for (const scope of scopeLogs as { scope: { name: string }; logRecords: LogRecord[] }[])
        if (scope.scope.name === "laurel") records.push(...scope.logRecords);
    response.setHeader("content-type", "application/json");
    response.end("{}");
  });
});
await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

// the server takes FOLDER's packages, as it does in an application that has installed both
writeFileSync(
  join(folder, "otel.mjs"),
  `import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { NodeSDK } from "@opentelemetry/sdk-node";
const { resolve } = createRequire(import.meta.url);
registerHooks({
  resolve: (name, context, next) =>
    name.startsWith("@opentelemetry/") && context.parentURL?.endsWith("/serve/src/tracing.ts")
      ? { url: pathToFileURL(resolve(name)).href, format: "commonjs", shortCircuit: true }
      : next(name, context),
});
const sdk = new NodeSDK();
sdk.start();
process.on("SIGTERM", () => sdk.shutdown());
`,
);
const server = spawn(
  process.execPath,
  [
    "--import",
    join(folder, "otel.mjs"),
    join(root, "packages/laurel/bin/laurel.js"),
    "serve",
    "--reward",
    "verify.math",
    "--port",
    "0",
    "--quiet",
  ],
  {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "none",
      OTEL_SERVICE_NAME: "laurel",
      OTEL_BSP_SCHEDULE_DELAY: "200",
      OTEL_BLRP_SCHEDULE_DELAY: "200",
    },
  },
);
const url = await new Promise<string>((found, reject) => {
  let out = "";
  server.stdout.on("data", (chunk) => {
    out += String(chunk);
    const at = /at (http:\S+)/.exec(out)?.[1];
    if (at !== undefined) found(at);
  });
  server.on("close", () => reject(new Error("the server ended")));
});
const request = {
  tasks: [
    { prompt: "a secret question", candidates: ["\\boxed{5}", "6", ""], answer: "5" },
    { prompt: "p", candidates: ["7"] },
  ],
};
await fetch(`${url}/v1/score`, { method: "POST", body: JSON.stringify(request) });
for (let i = 0; i < 100 && (spans.length === 0 || records.length < 4); i++)
  await new Promise((wait) => setTimeout(wait, 100));
server.removeAllListeners("close");
server.kill("SIGTERM");
receiver.close();
receiver.closeAllConnections();

const [span] = spans;
if (span === undefined) throw new Error("no span arrived");
const out = join(root, "test/expected/otlp");
mkdirSync(out, { recursive: true });
const versions = Object.fromEntries(
  ["sdk-node", "sdk-logs", "api", "api-logs"].map((name) => [
    `@opentelemetry/${name}`,
    version(`@opentelemetry/${name}`),
  ]),
);
const arrived = {
  versions,
  request,
  span: { name: span.name, attributes: span.attributes, events: span.events },
  records: records.map(({ eventName, attributes, body, traceId, spanId }) => ({
    eventName,
    attributes,
    ...(body === undefined ? {} : { body }),
    ofTheSpan: traceId === span.traceId && spanId === span.spanId,
  })),
};
writeFileSync(join(out, "otlp.json"), `${JSON.stringify(arrived, null, 2)}\n`);
