import { z } from "zod";
import { type Operation, operation, sampleQuery } from "../http/operation.ts";
import type { Service } from "../service.ts";
import { inputSamples } from "./vllm.ts";

const query = {
  ...sampleQuery,
  marker: { schema: z.string(), description: "what begins the answer in a text that holds prompt and answer" },
};
const texts = z.union([z.string(), z.array(z.string())]);

/**
 * SGLang's servers of reward models: `/classify` with `text` (the reward is `embedding[0]`), and `/v1/embeddings`, from
 * whose last value verl's reward loop reads the reward. Values are raw.
 */
export function sglangProtocol(service: Service): Operation[] {
  return [
    operation({
      method: "post",
      paths: ["/classify"],
      fields: ["text"],
      summary: "SGLang classify: the reward as an embedding of one",
      tag: "sglang",
      query,
      body: z.looseObject({ model: z.string().nullish(), text: texts }),
      answer: z.array(z.object({ embedding: z.array(z.number()), laurel_unscored: z.string().nullable() })),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.model ?? undefined);
        const samples = inputSamples(exchange, body.text, "text");
        const numbers = await service.samples(exchange, "sglang", reward, samples, "number");
        return numbers.map(({ value, unscored }) => ({ embedding: [value!], laurel_unscored: unscored }));
      },
    }),
    operation({
      method: "post",
      paths: ["/v1/embeddings"],
      summary: "The reward as the last value of an embedding (verl with SGLang)",
      tag: "sglang",
      query,
      body: z.looseObject({
        model: z.string().nullish(),
        input: z.union([texts, z.array(z.int()), z.array(z.array(z.int()))]),
        encoding_format: z.enum(["float", "base64"]).nullish(),
      }),
      answer: z.object({
        object: z.literal("list"),
        model: z.string(),
        data: z.array(
          z.object({
            object: z.literal("embedding"),
            index: z.int(),
            embedding: z.union([z.array(z.number()), z.string()]),
          }),
        ),
        usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
        laurel_unscored: z.array(z.string().nullable()),
      }),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.model ?? undefined);
        const samples = inputSamples(exchange, body.input);
        const numbers = await service.samples(exchange, "sglang", reward, samples, "number");
        return {
          object: "list",
          model: body.model ?? reward.name,
          data: numbers.map(({ value }, index) => ({
            object: "embedding",
            index,
            embedding:
              body.encoding_format === "base64"
                ? Buffer.from(Float32Array.of(value!).buffer).toString("base64")
                : [value!],
          })),
          usage: { prompt_tokens: 0, total_tokens: 0 },
          laurel_unscored: numbers.map((one) => one.unscored),
        };
      },
    }),
  ];
}
