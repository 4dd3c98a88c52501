import { toComparer } from "laurel/compose";
import { answerText, directContext, LaurelError, type Pair, type Reward, type Scores, UsageError } from "laurel/core";
import { rowOf } from "laurel/run";
import { allKinds, rewardFrom, specFromText } from "laurel/spec";
import { z } from "zod";
import { type Operation, operation, rewardQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { describe, taskSchema, tasksOf } from "../protocols/laurel.ts";
import type { Service } from "../service.ts";
import { checkKinds, harmless } from "../specs.ts";
import { changesOf } from "./changes.ts";
import { localValues } from "./local.ts";
import { toYaml } from "./yaml.ts";

const mostCandidates = 64;
const mostText = 100_000;

const oneTask = z.strictObject({
  reward: z.string().describe("name of a served reward"),
  task: taskSchema,
});

/**
 * A spec that a stranger typed, as data and as a reward. A file, a module or an address that it may name is refused, as `POST /v1/rewards`
 * refuses it.
 */
async function harmlessSpec(text: string): Promise<{ spec: unknown; reward: Reward }> {
  if (text.trim() === "") throw new UsageError("the spec is empty", "a kind's name, or YAML with kind: …");
  // the comment makes it YAML of several lines, which is never taken for a path or an address
  const spec = await specFromText(`${text}\n#`);
  checkKinds(spec);
  return { spec, reward: await rewardFrom(spec, { files: false }) };
}

/** Differences of all pairs, by the comparer that Laurel makes of a reward. */
async function differences(reward: Reward, scores: Scores, task: Parameters<Reward["score"]>[0][number]) {
  const n = task.candidates.length;
  const pairs: Pair[] = [];
  for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) if (a !== b) pairs.push([a, b]);
  const scored = { ...directContext(), score: async () => scores };
  const [row] = await toComparer(reward, { scale: "step" }).compare([{ task, pairs }], scored);
  return (row ?? []).map((one) =>
    one.unscored === undefined
      ? { first: one.first, second: one.second, difference: one.strength ?? null }
      : { first: one.first, second: one.second, difference: null, unscored: one.unscored.reason },
  );
}

/**
 * What the playground needs besides `/v1/rewards` and `/v1/compare`: kinds, the check of a spec, scores with their place in the text, and
 * what changes where candidates are swapped or reworded.
 * @param options `specs`: may clients make rewards from specs?
 */
export function playgroundOperations(service: Service, options: { specs: boolean }): Operation[] {
  return [
    operation({
      method: "get",
      paths: ["/v1/playground"],
      summary: "What the playground can choose from: rewards, comparers, and kinds with an example of each",
      tag: "page",
      answer: z.looseObject({ specs: z.boolean(), kinds: z.array(z.looseObject({ kind: z.string() })) }),
      handle: () => ({
        specs: options.specs,
        rewards: [...service.rewards].map(([id, reward]) => describe(id, reward)),
        comparers: [...service.comparers.keys()],
        kinds: Object.entries(allKinds()).flatMap(([kind, { makes, summary, example }]) =>
          makes === "comparer" ? [] : [{ kind, summary, example: toYaml(example), allowed: harmless.has(kind) }],
        ),
      }),
    }),
    operation({
      method: "post",
      paths: ["/v1/playground/check"],
      summary: "Is a spec right? Nothing is scored and nothing is served.",
      tag: "page",
      body: z.strictObject({ spec: z.string().max(mostText).describe("a kind's name, or YAML") }),
      answer: z.looseObject({ ok: z.boolean() }),
      async handle(_exchange, { spec: text }) {
        try {
          const { spec, reward } = await harmlessSpec(text);
          return { ok: true, spec, reward: describe(reward.name, reward) };
        } catch (thrown) {
          if (!(thrown instanceof LaurelError)) throw thrown;
          return { ok: false, message: thrown.message, hint: thrown.hint ?? null };
        }
      },
    }),
    operation({
      method: "post",
      paths: ["/v1/playground/score"],
      summary: "One task's row, with local values over the text and the differences of all pairs",
      tag: "page",
      query: rewardQuery,
      body: oneTask,
      answer: z.looseObject({ texts: z.array(z.string()) }),
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.reward, true);
        const [task] = tasksOf([body.task]);
        if (task!.candidates.length > mostCandidates) throw tooMany();
        const scores = await service.scores(exchange, "page", reward, [task!]);
        return {
          reward: describe(body.reward, reward),
          row: rowOf(task!.id, scores[0]!),
          texts: task!.candidates.map(answerText),
          local: task!.candidates.map((candidate, i) => localValues(candidate, scores[0]![i]!)),
          pairs: await differences(reward, scores, task!),
        };
      },
    }),
    operation({
      method: "post",
      paths: ["/v1/playground/changes"],
      summary: "What changes where candidates are swapped, or say the same in other words",
      tag: "page",
      query: rewardQuery,
      body: oneTask,
      answer: z.looseObject({ asked: z.int() }),
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.reward, true);
        const [task] = tasksOf([body.task]);
        if (task!.candidates.length > mostCandidates) throw tooMany();
        return changesOf(reward, task!, (tasks) => service.scores(exchange, "page", reward, tasks));
      },
    }),
  ];
}

function tooMany(): Problem {
  return new Problem(
    422,
    "too-many",
    `the playground takes at most ${mostCandidates} candidates; laurel score takes any`,
  );
}
