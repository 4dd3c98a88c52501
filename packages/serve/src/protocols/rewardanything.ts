import type { Score, Task } from "laurel/core";
import { z } from "zod";
import { type Operation, operation, rewardQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { Service } from "../service.ts";

const request = z.looseObject({
  principle: z.string().describe("what to judge by, in plain language"),
  prompt: z.string(),
  responses: z.record(z.string(), z.string()).describe("by the name of who gave each"),
  mask_responses: z.boolean().nullish().describe("taken and not needed: Laurel's judges never see the names"),
});

const answer = z.object({
  thoughts: z.string(),
  results: z.object({
    scores: z.record(z.string(), z.number()).describe("on the reward's own scale; 1 to 5 for judge.principle"),
    "best-to-worst": z.array(z.string()).describe("equal scores keep the request's order"),
  }),
  laurel_unscored: z.record(z.string(), z.string()).describe("why a response has no score, by its name"),
});

type Asked = z.infer<typeof request>;

/** The task that a request means; its principle is where `judge.principle` looks for one. */
function taskOf(asked: Asked, index: number): Task {
  const texts = Object.values(asked.responses);
  if (texts.length === 0) throw new Problem(422, "invalid", "responses: at least one is needed");
  if (asked.principle.trim() === "") throw new Problem(422, "invalid", "principle: it is empty");
  return {
    id: `#${index + 1}`,
    prompt: [{ role: "user", content: asked.prompt }],
    candidates: texts.map((content) => ({ output: [{ role: "assistant", content }] })),
    context: { principle: asked.principle },
  };
}

function answerOf(asked: Asked, scores: readonly Score[]): z.infer<typeof answer> {
  const names = Object.keys(asked.responses);
  const scored = names.flatMap((name, i) => {
    const score = scores[i]!;
    return score.unscored === undefined ? [{ name, value: score.value, rationale: score.rationale }] : [];
  });
  return {
    thoughts: scored.find(({ rationale }) => rationale !== undefined)?.rationale ?? "",
    results: {
      scores: Object.fromEntries(scored.map(({ name, value }) => [name, value])),
      "best-to-worst": [...scored].sort((a, b) => b.value - a.value).map(({ name }) => name),
    },
    laurel_unscored: Object.fromEntries(
      names.flatMap((name, i) => {
        const { unscored } = scores[i]!;
        return unscored === undefined ? [] : [[name, unscored.reason]];
      }),
    ),
  };
}

/**
 * What the client of the package RewardAnything sends: named responses to a prompt, judged together by a principle.
 *
 * Any reward that is served answers; `judge.principle` without a principle of its own is the one that reads the request's. A response without a score
 * stands in `laurel_unscored` and in neither list. A single request in which no response has one fails (503 while that may pass, else 422); in a
 * batch it has empty lists. The package's asynchronous batches are Laurel's jobs.
 *
 * Source: RewardAnything, rewardanything/serve.py and client.py (2025).
 */
export function rewardanythingProtocol(service: Service): Operation[] {
  const shared = { method: "post", tag: "rewardanything", query: rewardQuery, idempotent: true } as const;
  return [
    operation({
      ...shared,
      paths: ["/api/rewardanything"],
      summary: "RewardAnything: responses judged by a principle",
      body: request,
      answer,
      async handle(exchange, asked) {
        const reward = service.reward(exchange);
        const [scores = []] = await service.scores(exchange, "rewardanything", reward, [taskOf(asked, 0)]);
        const [first] = scores;
        if (first?.unscored !== undefined && scores.every((score) => score.unscored !== undefined)) {
          const { reason, message, transient } = first.unscored;
          throw new Problem(transient ? 503 : 422, `unscored-${reason}`, message, { "x-laurel-unscored": reason });
        }
        return answerOf(asked, scores);
      },
    }),
    operation({
      ...shared,
      paths: ["/api/rewardanything_batch"],
      summary: "RewardAnything: a list of requests",
      query: {
        ...rewardQuery,
        max_timeout: { schema: z.number(), description: "taken and not used; X-Laurel-Deadline" },
      },
      body: z.array(request).min(1),
      answer: z.array(answer),
      async handle(exchange, batch) {
        const reward = service.reward(exchange);
        const scores = await service.scores(exchange, "rewardanything", reward, batch.map(taskOf));
        return batch.map((asked, i) => answerOf(asked, scores[i]!));
      },
    }),
  ];
}
