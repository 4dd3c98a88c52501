import {
  type LikelihoodModel,
  type Message,
  message,
  type Reward,
  type TokenLogprobs,
  textOf,
  UsageError,
} from "../../core/index.ts";
import { type FollowUpCriterion, helpfulnessFollowUps } from "./follow-ups.ts";
import { answerOf, likelihoodReward, meanOf } from "./kernel.ts";

/** Options of `followUp`. */
export interface FollowUpOptions {
  /** Default `helpfulnessFollowUps`. */
  criteria?: readonly FollowUpCriterion[] | undefined;
  /** Is a follow-up's log-likelihood divided by its number of tokens? Default true; without it length decides. */
  lengthNormalise?: boolean | undefined;
  /** Is the follow-up the user's next turn (default), or does the model give it as feedback in its own turn? */
  roles?: "user-speaks" | "model-judges" | undefined;
  /** Weight of each criterion, by name; 1 where none is given. */
  weights?: Readonly<Record<string, number>> | undefined;
  /** Take off how likely each follow-up is without the answer. Default false. */
  prior?: boolean | undefined;
  /** What an empty answer scores; without it it is unscored. */
  floor?: number | undefined;
}

/** How the model is set up to give feedback; the question is then its own turn and the answer the user's. */
const opening = "Please ask me something. When I have answered, tell me in one sentence what you think of my answer.";

/** The conversation after which a follow-up comes; without an answer for the prior. */
function conversation(
  prompt: readonly Message[],
  answer: string | undefined,
  roles: "user-speaks" | "model-judges",
): Message[] {
  if (roles === "user-speaks") return [...prompt, message("assistant", answer ?? "")];
  const question = prompt.findLast(({ role }) => role === "user");
  return [
    message("user", opening),
    message("assistant", question === undefined ? "" : textOf(question)),
    message("user", answer ?? ""),
  ];
}

/** Curly quotation marks tokenise differently from straight ones. */
function straight(text: string): string {
  return text.replaceAll(/[‘’]/g, "'").replaceAll(/[“”]/g, '"').trim();
}

/**
 * The reward `likelihood.followUp`: how much likelier a satisfied reaction to an answer is than a dissatisfied one.
 *
 * r(x, y) = mean over criteria [ mean over positive follow-ups f of ℓ(f) − mean over negative ones of ℓ(f) ],
 * ℓ(f) = (1/T) Σ_t log p(f_t | x, y, f_<t)
 *
 * `parts` hold each criterion. It measures how helpful an answer seems; a right refusal annoys a simulated user too.
 *
 * @returns unscored: as the model says; `undecided` for an empty answer
 * @throws UsageError for a criterion without follow-ups, weights of unknown criteria, or weights that add up to 0
 * Source: FLR (Zhang et al., 2024); the sentences are ours. The released script averages logits of one position instead
 * @example followUp(model, { criteria: helpfulnessFollowUps.slice(0, 2) })
 */
export function followUp(model: LikelihoodModel, options: FollowUpOptions = {}): Reward {
  const {
    criteria = helpfulnessFollowUps,
    lengthNormalise = true,
    roles = "user-speaks",
    prior = false,
    floor,
  } = options;
  const weights = criteria.map(({ name }) => options.weights?.[name] ?? 1);
  const total = weights.reduce((a, b) => a + b, 0);
  const unknown = Object.keys(options.weights ?? {}).find((name) => !criteria.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new UsageError(
      `there is no criterion "${unknown}"`,
      `there is ${criteria.map((one) => one.name).join(", ")}`,
    );
  if (!(total > 0))
    throw new UsageError("follow-ups need at least one criterion, and weights that add up to more than 0");
  const lists = criteria.map(({ name, positive, negative }) => {
    if (positive.length === 0 || negative.length === 0)
      throw new UsageError(`the criterion "${name}" needs positive and negative follow-ups`);
    return { name, positive: positive.map(straight), negative: negative.map(straight) };
  });
  const completions = lists.flatMap(({ positive, negative }) => [...positive, ...negative]);
  const likelihood = ({ sum, logprobs }: TokenLogprobs): number => (lengthNormalise ? sum / logprobs.length : sum);
  return likelihoodReward({
    name: "likelihood.followUp",
    version: 1,
    // the prior is asked of the same model
    models: prior ? [model, model] : [model],
    options: { lengthNormalise, roles, prior, weights, criteria: lists },
    floor,
    ask(candidate, task) {
      const text = answerOf(candidate, floor);
      if (typeof text !== "string") return text;
      const after = { prefix: conversation(task.prompt, text, roles), completions };
      return prior ? [after, { prefix: conversation(task.prompt, undefined, roles), completions }] : [after];
    },
    answer([after, before]) {
      const values = after!.map((one, i) => likelihood(one) - (before === undefined ? 0 : likelihood(before[i]!)));
      const parts: Record<string, number> = {};
      let at = 0;
      let sum = 0;
      for (const [c, { name, positive, negative }] of lists.entries()) {
        const middle = at + positive.length;
        const part = meanOf(values.slice(at, middle)) - meanOf(values.slice(middle, middle + negative.length));
        at = middle + negative.length;
        parts[name] = part;
        sum += weights[c]! * part;
      }
      return { value: sum / total, parts };
    },
  });
}
