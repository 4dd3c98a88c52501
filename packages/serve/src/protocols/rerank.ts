import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Operation, operation, rewardQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { Service } from "../service.ts";
import { squash } from "./texts.ts";
import { rerankTask } from "./vllm.ts";

const query = {
  ...rewardQuery,
  unscored: { schema: z.number(), description: "the number for documents without a score" },
};

/**
 * Rerank as Cohere, Jina and vLLM ask for it (`documents`): query = prompt, documents = candidates, best first. This is
 * best of n as every client of a reranker speaks it.
 *
 * `relevance_score` is on 0 … 1: linear over a finite range, else the sigmoid; raw where `use_activation` is false.
 * Scored documents stand before those whose number was filled in. Equal scores keep the documents' order.
 */
export function rerankProtocol(service: Service): Operation[] {
  return [
    operation({
      method: "post",
      paths: ["/rerank", "/v1/rerank", "/v2/rerank"],
      fields: ["documents"],
      summary: "Cohere, Jina and vLLM rerank",
      tag: "rerank",
      query,
      body: z.looseObject({
        model: z.string().nullish(),
        query: z.string(),
        documents: z.array(z.union([z.string(), z.looseObject({ text: z.string() })])),
        top_n: z.int().min(0).nullish().describe("0 is all"),
        return_documents: z.boolean().nullish(),
        use_activation: z.boolean().nullish(),
        activation: z.boolean().nullish(),
      }),
      answer: z.object({
        id: z.string(),
        model: z.string(),
        results: z.array(
          z.object({
            index: z.int(),
            relevance_score: z.number(),
            document: z.object({ text: z.string(), multi_modal: z.null() }).optional(),
          }),
        ),
        usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
        meta: z.object({ api_version: z.object({ version: z.string() }) }),
        laurel_unscored: z.array(z.string().nullable()).describe("in the order of the documents"),
      }),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.model ?? undefined);
        const texts = body.documents.map((one) => (typeof one === "string" ? one : one.text));
        if (texts.length > 100_000) throw new Problem(422, "invalid", "documents: at most 100 000");
        const [numbers = []] =
          texts.length === 0
            ? []
            : await service.groupNumbers(exchange, "rerank", reward, [rerankTask(body.query, texts)], "number");
        const raw = body.use_activation === false || body.activation === false;
        const order = numbers
          .map(({ value, unscored }, index) => ({ index, value: value!, unscored }))
          .sort(
            (a, b) =>
              Number(a.unscored !== null) - Number(b.unscored !== null) || b.value - a.value || a.index - b.index,
          );
        const top = body.top_n ? order.slice(0, body.top_n) : order;
        return {
          id: `rerank-${randomUUID()}`,
          model: body.model ?? reward.name,
          results: top.map(({ index, value }) => ({
            index,
            relevance_score: raw ? value : squash(value, reward),
            ...(body.return_documents === false ? {} : { document: { text: texts[index]!, multi_modal: null } }),
          })),
          usage: { prompt_tokens: 0, total_tokens: 0 },
          meta: { api_version: { version: "2" } },
          laurel_unscored: numbers.map((one) => one.unscored),
        };
      },
    }),
  ];
}
