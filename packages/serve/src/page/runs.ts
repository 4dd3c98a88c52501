import { basename } from "node:path";
import { nativeRow, parseMap } from "laurel/io";
import type { Row } from "laurel/run";
import { z } from "zod";
import type { Exchange } from "../http/exchange.ts";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { PageParts } from "./parts.ts";
import { fileQuery, needed, pageOf, pageQuery, stampOf, textOf } from "./queries.ts";
import { scoreFilterNames, scoreSortNames } from "./row-queries.ts";

const listQuery = {
  search: { schema: z.string().max(500), description: "part of an id" },
  filter: { schema: z.enum(scoreFilterNames), description: "only such rows" },
  sort: { schema: z.enum(scoreSortNames), description: "their order; default that of the file" },
};
const tasksQuery = {
  input: { schema: z.string(), description: "the tasks; default: those of the run" },
};

const entry = z.looseObject({ file: z.string(), state: z.string() });
const paged = z.object({
  total: z.int(),
  offset: z.int(),
  rows: z.array(z.looseObject({ n: z.int(), id: z.string() })),
});

function wanted(exchange: Exchange) {
  return { search: textOf(exchange, "search"), filter: textOf(exchange, "filter"), sort: textOf(exchange, "sort") };
}

/** Runs of the folder: listed, begun, stopped and gone on with; their rows, figures, comparisons and exports. */
export function runOperations({ service, workspace, index, analysis, runs }: PageParts): Operation[] {
  /** The tasks of a run, and how their columns are read. */
  const tasksOf = async (
    exchange: Exchange,
    name: string,
  ): Promise<{ input: string | undefined; map: string | undefined }> => {
    const given = textOf(exchange, "input");
    if (given !== undefined) return { input: workspace.resolve(given), map: undefined };
    const { input, map } = await runs.one(name);
    return { input: input === null ? undefined : workspace.resolve(input), map: map ?? undefined };
  };
  return [
    operation({
      method: "get",
      paths: ["/v1/runs"],
      summary: "The runs of the folder and its files of scores, newest first",
      tag: "page",
      answer: z.object({ runs: z.array(entry) }),
      handle: async () => ({ runs: await runs.list() }),
    }),
    operation({
      method: "post",
      paths: ["/v1/runs"],
      summary: "Begin a run: score a file of the folder with a served reward",
      tag: "page",
      body: z.strictObject({
        reward: z.string(),
        input: z.string(),
        out: z.string().optional(),
        map: z.string().optional(),
        seed: z.string().optional(),
        repeats: z.int().min(1).max(1000).optional(),
      }),
      answer: entry,
      status: 201,
      failures: [409],
      async handle(_, body) {
        const reward = service.rewards.get(body.reward);
        if (reward === undefined)
          throw new Problem(404, "no-such-reward", `there is no reward "${body.reward.slice(0, 100)}"`);
        if (body.map !== undefined && body.map !== "") parseMap(body.map);
        return runs.one(await runs.start({ ...body, reward }));
      },
    }),
    ...(["stop", "resume"] as const).map((what) =>
      operation({
        method: "post",
        paths: [`/v1/runs/${what}`],
        summary: what === "stop" ? "Stop a run after the rows in flight" : "Go on with a run behind its last whole row",
        tag: "page",
        body: z.strictObject({ file: z.string() }),
        answer: entry,
        failures: [409],
        async handle(_, body) {
          await runs[what](body.file);
          return runs.one(body.file);
        },
      }),
    ),
    operation({
      method: "get",
      paths: ["/v1/runs/one"],
      summary: "One run, or one file of scores",
      tag: "page",
      query: { file: fileQuery },
      answer: entry,
      handle: (exchange) => runs.one(needed(exchange, "file")),
    }),
    operation({
      method: "get",
      paths: ["/v1/runs/facts"],
      summary: "The distribution of a file's scores and, where its tasks have labels, how far they agree with them",
      tag: "page",
      query: { file: fileQuery, ...tasksQuery },
      answer: z.looseObject({ tasks: z.int() }),
      async handle(exchange) {
        const name = needed(exchange, "file");
        const scores = workspace.resolve(name);
        const tasks = await tasksOf(exchange, name);
        return analysis.of("scores", { scores, ...tasks }, await stampOf(scores, tasks.input));
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/runs/rows"],
      summary: "Rows of scores by page",
      tag: "page",
      query: { file: fileQuery, ...pageQuery, ...listQuery },
      answer: paged,
      handle: (exchange) =>
        index.scoreLines(workspace.resolve(needed(exchange, "file")), {
          ...pageOf(exchange),
          ...wanted(exchange),
        }),
    }),
    operation({
      method: "get",
      paths: ["/v1/runs/row"],
      summary: "One row in full: the task, its labels and its scores with parts, local values, rationale and facts",
      tag: "page",
      query: {
        file: fileQuery,
        ...tasksQuery,
        n: { schema: z.int().min(0), description: "its place in the file" },
        id: { schema: z.string(), description: "or its task's id" },
      },
      answer: z.looseObject({ row: z.looseObject({ id: z.string() }) }),
      async handle(exchange) {
        const name = needed(exchange, "file");
        const path = workspace.resolve(name);
        const { n, id } = exchange.query;
        const row =
          id === undefined ? await index.scoredRow(path, Number(n ?? 0)) : await index.scoresOf(path, String(id));
        if (row === undefined) throw new Problem(404, "no-such-row", `there is no row of ${String(id).slice(0, 100)}`);
        const { input, map } = await tasksOf(exchange, name);
        const example = input === undefined ? undefined : await index.exampleById(input, row.id, map);
        return {
          row,
          example: example === undefined ? null : nativeRow(example),
          tasks: input === undefined ? null : basename(input),
        };
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/runs/compare"],
      summary: "The paired comparison of two files of scores of the same tasks",
      tag: "page",
      query: {
        a: fileQuery,
        b: fileQuery,
        ...tasksQuery,
        margin: { schema: z.number().positive(), description: "ask whether A is no worse than B by more than this" },
      },
      answer: z.looseObject({ conclusion: z.string() }),
      async handle(exchange) {
        const [first, second] = [needed(exchange, "a"), needed(exchange, "b")];
        const [a, b] = [workspace.resolve(first), workspace.resolve(second)];
        const ofA = await tasksOf(exchange, first);
        const tasks = ofA.input === undefined ? await tasksOf(exchange, second) : ofA;
        const margin = exchange.query["margin"] as number | undefined;
        return analysis.of("compare", { a, b, ...tasks, margin }, await stampOf(a, b, tasks.input));
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/runs/export"],
      summary: "The rows of a file that a filter leaves, as JSON lines or as a CSV table of one line a candidate",
      tag: "page",
      query: {
        file: fileQuery,
        ...listQuery,
        format: { schema: z.enum(["jsonl", "csv"]), description: "default jsonl" },
      },
      answer: z.string(),
      produces: ["application/x-ndjson", "text/csv"],
      async handle(exchange) {
        const name = needed(exchange, "file");
        const csv = exchange.query["format"] === "csv";
        const path = workspace.resolve(name);
        await index.countScores(path);
        const lines = index.scoreTexts(path, wanted(exchange));
        const type = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
        return new Response(streamOf(lines, csv, exchange), {
          headers: { "content-type": type, "x-content-type-options": "nosniff" },
        });
      },
    }),
  ];
}

function streamOf(batches: AsyncGenerator<string[]>, csv: boolean, exchange: Exchange): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let ended: () => void = () => {};
  exchange.keep(
    new Promise<void>((resolve) => {
      ended = resolve;
    }),
  );
  let first = true;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await batches.next();
      const head = first && csv ? csvHead : "";
      first = false;
      if (done === true) {
        if (head !== "") controller.enqueue(encoder.encode(head));
        controller.close();
        ended();
        return;
      }
      const text = csv ? value.flatMap((line) => csvLines(JSON.parse(line) as Row)).join("") : `${value.join("\n")}\n`;
      controller.enqueue(encoder.encode(head + text));
    },
    async cancel() {
      await batches.return(undefined);
      ended();
    },
  });
}

const csvHead = "id,repeat,candidate,value,fault,unscored,best\n";

function csvLines(row: Row): string[] {
  return row.scores.map((score, candidate) =>
    [
      cell(row.id),
      row.repeat ?? 0,
      candidate,
      score.unscored === undefined ? score.value : "",
      score.unscored === undefined ? (score.fault ?? "") : "",
      score.unscored === undefined ? "" : score.unscored.reason,
      row.tied.includes(candidate) ? 1 : 0,
    ]
      .join(",")
      .concat("\n"),
  );
}

/** A CSV cell. One that a spreadsheet would take for a formula is quoted as text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
