import { closeSync, openSync, readSync } from "node:fs";
import { benchmarks } from "laurel/bench";
import { z } from "zod";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { PageParts } from "./parts.ts";

interface Header {
  benchmark: string;
  system: string;
  count: number;
}

const headerBytes = 65_536;

/** The header of a benchmark's run; undefined for any other file. */
function headerOf(file: string): Header | undefined {
  const bytes = Buffer.alloc(headerBytes);
  const handle = openSync(file, "r");
  let line: string;
  try {
    const size = readSync(handle, bytes, 0, headerBytes, 0);
    line = bytes.subarray(0, size).toString("utf8").split("\n", 1)[0]!;
  } finally {
    closeSync(handle);
  }
  if (!line.startsWith("{") || !line.includes('"benchmark"')) return undefined;
  try {
    const header = JSON.parse(line) as Partial<Header>;
    if (typeof header.benchmark !== "string" || typeof header.system !== "string") return undefined;
    return { benchmark: header.benchmark, system: header.system, count: header.count ?? 0 };
  } catch {
    // a file whose first line is no JSON is no run
    return undefined;
  }
}

/** Leaderboards from the runs that `laurel bench run --out` left in the folder. */
export function benchmarkOperations({ workspace, analysis }: PageParts): Operation[] {
  const known = new Map<string, Header | undefined>();
  const runs = () =>
    workspace.list().flatMap(({ path, kind, bytes, changed }) => {
      if (kind !== "file" || !path.endsWith(".jsonl")) return [];
      const stamp = `${path}\n${bytes}\n${changed}`;
      if (!known.has(stamp)) known.set(stamp, headerOf(workspace.resolve(path)));
      const header = known.get(stamp);
      return header === undefined ? [] : [{ path, stamp, ...header }];
    });
  return [
    operation({
      method: "get",
      paths: ["/v1/benchmarks"],
      summary: "The benchmarks of which the folder holds runs",
      tag: "page",
      answer: z.object({
        benchmarks: z.array(
          z.object({
            id: z.string(),
            title: z.string(),
            runs: z.array(z.object({ path: z.string(), system: z.string() })),
          }),
        ),
      }),
      handle: () => ({
        benchmarks: [...Map.groupBy(runs(), ({ benchmark }) => benchmark)].map(([id, own]) => ({
          id,
          title: benchmarks.find((one) => one.id === id)?.title ?? id,
          runs: own.map(({ path, system }) => ({ path, system })),
        })),
      }),
    }),
    operation({
      method: "get",
      paths: ["/v1/benchmarks/{benchmark}"],
      summary: "A benchmark's leaderboard: rank intervals, significance groups, subsets, and all pairs",
      tag: "page",
      query: { figure: { schema: z.string(), description: "one of the benchmark's figures; default its headline" } },
      answer: z.looseObject({ title: z.string() }),
      failures: [404],
      async handle({ path, query }) {
        const benchmark = path["benchmark"]!;
        const own = runs().filter((run) => run.benchmark === benchmark);
        if (own.length === 0)
          throw new Problem(404, "no-runs", `the folder holds no run of ${benchmark.slice(0, 100)}`);
        return analysis.of(
          "board",
          {
            benchmark,
            files: own.map((run) => ({ path: run.path, file: workspace.resolve(run.path) })),
            figure: query["figure"] as string | undefined,
          },
          own.map(({ stamp }) => stamp).join("\n"),
        );
      },
    }),
  ];
}
