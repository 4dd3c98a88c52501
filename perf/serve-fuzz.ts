// 10,000 generated requests against a running server, of which none may be answered with 500: node perf/serve-fuzz.ts [requests]
// With schemathesis in $LAUREL_PYTHON (or python3) they come from the OpenAPI document, else from fast-check.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";

const requests = Number(process.argv[2] ?? 10_000);
const python = process.env["LAUREL_PYTHON"] ?? "python3";
const bin = fileURLToPath(new URL("../packages/laurel/bin/laurel.js", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "laurel-fuzz-"));

const server = spawn(
  process.execPath,
  [bin, "serve", "--reward", "verify.math", "--port", "0", "--quiet", "--specs", "--data", place],
  { stdio: ["ignore", "pipe", "inherit"] },
);
try {
  const url = await new Promise<string>((resolve, reject) => {
    let out = "";
    server.stdout.on("data", (chunk) => {
      out += String(chunk);
      const found = /at (http:\S+)/.exec(out)?.[1];
      if (found !== undefined) resolve(found);
    });
    server.on("close", () => reject(new Error("the server ended")));
  });
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const operations = Object.values(paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
  if (spawnSync(python, ["-c", "import schemathesis"]).status === 0) {
    const checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    const examples = String(Math.ceil(requests / operations / 2));
    const ran = spawnSync(
      python,
      [
        "-m",
        "schemathesis.cli",
        "run",
        `${url}/openapi.json`,
        "--checks",
        checks,
        "--max-examples",
        examples,
        // it has no generator of JSON lines; the upload is tested with the jobs
        "--exclude-operation-id",
        "post_v1_jobs",
        "--workers",
        "2",
        "--request-timeout",
        "60",
      ],
      { stdio: "inherit" },
    );
    process.exitCode = ran.status ?? 1;
  } else {
    const posts = Object.keys(paths).filter((path) => paths[path]!["post"] !== undefined && !path.includes("{"));
    let worst = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...posts), fc.object({ maxDepth: 3 }), async (path, body) => {
        const { status } = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
        worst = Math.max(worst, status);
        if (status === 500) throw new Error(`${path} ${JSON.stringify(body)}`);
      }),
      { numRuns: requests },
    );
    console.log(`${requests} requests from fast-check, worst status ${worst}`);
  }
} finally {
  server.removeAllListeners("close");
  server.kill("SIGTERM");
  rmSync(place, { recursive: true, force: true });
}
