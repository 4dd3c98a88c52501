import {
  type Context,
  canonicalJson,
  composite,
  type Draft,
  failure,
  fault,
  InputError,
  isScored,
  type JsonObject,
  partsOf,
  type Reward,
  type Score,
  type Task,
  type Unscored,
  UsageError,
  unscored,
} from "../core/index.ts";
import { faultsOf, type Range, reachOf, settled, wantingPart } from "./parts.ts";
import type { ReferenceSource } from "./references.ts";
import type { Transform } from "./transforms.ts";

const NONE = new Float64Array();

/**
 * A reward seen through a transform.
 *
 *     value = T(r, references of the task)
 *
 * The raw value stays in `parts.raw` and the reference that it is held against in `parts.ref`. The range is the transform's
 * image of the reward's range where both are known and finite. A task without enough references is unscored
 * (`missing-reference`, with its id), never the raw value; references that are no numbers or lie outside the reward's range
 * are `bad-reference`. Under `affine` the spread is scaled as the value is; no other transform keeps one. A fault stays one, at the image's lower end, or without one at the transform of the floor.
 *
 * Under a running transform the reward sees "order": tasks are taken in the order in which they come in.
 *
 * @param references needed if the transform reads any; from the frozen start policy and the same reward, penalties included
 * @throws UsageError if the transform needs references and there is no source
 * @source "Transforming and Combining Rewards" (2024); "Reward Shaping" (PAR, 2025)
 * @example shape(rewardModel, preferenceAsReward(), referencesFromContext("referenceRewards"))
 */
export function shape(
  reward: Reward,
  transform: Transform,
  references?: ReferenceSource,
  options: { name?: string | undefined } = {},
): Reward {
  const needs = transform.needs ?? 0;
  if (needs > 0 && references === undefined)
    throw new UsageError(
      `shape: ${transform.kind} needs reference rewards`,
      "pass referencesFromContext(), referencesById(…) or fixedReferences(…)",
    );
  const source = needs > 0 ? references : undefined;
  const range = imageOf(transform, reward);
  const own: JsonObject = {
    kind: "shape",
    transform: { kind: transform.kind, ...transform.options },
    ...(source?.spec === undefined ? {} : { references: source.spec }),
  };
  const isData = source === undefined || source.spec !== undefined;
  const version =
    source?.fingerprint === null ? undefined : isData ? 1 : `1 ${canonicalJson({ ...own, by: source.fingerprint })}`;

  const draftOf = (score: Score, reference: Float64Array | Unscored): Draft => {
    if (!isScored(score)) return wantingPart({ raw: score })!;
    if (!(reference instanceof Float64Array)) return reference;
    const parts = {
      ...partsOf({ raw: score }),
      ...(transform.centre === undefined ? {} : { ref: transform.centre(reference) }),
    };
    const faults = faultsOf({ raw: score });
    const note = { ...transform.note?.(reference), ...(Object.keys(faults).length === 0 ? {} : { faults }) };
    const about = {
      parts,
      ...(Object.keys(note).length === 0 ? {} : { facts: note }),
      ...(score.spread === undefined || transform.kind !== "affine"
        ? {}
        : { spread: { ...score.spread, sd: score.spread.sd * Math.abs(transform.options["scale"] as number) } }),
    };
    const value = transform.apply(score.value, reference);
    if (score.fault === undefined) return { ...about, value };
    return range === undefined ? { ...about, value, fault: score.fault } : fault(score.fault, about);
  };

  let turn: Promise<unknown> = Promise.resolve();
  const made: Reward = composite(
    "shape",
    { reward },
    {
      name: options.name ?? `shape(${reward.name}, ${transform.kind})`,
      version,
      ...(isData ? { spec: own } : {}),
      range,
      ...(transform.order === true ? { sees: "order" } : {}),
    },
    async (tasks, ctx) => {
      const work = Promise.all([
        ctx.score(reward, tasks),
        Promise.all(tasks.map((task) => (source === undefined ? NONE : referenceOf(source, task, ctx, needs, reward)))),
      ]);
      // batches that overlap are observed in the order in which they were asked for
      const before = transform.order === true ? turn : undefined;
      const done = (before ?? Promise.resolve()).then(async () => {
        const [scores, reference] = await work;
        return tasks.map((task, t) => {
          if (transform.observe !== undefined) transform.observe(sortedValues(scores[t]!));
          return task.candidates.map((_, c) => settled(made, ctx, () => draftOf(scores[t]![c]!, reference[t]!)));
        });
      });
      if (before !== undefined)
        turn = done.then(
          () => undefined,
          () => undefined,
        );
      return done;
    },
  );
  return made;
}

/** The references of a task, or why there are none to use. */
async function referenceOf(
  source: ReferenceSource,
  task: Task,
  ctx: Context,
  needs: number,
  reward: Reward,
): Promise<Float64Array | Unscored> {
  let values: Float64Array;
  try {
    values = await source.rewards(task, ctx);
  } catch (thrown) {
    if (thrown instanceof InputError) return unscored("bad-reference", thrown.message);
    return failure("the reference source", thrown, ctx) as Unscored;
  }
  if (values.length < needs)
    return unscored("missing-reference", `task ${task.id} has ${values.length} reference rewards, ${needs} are needed`);
  const reach = reachOf(reward) ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  const odd = values.find((value) => !(value >= reach[0] - 1e-9 && value <= reach[1] + 1e-9));
  if (odd !== undefined)
    return unscored(
      "bad-reference",
      `task ${task.id} has the reference reward ${odd}, which ${reward.name} cannot give`,
    );
  return values;
}

function sortedValues(scores: readonly Score[]): Float64Array {
  return Float64Array.from(scores.flatMap((score) => (isScored(score) ? [score.value] : []))).sort();
}

function imageOf(transform: Transform, reward: Reward): Range | undefined {
  const reach = reachOf(reward) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const image = transform.image?.(reach);
  return image !== undefined && Number.isFinite(image[0]) && Number.isFinite(image[1]) ? image : undefined;
}
