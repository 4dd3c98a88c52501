import { scriptedServer } from "laurel/models";
import { rewardFrom } from "laurel/spec";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { longerThan, mathReward, numberReward, served } from "./server.ts";

type Served = Awaited<ReturnType<typeof served>>;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

// requests and answers as in the protocols' own sources (reference/protocols.md, sections 1 to 8 and 13), with our values
describe("protocols", () => {
  let math: Served;
  let rm: Served;
  beforeAll(async () => {
    math = await served({ rewards: mathReward });
    rm = await served({ rewards: { rm: numberReward() } });
  });
  afterAll(async () => {
    await math.server.close();
    await rm.server.close();
  });

  const listed = { data: [], laurel_unscored: [] };
  it.each<[string, object, object]>([
    ["/get_reward", { query: [] }, { rewards: [], scores: [] }],
    ["/get_reward?group=4", { query: [], prompts: [], labels: [] }, { rewards: [], scores: [] }],
    ["/trl", { prompts: [], completions: [] }, { rewards: [] }],
    ["/verl", { samples: [] }, { results: [] }],
    ["/classify", { input: [] }, listed],
    ["/v1/embeddings", { input: [] }, listed],
    ["/pooling", { input: [] }, listed],
    ["/v1/score", { text_1: "q", text_2: [] }, listed],
    ["/rerank", { query: "q", documents: [] }, { results: [], laurel_unscored: [] }],
    ["/classify", { text: [] }, []],
    ["/predict", { inputs: [] }, []],
    ["/rerank", { query: "q", texts: [] }, []],
  ])("answers an empty batch with empty lists: %s %j", async (path, request, answer) => {
    const { status, body } = await rm.post(path, request);
    expect(status).toBe(200);
    expect(body).toMatchObject(answer);
  });

  describe("OpenRLHF", () => {
    const request = {
      query: ["<|user|>2+2?<|assistant|>4</s>"],
      prompts: ["<|user|>2+2?<|assistant|>"],
      labels: ["4"],
    };

    it("answers lists of rewards, scores and extra_logs for one sample (0.6.0 and later)", async () => {
      expect((await math.post("/get_reward", request)).body).toEqual({
        rewards: [1],
        scores: [1],
        extra_logs: { laurel_unscored: [0], laurel_fault: [0] },
      });
    });

    it("reads requests without prompts and labels (0.4.0 to 0.5.8)", async () => {
      const { status, body } = await rm.post("/get_reward", {
        query: ["<|user|>rate<|assistant|>2.5</s>", "no marker 7"],
      });
      expect(status).toBe(200);
      expect(body["rewards"]).toEqual([2.5, 7]);
    });

    it("answers empty lists with 200 and the same keys, as the other servers of several addresses get them", async () => {
      const { status, body } = await math.post("/get_reward", { query: [], prompts: [], labels: [] });
      expect(status).toBe(200);
      expect(body).toEqual({ rewards: [], scores: [], extra_logs: { laurel_unscored: [], laurel_fault: [] } });
    });

    it("serves 0.9.1 to 0.10 with several addresses: one gets the sample, the rest nothing, and all give the same keys", async () => {
      await using other = await served({ rewards: mathReward });
      // the trainer cuts its batch of one into pieces of ceil(1 / 2), a piece an address, and reads the first reply
      const pieces = [
        [math, request],
        [other, { query: [], prompts: [], labels: [] }],
      ] as const;
      const replies = await Promise.all(pieces.map(([server, piece]) => server.post("/get_reward", piece)));
      expect(replies.map(({ status }) => status)).toEqual([200, 200]);
      expect(replies.flatMap(({ body }) => body["rewards"] as number[])).toEqual([1]);
      const [keys, others] = replies.map(({ body }) => Object.keys(body["extra_logs"] as object));
      expect(others).toEqual(keys);
    });

    it("gives scores on 0 to 1 for a reward with a range, and the rewards themselves without one", async () => {
      const wrong = await math.post("/get_reward", { ...request, labels: ["5"] });
      expect(wrong.body).toMatchObject({ rewards: [0], scores: [0] });
      const raw = await rm.post("/get_reward", { query: ["a3"], prompts: ["a"], labels: [""] });
      expect(raw.body).toMatchObject({ rewards: [3], scores: [3] });
    });

    it("strips the tokens that end a turn, and finds the prompt behind a first special token", async () => {
      const { body } = await math.post("/get_reward", {
        query: ["<s>P: \\boxed{7}<|im_end|>\n<|endoftext|>"],
        prompts: ["P: "],
        labels: ["7"],
      });
      expect(body["rewards"]).toEqual([1]);
    });

    it("keeps the keys of extra_logs when a sample is unscored", async () => {
      const { body } = await rm.post("/get_reward?unscored=-3", { query: ["p1", "p?"], prompts: ["p", "p"] });
      expect(body).toEqual({
        rewards: [1, -3],
        scores: [1, -3],
        extra_logs: { laurel_unscored: [0, 1], laurel_fault: [0, 0] },
      });
    });

    it("refuses lists of different lengths with the reason", async () => {
      const { status, body } = await math.post("/get_reward", { ...request, labels: ["4", "5"] });
      expect(status).toBe(422);
      expect(body["error"]).toMatchObject({ message: "labels: 2 for 1 of query" });
    });
  });

  describe("TRL", () => {
    it("gives null for a sample without a score", async () => {
      const { body } = await math.post("/trl", {
        prompts: ["2+2?", "2+2?", "3?"],
        completions: ["4", "5", "3"],
        references: ["4", "4", null],
      });
      expect(body).toEqual({
        rewards: [1, 0, null],
        laurel_unscored: [null, null, "missing-reference"],
        laurel_fault: [null, null, null],
      });
    });

    it("takes message lists, and makes groups of runs of equal prompts", async () => {
      await using group = await served({ rewards: { longer: longerThan } });
      const prompt = [{ role: "user", content: "say" }];
      const { body } = await group.post("/trl", {
        prompts: [prompt, prompt, prompt, [{ role: "user", content: "other" }]],
        completions: ["a", "abc", "ab", "abcdef"].map((content) => [{ role: "assistant", content }]),
      });
      expect(body["rewards"]).toEqual([0, 2, 1, 0]);
    });
  });

  describe("verl", () => {
    it("gives every result the same keys, failures included", async () => {
      const samples = [
        {
          data_source: "openai/gsm8k",
          solution_str: "The answer is 72",
          ground_truth: "72",
          extra_info: { split: "train", index: 0 },
        },
        { data_source: "openai/gsm8k", solution_str: "72", ground_truth: null, extra_info: null },
      ];
      const { body } = await math.post("/verl?unscored=0.5", { samples });
      expect(body).toEqual({
        results: [
          { score: 1, laurel_unscored: 0, laurel_fault: 0 },
          { score: 0.5, laurel_unscored: 1, laurel_fault: 0 },
        ],
      });
    });

    it("is answered with raw values where it calls a reward server (engine vllm)", async () => {
      const { body } = await rm.post("/classify", {
        model: "/models/rm",
        input: "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n2.31<|im_end|>\n",
        activation: false,
      });
      expect((body["data"] as { probs: number[] }[]).at(-1)?.probs.at(-1)).toBe(2.31);
    });

    it("is answered with the reward as the last value of an embedding (engine sglang)", async () => {
      const { body } = await rm.post("/v1/embeddings", { model: "/models/rm", input: "x<|assistant|>-1.5" });
      expect((body["data"] as { embedding: number[] }[]).at(-1)?.embedding.at(-1)).toBe(-1.5);
    });
  });

  describe("vLLM", () => {
    it("classifies messages with the raw reward when use_activation is false", async () => {
      const { body } = await rm.post("/classify", {
        model: "rm",
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "Hello 2.31" },
        ],
        use_activation: false,
      });
      expect(body).toEqual({
        id: expect.stringMatching(/^classify-/),
        object: "list",
        created: expect.any(Number),
        model: "rm",
        data: [{ index: 0, label: "LABEL_0", probs: [2.31], num_classes: 1 }],
        usage: { prompt_tokens: 0, total_tokens: 0 },
        laurel_unscored: [null],
      });
    });

    it("squashes the value where raw ones are not asked for", async () => {
      const { body } = await rm.post("/classify", { input: ["2.31"] });
      expect((body["data"] as { probs: number[] }[])[0]!.probs[0]).toBeCloseTo(sigmoid(2.31), 12);
    });

    it("refuses token ids with the reason", async () => {
      const { status, body } = await rm.post("/classify", { input: [[1, 2, 3]] });
      expect(status).toBe(422);
      expect(JSON.stringify(body)).toContain("tokenizer");
    });

    it.each([
      ["text_1", "text_2"],
      ["data_1", "data_2"],
      ["queries", "documents"],
      ["queries", "items"],
    ])("scores %s with %s, 1 to N and N to N", async (a, b) => {
      const one = await rm.post("/v1/score", { [a]: "q", [b]: ["1", "2"], use_activation: false });
      expect(one.body["data"]).toEqual([
        { index: 0, object: "score", score: 1 },
        { index: 1, object: "score", score: 2 },
      ]);
      const many = await rm.post("/score", { [a]: ["q", "r"], [b]: ["3", "4"], use_activation: false });
      expect((many.body["data"] as { score: number }[]).map((row) => row.score)).toEqual([3, 4]);
      expect((await rm.post("/score", { [a]: ["q", "r"], [b]: ["3"] })).status).toBe(422);
    });

    it("pools to a vector of one, as numbers or as base64 of float32", async () => {
      const plain = await rm.post("/pooling", { input: "2.5", use_activation: false });
      expect((plain.body["data"] as { data: number[] }[])[0]!.data).toEqual([2.5]);
      const packed = await rm.post("/pooling", { input: "2.5", use_activation: false, encoding_format: "base64" });
      const bytes = Buffer.from((packed.body["data"] as { data: string }[])[0]!.data, "base64");
      expect(bytes.readFloatLE(0)).toBe(2.5);
    });
  });

  describe("SGLang", () => {
    it("is told apart from vLLM by `text`, and answers an array", async () => {
      const { body } = await rm.post("/classify", { model: "rm", text: ["<|assistant|>1.25", "<|assistant|>2"] });
      expect(body).toEqual([
        { embedding: [1.25], laurel_unscored: null },
        { embedding: [2], laurel_unscored: null },
      ]);
    });

    it("answers in vLLM's shape at /v1/classify", async () => {
      const { body } = await rm.post("/v1/classify", { model: "rm", input: ["1.25", "2"], use_activation: false });
      expect((body["data"] as { probs: number[] }[]).map((one) => one.probs)).toEqual([[1.25], [2]]);
    });

    it("says which members it looks for where there is none", async () => {
      const { status, body } = await rm.post("/classify", { model: "rm" });
      expect(status).toBe(422);
      expect(JSON.stringify(body)).toContain("input, messages, text");
    });
  });

  describe("TEI", () => {
    const shown = { label: "LABEL_0", laurel_unscored: null };

    it("reads one text, a flat pair and a batch, and answers in the same form", async () => {
      const raw = { raw_scores: true };
      expect((await rm.post("/predict", { inputs: "3", ...raw })).body).toEqual([{ score: 3, ...shown }]);
      expect((await rm.post("/predict", { inputs: ["9", "4"], ...raw })).body).toEqual([{ score: 4, ...shown }]);
      expect((await rm.post("/predict", { inputs: [["1"], ["9", "2"]], ...raw })).body).toEqual([
        [{ score: 1, ...shown }],
        [{ score: 2, ...shown }],
      ]);
    });

    it("refuses a flat list of three texts", async () => {
      expect((await rm.post("/predict", { inputs: ["a", "b", "c"] })).status).toBe(422);
    });

    it("squashes unless raw_scores is true", async () => {
      const { body } = await rm.post("/predict", { inputs: "3" });
      expect((body as unknown as { score: number }[])[0]!.score).toBeCloseTo(sigmoid(3), 12);
    });

    it("reranks `texts` into a bare array, best first, with text only when asked", async () => {
      const request = { query: "q", texts: ["1", "3", "2"], raw_scores: true };
      expect((await rm.post("/rerank", request)).body).toEqual([
        { index: 1, score: 3, laurel_unscored: null },
        { index: 2, score: 2, laurel_unscored: null },
        { index: 0, score: 1, laurel_unscored: null },
      ]);
      const { body } = await rm.post("/rerank", { ...request, return_text: true });
      expect((body as unknown as { text: string }[])[0]!.text).toBe("3");
    });
  });

  describe("Cohere, Jina and vLLM rerank", () => {
    it("reranks `documents` into an object, best first, cut at top_n", async () => {
      const { body } = await rm.post("/v2/rerank", {
        model: "laurel-rm",
        query: "capital of France?",
        documents: ["-1 Lyon", { text: "2 Paris" }, "1 Nice"],
        top_n: 2,
      });
      expect(body).toEqual({
        id: expect.stringMatching(/^rerank-/),
        model: "laurel-rm",
        results: [
          {
            index: 1,
            relevance_score: expect.closeTo(sigmoid(2), 12),
            document: { text: "2 Paris", multi_modal: null },
          },
          {
            index: 2,
            relevance_score: expect.closeTo(sigmoid(1), 12),
            document: { text: "1 Nice", multi_modal: null },
          },
        ],
        usage: { prompt_tokens: 0, total_tokens: 0 },
        meta: { api_version: { version: "2" } },
        laurel_unscored: [null, null, null],
      });
    });

    it("gives all for top_n 0, and puts documents without a score last", async () => {
      const { body } = await rm.post("/rerank", {
        query: "q",
        documents: ["?", "1", "3"],
        top_n: 0,
        return_documents: false,
      });
      expect((body["results"] as { index: number }[]).map((one) => one.index)).toEqual([2, 1, 0]);
      expect(body["laurel_unscored"]).toEqual(["undecided", null, null]);
    });

    it("reranks for a reward that sees groups", async () => {
      await using group = await served({ rewards: { longer: longerThan } });
      const { body } = await group.post("/v1/rerank", {
        query: "q",
        documents: ["a", "abc", "ab"],
        use_activation: false,
      });
      expect(
        (body["results"] as { index: number; relevance_score: number }[]).map((one) => [
          one.index,
          one.relevance_score,
        ]),
      ).toEqual([
        [1, 2],
        [2, 1],
        [0, 0],
      ]);
    });
  });

  describe("RewardAnything", () => {
    // the judge is real; its model reads the principle out of the prompt and prefers long or short answers by it
    const judgedBy = async (run: (server: Served) => Promise<void>): Promise<void> => {
      await using model = await scriptedServer(({ prompt }) => {
        const blocks = [...prompt.matchAll(/\[begin (answer-\d+) [0-9a-f]{16}\]\n([\s\S]*?)\n\[end/g)];
        const score = (text: string): number =>
          Math.min(5, prompt.includes("Prefer short answers.") ? 6 - text.length : text.length);
        return `<think>by length</think>${JSON.stringify({ scores: Object.fromEntries(blocks.map(([, name, text]) => [name, score(text!)])) })}`;
      });
      const judge = await rewardFrom({
        kind: "judge.principle",
        model: { url: model.url, model: "scripted", retries: 0 },
      });
      const server = await served({ rewards: { judge }, retries: 0 });
      try {
        await run(server);
      } finally {
        await server.server.close();
      }
    };
    const request = {
      principle: "Prefer short answers.",
      prompt: "Capital of France?",
      responses: { "gpt-4": "Paris", claude: "Pa", other: "P" },
      mask_responses: true,
    };

    it("answers what the package's client reads: thoughts, scores by name, the order", async () => {
      await judgedBy(async (server) => {
        expect((await server.post("/api/rewardanything", request)).body).toEqual({
          thoughts: "by length",
          results: { scores: { "gpt-4": 1, claude: 4, other: 5 }, "best-to-worst": ["other", "claude", "gpt-4"] },
          laurel_unscored: {},
        });
        const long = { ...request, principle: "Prefer long answers.", mask_responses: undefined };
        const batch = await server.post("/api/rewardanything_batch?max_timeout=60", [request, long]);
        expect(batch.body).toMatchObject([
          { results: { "best-to-worst": ["other", "claude", "gpt-4"] } },
          { results: { scores: { "gpt-4": 5, claude: 2, other: 1 }, "best-to-worst": ["gpt-4", "claude", "other"] } },
        ]);
      });
    });

    it("leaves a response without a score out with its reason, and fails where none has one", async () => {
      const { body } = await rm.post("/api/rewardanything", { ...request, responses: { a: "2", b: "?", c: "7" } });
      expect(body).toMatchObject({
        results: { scores: { a: 2, c: 7 }, "best-to-worst": ["c", "a"] },
        laurel_unscored: { b: "undecided" },
      });
      const none = { ...request, responses: { a: "?" } };
      const failed = await rm.post("/api/rewardanything", none);
      expect(failed.status).toBe(422);
      expect(failed.headers.get("x-laurel-unscored")).toBe("undecided");
      expect((await rm.post("/api/rewardanything_batch", [none])).body).toMatchObject([
        { results: { scores: {}, "best-to-worst": [] }, laurel_unscored: { a: "undecided" } },
      ]);
      for (const wrong of [{ ...request, responses: {} }, { ...request, principle: " " }, { prompt: "p" }])
        expect((await rm.post("/api/rewardanything", wrong)).status).toBe(422);
    });
  });

  describe("eval-protocol", () => {
    const ask = (content: string, ground_truth?: string) => ({
      messages: [
        { role: "user", content: "2+2?" },
        { role: "assistant", content },
      ],
      ...(ground_truth === undefined ? {} : { ground_truth }),
      kwargs: {},
    });

    it("answers an EvaluateResult at /evaluate and at the older /reward", async () => {
      for (const path of ["/evaluate", "/reward"])
        expect((await math.post(path, ask("4", "4"))).body).toEqual({
          score: 1,
          is_score_valid: true,
          reason: "verify.math",
          metrics: {},
          step_outputs: null,
          error: null,
          laurel_unscored: null,
        });
    });

    it("says is_score_valid false with the reason where there is no score", async () => {
      const { body } = await math.post("/evaluate", ask("4"));
      expect(body).toMatchObject({ is_score_valid: false, laurel_unscored: "missing-reference" });
    });
  });
});
