import {
  type Candidate,
  type Context,
  type Generation,
  type LanguageModel,
  type Part,
  type Policy,
  split,
  type Task,
  type Unscored,
} from "../core/index.ts";

/** How answers are drawn. */
export interface DrawOptions {
  /** Answers, at least 1. */
  n: number;
  /** Passed to the model; its own default if not given. */
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  stopAt?: readonly string[] | undefined;
}

/**
 * Draws answers to a task of a policy or a language model, which is asked once for n where it can, else n times with seeds of their own.
 *
 * @returns candidates, and the generations that failed
 */
export async function drawCandidates(
  source: LanguageModel | Policy,
  asked: Task,
  options: DrawOptions,
  ctx: Context,
): Promise<{ candidates: Candidate[]; failed: Unscored[] }> {
  const { n, temperature, maxTokens, stopAt } = options;
  const candidates: Candidate[] = [];
  const failed: Unscored[] = [];
  if ("sample" in source) {
    const query = { task: asked, n, temperature, maxTokens, stop: stopAt, seed: split(ctx.seed, "best-of-n") };
    for await (const one of source.sample(query, ctx)) candidates.push(one);
  } else
    for (const one of await generations(source, asked, options, ctx)) {
      if (one.unscored !== undefined) failed.push(one);
      else candidates.push(candidateOf(one));
    }
  return { candidates, failed };
}

async function generations(
  model: LanguageModel,
  asked: Task,
  options: DrawOptions,
  context: Context,
): Promise<readonly (Generation | Unscored)[]> {
  const common = {
    messages: asked.prompt,
    temperature: options.temperature,
    maxTokens: options.maxTokens,
    stop: options.stopAt,
  };
  const seedAt = (i: number): number | undefined =>
    model.supports.seed ? Number.parseInt(split(context.seed, `best-of-n:${i}`).slice(0, 8), 16) >>> 1 : undefined;
  if (model.supports.n) {
    const [all] = await model.generate([{ ...common, n: options.n, seed: seedAt(0) }], context);
    return all ?? [];
  }
  const requests = Array.from({ length: options.n }, (_, i) => ({ ...common, seed: seedAt(i) }));
  return (await model.generate(requests, context)).flat();
}

/** A generation as a candidate. */
function candidateOf(generation: Generation): Candidate {
  const parts: Part[] = [];
  if (generation.reasoning !== undefined) parts.push({ type: "reasoning", text: generation.reasoning });
  if (generation.text !== "" || parts.length === 0) parts.push({ type: "text", text: generation.text });
  for (const [i, { name, input }] of (generation.calls ?? []).entries())
    parts.push({ type: "tool-call", id: `call-${i}`, name, input });
  const plain = parts.length === 1 && parts[0]!.type === "text";
  return {
    output: [{ role: "assistant", content: plain ? generation.text : parts }],
    finish: generation.finish,
  };
}
