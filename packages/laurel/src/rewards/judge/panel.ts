import {
  type Candidate,
  type Compared,
  type Comparer,
  fingerprintOf,
  floorOf,
  type JsonObject,
  type Preferred,
  type Reward,
  type Score,
  settle,
  UsageError,
  unscored,
} from "../../core/index.ts";
import type { Judged, JudgeReward } from "./judge.ts";
import { spreadOf } from "./votes.ts";

/** A judge of a panel and whose relative it is. */
export interface Member<J> {
  judge: J;
  /** Words of its family's names, such as `["gpt", "openai"]`; an answer by a model whose name holds one is a relative's. */
  family?: readonly string[] | undefined;
}

/** Options of panels that keep judges away from their own family's answers. */
export interface PanelOptions {
  /** Who wrote a candidate; default its `meta.model`. Without an author nobody is kept away. */
  author?: ((candidate: Candidate) => string | undefined) | undefined;
  /** How many members must be left and answer; default 1. */
  quorum?: number | undefined;
  name?: string | undefined;
  /** Names a function of yours in the fingerprint. */
  version?: string | number | undefined;
}

const authorOf = (candidate: Candidate): string | undefined => {
  const model = candidate.meta?.["model"];
  return typeof model === "string" ? model : undefined;
};

function related(family: readonly string[] | undefined, author: string | undefined): boolean {
  if (family === undefined || author === undefined) return false;
  const name = author.toLowerCase();
  return family.some((word) => word !== "" && name.includes(word.toLowerCase()));
}

function checked<J>(members: readonly Member<J>[], quorum: number): void {
  if (members.length === 0) throw new UsageError("a panel of judges needs at least one member");
  if (!Number.isInteger(quorum) || quorum < 1 || quorum > members.length)
    throw new UsageError(`a panel's quorum must be a whole number from 1 to ${members.length}, not ${quorum}`);
}

function described(
  members: readonly Member<{ fingerprint: string | null; random?: boolean | undefined }>[],
  options: PanelOptions,
) {
  const spec: JsonObject = {
    quorum: options.quorum ?? 1,
    families: members.map(({ family }) => [...(family ?? [])]),
    version: options.version ?? null,
  };
  return {
    fingerprint: fingerprintOf(
      "panel",
      "",
      // a function that says who wrote a text needs a version to have a fingerprint
      { version: options.author === undefined ? 1 : options.version, spec },
      members.map(({ judge }) => judge.fingerprint),
    ),
    ...(members.some(({ judge }) => judge.random === true) ? { random: true } : {}),
  };
}

/**
 * The mean of several judges' scores without those of the candidate's own family: self-preference exclusion.
 *
 * Members must have one range. `spread` is over members; `facts.members` counts who was asked. Fewer than the quorum leave
 * the candidate unscored. The whole panel is asked and the relatives' scores are thrown away, so that what a judge is asked
 * does not depend on who wrote a text; for money, route instead.
 *
 * @throws UsageError on no members, different ranges, or a quorum out of range
 * @example judgePanel([{ judge: a, family: ["gpt"] }, { judge: b, family: ["claude"] }])
 */
export function judgePanel(
  members: readonly Member<Reward & Partial<Judged>>[],
  options: PanelOptions = {},
): JudgeReward {
  const { author = authorOf, quorum = 1 } = options;
  checked(members, quorum);
  const range = members[0]!.judge.range;
  if (members.some(({ judge }) => judge.range?.[0] !== range?.[0] || judge.range?.[1] !== range?.[1]))
    throw new UsageError("the judges of a panel have different ranges");
  const floor = floorOf(members[0]!.judge);
  const specs = members.map(({ judge }) => judge.spec);
  const made: JudgeReward = {
    name: options.name ?? `panel(${members.map(({ judge }) => judge.name).join(", ")})`,
    ...described(members, options),
    sees: members.some(({ judge }) => judge.sees !== "candidate") ? "group" : "candidate",
    work: "compose",
    children: members.map(({ judge }) => judge),
    prompts: members.flatMap(({ judge }) => judge.prompts ?? []),
    ...(range === undefined ? {} : { range }),
    ...(floor === undefined ? {} : { floor }),
    ...(options.author === undefined && specs.every((spec) => spec !== undefined)
      ? {
          spec: {
            kind: "judge.panel",
            quorum,
            members: members.map(({ family }, i) => ({
              judge: specs[i],
              ...(family === undefined ? {} : { family: [...family] }),
            })),
          },
        }
      : {}),
    async score(tasks, ctx) {
      const all = await Promise.all(members.map(({ judge }) => ctx.score(judge, tasks)));
      return tasks.map((task, t) =>
        task.candidates.map((candidate, c): Score => {
          const by = author(candidate);
          const rows = members.flatMap(({ family }, m) => (related(family, by) ? [] : [all[m]![t]![c]!]));
          const scored = rows.filter((row) => row.unscored === undefined);
          if (scored.length < quorum) {
            const lost = rows.find((row) => row.unscored !== undefined);
            const message = `${scored.length} of ${members.length} judges are left and answered, ${quorum} are needed`;
            return lost?.unscored === undefined
              ? unscored("unsupported", message)
              : { unscored: { ...lost.unscored, message: `${message}; ${lost.unscored.message}` } };
          }
          const values = scored.map((row) => row.value);
          const faults = scored.map((row) => row.fault);
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          return settle(
            {
              value: Math.min(Math.max(mean, Math.min(...values)), Math.max(...values)),
              ...(faults.every((fault) => fault !== undefined) ? { fault: faults[0] } : {}),
              spread: { sd: spreadOf(values), n: values.length, over: "members" },
              facts: { members: values.length, excluded: members.length - rows.length },
            },
            made,
          );
        }),
      );
    },
  };
  return made;
}

/**
 * The mean of several comparers' p without those of either answer's family.
 *
 * @throws UsageError on no members or a quorum out of range
 */
export function comparerPanel(
  members: readonly Member<Comparer & Partial<Judged> & { symmetric?: boolean }>[],
  options: PanelOptions = {},
): Comparer & Judged {
  const { author = authorOf, quorum = 1 } = options;
  checked(members, quorum);
  const specs = members.map(({ judge }) => judge.spec);
  return {
    name: options.name ?? `panel(${members.map(({ judge }) => judge.name).join(", ")})`,
    ...described(members, options),
    work: "compose",
    prompts: members.flatMap(({ judge }) => judge.prompts ?? []),
    ...(members.every(({ judge }) => judge.symmetric === true) ? { symmetric: true } : {}),
    ...(options.author === undefined && specs.every((spec) => spec !== undefined)
      ? {
          spec: {
            kind: "judge.comparerPanel",
            quorum,
            members: members.map(({ family }, i) => ({
              judge: specs[i],
              ...(family === undefined ? {} : { family: [...family] }),
            })),
          },
        }
      : {}),
    async compare(jobs, ctx) {
      const all = await Promise.all(members.map(({ judge }) => ctx.compare(judge, jobs)));
      return jobs.map(({ task, pairs }, j) =>
        pairs.map(([first, second], k): Compared => {
          const authors = [first, second].map((i) => author(task.candidates[i]!));
          const rows = members.flatMap(({ family }, m) =>
            authors.some((by) => related(family, by)) ? [] : [all[m]![j]![k]!],
          );
          const scored = rows.filter((row): row is Preferred => row.unscored === undefined);
          if (scored.length < quorum) {
            const lost = rows.find((row) => row.unscored !== undefined)?.unscored;
            const message = `${scored.length} of ${members.length} judges are left and answered, ${quorum} are needed`;
            return {
              first,
              second,
              ...(lost === undefined ? unscored("unsupported", message) : { unscored: { ...lost, message } }),
            };
          }
          const p = scored.reduce((sum, row) => sum + row.p, 0) / scored.length;
          const [fault] = new Set(scored.map((row) => row.fault));
          const same = scored.every((row) => row.fault === fault);
          return { first, second, p, ...(same && fault !== undefined ? { fault } : {}) };
        }),
      );
    },
  };
}
