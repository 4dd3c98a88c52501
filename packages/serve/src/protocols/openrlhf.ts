import type { Reward } from "laurel/core";
import { z } from "zod";
import { type Operation, operation, sampleQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { Sample, Service } from "../service.ts";
import { referenceOf, sampleTask, splitText, squash } from "./texts.ts";

const body = z.looseObject({
  query: z.array(z.string()).describe("prompt and response, special tokens kept"),
  prompts: z.array(z.string()).nullish().describe("the prompts (since 0.5.8)"),
  labels: z.array(z.any()).nullish().describe("the references (since 0.6.0)"),
  uids: z
    .array(z.union([z.string(), z.number()]))
    .nullish()
    .describe("ids of groups, for ?key=uid"),
});

const query = {
  ...sampleQuery,
  label: {
    schema: z.enum(["answer", "json"]),
    description: "labels are answers (default), or references as JSON text",
  },
  marker: { schema: z.string(), description: "what begins the answer, where no prompts are sent" },
};

/**
 * OpenRLHF's remote reward (`--reward.remote_url`, all versions since 0.4.0): `query`, later also `prompts` and
 * `labels`; lists of the same length come back. From 0.9.1 each sample comes alone, and with several addresses all but
 * one of them get empty lists, which are answered with empty lists.
 *
 * `rewards` holds the value, `scores` the same on 0 to 1 where the reward has a finite range (OpenRLHF filters by it).
 * The keys of `extra_logs` are the same in every answer, because the trainer takes them from the first.
 */
export function openrlhfProtocol(service: Service): Operation[] {
  return [
    operation({
      method: "post",
      paths: ["/get_reward", "/openrlhf"],
      summary: "OpenRLHF remote_rm_url",
      tag: "openrlhf",
      query,
      body,
      answer: z.object({
        rewards: z.array(z.number()),
        scores: z.array(z.number()),
        extra_logs: z.record(z.string(), z.array(z.number())),
      }),
      idempotent: true,
      async handle(exchange, { query: texts, prompts, labels, uids }) {
        for (const [name, list] of Object.entries({ prompts, labels, uids }))
          if (list && list.length !== texts.length)
            throw new Problem(422, "invalid", `${name}: ${list.length} for ${texts.length} of query`);
        const reward = service.reward(exchange);
        const asJson = exchange.query["label"] === "json";
        const marker = exchange.query["marker"] as string | undefined;
        const samples = texts.map((text, i): Sample => {
          const { prompt, answer } = splitText(text, prompts?.[i], marker);
          const label: unknown = labels?.[i];
          const reference = referenceOf(asJson && typeof label === "string" ? fromJson(label, i) : label);
          const uid = uids?.[i];
          return {
            task: sampleTask(prompt, answer, reference),
            ...(uid === undefined ? {} : { uid: String(uid) }),
          };
        });
        if (samples.length === 0) return answerOf(reward, []);
        return answerOf(reward, await service.samples(exchange, "openrlhf", reward, samples, "number"));
      },
    }),
  ];
}

function fromJson(label: string, index: number): unknown {
  if (label === "") return undefined;
  try {
    return JSON.parse(label);
  } catch {
    throw new Problem(422, "invalid", `labels[${index}]: not JSON, although ?label=json says so`);
  }
}

function answerOf(
  reward: Reward,
  numbers: readonly { value: number | null; unscored: string | null; fault: boolean }[],
) {
  const rewards = numbers.map((one) => one.value as number);
  const bounded = reward.range?.every(Number.isFinite) === true;
  return {
    rewards,
    scores: bounded ? rewards.map((value) => squash(value, reward)) : rewards,
    extra_logs: {
      laurel_unscored: numbers.map((one) => (one.unscored === null ? 0 : 1)),
      laurel_fault: numbers.map((one) => (one.fault ? 1 : 0)),
    },
  };
}
