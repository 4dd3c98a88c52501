import { readFileSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Estimate, JsonObject } from "laurel/core";
import type { ArtefactConfig } from "laurel/rewards/learned";
import { z } from "zod";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { PageParts } from "./parts.ts";

const largest = 8 * 1024 * 1024;

/** An estimate of a stress audit, with its place in it. */
interface StressRow {
  part: string;
  name: string;
  estimate: Pick<Estimate, "value" | "low" | "high" | "n">;
}

/** Every estimate of an audit, in its order; parts that could not be shown with the reason. */
function stressRows(audit: JsonObject): { rows: StressRow[]; missing: { part: string; why: string }[] } {
  const rows: StressRow[] = [];
  const missing: { part: string; why: string }[] = [];
  const walk = (part: string, names: readonly string[], value: unknown): void => {
    if (typeof value !== "object" || value === null || rows.length >= 400) return;
    const { missing: why, value: mean, low, high, n } = value as Record<string, unknown>;
    if (typeof why === "string") {
      missing.push({ part, why });
      return;
    }
    if (typeof mean === "number" && typeof low === "number" && typeof high === "number" && typeof n === "number") {
      rows.push({ part, name: names.join(" · "), estimate: { value: mean, low, high, n } });
      return;
    }
    if (Array.isArray(value)) {
      for (const [i, one] of value.entries()) {
        const own = one as Record<string, unknown> | null;
        const called = ["perturbation", "name", "bucket", "source", "feature"]
          .map((key) => own?.[key])
          .find((text) => typeof text === "string");
        walk(part, [...names, (called as string | undefined) ?? String(i + 1)], one);
      }
      return;
    }
    for (const [key, one] of Object.entries(value)) if (key !== "made") walk(part, [...names, key], one);
  };
  for (const [part, value] of Object.entries(audit)) walk(part, [], value);
  return { rows, missing };
}

/** Reward models: the folders that `laurel train --out` writes. */
export function modelOperations({ workspace }: PageParts): Operation[] {
  const text = (path: string): string | null => {
    let real: string;
    try {
      real = workspace.resolve(path);
    } catch (thrown) {
      if (thrown instanceof Problem) return null;
      throw thrown;
    }
    return statSync(real).size > largest ? null : readFileSync(real, "utf8");
  };
  const configOf = (folder: string): ArtefactConfig | undefined => {
    const found = text(folder === "." ? "config.json" : `${folder}/config.json`);
    if (found?.includes('"laurel-reward"') !== true) return undefined;
    try {
      const config = JSON.parse(found) as ArtefactConfig;
      return config.format === "laurel-reward" ? config : undefined;
    } catch {
      // half written, or somebody else's config.json
      return undefined;
    }
  };
  return [
    operation({
      method: "get",
      paths: ["/v1/models"],
      summary: "The learned rewards of the folder",
      tag: "page",
      answer: z.object({ models: z.array(z.looseObject({ path: z.string() })) }),
      handle: () => ({
        models: workspace.list().flatMap(({ path, changed }) => {
          if (basename(path) !== "config.json") return [];
          const folder = dirname(path);
          const config = configOf(folder);
          if (config === undefined) return [];
          const { head, features, objective, data, metrics } = config;
          return [
            {
              path: folder,
              changed,
              head: head.kind,
              features: features.name,
              objective: objective.name,
              rows: data.train.rows,
              accuracy: metrics["crossValidatedAccuracy"] ?? metrics["accuracy"] ?? null,
            },
          ];
        }),
      }),
    }),
    operation({
      method: "get",
      paths: ["/v1/model"],
      summary: "A learned reward: its figures, curves, calibration, card, and its stress audit where one was kept",
      tag: "page",
      query: { path: { schema: z.string(), description: "its folder" } },
      answer: z.looseObject({ path: z.string() }),
      failures: [404],
      handle({ query }) {
        const path = String(query["path"] ?? "");
        const config = configOf(path);
        if (config === undefined)
          throw new Problem(404, "no-such-model", `there is no learned reward in ${path.slice(0, 200)}`);
        const of = (name: string): string | null => text(path === "." ? name : `${path}/${name}`);
        const stress = of("stress.json");
        return {
          path,
          config,
          card: of("README.md"),
          curve: of("curve.svg"),
          calibration: of("calibration.svg"),
          stress: stress === null ? null : stressOf(stress),
        };
      },
    }),
  ];
}

function stressOf(text: string): ReturnType<typeof stressRows> {
  try {
    return stressRows(JSON.parse(text) as JsonObject);
  } catch {
    throw new Problem(422, "no-json", "stress.json is no JSON: write it with laurel audit reward … --stress --json");
  }
}
