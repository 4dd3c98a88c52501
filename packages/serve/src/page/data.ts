import { nativeRow } from "laurel/io";
import { z } from "zod";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { PageParts } from "./parts.ts";
import { fileQuery, mapQuery, needed, pageOf, pageQuery, stampOf, textOf } from "./queries.ts";
import { exampleSortNames } from "./row-queries.ts";

/** Files of tasks and their labels: what is in them, what may be wrong with them, and their rows. */
export function dataOperations({ workspace, index, analysis }: PageParts): Operation[] {
  return [
    operation({
      method: "get",
      paths: ["/v1/data/facts"],
      summary: "Counts, lengths, duplicates, confounds, disagreement and subsets of a file of tasks",
      tag: "page",
      query: { file: fileQuery, map: mapQuery },
      answer: z.looseObject({ counts: z.looseObject({ tasks: z.int() }) }),
      async handle(exchange) {
        const file = workspace.resolve(needed(exchange, "file"));
        return analysis.of("data", { file, map: textOf(exchange, "map") }, await stampOf(file));
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/data/rows"],
      summary: "Rows of a file of tasks by page",
      tag: "page",
      query: {
        file: fileQuery,
        map: mapQuery,
        ...pageQuery,
        search: { schema: z.string().max(500), description: "part of any text" },
        filter: {
          schema: z.string().max(500),
          description: "labelled, unlabelled, disputed, repeated, equal, or KEY=VALUE of a subset",
        },
        sort: { schema: z.enum(exampleSortNames), description: "their order; default that of the file" },
      },
      answer: z.object({
        total: z.int(),
        offset: z.int(),
        rows: z.array(z.looseObject({ n: z.int(), id: z.string() })),
      }),
      handle: (exchange) =>
        index.exampleLines(
          workspace.resolve(needed(exchange, "file")),
          {
            ...pageOf(exchange),
            search: textOf(exchange, "search"),
            filter: textOf(exchange, "filter"),
            sort: textOf(exchange, "sort"),
          },
          textOf(exchange, "map"),
        ),
    }),
    operation({
      method: "get",
      paths: ["/v1/data/row"],
      summary: "One row of a file of tasks in full",
      tag: "page",
      query: {
        file: fileQuery,
        map: mapQuery,
        n: { schema: z.int().min(0), description: "its place in the file" },
        id: { schema: z.string(), description: "or its id" },
      },
      answer: z.looseObject({ id: z.string(), example: z.looseObject({}) }),
      async handle(exchange) {
        const file = workspace.resolve(needed(exchange, "file"));
        const map = textOf(exchange, "map");
        const { n } = exchange.query;
        const id = textOf(exchange, "id");
        const example =
          id === undefined ? await index.example(file, Number(n ?? 0), map) : await index.exampleById(file, id, map);
        if (example === undefined)
          throw new Problem(404, "no-such-row", `there is no row with the id ${id!.slice(0, 100)}`);
        return { id: example.task.id, example: nativeRow(example) };
      },
    }),
  ];
}
