import { toComparer } from "laurel/compose";
import { type Comparer, InputError, type Reward, seedFrom, type Task } from "laurel/core";
import { parseTaskRow } from "laurel/io";
import { type Row, rowOf } from "laurel/run";
import { z } from "zod";
import type { Exchange } from "../http/exchange.ts";
import { type Operation, operation, rewardQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { Service } from "../service.ts";
import { events } from "./events.ts";

const messages = z.array(z.looseObject({ role: z.string(), content: z.any() }));

/** A task as clients send it; `tasksOf` reads it. */
export const taskSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional().describe("default: its place, #1, #2 …"),
  prompt: z.union([z.string(), messages]).describe("a user's text, or messages"),
  candidates: z.array(z.any()).min(1).describe("texts, lists of messages, or candidates, scored together"),
  reference: z.any().optional().describe("what they are held against; a text or number stands for { answer }"),
  answer: z.any().optional().describe("short for reference.answer"),
  context: z.record(z.string(), z.any()).nullable().optional(),
});

const scoreBody = z.strictObject({
  reward: z.string().optional().describe("name of a served reward; may be left out where there is one"),
  tasks: z.array(taskSchema).min(1),
  seed: z.union([z.string(), z.number()]).optional().describe("seed of random rewards"),
});

const unscoredSchema = z.object({
  reason: z.string(),
  message: z.string(),
  transient: z.boolean().optional(),
  raw: z.string().optional(),
});
const scoreSchema = z.union([
  z.looseObject({ value: z.number(), fault: z.string().optional() }),
  z.looseObject({ unscored: unscoredSchema }),
]);
const rowShape = {
  v: z.literal(1),
  id: z.string(),
  scores: z.array(scoreSchema).describe("one a candidate, in their order"),
  best: z.int().nullable(),
  tied: z.array(z.int()),
  margin: z.number().nullable(),
};
const rewardRef = z.object({ name: z.string(), fingerprint: z.string().nullable() });

/**
 * Tasks of a request, each in Laurel's own form.
 * @throws Problem (422): `tasks[2].candidates[1]: expected …`
 */
export function tasksOf(list: readonly unknown[]): Task[] {
  return list.map((raw, i) => {
    try {
      return parseTaskRow(raw as Record<string, unknown>, { line: i + 1 }).task;
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      const field = thrown.place.field === undefined ? "" : `.${thrown.place.field}`;
      throw new Problem(422, "invalid", `tasks[${i}]${field}: ${thrown.reason}`);
    }
  });
}

/** Candidates from best to worst; unscored ones have no place. */
export function ranking(row: Row): { index: number; value: number }[] {
  return row.scores
    .flatMap((score, index) => (score.unscored === undefined ? [{ index, value: score.value }] : []))
    .sort((a, b) => b.value - a.value || a.index - b.index);
}

function referTo(reward: Reward) {
  return { name: reward.name, fingerprint: reward.fingerprint };
}

function seedOf(seed: string | number | undefined): string | undefined {
  return seed === undefined ? undefined : seedFrom(seed);
}

async function rowsOf(
  service: Service,
  exchange: Exchange,
  reward: Reward,
  tasks: readonly Task[],
  seed?: string,
): Promise<Row[]> {
  const scores = await service.scores(exchange, "laurel", reward, tasks, seed);
  return tasks.map((task, t) => rowOf(task.id, scores[t]!));
}

/** Rows as server-sent events, each as soon as it is there. */
function stream(
  service: Service,
  exchange: Exchange,
  reward: Reward,
  tasks: readonly Task[],
  seed: string | undefined,
): Response {
  const { response, done } = events(exchange.signal, async (send) => {
    let finished = 0;
    await Promise.all(
      tasks.map(async (task, index) => {
        const [row] = await rowsOf(service, exchange, reward, [task], seed);
        send("row", { index, ...row });
        finished++;
        if (finished % 64 === 0) send("progress", { done: finished, of: tasks.length });
      }),
    );
    send("done", { reward: referTo(reward), rows: tasks.length });
  });
  exchange.keep(done);
  return response;
}

const pairs = z.array(z.tuple([z.int().min(0), z.int().min(0)]));

/** Laurel's own protocol: whole tasks in, whole scores out. */
export function laurelProtocol(service: Service): Operation[] {
  const comparerOf = (exchange: Exchange, name: string | undefined): Comparer => {
    const found = name === undefined ? undefined : service.comparers.get(name);
    if (found !== undefined) return found;
    return toComparer(service.reward(exchange, name, true), { scale: "step" });
  };
  return [
    operation({
      method: "post",
      paths: ["/v1/score"],
      fields: ["tasks"],
      summary: "Scores of tasks: a row a task. With Accept: text/event-stream, rows as they are finished.",
      tag: "laurel",
      query: rewardQuery,
      body: scoreBody,
      answer: z.object({ reward: rewardRef, rows: z.array(z.object(rowShape)) }),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.reward, true);
        const tasks = tasksOf(body.tasks);
        const seed = seedOf(body.seed);
        if (exchange.request.headers.get("accept")?.includes("text/event-stream") === true)
          return stream(service, exchange, reward, tasks, seed);
        return { reward: referTo(reward), rows: await rowsOf(service, exchange, reward, tasks, seed) };
      },
    }),
    operation({
      method: "post",
      paths: ["/v1/rank"],
      summary: "Candidates of each task from best to worst",
      tag: "laurel",
      query: rewardQuery,
      body: scoreBody.extend({ top: z.int().min(1).optional().describe("show the first so many") }),
      answer: z.object({
        reward: rewardRef,
        rows: z.array(z.object({ ...rowShape, ranking: z.array(z.object({ index: z.int(), value: z.number() })) })),
      }),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.reward, true);
        const rows = await rowsOf(service, exchange, reward, tasksOf(body.tasks), seedOf(body.seed));
        return {
          reward: referTo(reward),
          rows: rows.map((row) => ({ ...row, ranking: ranking(row).slice(0, body.top) })),
        };
      },
    }),
    operation({
      method: "post",
      paths: ["/v1/compare"],
      summary: "Verdicts on pairs of candidates; a reward compares by which value is higher",
      tag: "laurel",
      query: rewardQuery,
      body: scoreBody.omit({ reward: true }).extend({
        comparer: z.string().optional().describe("name of a served comparer or reward"),
        tasks: z.array(taskSchema.extend({ pairs: pairs.optional().describe("default: every pair in order") })).min(1),
      }),
      answer: z.object({
        comparer: rewardRef,
        rows: z.array(
          z.object({
            id: z.string(),
            pairs: z.array(z.looseObject({ first: z.int(), second: z.int(), p: z.number().optional() })),
          }),
        ),
      }),
      idempotent: true,
      async handle(exchange, body) {
        const comparer = comparerOf(exchange, body.comparer);
        const tasks = tasksOf(body.tasks);
        const jobs = tasks.map((task, t) => {
          const n = task.candidates.length;
          const asked = body.tasks[t]!.pairs;
          const list =
            asked ??
            Array.from({ length: n }, (_, i) =>
              Array.from({ length: n - i - 1 }, (_, k) => [i, i + k + 1] as [number, number]),
            ).flat();
          const wrong = list.find(([a, b]) => a >= n || b >= n || a === b);
          if (wrong !== undefined)
            throw new Problem(
              422,
              "invalid",
              `tasks[${t}].pairs: [${wrong.join(", ")}] is no pair of its ${n} candidates`,
            );
          return { task, pairs: list };
        });
        const rows = await service.compare(exchange, comparer, jobs, seedOf(body.seed));
        return {
          comparer: { name: comparer.name, fingerprint: comparer.fingerprint },
          rows: tasks.map((task, t) => ({ id: task.id, pairs: rows[t]! })),
        };
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/rewards"],
      summary: "The rewards that are served",
      tag: "laurel",
      answer: z.object({ rewards: z.array(z.looseObject({ id: z.string(), name: z.string() })) }),
      handle: () => ({ rewards: [...service.rewards].map(([id, reward]) => describe(id, reward)) }),
    }),
    operation({
      method: "get",
      paths: ["/v1/rewards/{reward}"],
      summary: "One reward",
      tag: "laurel",
      answer: z.looseObject({ id: z.string(), name: z.string() }),
      failures: [404],
      handle(exchange) {
        const id = exchange.path["reward"]!;
        const reward = service.rewards.get(id);
        if (reward === undefined) throw new Problem(404, "no-such-reward", `there is no reward "${id.slice(0, 100)}"`);
        return describe(id, reward);
      },
    }),
  ];
}

/** What a client may know of a reward. Its options are not shown: they may hold addresses and paths. */
export function describe(id: string, reward: Reward) {
  return {
    id,
    name: reward.name,
    fingerprint: reward.fingerprint,
    kind: typeof reward.spec?.["kind"] === "string" ? reward.spec["kind"] : null,
    sees: reward.sees,
    work: reward.work,
    range: reward.range ?? null,
    floor: reward.floor ?? null,
    random: reward.random ?? false,
    timeLimit: reward.timeLimit ?? null,
  };
}
