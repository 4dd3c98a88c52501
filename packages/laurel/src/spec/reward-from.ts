import type { Comparer, JsonObject, Reward } from "../core/index.ts";
import { UsageError } from "../core/index.ts";
import { nearest } from "../io/index.ts";
import type { Kind, Make, Nested } from "./kind.ts";
import { kinds as shipped } from "./kinds.ts";

/** Options of `rewardFrom`. */
export interface RewardFromOptions {
  /** The caller's own kinds, by name; they may not replace a shipped one. */
  kinds?: Readonly<Record<string, Kind>> | undefined;
  /** Skip the check of options, for specs that were checked before (workers). */
  trusted?: boolean | undefined;
  /** May a spec load code, read files or call models (`module`, `precomputed`, `judge.*` …)? Default true; a server says false. */
  files?: boolean | undefined;
}

/** Does a kind load code, read files of the machine, or call a model at an address that the spec names? */
function reachesOut(kind: string, options: Readonly<Record<string, unknown>>): boolean {
  if (["module", "precomputed", "learned"].includes(kind) || /^(judge|likelihood|remote)(\.|$)/.test(kind)) return true;
  const models = kind.startsWith("reference.") ? ["embedder"] : kind.startsWith("verify.") ? ["judge", "referee"] : [];
  return models.some((name) => options[name] !== undefined && options[name] !== "hash");
}

/**
 * Builds a reward from a spec: a kind's name, or an object with `kind` and its options.
 *
 * @param spec `"verify.math"` or `{ kind: "weighted", rewards: {…}, weights: {…} }`. `trust`, the bounds within which `laurel gate --judge`
 *   lets a judge gate, may stand in any spec; it changes no score and no fingerprint
 * @throws UsageError for an unknown kind (near misses are listed) or wrong options (each with its path)
 * @example const reward = await rewardFrom({ kind: "verify.exact", ignoreCase: true });
 */
export async function rewardFrom(spec: unknown, options: RewardFromOptions = {}): Promise<Reward> {
  const made = await build(spec, options, "");
  if (!("score" in made))
    throw new UsageError(`${kindOf(spec)} is a comparer, not a reward`, 'wrap it: { kind: "to-reward", comparer: … }');
  return made;
}

/** Builds a comparer from a spec, as `rewardFrom` does a reward. */
export async function comparerFrom(spec: unknown, options: RewardFromOptions = {}): Promise<Comparer> {
  const made = await build(spec, options, "");
  if (!("compare" in made))
    throw new UsageError(`${kindOf(spec)} is a reward, not a comparer`, 'wrap it: { kind: "to-comparer", reward: … }');
  return made;
}

/** All kinds that a caller can name. */
export function allKinds(options: Pick<RewardFromOptions, "kinds"> = {}): Readonly<Record<string, Kind>> {
  return { ...options.kinds, ...shipped };
}

function kindOf(spec: unknown): string {
  return typeof spec === "string" ? spec : String((spec as JsonObject)["kind"]);
}

async function build(spec: unknown, options: RewardFromOptions, path: string): Promise<Reward | Comparer> {
  const at = path === "" ? "" : `${path}: `;
  const object: unknown = typeof spec === "string" ? { kind: spec } : spec;
  if (typeof object !== "object" || object === null || Array.isArray(object))
    throw new UsageError(
      `${at}a reward is a kind's name or an object with "kind", not ${JSON.stringify(spec) ?? "undefined"}`,
    );
  const { kind: name, trust: _trust, ...given } = object as Record<string, unknown>;
  if (typeof name !== "string") throw new UsageError(`${at}"kind" is missing`, "laurel kinds lists what there is");
  const table = allKinds(options);
  const kind = Object.hasOwn(table, name) ? table[name] : undefined;
  if (kind === undefined) {
    const near = nearest(name, Object.keys(table));
    throw new UsageError(
      `${at}there is no kind "${name}"`,
      near.length > 0 ? `did you mean ${near.join(", ")}? laurel kinds lists all` : "laurel kinds lists all",
    );
  }
  if (options.files === false && reachesOut(name, given))
    throw new UsageError(`${at}the kind "${name}" loads code, reads files or calls models, which is not allowed here`);
  const checked = options.trusted === true ? given : await check(name, kind, given, path);
  return kind.build(checked, makeAt(options, path));
}

function makeAt(options: RewardFromOptions, path: string): Make {
  const below = (key: string): string => (path === "" ? key : `${path}.${key}`);
  const reward = async (spec: unknown, key = "reward"): Promise<Reward> => {
    const made = await build(spec, options, below(key));
    if (!("score" in made)) throw new UsageError(`${below(key)}: ${kindOf(spec)} is a comparer, not a reward`);
    return made;
  };
  return {
    reward,
    rewards: async (specs) =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(specs as Record<string, unknown>).map(
            async ([name, spec]) => [name, await reward(spec, `rewards.${name}`)] as const,
          ),
        ),
      ),
    comparer: async (spec) => {
      const made = await build(spec, options, below("comparer"));
      if (!("compare" in made))
        throw new UsageError(`${below("comparer")}: ${kindOf(spec)} is a reward, not a comparer`);
      return made;
    },
  };
}

async function check(
  name: string,
  kind: Kind,
  given: Record<string, unknown>,
  path: string,
): Promise<Record<string, unknown>> {
  const { z } = await import("zod");
  const spec = z.union([z.string(), z.looseObject({ kind: z.string() })]);
  const nested: Nested = { reward: spec, rewards: z.record(z.string(), spec), comparer: spec };
  const parsed = kind.options(z, nested).safeParse(given);
  if (parsed.success) return parsed.data as Record<string, unknown>;
  const issues = parsed.error.issues.map((issue) => {
    const where = [path, ...issue.path.map(String)].filter((part) => part !== "").join(".");
    return where === "" ? issue.message : `${where}: ${issue.message}`;
  });
  throw new UsageError(
    `${path === "" ? "" : `${path} `}(${name}): ${issues.join("; ")}`,
    `laurel kinds ${name} shows its options and an example`,
  );
}

/**
 * JSON Schema (draft 2020-12) of every spec, so that an editor completes and checks YAML.
 * @param options the caller's own kinds
 */
export async function specSchema(options: Pick<RewardFromOptions, "kinds"> = {}): Promise<JsonObject> {
  const { z } = await import("zod");
  const reward = z.any();
  const comparer = z.any();
  const nested: Nested = { reward, rewards: z.record(z.string(), reward), comparer };
  const of = (kind: Kind, name: string): JsonObject => {
    const schema = z.toJSONSchema(kind.options(z, nested), {
      io: "input",
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema }) => {
        if ((zodSchema as unknown) === reward) jsonSchema.$ref = "#/$defs/reward";
        if ((zodSchema as unknown) === comparer) jsonSchema.$ref = "#/$defs/comparer";
      },
    }) as Record<string, unknown>;
    delete schema["$schema"];
    const properties = { kind: { const: name }, ...(schema["properties"] as object) };
    const required = ["kind", ...((schema["required"] as string[] | undefined) ?? [])];
    return { ...schema, title: name, description: kind.summary, properties, required } as JsonObject;
  };
  const entries = Object.entries(allKinds(options));
  const making = (what: "reward" | "comparer") => entries.filter(([, kind]) => (kind.makes ?? "reward") === what);
  const anyOf = (what: "reward" | "comparer") => [
    { enum: making(what).map(([name]) => name) },
    ...making(what).map(([name]) => ({ $ref: `#/$defs/${name}` })),
  ];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A Laurel reward",
    $ref: "#/$defs/reward",
    $defs: {
      reward: { anyOf: anyOf("reward") },
      comparer: { anyOf: anyOf("comparer") },
      ...Object.fromEntries(entries.map(([name, kind]) => [name, of(kind, name)])),
    },
  };
}
