import {
  answerText,
  type Candidate,
  type Context,
  candidate,
  isScored,
  type LanguageModel,
  type Policy,
  type Reward,
  type Span,
  split,
  type Task,
  UsageError,
} from "../../core/index.ts";
import type { StepExample } from "../../io/index.ts";
import { drawCandidates } from "../../search/draw.ts";
import { growTree, type TreeNode, ucb } from "../../search/tree.ts";

/** Options of `stepValues`. */
export interface StepValueOptions {
  /** Completions from the end of each step whose share of right ones is its value; at least 1, default 8. */
  rollouts?: number | undefined;
  /**
   * Grow a tree of new solutions by so many descents. Left out, the task's own candidates are labelled, which need steps (or are cut by
   * `cut`).
   */
  simulations?: number | undefined;
  /** Of a tree: solutions that are drawn where a node is expanded; their next steps are its children. Default 3. */
  expand?: number | undefined;
  /** Of a tree: weight of exploration in UCB; default √2. */
  c?: number | undefined;
  /** The steps of a text; default its lines that are not blank. */
  cut?: ((text: string) => readonly Span[]) | undefined;
  /** Passed to the policy; its own default if not given. */
  temperature?: number | undefined;
  maxTokens?: number | undefined;
}

/** Solutions of a task with a value for each step. */
export interface LabelledSteps {
  id: string;
  /** Labels are shares of right completions, in [0, 1]; −1 where no completion could be scored. */
  examples: StepExample[];
  /** Completions that were drawn. */
  rollouts: number;
  /** Of them, those that could not be scored, or failed. */
  unscored: number;
}

/**
 * Step labels without people: the value of a prefix is the share of completions from it that end right.
 *
 *     ŷ_t = (1/R) Σ_r 1[the r-th completion of steps 1 … t is right];  ŷ_T is the solution's own verdict
 *
 * With `simulations` a tree is grown: a node is a prefix, chosen by UCB; expanding it draws solutions and takes their next steps as
 * children; a node is valued by `rollouts` completions when it is first reached, and its label is the mean of all values that were backed up through it. Every
 * path to an end, and to a leaf that was visited, is an example.
 *
 * A policy that is given a prefix gives whole solutions or only what follows; a text that does not begin with the prefix is taken to be
 * what follows. A language model is given the prefix as the beginning of its answer.
 *
 * @param policy draws completions, at a temperature above 0
 * @param verify whether a solution is right: a value above ½ on a scale from 0 to 1
 * @param task with a reference that `verify` reads
 * @throws UsageError for a task without a reference, numbers out of range, or a candidate without steps
 * @source Math-Shepherd (2024) for roll-outs; ViLBench (2025) and ReST-MCTS* (2024) for the tree, whose details are not published or ours
 * @example const { examples } = await stepValues(model, math(), task, { simulations: 32 }, ctx);
 */
export async function stepValues(
  policy: Policy | LanguageModel,
  verify: Reward,
  task: Task,
  options: StepValueOptions,
  ctx: Context,
): Promise<LabelledSteps> {
  const { rollouts = 8, simulations, expand = 3, c = Math.SQRT2, cut = lines, temperature, maxTokens } = options;
  for (const [name, value] of Object.entries({ rollouts, expand, simulations: simulations ?? 1 }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new UsageError(`stepValues: ${name} must be a whole number of at least 1, not ${value}`);
  if (task.reference === undefined)
    throw new UsageError(`task ${task.id} has no reference, so that no completion could be verified`);
  const asked: Task = { ...task, candidates: [] };
  const spent = { rollouts: 0, unscored: 0 };
  const root = split(split(ctx.seed, "step-values"), task.id);

  const draw = async (prefix: string, n: number, name: string): Promise<string[]> => {
    const own = { ...ctx, seed: split(split(root, name), prefix) };
    const texts: string[] = [];
    let failed = 0;
    if ("sample" in policy) {
      const query = { task: asked, n, prefix, temperature, maxTokens, seed: own.seed };
      for await (const one of policy.sample(query, own)) texts.push(answerText(one));
    } else {
      const prompt = prefix === "" ? asked.prompt : [...asked.prompt, { role: "assistant" as const, content: prefix }];
      const drawn = await drawCandidates(policy, { ...asked, prompt }, { n, temperature, maxTokens }, own);
      for (const one of drawn.candidates) texts.push(answerText(one));
      failed = drawn.failed.length;
    }
    spent.rollouts += texts.length + failed;
    spent.unscored += failed;
    return texts.map((text) => (text.startsWith(prefix) ? text : prefix + text));
  };

  const rightOnes = async (solutions: readonly Candidate[]): Promise<(boolean | null)[]> => {
    if (solutions.length === 0) return [];
    const [scores] = await ctx.score(verify, [{ ...asked, candidates: solutions }]);
    return scores!.map((score) => (isScored(score) ? score.value > 0.5 : null));
  };

  /** The share of right completions; null where none could be scored. */
  const shareOf = async (prefix: string): Promise<number | null> => {
    const texts = await draw(prefix, rollouts, "roll-outs");
    const marks = await rightOnes(texts.map((text) => candidate(text)));
    const known = marks.filter((one) => one !== null);
    spent.unscored += marks.length - known.length;
    return known.length === 0 ? null : known.filter((one) => one).length / known.length;
  };

  const verdictOf = async (solution: Candidate): Promise<boolean | null> => (await rightOnes([solution]))[0] ?? null;

  if (simulations === undefined) {
    const examples: StepExample[] = [];
    for (const one of task.candidates) {
      const text = answerText(one);
      const spans = one.steps ?? cut(text);
      if (spans.length === 0) throw new UsageError(`stepValues: a candidate of task ${task.id} has no steps`);
      const outcome = await verdictOf(one);
      const labels: number[] = [];
      for (const [t, { end }] of spans.entries()) {
        const last = t === spans.length - 1;
        const value = last ? (outcome === null ? null : Number(outcome)) : await shareOf(text.slice(0, end));
        labels.push(value ?? -1);
      }
      examples.push({
        prompt: task.prompt,
        steps: spans.map(({ start, end }) => text.slice(start, end)),
        labels,
        ...(outcome === null ? {} : { outcome }),
      });
    }
    return { id: task.id, examples, ...spent };
  }

  interface Prefix {
    text: string;
    step: string;
    /** A whole solution ends here. */
    end: boolean;
  }
  const tree = await growTree<Prefix>(
    { text: "", step: "", end: false },
    {
      simulations,
      rule: ucb(c),
      async expand({ state }) {
        if (state.end) return [];
        const children = new Map<string, Prefix>();
        for (const text of await draw(state.text, expand, "expansion")) {
          const spans = cut(text);
          const next = spans.findIndex(({ end }) => end > state.text.length);
          if (next < 0) continue;
          const { start, end } = spans[next]!;
          const prefix = text.slice(0, end);
          const whole = next === spans.length - 1;
          // a step after which some solution goes on is no end
          const known = children.get(prefix);
          children.set(prefix, { text: prefix, step: text.slice(start, end), end: whole && known?.end !== false });
        }
        return [...children.values()].map((state) => ({ state }));
      },
      async evaluate({ state }) {
        if (!state.end) return shareOf(state.text);
        const verdict = await verdictOf(candidate(state.text));
        return verdict === null ? null : Number(verdict);
      },
    },
  );
  const paths = visitedPaths(tree).map(async (path): Promise<StepExample> => {
    const last = path.at(-1)!.state;
    const outcome = last.end ? await verdictOf(candidate(last.text)) : null;
    return {
      prompt: task.prompt,
      steps: path.map(({ state }) => state.step),
      labels: path.map(({ total, visits }) => total / visits),
      ...(outcome === null ? {} : { outcome }),
    };
  });
  return { id: task.id, examples: await Promise.all(paths), ...spent };
}

/** The paths from below the root to each visited node that has no visited child. */
function visitedPaths<S>(root: TreeNode<S>): TreeNode<S>[][] {
  const found: TreeNode<S>[][] = [];
  const walk = (node: TreeNode<S>, path: TreeNode<S>[]): void => {
    const visited = (node.children ?? []).filter(({ visits }) => visits > 0);
    if (visited.length === 0 && path.length > 0) found.push(path);
    for (const child of visited) walk(child, [...path, child]);
  };
  walk(root, []);
  return found;
}

/** The lines of a text that are not blank. */
function lines(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const line of text.split("\n")) {
    if (line.trim() !== "") spans.push({ start: at, end: at + line.length });
    at += line.length + 1;
  }
  return spans;
}
