import {
  type Context,
  hashJson,
  InputError,
  type Json,
  type JsonObject,
  type Task,
  UsageError,
} from "../core/index.ts";

/**
 * Where the reference rewards of a prompt come from: rewards of a frozen policy's samples, by the same reward model.
 * An empty array means that there are none for this prompt; a thrown `InputError` that they are unusable.
 */
export interface ReferenceSource {
  readonly fingerprint: string | null;
  readonly spec?: JsonObject | undefined;
  rewards(task: Task, ctx: Context): Promise<Float64Array>;
}

/** Reference rewards that stand in the task: `task.context[key]`, an array of numbers. Default key "referenceRewards". */
export function referencesFromContext(key = "referenceRewards"): ReferenceSource {
  const spec = { kind: "context", key };
  return {
    fingerprint: hashJson(spec),
    spec,
    async rewards(task) {
      const value = task.context?.[key];
      return value === undefined || value === null
        ? new Float64Array()
        : numbers(value, `task ${task.id}, context.${key}`);
    },
  };
}

/** The same reference rewards for every prompt: a global reference, which Bradley-Terry scores of unlike prompts do not justify. */
export function fixedReferences(values: readonly number[] | Float64Array): ReferenceSource {
  const rewards = numbers([...values], "fixedReferences");
  const spec = { kind: "fixed", values: [...rewards] };
  return { fingerprint: hashJson(spec), spec, rewards: () => Promise.resolve(rewards) };
}

/** Reference rewards by task id, from an object or a map; those without an entry have none. */
export function referencesById(
  table: ReadonlyMap<string, readonly number[]> | Readonly<Record<string, readonly number[]>>,
): ReferenceSource {
  const rows = new Map(
    (table instanceof Map ? [...table] : Object.entries(table)).map(([id, values]): [string, Float64Array] => [
      id,
      numbers(values as Json, `referencesById, ${id}`),
    ]),
  );
  return {
    fingerprint: hashJson([...rows].map(([id, values]) => [id, ...values]).sort((a, b) => (a[0]! < b[0]! ? -1 : 1))),
    rewards: (task) => Promise.resolve(rows.get(task.id) ?? new Float64Array()),
  };
}

/** The source of a spec: `{ kind: "context", key }` or `{ kind: "fixed", values }`. */
export function referencesFrom(spec: JsonObject): ReferenceSource {
  const { kind, key, values } = spec;
  if (kind === "context") return referencesFromContext(key as string | undefined);
  if (kind === "fixed") return fixedReferences((values ?? []) as readonly number[]);
  throw new UsageError(`unknown reference source '${String(kind)}'`, "there are context and fixed");
}

function numbers(value: Json, where: string): Float64Array {
  if (!Array.isArray(value)) throw new InputError({ field: where }, "expected an array of numbers");
  for (const [i, one] of value.entries())
    if (typeof one !== "number" || !Number.isFinite(one))
      throw new InputError({ field: `${where}[${i}]` }, `expected a finite number, not ${JSON.stringify(one)}`);
  return Float64Array.from(value as number[]);
}
