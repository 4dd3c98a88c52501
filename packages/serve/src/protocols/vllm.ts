import { randomUUID } from "node:crypto";
import type { Task } from "laurel/core";
import { z } from "zod";
import type { Exchange } from "../http/exchange.ts";
import { type Operation, operation, rewardQuery, sampleQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { Sample, Service } from "../service.ts";
import { conversationTask, sampleTask, splitText, squash } from "./texts.ts";

const marker = {
  marker: { schema: z.string(), description: "what begins the answer in a text that holds prompt and answer" },
};

/** Options that ask for raw values: today's name and the older ones. */
const activation = {
  use_activation: z.boolean().nullish(),
  activation: z.boolean().nullish(),
  softmax: z.boolean().nullish(),
};
const common = { model: z.string().nullish(), user: z.string().nullish() };
const usageSchema = z.object({ prompt_tokens: z.int(), total_tokens: z.int() });
const unscoredSchema = z.array(z.string().nullable()).describe("why a value is no score; null where it is one");
const listShape = { id: z.string(), object: z.literal("list"), created: z.int(), model: z.string() };

/** No tokens are counted here, since no model reads them; the fields are part of the shape. */
const usage = { prompt_tokens: 0, total_tokens: 0 };

const textInput = z
  .union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))])
  .describe("texts of prompt and answer; token ids are refused");

/** Did the client ask for raw values? */
function wantsRaw(body: {
  use_activation?: boolean | null | undefined;
  activation?: boolean | null | undefined;
  softmax?: boolean | null | undefined;
}): boolean {
  return body.use_activation === false || body.activation === false || body.softmax === false;
}

/**
 * Samples of `input`: each text holds prompt and answer, as a chat template renders them.
 * @throws Problem (422) for token ids
 */
export function inputSamples(exchange: Exchange, input: unknown, field = "input"): Sample[] {
  const list = Array.isArray(input) ? (input as unknown[]) : [input];
  const mark = exchange.query["marker"] as string | undefined;
  return list.map((text) => {
    if (typeof text !== "string")
      throw new Problem(
        422,
        "needs-text",
        `${field}: token ids cannot be read without the tokenizer; send text or messages`,
      );
    const { prompt, answer } = splitText(text, undefined, mark);
    return { task: sampleTask(prompt, answer) };
  });
}

function list(model: string, prefix: string) {
  return { id: `${prefix}-${randomUUID()}`, object: "list" as const, created: Math.floor(Date.now() / 1000), model };
}

const scorePairs = [
  ["queries", "documents"],
  ["queries", "items"],
  ["data_1", "data_2"],
  ["text_1", "text_2"],
] as const;

function textsOf(value: unknown, field: string): string[] {
  const texts = Array.isArray(value) ? (value as unknown[]) : [value];
  for (const text of texts)
    if (typeof text !== "string") throw new Problem(422, "invalid", `${field}: expected a text or a list of texts`);
  return texts as string[];
}

/**
 * vLLM's servers of reward models: `/classify` (one class, whose "probability" is the reward), `/score`, `/pooling`.
 *
 * Values are raw where `use_activation` (or its older names) is false, as reward clients ask, and squashed to 0 … 1
 * otherwise, as vLLM does. `laurel_unscored` stands beside the values.
 */
export function vllmProtocol(service: Service): Operation[] {
  return [
    operation({
      method: "post",
      // the second is SGLang's, which answers in vLLM's shape there
      paths: ["/classify", "/v1/classify"],
      fields: ["input", "messages"],
      summary: "vLLM classify: the reward as the one class's value",
      tag: "vllm",
      query: { ...sampleQuery, ...marker },
      body: z.looseObject({
        ...common,
        ...activation,
        input: textInput.nullish(),
        messages: z.array(z.looseObject({ role: z.string() })).nullish(),
      }),
      answer: z.object({
        ...listShape,
        data: z.array(
          z.object({ index: z.int(), label: z.string(), probs: z.array(z.number()), num_classes: z.int() }),
        ),
        usage: usageSchema,
        laurel_unscored: unscoredSchema,
      }),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.model ?? undefined);
        const samples = body.messages
          ? [{ task: conversationTask(body.messages) }]
          : inputSamples(exchange, body.input ?? null);
        const numbers = await service.samples(exchange, "vllm", reward, samples, "number");
        const raw = wantsRaw(body);
        return {
          ...list(body.model ?? reward.name, "classify"),
          data: numbers.map(({ value }, index) => ({
            index,
            label: "LABEL_0",
            probs: [raw ? value! : squash(value!, reward)],
            num_classes: 1,
          })),
          usage,
          laurel_unscored: numbers.map((one) => one.unscored),
        };
      },
    }),
    operation({
      method: "post",
      paths: ["/score", "/v1/score"],
      fields: ["queries", "data_1", "text_1"],
      summary: "vLLM score: first texts are prompts, second ones answers; 1 to N or N to N",
      tag: "vllm",
      query: rewardQuery,
      body: z.looseObject({
        ...common,
        ...activation,
        queries: z.any().optional(),
        documents: z.any().optional(),
        items: z.any().optional(),
        data_1: z.any().optional(),
        data_2: z.any().optional(),
        text_1: z.any().optional(),
        text_2: z.any().optional(),
      }),
      answer: z.object({
        ...listShape,
        data: z.array(z.object({ index: z.int(), object: z.literal("score"), score: z.number() })),
        usage: usageSchema,
        laurel_unscored: unscoredSchema,
      }),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.model ?? undefined);
        const names = scorePairs.find(([a, b]) => body[a] !== undefined && body[b] !== undefined);
        if (names === undefined)
          throw new Problem(
            422,
            "invalid",
            `the body needs one of ${scorePairs.map((pair) => pair.join(" + ")).join(", ")}`,
          );
        const first = textsOf(body[names[0]], names[0]);
        const second = textsOf(body[names[1]], names[1]);
        if (first.length !== 1 && first.length !== second.length)
          throw new Problem(
            422,
            "invalid",
            `${names[0]}: ${first.length} for ${second.length} of ${names[1]}; expected one or as many`,
          );
        const tasks: Task[] =
          first.length === 1 && second.length !== 1
            ? second.length === 0
              ? []
              : [rerankTask(first[0]!, second)]
            : second.map((answer, i) => sampleTask(first[i]!, answer));
        const numbers = (await service.groupNumbers(exchange, "vllm", reward, tasks, "number")).flat();
        const raw = wantsRaw(body);
        return {
          ...list(body.model ?? reward.name, "score"),
          data: numbers.map(({ value }, index) => ({
            index,
            object: "score" as const,
            score: raw ? value! : squash(value!, reward),
          })),
          usage,
          laurel_unscored: numbers.map((one) => one.unscored),
        };
      },
    }),
    operation({
      method: "post",
      paths: ["/pooling"],
      summary: "vLLM pooling: the reward as a vector of one; with task token_classify a vector a step",
      tag: "vllm",
      query: { ...sampleQuery, ...marker },
      body: z.looseObject({
        ...common,
        ...activation,
        input: textInput.nullish(),
        messages: z.array(z.looseObject({ role: z.string() })).nullish(),
        task: z.string().nullish(),
        encoding_format: z.enum(["float", "base64"]).nullish(),
      }),
      answer: z.object({
        ...listShape,
        data: z.array(
          z.object({
            index: z.int(),
            object: z.literal("pooling"),
            data: z.union([z.array(z.number()), z.array(z.array(z.number())), z.string()]),
          }),
        ),
        usage: usageSchema,
        laurel_unscored: unscoredSchema,
      }),
      idempotent: true,
      async handle(exchange, body) {
        const reward = service.reward(exchange, body.model ?? undefined);
        const tokens = body.task === "token_classify" || body.task === "token_embed";
        if (body.task === "embed" || body.task === "token_embed" || body.task === "plugin")
          throw new Problem(
            422,
            "unsupported",
            `task ${body.task}: a reward has no embedding; use classify, score or token_classify`,
          );
        const samples = body.messages
          ? [{ task: conversationTask(body.messages) }]
          : inputSamples(exchange, body.input ?? null);
        const numbers = await service.samples(exchange, "vllm", reward, samples, "number");
        const raw = wantsRaw(body);
        return {
          ...list(body.model ?? reward.name, "pool"),
          data: numbers.map(({ value, steps }, index) => {
            const put = (one: number): number => (raw ? one : squash(one, reward));
            const vector = [put(value!)];
            return {
              index,
              object: "pooling" as const,
              data: tokens
                ? (steps ?? [value!]).map((one) => [put(one)])
                : body.encoding_format === "base64"
                  ? Buffer.from(Float32Array.from(vector).buffer).toString("base64")
                  : vector,
            };
          }),
          usage,
          laurel_unscored: numbers.map((one) => one.unscored),
        };
      },
    }),
  ];
}

/** A query with its documents as one task, which is what best of n is. */
export function rerankTask(query: string, documents: readonly string[]): Task {
  return {
    id: "#1",
    prompt: [{ role: "user", content: query }],
    candidates: documents.map((text) => ({ output: [{ role: "assistant", content: text }] })),
  };
}
