import { describe, expect, it } from "vitest";
import {
  directContext,
  type Message,
  type TokenLogprobs,
  type Unscored,
} from "../../packages/laurel/src/core/index.ts";
import { likelihoodModelFrom, serveModels } from "../../packages/laurel/src/models/index.ts";
import {
  type Engine,
  echoEngine,
  llamaEngine,
  sglangEngine,
  sumOf,
  tgiEngine,
  toyTokens,
  vllmEngine,
} from "./engines.ts";

const { encode, render } = toyTokens;
const plain = { sentencePiece: false };
const spaced = { sentencePiece: true };
const chat: readonly Message[] = [{ role: "user", content: "the cat?" }];

async function scored(engine: Engine, prefix: readonly Message[] | string, completions: readonly string[], more = {}) {
  const model = await likelihoodModelFrom({ url: engine.url, model: "toy", retries: 0, ...more });
  return (await model.logprobs([{ prefix, completions }], directContext()))[0]!;
}

function sums(answers: readonly (TokenLogprobs | Unscored)[]): number[] {
  return answers.map((one) => {
    if (one.unscored !== undefined) throw new Error(one.unscored.message);
    expect(one.tokens).toHaveLength(one.logprobs.length);
    return one.sum;
  });
}

/** Sums of the toy's own function, whose additions are the same: 1e-12 is rounding. */
function close(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
}

/** Ids of prefix and completion apart, with one BOS, and the sum over the completion. */
function apart(prefix: string, completion: string): number {
  const before = encode(prefix, plain, true);
  return sumOf([...before, ...encode(completion, plain, false)], before.length);
}

describe("likelihood over vLLM", () => {
  it("sums over the completion only, looks the given token up by its id, and sends ids", async () => {
    await using engine = await vllmEngine();
    const answers = await scored(engine, "the cat", [" sat", " yes!", ""]);
    close(sums(answers), [apart("the cat", " sat"), apart("the cat", " yes!"), 0]);
    expect((answers[1] as TokenLogprobs).tokens).toEqual([" yes", "!"]);
    expect(engine.seen.filter(({ path }) => path === "/v1/completions").map(({ body }) => body)).toContainEqual({
      model: "toy",
      prompt: [...encode("the cat", plain, true), ...encode(" sat", plain, false)],
      max_tokens: 1,
      temperature: 0,
      prompt_logprobs: 0,
    });
  });

  it("keeps one boundary for all completions where a token could span it", async () => {
    await using engine = await vllmEngine();
    // "a" + "b" would be the one token "ab" if they were tokenised together
    const answers = await scored(engine, "xa", ["b", "c"]);
    close(sums(answers), [apart("xa", "b"), apart("xa", "c")]);
  });

  it("does not begin a rendered text twice", async () => {
    await using engine = await vllmEngine();
    const answers = await scored(engine, "<s>the cat", [" sat"]);
    close(sums(answers), [apart("the cat", " sat")]);
  });

  it("renders chats with the server's template, without or with the end of the turn", async () => {
    await using engine = await vllmEngine();
    const before = encode(render(chat as never, true), plain, false);
    const open = [...before, ...encode("yes", plain, false)];
    close(sums(await scored(engine, chat, ["yes"])), [sumOf(open, before.length)]);
    close(sums(await scored(engine, chat, ["yes"], { endOfTurn: true })), [sumOf([...open, 4], before.length)]);
  });

  it("refuses a template that begins the text twice, and one that rewrites the answer's beginning", async () => {
    await using twice = await vllmEngine({
      change: (path, answer: { tokens: number[] }) =>
        path === "/tokenize" && answer.tokens.includes(2) ? { tokens: [1, ...answer.tokens] } : undefined,
    });
    expect(await scored(twice, chat, ["yes"])).toMatchObject([
      { unscored: { reason: "unsupported", message: expect.stringContaining("twice") } },
    ]);
    await using other = await vllmEngine({
      change: (path, answer: { tokens: number[] }) =>
        path === "/tokenize" && answer.tokens.at(-1) === 4
          ? { tokens: answer.tokens.filter((id) => id !== 3) }
          : undefined,
    });
    expect(await scored(other, chat, ["yes"], { endOfTurn: true })).toMatchObject([
      { unscored: { reason: "unsupported", message: expect.stringContaining("beginning is not known") } },
    ]);
  });

  it("tokenises together where the tokenizer puts a space before texts, and counts from what all have in common", async () => {
    await using engine = await vllmEngine({ toy: spaced });
    const before = encode("xa", spaced, true);
    const together = ["b", "c"].map((one) => encode(`xa${one}`, spaced, true));
    // "ab" is one token, so that both are counted from before the "a"
    expect(together[0]!.length).toBe(before.length);
    const from = before.length - 1;
    close(
      sums(await scored(engine, "xa", ["b", "c"])),
      together.map((ids) => sumOf(ids, from)),
    );
    close(sums(await scored(engine, "the cat", [" sat"])), [
      sumOf(encode("the cat sat", spaced, true), encode("the cat", spaced, true).length),
    ]);
  });

  it("scores a first token after the beginning of the text", async () => {
    await using engine = await vllmEngine();
    close(sums(await scored(engine, "", ["yes"])), [sumOf([1, ...encode("yes", plain, false)], 1)]);
  });

  it("has no sum where a probability is below what the server can state, or where tokens are missing", async () => {
    await using low = await vllmEngine({
      change: (path, answer: { choices: { prompt_logprobs: (Record<string, { logprob: number }> | null)[] }[] }) => {
        if (path !== "/v1/completions") return undefined;
        for (const row of answer.choices[0]!.prompt_logprobs)
          for (const one of Object.values(row ?? {})) one.logprob = -9999;
        return answer;
      },
    });
    expect(await scored(low, "the", [" cat"])).toMatchObject([{ unscored: { reason: "undecided" } }]);
    await using short = await vllmEngine({
      change: (path, answer: { choices: { prompt_logprobs: unknown[] }[] }) => {
        if (path !== "/v1/completions") return undefined;
        answer.choices[0]!.prompt_logprobs.pop();
        return answer;
      },
    });
    expect(await scored(short, "the", [" cat"])).toMatchObject([
      { unscored: { reason: "transport", transient: false } },
    ]);
  });

  it("gives the distribution of the next token, the most likely first", async () => {
    await using engine = await vllmEngine();
    const model = await likelihoodModelFrom({ url: engine.url, model: "toy" });
    const [row] = await model.next!(["the"], 2, directContext());
    const list = row as { token: string; logprob: number }[];
    expect(list.map(({ token }) => token).sort()).toEqual([" cat", " the"]);
    expect(list[0]!.logprob).toBeGreaterThanOrEqual(list[1]!.logprob);
  });
});

describe("likelihood over other servers", () => {
  it("SGLang: begins one token early and drops the first entry, which is always null", async () => {
    await using engine = await sglangEngine();
    close(sums(await scored(engine, "the cat", [" sat", " no"])), [apart("the cat", " sat"), apart("the cat", " no")]);
    const before = encode("the cat", plain, true);
    expect(engine.seen.filter(({ path }) => path === "/generate")[0]!.body).toEqual({
      input_ids: [...before, ...encode(" sat", plain, false)],
      sampling_params: { max_new_tokens: 0, temperature: 0 },
      return_logprob: true,
      return_text_in_logprobs: true,
      logprob_start_len: before.length - 1,
    });
  });

  it("SGLang: an answer with too few places is no score", async () => {
    await using engine = await sglangEngine({
      change: (path, answer: { meta_info: { input_token_logprobs: unknown[] } }) => {
        if (path !== "/generate") return undefined;
        answer.meta_info.input_token_logprobs.splice(1, 1);
        return answer;
      },
    });
    expect(await scored(engine, "the cat", [" sat!"])).toMatchObject([{ unscored: { reason: "transport" } }]);
  });

  it("SGLang without /tokenize, TGI and echo: text only, the boundary by comparing tokens", async () => {
    await using old = await sglangEngine({ without: ["/tokenize"] });
    await using tgi = await tgiEngine();
    const ids = encode("the cat sat", plain, true);
    for (const engine of [old, tgi]) {
      close(sums(await scored(engine, "the cat", [" sat"])), [sumOf(ids, encode("the cat", plain, true).length)]);
      // a token that spans the border is counted for both
      close(
        sums(await scored(engine, "xa", ["b", "c"])),
        ["xab", "xac"].map((text) => sumOf(encode(text, plain, true), 2)),
      );
      close(sums(await scored(engine, "", ["yes"])), [sumOf([1, ...encode("yes", plain, false)], 1)]);
    }
    await using echo = await echoEngine();
    const bare = encode("the cat sat", plain, false);
    close(sums(await scored(echo, "the cat", [" sat"])), [sumOf(bare, encode("the cat", plain, false).length)]);
    expect(await scored(echo, "", ["yes"])).toMatchObject([{ unscored: { reason: "unsupported" } }]);
  });

  it("TGI: renders chats, whose text begins once although the server puts BOS before it", async () => {
    await using engine = await tgiEngine();
    const before = encode(render(chat as never, true), plain, false);
    close(sums(await scored(engine, chat, ["yes"])), [
      sumOf([...before, ...encode("yes", plain, false)], before.length),
    ]);
  });

  it("TGI: an empty list is no certainty", async () => {
    await using engine = await tgiEngine({
      change: (path, answer: { details: { prefill: unknown[] } }) => {
        if (path === "/generate") answer.details.prefill = [];
        return answer;
      },
    });
    expect(await scored(engine, "the", [" cat"])).toMatchObject([{ unscored: { reason: "unsupported" } }]);
  });

  it("SGLang and echo: a chat is refused, with what to do", async () => {
    await using sglang = await sglangEngine();
    await using echo = await echoEngine();
    for (const engine of [sglang, echo])
      expect(await scored(engine, chat, ["yes"])).toMatchObject([
        { unscored: { reason: "unsupported", message: expect.stringContaining("template") } },
      ]);
  });

  it("llama.cpp: says that its server gives none", async () => {
    await using engine = await llamaEngine();
    expect(await scored(engine, "the", [" cat"])).toMatchObject([
      {
        unscored: {
          reason: "unsupported",
          transient: false,
          message: expect.stringContaining("llama.cpp's server gives no"),
        },
      },
    ]);
  });

  it("Laurel's own server: the same as the model behind it", async () => {
    await using engine = await vllmEngine();
    const behind = await likelihoodModelFrom({ url: engine.url, model: "toy" });
    await using server = await serveModels({ name: "mine", likelihood: behind });
    const model = await likelihoodModelFrom(`${server.url}#mine`);
    for (const prefix of ["the cat", chat]) {
      const jobs = [{ prefix, completions: [" sat", " no"] }];
      const through = await model.logprobs(jobs, directContext());
      expect(through).toEqual(await behind.logprobs(jobs, directContext()));
    }
    expect(await model.next!(["the"], 2, directContext())).toEqual(await behind.next!(["the"], 2, directContext()));
  });

  it("a server that is away is a transient failure at first, and asked again later", async () => {
    const model = await likelihoodModelFrom({ url: "http://127.0.0.1:9/v1", model: "toy", retries: 0 });
    const [answers] = await model.logprobs([{ prefix: "the", completions: [" cat"] }], directContext());
    expect(answers).toMatchObject([{ unscored: { reason: "transport" } }]);
  });
});
