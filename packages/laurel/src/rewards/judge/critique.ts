import {
  answerText,
  type Candidate,
  type Draft,
  type Generation,
  type Message,
  type Score,
  type StepScorer,
  settle,
  split,
  type Task,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { askAll, drawOf, type JudgeOptions, type Question, type Vote } from "./ask.ts";
import { about, empty, identity, type JudgeReward, lostScore, question, seedOf, tooLong } from "./judge.ts";
import { type Prompt, prompt } from "./prompt.ts";
import { expectedScore } from "./scales.ts";
import { firstWord, type Grammar, type Unreadable } from "./verdict.ts";
import { spreadOf, voted } from "./votes.ts";

/** What a verification chain says. Labels after the first error, where the chain stops, are unknown. */
export interface StepChain {
  labels: readonly (boolean | null)[];
  /** Index of the first step called incorrect; −1 if none is. */
  firstError: number;
  /** The final word on the whole, where the chain gives one. */
  verdict?: boolean | undefined;
  /** Is there a label for every step up to the first error or the end? */
  complete: boolean;
}

/**
 * Reads a verification chain: a boxed `correct` or `incorrect` for each step, and a final `Yes` or `No`.
 *
 * Boxes are taken in order, the k-th for step k; "Step 3" before a box names its step. The chain may stop at the first
 * incorrect step; missing labels after it are unknown, not correct.
 *
 * @param nSteps steps of the solution
 * @source ThinkPRM (2025), verification chains
 */
export function parseStepChain(text: string, nSteps: number): StepChain {
  const labels: (boolean | null)[] = new Array(nSteps).fill(null);
  let at = 0;
  let end = 0;
  for (const match of text.matchAll(/\\boxed\{\s{0,4}(?:\\text\{)?\s{0,4}(correct|incorrect)\s{0,4}\}/gi)) {
    const before = text.slice(end, match.index);
    const named = [...before.matchAll(/\bstep\s{0,3}(\d{1,4})\b/gi)].at(0)?.[1];
    const step = named === undefined ? at : Number(named) - 1;
    end = match.index + match[0].length;
    if (step < 0 || step >= nSteps || labels[step] !== null) continue;
    labels[step] = match[1]!.toLowerCase() === "correct";
    at = step + 1;
  }
  const firstError = labels.indexOf(false);
  const needed = firstError < 0 ? nSteps : firstError;
  const complete = labels.slice(0, needed).every((label) => label === true);
  if (firstError >= 0) labels.fill(null, firstError + 1);
  const final = /\b(yes|no)\b[\s.*_"'`)\]}]{0,12}$/i.exec(text.trimEnd())?.[1]?.toLowerCase();
  return { labels, firstError, ...(final === undefined ? {} : { verdict: final === "yes" }), complete };
}

/** Options of `generativeStepReward` and `stepCritic`. */
export interface CritiqueOptions extends JudgeOptions {
  /** Independent chains a solution (`votes`); default 1. */
  votes?: number | undefined;
  /** Checks in sequence: after a chain the judge is asked to check again; default 1, no re-check. */
  rounds?: number | undefined;
  /** What a re-check says; default "Let's verify again, step by step." */
  recheck?: string | undefined;
  /**
   * "yes-probability": P(yes)/(P(yes) + P(no)) at the answer after the chain (needs log-probabilities; one more call a
   * chain). "fraction-yes" (default): the share of chains that find no error. "step-product": the mean over chains of the
   * share of steps before the first error.
   */
  score?: "yes-probability" | "fraction-yes" | "step-product" | undefined;
}

const wording = prompt({
  name: "step-critique",
  version: 1,
  system:
    "You verify a solution to a problem step by step. Recompute what each step claims before you judge it; what the solution says about itself proves nothing.",
  user: [
    "The problem:\n{{quote prompt}}",
    "The solution, in {{count}} numbered steps:\n{{quote step}}",
    'Critique each step in turn. Begin each critique with "Step k:" and end it with \\boxed{correct} or \\boxed{incorrect}. Stop at the first incorrect step. Then write on a last line whether the solution is correct: Yes or No.',
  ].join("\n\n"),
});

const again = "Let's verify again, step by step.";
const askYesNo = "Is the solution correct? Answer with one word, Yes or No.";

/**
 * A reward from written verification: the judge critiques each step of a solution and labels it before it decides.
 *
 *     yes-probability   mean over chains of P(yes)/(P(yes) + P(no))
 *     fraction-yes      share of readable chains whose verdict is yes
 *     step-product      mean over chains of the share of steps right before the first error
 *
 * `local` has for each step the share of chains that call it correct, null where none labels it. A chain without a label for
 * each step up to its stop counts only if it has a final verdict. A candidate without `steps` is unscored (`unsupported`).
 *
 * @throws UsageError where yes-probability is wanted of a model without log-probabilities, or numbers are out of range
 * @source ThinkPRM (2025); the wording is ours. Without log-probabilities the paper's score is not available
 * @example generativeStepReward({ model, votes: 4, temperature: 0.6 })
 */
export function generativeStepReward(options: CritiqueOptions): JudgeReward {
  const { model, score = "fraction-yes", rounds = 1, recheck = again } = options;
  if (score === "yes-probability" && !model.supports.logprobs)
    throw new UsageError(`${model.name} gives no log-probabilities`, 'use score: "fraction-yes"');
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`generativeStepReward: rounds must be a whole number of at least 1, not ${rounds}`);
  const draw = drawOf({ maxTokens: 4096, ...options });
  const made: JudgeReward = {
    ...about("judge.critique", options),
    ...identity("judge.critique", [wording], ["step-chain-1"], options, draw, { score, rounds, recheck }),
    sees: "candidate",
    range: [0, 1],
    prompts: [wording],
    async score(tasks, ctx) {
      const units = tasks.flatMap((task) => task.candidates.map((candidate) => ({ task, candidate })));
      const scores: Score[] = new Array(units.length);
      const asked: { at: number; steps: number; question: Question<StepChain> }[] = [];
      for (const [at, { task, candidate }] of units.entries()) {
        const prepared = questionOf(task, candidate, options);
        if ("draft" in prepared) scores[at] = settle(prepared.draft, made);
        else
          asked.push({
            at,
            steps: prepared.steps,
            question: { ...prepared.question, seed: seedOf(ctx, task, candidate) },
          });
      }
      let answers = await askAll(
        model,
        asked.map((one) => one.question),
        draw,
        ctx,
      );
      for (let round = 1; round < rounds; round++) {
        // every chain goes on by itself, from what it said; a chain that was lost stays lost
        const more = asked.flatMap(({ question }, i) =>
          answers[i]!.votes.map(({ reply }, v) => ({
            i,
            question: {
              ...question,
              seed: split(question.seed, `recheck:${round}:${v}`),
              messages: after(question.messages, reply, recheck),
            },
          })),
        );
        const said = await askAll(
          model,
          more.map((one) => one.question),
          { ...draw, votes: 1 },
          ctx,
        );
        answers = answers.map((answer, i) => ({
          votes: more.flatMap((one, k) => (one.i === i ? said[k]!.votes : [])),
          lost: [...answer.lost, ...more.flatMap((one, k) => (one.i === i ? said[k]!.lost : []))],
        }));
      }
      const chances = score === "yes-probability" ? await yesChances(asked, answers) : undefined;
      for (const [i, { at, steps }] of asked.entries())
        scores[at] =
          answers[i]!.votes.length === 0
            ? lostScore(answers[i]!.lost)
            : settle(conclude(answers[i]!.votes, steps, chances?.[i]), made);
      let next = 0;
      return tasks.map((task) => task.candidates.map(() => scores[next++]!));

      async function yesChances(all: typeof asked, chains: typeof answers): Promise<(number | Unscored)[][]> {
        const yesNo: Grammar<boolean> = { ...firstWord({ Yes: true, No: false }), read: () => true };
        const flat = all.flatMap(({ question }, i) =>
          chains[i]!.votes.map(({ reply }) => ({
            i,
            question: { messages: after(question.messages, reply, askYesNo), grammar: yesNo, seed: question.seed },
          })),
        );
        const said = await askAll(
          model,
          flat.map((one) => one.question),
          { ...draw, votes: 1, temperature: 0, maxTokens: 1, retries: 0 },
          ctx,
          20,
        );
        const out: (number | Unscored)[][] = all.map(() => []);
        for (const [k, { i }] of flat.entries()) {
          const vote = said[k]!.votes[0];
          const expected = vote === undefined ? said[k]!.lost[0]! : expectedScore(vote.reply, { YES: 1, NO: 0 });
          out[i]!.push("unscored" in expected ? expected : expected.score);
        }
        return out;
      }
    },
  };

  const conclude = (
    votes: readonly Vote<StepChain>[],
    steps: number,
    chances: readonly (number | Unscored)[] | undefined,
  ): Draft => {
    const values: number[] = [];
    for (const [k, { verdict }] of votes.entries()) {
      const chance = chances?.[k];
      if (score === "yes-probability") {
        if (typeof chance === "number") values.push(chance);
      } else if (score === "fraction-yes") {
        const yes = verdict.firstError >= 0 ? false : (verdict.verdict ?? (verdict.complete ? true : undefined));
        if (yes !== undefined) values.push(yes ? 1 : 0);
      } else if (verdict.complete) values.push((verdict.firstError < 0 ? steps : verdict.firstError) / steps);
    }
    if (values.length === 0)
      return (
        (chances?.find((chance) => typeof chance !== "number") as Unscored | undefined) ??
        unscored("judge-unparsable", "no chain labels the steps or ends in Yes or No", { raw: votes[0]!.reply.text })
      );
    const local = Array.from({ length: steps }, (_, s) => {
      const said = votes.flatMap(({ verdict }) => (verdict.labels[s] === null ? [] : [verdict.labels[s] ? 1 : 0]));
      return said.length === 0 ? null : voted(said);
    });
    return {
      value: voted(values),
      local: [{ unit: "step", values: local }],
      rationale: votes[0]!.reply.text.trim(),
      ...(values.length > 1 ? { spread: { sd: spreadOf(values), n: values.length, over: "votes" as const } } : {}),
      facts: { chains: values.length, firstError: votes[0]!.verdict.firstError },
    };
  };
  return made;
}

/** The conversation after a reply and a new request. */
function after(messages: readonly Message[], reply: Generation, say: string): readonly Message[] {
  return [...messages, { role: "assistant", content: reply.text }, { role: "user", content: say }];
}

function questionOf(
  task: Task,
  candidate: Candidate,
  options: JudgeOptions,
): { draft: Draft } | { steps: number; question: Omit<Question<StepChain>, "seed"> } {
  if (empty(candidate, task, options)) return { draft: { fault: "no-answer" } };
  const { steps } = candidate;
  if (steps === undefined || steps.length === 0)
    return { draft: unscored("unsupported", "the candidate has no steps; segment it first") };
  const text = answerText(candidate);
  const rendered = wording.render(
    {
      prompt: question(task),
      count: steps.length,
      step: { each: steps.map(({ start, end }) => text.slice(start, end)) },
    },
    options,
  );
  if (rendered.tooLong !== undefined)
    return {
      draft: rendered.tooLong.startsWith("step") ? { fault: "over-long" } : tooLong(rendered.tooLong, rendered.length),
    };
  return { steps: steps.length, question: { messages: rendered.messages, grammar: chainGrammar(steps.length) } };
}

function chainGrammar(steps: number): Grammar<StepChain> {
  return {
    id: "step-chain-1",
    form: "End each step's critique with \\boxed{correct} or \\boxed{incorrect}, and the whole with Yes or No.",
    read(text): StepChain | Unreadable {
      const chain = parseStepChain(text, steps);
      return !chain.complete && chain.verdict === undefined
        ? { unreadable: "it labels not every step and does not end in Yes or No" }
        : chain;
    },
  };
}

/** The same verification as a step scorer, for `stepwise` and guided search: the share of chains that call each step correct. */
export function stepCritic(options: CritiqueOptions): StepScorer & { readonly prompts: readonly Prompt[] } {
  const reward = generativeStepReward({ ...options, score: "fraction-yes" });
  return {
    name: reward.name,
    fingerprint: reward.fingerprint,
    prompts: reward.prompts,
    ...(reward.random === undefined ? {} : { random: reward.random }),
    async scoreSteps(tasks, ctx) {
      const scores = await reward.score(tasks, ctx);
      return scores.map((row) =>
        row.map((score) => {
          if (score.unscored !== undefined) return score;
          return score.local?.[0]?.values ?? unscored("undecided", "the answer has no steps that were judged");
        }),
      );
    },
  };
}

/**
 * Keeps a chain only if it has a label for every step up to its stop, and each equals the gold one (process filter).
 *
 * @param gold labels of the steps; null where unknown, which any label matches
 * @source ThinkPRM (2025), process-based filtering
 */
export function chainMatches(chain: StepChain, gold: readonly (boolean | null)[]): boolean {
  return (
    chain.complete &&
    chain.labels.every(
      (label, step) => label === null || gold[step] === null || gold[step] === undefined || label === gold[step],
    )
  );
}
