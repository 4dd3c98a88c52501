import { z } from "zod";
import { type Operation, operation, rewardQuery, sampleQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { Sample, Service } from "../service.ts";
import { sampleTask, splitText, squash } from "./texts.ts";
import { rerankTask } from "./vllm.ts";

const marker = {
  marker: { schema: z.string(), description: "what begins the answer in a text that holds prompt and answer" },
};
const predicted = z.array(z.object({ score: z.number(), label: z.string(), laurel_unscored: z.string().nullable() }));

/**
 * Hugging Face text-embeddings-inference: `/predict` and `/rerank` (`texts`).
 *
 * `inputs` is one text, a flat list of exactly two (a pair of prompt and answer, not a batch), or a batch of lists of
 * one or two. Values are raw where `raw_scores` is true, and squashed to 0 … 1 otherwise, as TEI does.
 */
export function teiProtocol(service: Service): Operation[] {
  return [
    operation({
      method: "post",
      paths: ["/predict"],
      summary: "TEI predict",
      tag: "tei",
      query: { ...sampleQuery, ...marker },
      body: z.looseObject({
        inputs: z.union([z.string(), z.array(z.string()), z.array(z.array(z.string()).min(1).max(2))]),
        truncate: z.boolean().nullish(),
        raw_scores: z.boolean().nullish(),
      }),
      answer: z.union([predicted, z.array(predicted)]),
      idempotent: true,
      async handle(exchange, body) {
        const { inputs } = body;
        const mark = exchange.query["marker"] as string | undefined;
        const sampleOf = (texts: readonly string[]): Sample => {
          if (texts.length === 2) return { task: sampleTask(texts[0]!, texts[1]!) };
          const { prompt, answer } = splitText(texts[0]!, undefined, mark);
          return { task: sampleTask(prompt, answer) };
        };
        const flat = typeof inputs === "string" || (inputs.length > 0 && typeof inputs[0] === "string");
        if (flat && typeof inputs !== "string" && inputs.length !== 2)
          throw new Problem(
            422,
            "invalid",
            `inputs: a flat list is a pair of two texts, not ${inputs.length}; a batch is a list of lists`,
          );
        const samples = flat
          ? [sampleOf(typeof inputs === "string" ? [inputs] : (inputs as string[]))]
          : (inputs as string[][]).map(sampleOf);
        const reward = service.reward(exchange);
        const numbers = await service.samples(exchange, "tei", reward, samples, "number");
        const rows = numbers.map(({ value, unscored }) => [
          {
            score: body.raw_scores === true ? value! : squash(value!, reward),
            label: "LABEL_0",
            laurel_unscored: unscored,
          },
        ]);
        return flat ? rows[0]! : rows;
      },
    }),
    operation({
      method: "post",
      paths: ["/rerank"],
      fields: ["texts"],
      summary: "TEI rerank: a bare array, best first",
      tag: "tei",
      query: { ...rewardQuery, unscored: sampleQuery.unscored },
      body: z.looseObject({
        query: z.string(),
        texts: z.array(z.string()),
        truncate: z.boolean().nullish(),
        raw_scores: z.boolean().nullish(),
        return_text: z.boolean().nullish(),
      }),
      answer: z.array(
        z.object({
          index: z.int(),
          score: z.number(),
          text: z.string().optional(),
          laurel_unscored: z.string().nullable(),
        }),
      ),
      idempotent: true,
      async handle(exchange, body) {
        if (body.texts.length === 0) return [];
        const reward = service.reward(exchange);
        const [numbers = []] = await service.groupNumbers(
          exchange,
          "tei",
          reward,
          [rerankTask(body.query, body.texts)],
          "number",
        );
        return numbers
          .map(({ value, unscored }, index) => ({
            index,
            score: body.raw_scores === true ? value! : squash(value!, reward),
            ...(body.return_text === true ? { text: body.texts[index]! } : {}),
            laurel_unscored: unscored,
          }))
          .sort(
            (a, b) =>
              Number(a.laurel_unscored !== null) - Number(b.laurel_unscored !== null) ||
              b.score - a.score ||
              a.index - b.index,
          );
      },
    }),
  ];
}
