import {
  answerText,
  type Candidate,
  type Context,
  type LanguageModel,
  type Policy,
  random,
  split,
  type Task,
  task,
  UsageError,
} from "../../core/index.ts";
import { drawCandidates } from "../../search/draw.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** Options of `policyPairs`. */
export interface PolicyPairsOptions {
  ctx: Context;
  /** Other policies a prompt, default 1; each gives a row. */
  negatives?: number | undefined;
  /** Passed to the models. */
  temperature?: number | undefined;
  maxTokens?: number | undefined;
}

/** Two answers of one policy and one of another, to the same prompt. */
export interface PolicyTriple {
  prompt: Task["prompt"];
  reference: Candidate;
  same: Candidate;
  other: Candidate;
  /** The names of the two policies. */
  ids: { same: string; other: string };
}

/**
 * Pre-training data for a policy discriminator, without any preference: for each prompt a policy answers twice, and others once.
 *
 * The policy and the others are drawn by `ctx.seed` and the task's id, so that neither order nor number of the prompts changes a row.
 *
 * @param policies at least two with different names: policies or language models, at a temperature above 0
 * @param prompts texts or tasks, whose candidates are not looked at
 * @returns a row a negative; `ledger` counts prompts in, rows out, rows whose answers could not be had (`failed`), and rows whose two
 *   policies gave the same text (`equal`), which tells nothing
 * @throws UsageError for fewer policies than a row needs, or two of one name
 * @source POLAR (2025), pre-training data
 * @example for await (const row of policyPairs([small, large, tuned], prompts, { ctx })) write(row);
 */
export function policyPairs(
  policies: readonly (Policy | LanguageModel)[],
  prompts: AsyncIterable<string | Task> | Iterable<string | Task>,
  options: PolicyPairsOptions,
): Recipe<PolicyTriple, "failed" | "equal"> {
  const { ctx, negatives = 1, temperature, maxTokens } = options;
  if (!(Number.isInteger(negatives) && negatives >= 1))
    throw new UsageError(`policyPairs: negatives must be a whole number of at least 1, not ${negatives}`);
  if (policies.length < 1 + negatives)
    throw new UsageError(`policyPairs: ${negatives} negatives need ${1 + negatives} policies, not ${policies.length}`);
  if (new Set(policies.map(({ name }) => name)).size < policies.length)
    throw new UsageError("policyPairs: two policies have the same name", "a policy must not be its own negative");
  return recipe(["failed", "equal"], async function* (ledger) {
    for await (const given of prompts) {
      ledger.in++;
      const asked = typeof given === "string" ? task(given, []) : { ...given, candidates: [] };
      const seed = split(split(ctx.seed, "policy-pairs"), asked.id);
      const [own, ...others] = random(seed)
        .shuffled(policies)
        .slice(0, 1 + negatives) as [Policy | LanguageModel, ...(Policy | LanguageModel)[]];
      const draw = async (source: Policy | LanguageModel, n: number): Promise<Candidate[]> => {
        const own = { ...ctx, seed: split(seed, source.name) };
        return (await drawCandidates(source, asked, { n, temperature, maxTokens }, own)).candidates;
      };
      const [reference, same] = await draw(own, 2);
      for (const source of others) {
        const [other] = await draw(source, 1);
        if (reference === undefined || same === undefined || other === undefined) ledger.dropped.failed++;
        else if (answerText(same) === answerText(other)) ledger.dropped.equal++;
        else {
          ledger.out++;
          yield { prompt: asked.prompt, reference, same, other, ids: { same: own.name, other: source.name } };
        }
      }
    }
  });
}
