import { stat } from "node:fs/promises";
import { z } from "zod";
import type { Exchange } from "../http/exchange.ts";
import { Problem } from "../http/problem.ts";

/** The parameter that names a file of the folder. */
export const fileQuery = { schema: z.string().min(1), description: "a file of the folder" };
/** The parameter that says how other columns are read. */
export const mapQuery = {
  schema: z.string(),
  description: "where a task's members stand in other columns: prompt=question,…",
};
/** The parameters of a page of a long list. */
export const pageQuery = {
  offset: { schema: z.int().min(0), description: "rows to leave out; default 0" },
  limit: { schema: z.int().min(1).max(500), description: "rows at most; default 100" },
};

/** A text of the query; undefined where there is none. */
export function textOf({ query }: Exchange, name: string): string | undefined {
  const value = query[name];
  return value === undefined || value === "" ? undefined : String(value);
}

/** A text of the query that has to be there. @throws Problem (422) */
export function needed(exchange: Exchange, name: string): string {
  const value = textOf(exchange, name);
  if (value === undefined) throw new Problem(422, "invalid", `?${name}: name a file of the folder`);
  return value;
}

/** The page of a long list that is asked for. */
export function pageOf({ query }: Exchange): { offset: number; limit: number } {
  return { offset: Number(query["offset"] ?? 0), limit: Number(query["limit"] ?? 100) };
}

/** What changes when files do. */
export async function stampOf(...paths: (string | undefined)[]): Promise<string> {
  const stamps = paths.map(async (path) => {
    if (path === undefined) return "";
    const { size, mtimeMs } = await stat(path);
    return `${size}:${mtimeMs}`;
  });
  return (await Promise.all(stamps)).join(" ");
}
