import { type ZodType, z } from "zod";
import type { Exchange } from "./exchange.ts";
import { Problem } from "./problem.ts";

/** A query parameter, as the OpenAPI document shows it. */
export interface QueryParameter {
  schema: ZodType;
  description: string;
}

/** What one route does: the same object is served and documented. */
export interface Operation<B = unknown> {
  method: "get" | "post" | "delete";
  /** All paths that lead here. Path parameters are written `{name}`. */
  paths: readonly string[];
  summary: string;
  tag: string;
  query?: Readonly<Record<string, QueryParameter>> | undefined;
  /** Where several operations share a path: the members of the body of which one says that this one is meant. */
  fields?: readonly string[] | undefined;
  /** Schema of the body; without it none is read. */
  body?: ZodType<B> | undefined;
  /** Media type of a body that the handler reads itself, such as a file. */
  upload?: string | undefined;
  /** Schema of the answer. */
  answer: ZodType;
  /** Media types of an answer that is not JSON. */
  produces?: readonly string[] | undefined;
  /** Status of success. Default 200. */
  status?: number | undefined;
  /** Status codes of failure beyond those that every route has. */
  failures?: readonly number[] | undefined;
  /** May be called without a key. */
  open?: boolean | undefined;
  /** Answers of this route are kept under an Idempotency-Key. */
  idempotent?: boolean | undefined;
  handle(exchange: Exchange, body: B): Promise<unknown> | unknown;
}

/** Keeps the body's type between `body` and `handle`. */
export function operation<B>(one: Operation<B>): Operation {
  return one as unknown as Operation;
}

/**
 * Checks a body against its schema.
 * @throws Problem (422) with the path of the first member that is wrong
 */
export function checkBody<B>(schema: ZodType<B>, value: unknown): B {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`));
  const where = path.join("").replace(/^\./, "");
  throw new Problem(422, "invalid", `${where === "" ? "the body" : where}: ${issue?.message ?? "is wrong"}`);
}

/** The query parameters of all operations of a path. */
export function queryOf(sharing: readonly Operation[]): Readonly<Record<string, QueryParameter>> {
  const [only] = sharing;
  if (sharing.length === 1) return only?.query ?? {};
  return Object.assign({}, ...sharing.map((one) => one.query ?? {})) as Record<string, QueryParameter>;
}

/**
 * The declared parameters of a query, as texts or numbers.
 * @throws Problem (422) with the name of the one that is wrong
 */
export function checkQuery(
  declared: Readonly<Record<string, QueryParameter>>,
  given: URLSearchParams,
): Record<string, string | number> {
  const read: Record<string, string | number> = {};
  for (const [name, { schema }] of Object.entries(declared)) {
    const text = given.get(name);
    if (text === null) continue;
    const asText = schema.safeParse(text);
    const parsed = asText.success || text.trim() === "" ? asText : schema.safeParse(Number(text));
    if (!parsed.success)
      throw new Problem(422, "invalid", `?${name}: ${parsed.error.issues[0]?.message ?? "is wrong"}`);
    read[name] = parsed.data as string | number;
  }
  return read;
}

/** The query parameters that every protocol of scores takes. */
export const rewardQuery = {
  reward: { schema: z.string(), description: "name of the reward; needed only where several are served" },
} satisfies Record<string, QueryParameter>;

/** The query parameters of protocols that send samples one by one and read numbers. */
export const sampleQuery = {
  ...rewardQuery,
  group: { schema: z.int().min(1).max(4096), description: "samples a group; holds samples until a group is complete" },
  key: { schema: z.enum(["prompt", "uid"]), description: "what members of a group share; default prompt" },
  wait: { schema: z.int().min(1).max(600_000), description: "milliseconds that a group waits for its last member" },
  unscored: { schema: z.number(), description: "the number for samples without a score" },
} satisfies Record<string, QueryParameter>;

/** The shape of every error. */
export const problemSchema = z.object({
  error: z.object({ message: z.string(), type: z.string(), code: z.string() }),
});
