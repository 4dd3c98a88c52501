// 10,000 generated requests against a running server, of which none may be answered with 500: node perf/serve-fuzz.ts [requests] [seed]
// With schemathesis 4 in $LAUREL_PYTHON (or python3) they come from the OpenAPI document, else from fast-check. The counts are the
// server's own (`laurel_requests_total`), so that no tool's idea of a test case is taken for a request.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";

const requests = Number(process.argv[2] ?? 10_000);
const seed = process.argv[3] ?? "6";
const python = process.env["LAUREL_PYTHON"] ?? "python3";
const bin = fileURLToPath(new URL("../packages/laurel/bin/laurel.js", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "laurel-fuzz-"));

const server = spawn(
  process.execPath,
  [
    bin,
    "serve",
    "--reward",
    "math=verify.math",
    "--reward",
    "length",
    "--port",
    "0",
    "--quiet",
    "--specs",
    "--data",
    place,
  ],
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
  const version = spawnSync(python, ["-c", "import schemathesis; print(schemathesis.__version__)"], {
    encoding: "utf8",
  });
  if (version.status === 0) {
    const checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    // the phase of coverage adds some hundreds of its own
    const examples = String(Math.ceil(requests / operations));
    console.log(
      `schemathesis ${version.stdout.trim()}, ${operations} operations, ${examples} examples each, seed ${seed}`,
    );
    // texts made up for ?reward= would end nearly every request with 404
    writeFileSync(join(place, "schemathesis.toml"), '[parameters]\n"query.reward" = "math"\n');
    const ran = spawnSync(
      python,
      [
        "-m",
        "schemathesis.cli",
        "run",
        `${url}/openapi.json`,
        "--checks",
        checks,
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        examples,
        "--seed",
        seed,
        "--generation-database",
        "none",
        // it has no generator of JSON lines; the upload is tested with the jobs
        "--exclude-operation-id",
        "post_v1_jobs",
        "--suppress-health-check",
        "all",
        "--request-timeout",
        "60",
        "--no-color",
      ],
      { stdio: "inherit", cwd: place },
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
      { numRuns: requests, seed: Number(seed) },
    );
    console.log(`${requests} requests from fast-check, seed ${seed}, worst status ${worst}`);
  }
  const counts = new Map<string, number>();
  for (const [, status, n] of (await (await fetch(`${url}/metrics`)).text()).matchAll(
    /^laurel_requests_total\{.*status="(\d+)".*\} (\d+)$/gm,
  ))
    counts.set(status!, (counts.get(status!) ?? 0) + Number(n));
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const by = [...counts].sort().map(([status, n]) => `${n} with ${status}`);
  console.log(`${total} requests reached a route: ${by.join(", ")}`);
  if (counts.has("500")) process.exitCode = 1;
} finally {
  server.removeAllListeners("close");
  server.kill("SIGTERM");
  rmSync(place, { recursive: true, force: true });
}
