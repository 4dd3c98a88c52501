import { z } from "zod";
import { type Operation, operation, sampleQuery } from "../http/operation.ts";
import type { Sample, Service } from "../service.ts";
import { messagesOf, referenceOf, sampleTask } from "./texts.ts";

const sample = z.looseObject({
  data_source: z.any().optional(),
  solution_str: z.string(),
  ground_truth: z.any().optional(),
  extra_info: z.any().optional(),
  prompt: z.any().optional().describe("the prompt, where the shim was told which member of extra_info holds it"),
  uid: z.union([z.string(), z.number()]).nullish().describe("id of the group, for ?key=uid"),
});

/**
 * What the verl shim sends: the arguments of `compute_score`, one sample or several. Every result has the same keys,
 * failures included, because verl takes its columns from the first sample. (verl's own calls of a reward server are
 * served by `/classify` for engine vllm and `/v1/embeddings` for engine sglang.)
 */
export function verlProtocol(service: Service): Operation[] {
  return [
    operation({
      method: "post",
      paths: ["/verl"],
      summary: "What the shim of verl sends",
      tag: "verl",
      query: sampleQuery,
      body: z.looseObject({ samples: z.array(sample) }),
      answer: z.object({
        results: z.array(z.object({ score: z.number(), laurel_unscored: z.number(), laurel_fault: z.number() })),
      }),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange);
        const samples = body.samples.map((one, i): Sample => {
          const prompt = one.prompt ?? "";
          const messages = typeof prompt === "string" ? prompt : messagesOf(prompt, `samples[${i}].prompt`);
          const uid = one.uid ?? undefined;
          return {
            task: sampleTask(messages, one.solution_str, referenceOf(one.ground_truth)),
            ...(uid === undefined ? {} : { uid: String(uid) }),
          };
        });
        const numbers = await service.samples(exchange, "verl", reward, samples, "number");
        return {
          results: numbers.map(({ value, unscored, fault }) => ({
            score: value!,
            laurel_unscored: unscored === null ? 0 : 1,
            laurel_fault: fault ? 1 : 0,
          })),
        };
      },
    }),
  ];
}
