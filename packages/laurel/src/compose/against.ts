import {
  type Candidate,
  type Compared,
  type Comparer,
  type Context,
  candidateHash,
  type Draft,
  fault,
  fingerprintOf,
  type JsonObject,
  type Pair,
  type Reward,
  random,
  type Score,
  sha256,
  split,
  type Task,
  candidate as textCandidate,
  type Unscored,
  UsageError,
  unscored,
} from "../core/index.ts";
import { type Range, settled } from "./parts.ts";
import { ordersOf } from "./tournament.ts";

/** Whom every candidate is compared with. */
export type Opponent = "anchor" | "exemplar" | "group-member";

/** Options of `against`. */
export interface AgainstOptions {
  opponent: Opponent;
  /**
   * Where the anchor is: a key of `task.context` that holds its text (default "anchor"), or a function. For "exemplar", a
   * function replaces `task.reference.exemplar`.
   */
  from?: { readonly context: string } | ((task: Task) => Candidate | undefined) | undefined;
  /** Which member of the group: "random" (default) by the seed, or "first" in content-hash order. */
  pick?: "random" | "first" | undefined;
  /**
   * "probability": P(candidate better); "logit" of it, cut at ±`clip`; "levels": the mean over orders of loss, tie or win.
   * Default: probability for an anchor, levels otherwise.
   */
  scale?: "probability" | "logit" | "levels" | undefined;
  /** For "logit"; above 0, default 5. */
  clip?: number | undefined;
  /** What a loss, a tie and a win are worth, not decreasing; default [0, 1, 2], against a group member [−1, 0, 1]. */
  levels?: readonly [loss: number, tie: number, win: number] | undefined;
  /** p within ½ ± this is a tie; in [0, ½), default 0. */
  tieBand?: number | undefined;
  /** As in `toReward`. */
  orders?: "both" | "one" | undefined;
  /** The least number of candidates against a group member; default 3. */
  atLeast?: number | undefined;
  name?: string | undefined;
  /** Stands for `from` in the fingerprint if that is a function. */
  version?: string | number | undefined;
}

/**
 * A reward from a comparer and one opponent: how each candidate does against a fixed anchor, an exemplar, or a member of its
 * own group.
 *
 *     probability  mean over orders of P(candidate better than opponent)
 *     logit        log(p / (1 − p)), cut at ±clip
 *     levels       mean over orders of loss, tie or win: five values with three levels and both orders
 *
 * It costs one comparison a candidate and order, where `toReward` costs n − 1 but stands on the whole group. A candidate
 * equal to its opponent ties without being asked, the opponent itself too. No anchor or exemplar is `missing-reference`,
 * too small a group `incomplete-group`. A candidate whose comparisons all failed by its own fault is a fault.
 * Parts: the shares of win, tie and loss over the answered orders.
 *
 * @throws UsageError on options that do not fit
 * @source "Pairwise RL" (2025): anchor, P or clipped logit; ExTrans (2025): exemplar, levels [0, 1, 2] (our reading);
 *   Writing-Zero's BRPO (2025): a random group member, levels [−1, 0, 1]. clip's default is ours.
 * @example against(judge, { opponent: "exemplar", tieBand: 0.1 })
 */
export function against(comparer: Comparer, options: AgainstOptions): Reward {
  const { opponent, from, pick = "random", clip = 5, tieBand = 0 } = options;
  const scale = options.scale ?? (opponent === "anchor" ? "probability" : "levels");
  const levels = options.levels ?? (opponent === "group-member" ? ([-1, 0, 1] as const) : ([0, 1, 2] as const));
  const atLeast = options.atLeast ?? 3;
  if (!["anchor", "exemplar", "group-member"].includes(opponent))
    throw new UsageError(
      `against: unknown opponent '${String(opponent)}'`,
      "there are anchor, exemplar and group-member",
    );
  if (!(clip > 0 && Number.isFinite(clip))) throw new UsageError(`against: clip must be above 0, not ${clip}`);
  checkLevels(levels, tieBand);
  if (!Number.isInteger(atLeast) || atLeast < 2)
    throw new UsageError(`against: atLeast must be a whole number of at least 2, not ${atLeast}`);
  if (opponent === "exemplar" && typeof from === "object")
    throw new UsageError("against: an exemplar comes from task.reference.exemplar or a function, not from the context");
  const orders = ordersOf(comparer, options);
  const group = opponent === "group-member";
  const isData = typeof from !== "function";
  const own: JsonObject = {
    kind: "against",
    opponent,
    scale,
    tieBand,
    orders,
    ...(scale === "logit" ? { clip } : {}),
    ...(scale === "levels" ? { levels: [...levels] } : {}),
    ...(group ? { pick, atLeast } : {}),
    ...(opponent === "anchor" && isData ? { from: { context: from?.context ?? "anchor" } } : {}),
  };
  const range: Range = scale === "probability" ? [0, 1] : scale === "logit" ? [-clip, clip] : [levels[0], levels[2]];

  const valueOfOrders = (ps: readonly number[]): number => {
    if (scale === "levels") return mean(ps.map((p) => levelOf(p, { tieBand, levels })));
    const p = mean(ps);
    return scale === "probability" ? p : Math.min(clip, Math.max(-clip, Math.log(p) - Math.log1p(-p)));
  };
  const tied: Draft = { value: valueOfOrders([0.5]), parts: { win: 0, tie: 1, loss: 0 }, facts: { comparisons: 0 } };

  const draftOf = (answers: readonly Compared[]): Draft => {
    const ps: number[] = [];
    let faults = 0;
    let lost: Unscored | undefined;
    for (const answer of answers) {
      if (answer.unscored !== undefined) {
        lost = { unscored: answer.unscored };
        continue;
      }
      const isFirst = answer.second === 0;
      ps.push(isFirst ? answer.p : 1 - answer.p);
      if (answer.fault === "both" || answer.fault === (isFirst ? "first" : "second")) faults++;
    }
    if (ps.length === 0) return lost!;
    const share = (test: (p: number) => boolean): number => ps.filter(test).length / ps.length;
    const about = {
      parts: {
        win: share((p) => p > 0.5 + tieBand),
        tie: share((p) => Math.abs(p - 0.5) <= tieBand),
        loss: share((p) => p < 0.5 - tieBand),
      },
      facts: { comparisons: ps.length, ...(faults === 0 ? {} : { faults: { comparisons: faults } }) },
    };
    return faults === ps.length ? fault("malformed", about) : { ...about, value: valueOfOrders(ps) };
  };

  const made: Reward = {
    name: options.name ?? `against(${comparer.name}, ${opponent})`,
    fingerprint: fingerprintOf("against", "", { version: isData ? 1 : options.version, spec: own }, [
      comparer.fingerprint,
    ]),
    sees: group ? "group" : "candidate",
    work: "compose",
    range,
    ...(isData && comparer.spec !== undefined ? { spec: { ...own, comparer: comparer.spec } } : {}),
    ...(comparer.random === true || (group && pick === "random") ? { random: true } : {}),
    async score(tasks, ctx) {
      const hashes = tasks.map((task) => task.candidates.map(candidateHash));
      const rivals = tasks.map((task, t) => {
        if (group) return task.candidates.length < atLeast ? undefined : member(task, hashes[t]!, pick, ctx);
        if (typeof from === "function") return from(task);
        return opponent === "exemplar" ? task.reference?.exemplar : anchorOf(task, from?.context ?? "anchor");
      });
      const games = tasks.map((task, t) => {
        const rival = rivals[t];
        if (rival === undefined) return undefined;
        const rivalHash = candidateHash(rival);
        // one player a content, the rival at 0
        const place = new Map<string, number>([[rivalHash, 0]]);
        const players = [rival];
        for (const hash of [...new Set(hashes[t])].sort()) {
          if (place.has(hash)) continue;
          place.set(hash, players.length);
          players.push(task.candidates[hashes[t]!.indexOf(hash)]!);
        }
        const pairs: Pair[] = [];
        for (const [hash, k] of place) {
          if (k === 0) continue;
          const first = Number.parseInt(sha256(`${hash}${rivalHash}`)[0]!, 16) < 8;
          if (orders === "both" || first) pairs.push([k, 0]);
          if (orders === "both" || !first) pairs.push([0, k]);
        }
        return { place, pairs, job: { task: { ...task, candidates: players }, pairs } };
      });
      const asked = games.flatMap((game, t) => (game !== undefined && game.pairs.length > 0 ? [t] : []));
      const answers =
        asked.length === 0
          ? []
          : await ctx.compare(
              comparer,
              asked.map((t) => games[t]!.job),
            );
      const byTask = new Map(asked.map((t, k) => [t, answers[k]!]));
      return tasks.map((task, t) => {
        const game = games[t];
        if (game === undefined) {
          const none = missing(task, group ? atLeast : undefined, opponent);
          return task.candidates.map((): Score => none);
        }
        const mine: Compared[][] = game.job.task.candidates.map(() => []);
        for (const answer of byTask.get(t) ?? []) mine[answer.first === 0 ? answer.second : answer.first]!.push(answer);
        const scores = mine.map((list, k) => settled(made, ctx, () => (k === 0 ? tied : draftOf(list))));
        return hashes[t]!.map((hash): Score => scores[game.place.get(hash)!]!);
      });
    },
  };
  return made;
}

/** `against` a fixed answer for each prompt: P(candidate ≻ anchor), so that a prompt's own offset cancels. */
export function againstAnchor(comparer: Comparer, options: Omit<AgainstOptions, "opponent"> = {}): Reward {
  return against(comparer, { ...options, opponent: "anchor" });
}

/** `against` `task.reference.exemplar`, an answer of a stronger model, in levels 0, 1 and 2. */
export function exemplarReward(comparer: Comparer, options: Omit<AgainstOptions, "opponent"> = {}): Reward {
  return against(comparer, { ...options, opponent: "exemplar" });
}

/** `against` a member of the candidate's own group, as BRPO does: −1, 0 or 1. */
export function againstGroupMember(comparer: Comparer, options: Omit<AgainstOptions, "opponent"> = {}): Reward {
  return against(comparer, { ...options, opponent: "group-member" });
}

/** The level of a probability: a tie within ½ ± tieBand, else a loss or a win. */
export function levelOf(
  p: number,
  options: { tieBand?: number | undefined; levels: readonly [loss: number, tie: number, win: number] },
): number {
  const { tieBand = 0, levels } = options;
  if (Math.abs(p - 0.5) <= tieBand) return levels[1];
  return p < 0.5 ? levels[0] : levels[2];
}

function member(task: Task, hashes: readonly string[], pick: "random" | "first", ctx: Context): Candidate {
  const order = hashes
    .map((_, c) => c)
    .sort((a, b) => (hashes[a]! < hashes[b]! ? -1 : hashes[a]! > hashes[b]! ? 1 : 0));
  const seed = split(split(ctx.seed, task.id), `opponent ${ctx.repeat}`);
  return task.candidates[order[pick === "first" ? 0 : random(seed).below(order.length)]!]!;
}

function anchorOf(task: Task, key: string): Candidate | undefined {
  const text = task.context?.[key];
  return typeof text === "string" ? textCandidate(text) : undefined;
}

function missing(task: Task, atLeast: number | undefined, opponent: Opponent): Unscored {
  return atLeast === undefined
    ? unscored("missing-reference", `task ${task.id} has no ${opponent}`)
    : unscored("incomplete-group", `task ${task.id} has ${task.candidates.length} candidates, ${atLeast} are needed`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function checkLevels(levels: readonly number[], tieBand: number): void {
  if (levels.length !== 3 || !levels.every(Number.isFinite) || levels[0]! > levels[1]! || levels[1]! > levels[2]!)
    throw new UsageError(`against: levels must be three numbers that do not decrease, not ${JSON.stringify(levels)}`);
  if (!(tieBand >= 0 && tieBand < 0.5)) throw new UsageError(`against: tieBand must lie in [0, ½), not ${tieBand}`);
}
