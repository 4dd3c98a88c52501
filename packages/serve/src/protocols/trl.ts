import type { Task } from "laurel/core";
import { z } from "zod";
import { type Operation, operation, rewardQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { Service } from "../service.ts";
import { messagesOf, referenceOf } from "./texts.ts";

const text = z.union([z.string(), z.array(z.looseObject({ role: z.string() }))]);

const body = z.looseObject({
  prompts: z.array(text).describe("a prompt for each completion; equal ones follow each other"),
  completions: z.array(text),
  references: z.array(z.any()).nullish().describe("what each completion is held against"),
  contexts: z.array(z.record(z.string(), z.any()).nullable()).nullish(),
});

/**
 * What the TRL shim sends: the lists that a reward function is called with. Runs of equal prompts are the groups
 * (TRL does not pass their size), so rewards that see groups need no setting here. Unscored is null: None in TRL.
 */
export function trlProtocol(service: Service): Operation[] {
  return [
    operation({
      method: "post",
      paths: ["/trl"],
      summary: "What the shim of TRL sends",
      tag: "trl",
      query: rewardQuery,
      body,
      answer: z.object({
        rewards: z.array(z.number().nullable()),
        laurel_unscored: z.array(z.string().nullable()),
        laurel_fault: z.array(z.string().nullable()),
      }),
      idempotent: true,
      async handle(exchange, { prompts, completions, references, contexts }) {
        for (const [name, list] of Object.entries({ prompts, references, contexts }))
          if (list && list.length !== completions.length)
            throw new Problem(422, "invalid", `${name}: ${list.length} for ${completions.length} completions`);
        const reward = service.reward(exchange);
        const tasks: Task[] = [];
        let before: string | undefined;
        for (const [i, completion] of completions.entries()) {
          const shared = JSON.stringify([prompts[i], references?.[i], contexts?.[i]]);
          const candidate = {
            output:
              typeof completion === "string"
                ? [{ role: "assistant" as const, content: completion }]
                : messagesOf(completion, `completions[${i}]`),
          };
          const last = tasks.at(-1);
          if (last !== undefined && shared === before) {
            tasks[tasks.length - 1] = { ...last, candidates: [...last.candidates, candidate] };
            continue;
          }
          before = shared;
          const prompt = prompts[i]!;
          const reference = referenceOf(references?.[i]);
          const context = contexts?.[i];
          tasks.push({
            id: `#${tasks.length + 1}`,
            prompt:
              typeof prompt === "string" ? [{ role: "user", content: prompt }] : messagesOf(prompt, `prompts[${i}]`),
            candidates: [candidate],
            ...(reference === undefined ? {} : { reference }),
            ...(context === undefined || context === null ? {} : { context: context as never }),
          });
        }
        const scores = (await service.scores(exchange, "trl", reward, tasks)).flat();
        return {
          rewards: scores.map((score) => (score.unscored === undefined ? score.value : null)),
          laurel_unscored: scores.map((score) => score.unscored?.reason ?? null),
          laurel_fault: scores.map((score) => (score.unscored === undefined ? (score.fault ?? null) : null)),
        };
      },
    }),
  ];
}
