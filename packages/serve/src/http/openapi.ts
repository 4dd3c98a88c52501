import { z } from "zod";
import { type Operation, problemSchema, queryOf } from "./operation.ts";

type Json = Record<string, unknown>;

/** JSON Schema (draft 2020-12, the dialect of OpenAPI 3.1) of a Zod schema. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const made = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  delete made["$schema"];
  return made;
}

function anyOf(schemas: readonly Json[]): Json {
  return schemas.length === 1 ? schemas[0]! : { anyOf: schemas };
}

/** The members that say which of the operations of a path is meant. */
function needs(one: Operation): Json {
  // a single one is required by its own schema
  if (one.fields === undefined || one.fields.length === 1) return {};
  return { anyOf: one.fields.map((field) => ({ required: [field] })) };
}

const failureTexts: Readonly<Record<number, string>> = {
  400: "the body is not JSON",
  401: "a key is missing",
  403: "the key is wrong or may not do this",
  404: "there is no such thing",
  408: "the body did not arrive in time",
  409: "this cannot be done in the present state",
  413: "the body is too large",
  415: "the body's encoding is not read",
  422: "the request is understood but wrong",
  429: "the queue or the key's limit is full; Retry-After says when to come back",
  503: "no score for now, or the server is ending; try again",
};

/**
 * The OpenAPI 3.1 document of all operations, from the same Zod 4 schemas that check requests.
 *
 * `@hono/zod-openapi` was tried (1.6.3, which works with Zod 4) and left out: of two operations of one path, which `/classify` and
 * `/rerank` need, its document shows the last and its router runs the first; it answers 415 to JSON under another content type, as curl
 * sends it; and bodies have to be read here anyway, under limits of size and time. It would replace this file, since
 * `z.toJSONSchema` already makes OpenAPI 3.1's schemas.
 * @param secured are keys needed?
 */
export function openApiDocument(operations: readonly Operation[], version: string, secured: boolean): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const one of operations)
    for (const path of one.paths) {
      const sharing = operations.filter((other) => other.method === one.method && other.paths.includes(path));
      // operations that share a path are one entry, written at the first of them
      if (sharing[0] !== one) continue;
      const parameters: Json[] = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: "path",
        required: true,
        schema: { type: "string" },
      }));
      const query = queryOf(sharing);
      for (const [name, { schema, description }] of Object.entries(query))
        parameters.push({ name, in: "query", required: false, description, schema: schemaOf(schema, "input") });
      const statuses = [
        ...(one.body === undefined && one.upload === undefined ? [] : [400, 408, 413, 415, 422]),
        ...(one.query === undefined ? [] : [404, 422]),
        ...(path.includes("{") ? [404] : []),
        ...(secured && one.open !== true ? [401, 403] : []),
        ...(one.open === true ? [] : [429, 503]),
        ...(one.failures ?? []),
      ];
      const base = path.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_|_$/g, "");
      const answer = anyOf(sharing.map((other) => schemaOf(other.answer, "output")));
      const bodies = sharing.flatMap((other) =>
        other.body === undefined ? [] : [{ ...schemaOf(other.body, "input"), ...needs(other) }],
      );
      const types = one.produces ?? ["application/json"];
      paths[path] = {
        ...paths[path],
        [one.method]: {
          operationId: `${one.method}_${base}${path.endsWith("/") ? "_slash" : ""}`,
          summary: sharing.map((other) => other.summary).join("; or: "),
          tags: [one.tag],
          ...(parameters.length === 0 ? {} : { parameters }),
          ...(one.body === undefined
            ? one.upload === undefined
              ? {}
              : { requestBody: { required: true, content: { [one.upload]: { schema: { type: "string" } } } } }
            : {
                requestBody: {
                  required: true,
                  content: { "application/json": { schema: anyOf(bodies) } },
                },
              }),
          responses: {
            [String(one.status ?? 200)]: {
              description: "done",
              content: Object.fromEntries(types.map((type) => [type, { schema: answer }])),
            },
            ...Object.fromEntries(
              [...new Set(statuses)].sort().map((status) => [
                String(status),
                {
                  description: failureTexts[status] ?? "failed",
                  content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
                },
              ]),
            ),
          },
          ...(secured && one.open !== true ? { security: [{ bearer: [] }, { apiKey: [] }] } : {}),
        },
      };
    }
  return {
    openapi: "3.1.0",
    info: { title: "Laurel", version, description: "Rewards over HTTP, in each trainer's own protocol" },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, "output") },
      ...(secured
        ? {
            securitySchemes: {
              bearer: { type: "http", scheme: "bearer" },
              apiKey: { type: "apiKey", in: "header", name: "X-Api-Key" },
            },
          }
        : {}),
    },
  };
}
