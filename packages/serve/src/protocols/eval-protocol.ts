import { isScored, type Reward, type Score } from "laurel/core";
import { z } from "zod";
import { type Operation, operation, rewardQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { needsGroup, type Service } from "../service.ts";
import { conversationTask, referenceOf } from "./texts.ts";

const metric = z.object({ is_score_valid: z.boolean(), score: z.number(), reason: z.string() });

/**
 * eval-protocol (reward-kit): `/evaluate`, and the older `/reward`. A missing score is `is_score_valid: false` with the
 * reason in `error`; its `score` field, which the shape demands, is 0 and means nothing.
 */
export function evalProtocol(service: Service): Operation[] {
  return [
    operation({
      method: "post",
      paths: ["/evaluate", "/reward"],
      summary: "eval-protocol evaluate",
      tag: "eval-protocol",
      query: rewardQuery,
      body: z.looseObject({
        messages: z.array(z.looseObject({ role: z.string() })),
        ground_truth: z.any().optional(),
        kwargs: z.record(z.string(), z.any()).nullish(),
      }),
      answer: z.object({
        score: z.number(),
        is_score_valid: z.boolean(),
        reason: z.string(),
        metrics: z.record(z.string(), metric),
        step_outputs: z
          .array(z.looseObject({ step_index: z.int(), base_reward: z.number(), terminated: z.boolean() }))
          .nullable(),
        error: z.string().nullable(),
        laurel_unscored: z.string().nullable(),
      }),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange);
        if (reward.sees === "group") throw new Problem(422, "needs-group", `${reward.name} ${needsGroup}`);
        const task = conversationTask(body.messages, referenceOf(body.ground_truth));
        const [[score]] = (await service.scores(exchange, "eval-protocol", reward, [task])) as [[Score]];
        return resultOf(reward, score);
      },
    }),
  ];
}

function resultOf(reward: Reward, score: Score) {
  if (!isScored(score)) {
    const { reason, message } = score.unscored;
    return {
      score: 0,
      is_score_valid: false,
      reason: `${reward.name} gave no score: ${message}`,
      metrics: {},
      step_outputs: null,
      error: `${reason}: ${message}`,
      laurel_unscored: reason,
    };
  }
  const steps = score.local?.find((local) => local.unit === "step")?.values;
  return {
    score: score.value,
    is_score_valid: true,
    reason: score.rationale ?? (score.fault === undefined ? reward.name : `${reward.name}: ${score.fault}`),
    metrics: Object.fromEntries(
      Object.entries(score.parts ?? {}).map(([name, value]) => [
        name,
        { is_score_valid: value !== null, score: value ?? 0, reason: value === null ? "unscored" : name },
      ]),
    ),
    step_outputs:
      steps === undefined
        ? null
        : steps.flatMap((value, step_index) =>
            value === null
              ? []
              : [{ step_index, base_reward: value, terminated: step_index === steps.length - 1, metrics: {} }],
          ),
    error: null,
    laurel_unscored: null,
  };
}
