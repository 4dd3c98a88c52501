import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Schema, schemaWords } from "./schema-words.ts";

describe("schemaWords", () => {
  it.each<[Schema, string]>([
    [{ type: ["string", "null"] }, "string | null"],
    [{ type: ["array", "null"], items: { type: "integer" } }, "list of integer | null"],
    [{ type: ["object", "string"], properties: { a: { type: "number" } } }, "{ a?: number } | string"],
    [{ type: "array", items: [{ type: "string" }, { type: "number" }] }, "[string, number]"],
    [{ type: "array", prefixItems: [{ type: "string" }], items: false }, "[string]"],
    [{ type: "array" }, "list of anything"],
    [{ type: "array", items: { enum: ["a", 1, null] } }, 'list of ("a" | 1 | null)'],
    [{ allOf: [{ $ref: "#/$defs/one" }, { type: "object" }] }, "a one and object"],
    [{ type: "object", properties: {} }, "{}"],
    [{}, "anything"],
  ])("puts %j as %s", (schema, words) => {
    expect(schemaWords(schema)).toBe(words);
  });

  it("reads what Zod makes of tuples, unions, records and members that may be left out", () => {
    const words = (schema: z.ZodType): string => schemaWords(z.toJSONSchema(schema, { io: "input" }) as Schema);
    expect(words(z.tuple([z.string(), z.literal(1)]))).toBe("[string, 1]");
    expect(words(z.tuple([z.string()], z.number()))).toBe("[string, …number]");
    expect(words(z.union([z.string(), z.number(), z.string()]))).toBe("string | number");
    expect(words(z.array(z.string().nullable()))).toBe("list of (string | null)");
    expect(words(z.record(z.string(), z.boolean()))).toBe("named: boolean");
    expect(words(z.object({ a: z.string(), b: z.string().optional(), c: z.string().default("x") }))).toBe(
      "{ a: string, b?: string, c?: string }",
    );
  });
});
