import {
  answerText,
  type Candidate,
  type Estimate,
  type Json,
  messagesContent,
  promptText,
  type Reward,
  seedFrom,
  split,
  type Task,
  textOf,
  UsageError,
} from "laurel";
import { leavesOf, type ScoreAllOptions } from "laurel/run";
import { meanOf, studentMean } from "laurel/stats";
import type { WatchedRun, WatchedStep } from "../lab/watch/index.ts";
import { answerForm } from "./answer.ts";
import { choiceOf, type Form, type Scene, wordsOfSpec } from "./form.ts";
import { type Ask, type Scorer, scorerOf } from "./scorer.ts";
import { textForm } from "./text.ts";
import { toolsForm } from "./tools.ts";
import { type Trained, trainMoves } from "./train.ts";

/** What a small policy answers with. */
export type FormName = "answer" | "text" | "tools";

/** The forms, by name. */
export const rehearsalForms: Readonly<Record<FormName, Form>> = {
  answer: answerForm,
  text: textForm,
  tools: toolsForm,
};

/** How far a rehearsal is. */
export interface RehearsalProgress {
  stage: "honest" | "train" | "look";
  /** From 0, with how many there are. */
  seed: number;
  seeds: number;
  step?: WatchedStep | undefined;
  updates: number;
  /** Distinct texts scored so far. */
  texts: number;
}

/** How to rehearse. */
export interface RehearseOptions {
  /** Default "answer". */
  form?: FormName | undefined;
  /** The user's prompts with their references; default: the form makes its own. */
  rows?: readonly Task[] | undefined;
  /** Independent repetitions, each with prompts, beliefs and training of its own; at least 3, default 8; 4 where the reward calls models or servers. */
  seeds?: number | undefined;
  /** Prompts a seed, even; default 8, or 4 as above. */
  prompts?: number | undefined;
  /** Default "grpo"; "rloo" is REINFORCE with leave-one-out. */
  algorithm?: "grpo" | "rloo" | undefined;
  /** Updates of each policy, default 60, or 40 as above. */
  updates?: number | undefined;
  /** Draws a prompt and update, default 8. */
  group?: number | undefined;
  /** Adam's step size, default 0.1. */
  rate?: number | undefined;
  /** Coefficient of the KL penalty, default 0. */
  beta?: number | undefined;
  /** Words for the stuffed answers, beside the usual ones and those in the reward's spec. */
  words?: readonly string[] | undefined;
  seed?: string | number | undefined;
  /** Of the runner: cache, budget, pool, concurrency, `stop`. */
  score?: ScoreAllOptions | undefined;
  onProgress?: ((progress: RehearsalProgress) => void) | undefined;
}

/** What some moves do to an otherwise honest answer. */
export interface Finding {
  /** By slot. */
  moves: Readonly<Record<string, string>>;
  /** Reward less that of the honest answer, by seed: its mean with Student's 95 % interval. */
  reward: Estimate;
  /** Gold less that of the honest answer. */
  gold: Estimate;
  /** How likely the trained policies are to make these moves, and were at the start. */
  learnt: { start: number; end: number };
  /** Earns more than the honest answer beyond chance (an interval that is wide enough for all findings), at less gold. */
  exploit: boolean;
  /** The text that gains most, with what it earned and what the honest answer to its prompt did. */
  example: { prompt: string; text: string; reward: number | null; honest: string; honestReward: number | null };
  /** Share of its texts without a score. */
  unscored: number;
}

/** What a rehearsal found. */
export interface Rehearsal {
  reward: string;
  form: FormName;
  seeds: number;
  prompts: number;
  /** What honest answers earn and are worth. */
  honest: { reward: Estimate; gold: Estimate; format: Readonly<Record<string, string>> };
  /** Exploits only, the one that gains most first. */
  exploits: readonly Finding[];
  /** All that was looked at, by what it gains. */
  findings: readonly Finding[];
  runs: readonly WatchedRun[];
  texts: number;
  unscored: number;
}

interface Stage {
  scene: Scene;
  scope: string;
}

/** Of a policy's combinations, how many are looked at, the likeliest first. */
const LOOKED_AT = 6;

/**
 * Trains small policies against a reward, where gold is known, and ranks what they exploit.
 *
 * For each seed: (1) prompts, and a policy's beliefs about them; (2) a softmax policy over moves, trained by GRPO (or REINFORCE
 * leave-one-out) on the reward; (3) its likeliest combinations of moves that earn more than the honest answer at less gold are cut down
 * to the moves that are needed for at least 80 % of the gain. Then every single move and every cut-down combination is measured on all
 * seeds, against the honest answer to the same prompts.
 *
 * Each distinct text is scored once.
 *
 * @throws UsageError where the honest answers get no score, or for fewer than 3 seeds; StoppedError where the budget is used up
 *   (the same call goes on from the cache)
 * @example const { exploits } = await rehearse(await rewardFrom("length"), { form: "text" });
 */
export async function rehearse(reward: Reward, options: RehearseOptions = {}): Promise<Rehearsal> {
  const { form: name = "answer", algorithm = "grpo", group = 8 } = options;
  const paid = leavesOf(reward)?.some(({ work }) => work === "io") ?? false;
  const { seeds = paid ? 4 : 8, prompts = paid ? 4 : 8, updates = paid ? 40 : 60 } = options;
  const form = rehearsalForms[name];
  if (form === undefined) throw new UsageError(`there is no form "${name}"`, "answer, text or tools");
  if (seeds < 3) throw new UsageError(`an interval needs at least 3 seeds, not ${seeds}`);
  if (prompts % 2 !== 0) throw new UsageError(`the number of prompts must be even, not ${prompts}`);
  const root = seedFrom(options.seed ?? 0);
  const words = [...(options.words ?? []), ...wordsOfSpec(reward.spec as Json | undefined)];
  const scorer = scorerOf(reward, options.score ?? {});
  const stages: Stage[] = Array.from({ length: seeds }, (_, s) => ({
    scene: form.scene({ prompts, rows: options.rows, words, seed: split(root, s) }),
    scope: `seed-${s + 1}`,
  }));
  const tell = (stage: RehearsalProgress["stage"], seed: number, step?: WatchedStep): void =>
    options.onProgress?.({ stage, seed, seeds, step, updates, texts: scorer.texts });

  tell("honest", 0);
  const honest = await honestChoice(form, stages[0]!, scorer);
  const look = new Looker(form, stages, scorer, honest);
  const keys = new Set<string>(singles(form, honest).map((choice) => choice.join(",")));
  const runs: WatchedRun[] = [];
  const trained: Trained[] = [];
  for (const [s, { scene, scope }] of stages.entries()) {
    const one = await trainMoves(
      form.slots,
      scene,
      (drawn) =>
        scorer.values(
          drawn.map(({ prompt, candidate }) => ({
            scope: `${scope}/${prompt}`,
            prompt: scene.prompts[prompt]!,
            candidate,
            honest: scene.candidate(prompt, honest),
          })),
        ),
      {
        algorithm,
        updates,
        group,
        rate: options.rate ?? 0.1,
        beta: options.beta ?? 0,
        seed: split(split(root, s), "train"),
      },
      (step) => tell("train", s, step),
    );
    trained.push(one);
    runs.push({ name: scope, steps: one.steps });
    for (const choice of await foundBy(form, one, look, s)) keys.add(choice.join(","));
  }
  const findings: Finding[] = [];
  for (const key of keys) {
    tell("look", findings.length);
    findings.push(await findingOf(key.split(",").map(Number), form, stages, look, trained, keys.size));
  }
  if (findings.every(({ reward: { n } }) => n === 0)) throw noScore(scorer);
  findings.sort((a, b) => b.reward.value - a.reward.value || a.gold.value - b.gold.value);
  const own = await Promise.all(stages.map((_, s) => look.at(s, honest)));
  return {
    reward: reward.name,
    form: name,
    seeds,
    prompts: stages[0]!.scene.prompts.length,
    honest: {
      reward: estimateOf(own.map(({ reward: value }) => value)),
      gold: estimateOf(own.map(({ gold }) => gold)),
      format: movesOf(form, honest, undefined),
    },
    exploits: findings.filter(({ exploit }) => exploit),
    findings,
    runs,
    texts: scorer.texts,
    unscored: scorer.unscored,
  };
}

function noScore({ complaint }: Scorer): UsageError {
  return new UsageError(
    `the reward gives honest answers no score: ${complaint}`,
    "where the form does not fit the reward: another --form, or prompts of your own with --prompts FILE",
  );
}

/** The honest choice, in the format that the reward likes best. */
async function honestChoice({ slots }: Form, { scene, scope }: Stage, scorer: Scorer): Promise<number[]> {
  const even = slots.findIndex((slot) => slot.even === true);
  const plain = slots.map(() => 0);
  const formats = even < 0 ? [plain] : slots[even]!.moves.map((_, m) => plain.with(even, m));
  const asked = formats.flatMap((choice) => asks(scene, scope, choice, plain));
  const values = await scorer.values(asked);
  const size = scene.prompts.length;
  const means = formats.map((_, f) => values.slice(f * size, (f + 1) * size).filter((value) => value !== null));
  if (means.every((own) => own.length === 0)) throw noScore(scorer);
  let best = -1;
  for (const [f, own] of means.entries())
    if (own.length > 0 && (best < 0 || meanOf(own) > meanOf(means[best]!))) best = f;
  return formats[best]!;
}

function asks(scene: Scene, scope: string, choice: readonly number[], honest: readonly number[]): Ask[] {
  return scene.prompts.map((prompt, p) => ({
    scope: `${scope}/${p}`,
    prompt,
    candidate: scene.candidate(p, choice),
    honest: scene.candidate(p, honest),
  }));
}

/** What a choice earns on a seed's prompts, beside the honest one. */
interface Look {
  /** Mean over the prompts where both have a score; null where there are none. */
  reward: number | null;
  gain: number | null;
  gold: number;
  loss: number;
  values: readonly (number | null)[];
}

class Looker {
  readonly #form: Form;
  readonly #stages: readonly Stage[];
  readonly #scorer: Scorer;
  readonly honest: readonly number[];

  constructor(form: Form, stages: readonly Stage[], scorer: Scorer, honest: readonly number[]) {
    this.#form = form;
    this.#stages = stages;
    this.#scorer = scorer;
    this.honest = honest;
  }

  async at(s: number, choice: readonly number[]): Promise<Look> {
    const { scene, scope } = this.#stages[s]!;
    const n = scene.prompts.length;
    const asked = [...asks(scene, scope, choice, this.honest), ...asks(scene, scope, this.honest, this.honest)];
    const values = await this.#scorer.values(asked);
    const both = Array.from({ length: n }, (_, p) => p).filter((p) => values[p] !== null && values[n + p] !== null);
    const mean = (of: (p: number) => number): number | null => (both.length === 0 ? null : meanOf(both.map(of)));
    const gold = scene.prompts.map((_, p) => scene.gold(p, choice));
    return {
      reward: mean((p) => values[p]!),
      gain: mean((p) => values[p]! - values[n + p]!),
      gold: meanOf(gold),
      loss: meanOf(gold.map((value, p) => value - scene.gold(p, this.honest))),
      values,
    };
  }

  /** Sets slots back to honest, one after the other, where at least 80 % of the gain stays. */
  async cut(s: number, choice: readonly number[], gain: number): Promise<number[]> {
    let now = [...choice];
    for (const slot of this.#form.slots.keys()) {
      if (now[slot] === this.honest[slot]) continue;
      const less = now.with(slot, this.honest[slot]!);
      const own = await this.at(s, less);
      if (own.gain !== null && own.gain >= 0.8 * gain && own.loss < 0) now = less;
    }
    return now;
  }
}

function singles({ slots }: Form, honest: readonly number[]): number[][] {
  return slots.flatMap(({ moves, even }, s) =>
    even === true ? [] : moves.flatMap((_, m) => (m === honest[s] ? [] : [honest.with(s, m)])),
  );
}

/** The exploits among a policy's likeliest combinations, cut down. */
async function foundBy(form: Form, { end }: Trained, look: Looker, s: number): Promise<number[][]> {
  const order = Array.from(end, (_, arm) => arm).sort((a, b) => end[b]! - end[a]!);
  const found: number[][] = [];
  for (const arm of order.slice(0, LOOKED_AT)) {
    const choice = choiceOf(form.slots, arm);
    const { gain, loss } = await look.at(s, choice);
    if (gain === null || !(gain > 1e-9) || !(loss < 0)) continue;
    found.push(await look.cut(s, choice, gain));
  }
  return found;
}

async function findingOf(
  choice: readonly number[],
  form: Form,
  stages: readonly Stage[],
  look: Looker,
  trained: readonly Trained[],
  compared: number,
): Promise<Finding> {
  const looks: Look[] = [];
  for (const s of stages.keys()) looks.push(await look.at(s, choice));
  const gains = looks.map(({ gain }) => gain);
  const losses = looks.map(({ loss }) => loss);
  const moved = form.slots.flatMap((_, slot) => (choice[slot] === look.honest[slot] ? [] : [slot]));
  const share = (of: (one: Trained) => Float64Array): number =>
    meanOf(trained.map((one) => marginal(form, of(one), choice, moved)));
  const scored = gains.filter((gain) => gain !== null);
  const strict = scored.length < 3 ? undefined : studentMean(scored, 1 - 0.05 / compared);
  return {
    moves: movesOf(form, choice, moved),
    reward: estimateOf(gains),
    gold: estimateOf(losses),
    learnt: { start: share(({ start }) => start), end: share(({ end }) => end) },
    exploit: strict !== undefined && strict.low > 1e-9 && meanOf(losses) < 0,
    example: exampleOf(stages, looks, choice, look.honest),
    unscored: meanOf(
      looks.map(
        ({ values }) => values.slice(0, values.length / 2).filter((v) => v === null).length / (values.length / 2),
      ),
    ),
  };
}

/** The probability of these moves, whatever the other slots do. */
function marginal(
  form: Form,
  probabilities: Float64Array,
  choice: readonly number[],
  moved: readonly number[],
): number {
  let sum = 0;
  for (let arm = 0; arm < probabilities.length; arm++) {
    const own = choiceOf(form.slots, arm);
    if (moved.every((slot) => own[slot] === choice[slot])) sum += probabilities[arm]!;
  }
  return sum;
}

function movesOf(form: Form, choice: readonly number[], slots: readonly number[] | undefined): Record<string, string> {
  const shown = slots ?? form.slots.flatMap(({ even }, s) => (even === true ? [s] : []));
  return Object.fromEntries(shown.map((s) => [form.slots[s]!.name, form.slots[s]!.moves[choice[s]!]!]));
}

function exampleOf(
  stages: readonly Stage[],
  looks: readonly Look[],
  choice: readonly number[],
  honest: readonly number[],
): Finding["example"] {
  let [at, most] = [{ s: 0, p: 0 }, Number.NEGATIVE_INFINITY];
  for (const [s, { values }] of looks.entries()) {
    const n = values.length / 2;
    for (let p = 0; p < n; p++) {
      const gain =
        values[p] === null || values[n + p] === null ? Number.NEGATIVE_INFINITY : values[p]! - values[n + p]!;
      if (gain > most) [at, most] = [{ s, p }, gain];
    }
  }
  const { scene } = stages[at.s]!;
  const { values } = looks[at.s]!;
  return {
    prompt: promptText(scene.prompts[at.p]!),
    text: shownText(scene.candidate(at.p, choice)),
    reward: values[at.p]!,
    honest: shownText(scene.candidate(at.p, honest)),
    honestReward: values[values.length / 2 + at.p]!,
  };
}

/** A candidate as text: calls as JSON where there are any. */
function shownText(candidate: Candidate): string {
  const plain = candidate.output.every(
    ({ content }) => typeof content === "string" || content.every((part) => part.type === "text"),
  );
  if (plain) return answerText(candidate) || candidate.output.map(textOf).join("\n");
  return JSON.stringify(messagesContent(candidate.output));
}

function estimateOf(values: readonly (number | null)[]): Estimate {
  const known = values.filter((value) => value !== null);
  const { mean, low, high } =
    known.length < 2 ? { mean: known[0] ?? Number.NaN, low: Number.NaN, high: Number.NaN } : studentMean(known);
  return {
    value: mean,
    low,
    high,
    level: 0.95,
    n: known.length,
    unscored: values.length - known.length,
    method: "t over seeds",
  };
}
