import { UsageError } from "../../core/index.ts";

/** Where runs are and what they are called there: `?we=…&wpn=…&ceik=…&cen=…&metric=…&xaxis=…`. */
export interface RunSource {
  /** we: entity; wpn: project. Undefined: any. */
  entity?: string | undefined;
  project?: string | undefined;
  /** ceik and cen: the settings that hold the environment's id and the experiment's name. */
  environmentKey: string;
  nameKey: string;
  metric: string;
  xaxis: string;
}

/** Which runs belong to an experiment: `NAME?tag=…&user=…&cl=LABEL&SETTING=VALUE`. */
export interface RunExperiment {
  name: string;
  /** A run has all of them. */
  tags: readonly string[];
  user?: string | undefined;
  /** cl: what it is called in tables. */
  label: string;
  /** A run has one of the values of each setting. */
  settings: Readonly<Record<string, readonly (string | number | boolean | null)[]>>;
}

/** A group of filters: one source, its experiments. */
export interface RunFilter {
  source: RunSource;
  experiments: readonly RunExperiment[];
}

const sourceKeys = ["we", "wpn", "ceik", "cen", "metric", "xaxis"];

/**
 * Reads the filters of one group: a source, then one or more experiments.
 *
 * Repeated tags are all needed, repeated values of a setting are alternatives. Values are read as JSON or Python literals where they
 * are ones (1e-4, true, None), else as text.
 *
 * @param texts `["?wpn=cleanrl&ceik=env_id&cen=exp_name&metric=charts/episodic_return", "ppo?tag=v1.0.0&cl=PPO", "dqn"]`
 * @throws UsageError with the position of what cannot be read, and the keys that a source has.
 *
 * Source: openrlbenchmark, README and rlops.py. Defaults: ceik env_id, cen exp_name, metric charts/episodic_return, xaxis global_step.
 */
export function parseRunFilter(texts: readonly string[]): RunFilter {
  const [first, ...rest] = texts;
  if (first === undefined || !first.startsWith("?"))
    throw new UsageError(
      `a filter begins with its source, not with '${first ?? ""}'`,
      "such as '?ceik=env_id&cen=exp_name&metric=charts/episodic_return'",
    );
  if (rest.length === 0) throw new UsageError("a filter names at least one experiment after its source");
  const given = new Map<string, string>();
  for (const { key, value, at } of pairsOf(first, 1)) {
    if (!sourceKeys.includes(key))
      throw new UsageError(
        `position ${at} of '${first}': '${key}' is no key of a source`,
        `it has ${sourceKeys.join(", ")}`,
      );
    if (given.has(key)) throw new UsageError(`position ${at} of '${first}': '${key}' is given twice`);
    given.set(key, value);
  }
  return {
    source: {
      entity: given.get("we"),
      project: given.get("wpn"),
      environmentKey: given.get("ceik") ?? "env_id",
      nameKey: given.get("cen") ?? "exp_name",
      metric: given.get("metric") ?? "charts/episodic_return",
      xaxis: given.get("xaxis") ?? "global_step",
    },
    experiments: rest.map(parseExperiment),
  };
}

function parseExperiment(text: string): RunExperiment {
  const mark = text.indexOf("?");
  const name = mark < 0 ? text : text.slice(0, mark);
  if (name === "") throw new UsageError(`position 1 of '${text}': an experiment begins with its name`);
  const tags: string[] = [];
  const settings: Record<string, (string | number | boolean | null)[]> = {};
  let user: string | undefined;
  let label = name;
  for (const { key, value } of mark < 0 ? [] : pairsOf(text, mark + 1)) {
    if (key === "tag") tags.push(value);
    else if (key === "user") user = value;
    else if (key === "cl") label = value;
    else {
      const known = Object.hasOwn(settings, key) ? settings[key]! : [];
      settings[key] = [...known, literal(value)];
    }
  }
  return { name, tags, user, label, settings };
}

/** Key and value of each part after the question mark, with its position from 1. */
function pairsOf(text: string, from: number): { key: string; value: string; at: number }[] {
  const out: { key: string; value: string; at: number }[] = [];
  let at = from;
  for (const part of text.slice(from).split("&")) {
    const equals = part.indexOf("=");
    if (equals <= 0) throw new UsageError(`position ${at + 1} of '${text}': expected KEY=VALUE, found '${part}'`);
    out.push({
      key: decoded(part.slice(0, equals), text, at),
      value: decoded(part.slice(equals + 1), text, at),
      at: at + 1,
    });
    at += part.length + 1;
  }
  return out;
}

function decoded(part: string, text: string, at: number): string {
  try {
    return decodeURIComponent(part.replace(/\+/g, " "));
  } catch {
    throw new UsageError(`position ${at + 1} of '${text}': '${part}' is not URL-encoded text`);
  }
}

function literal(text: string): string | number | boolean | null {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  if (text === "None" || text === "null") return null;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : text;
}

/**
 * The filter as texts, from which `parseRunFilter` makes it again.
 */
export function runFilterText({ source, experiments }: RunFilter): string[] {
  const part = (key: string, value: string | number | boolean | null): string =>
    `${encodeURIComponent(key)}=${encodeURIComponent(value === null ? "None" : String(value))}`;
  const head = [
    ...(source.entity === undefined ? [] : [part("we", source.entity)]),
    ...(source.project === undefined ? [] : [part("wpn", source.project)]),
    part("ceik", source.environmentKey),
    part("cen", source.nameKey),
    part("metric", source.metric),
    part("xaxis", source.xaxis),
  ];
  return [
    `?${head.join("&")}`,
    ...experiments.map(({ name, tags, user, label, settings }) => {
      const parts = [
        ...tags.map((tag) => part("tag", tag)),
        ...(user === undefined ? [] : [part("user", user)]),
        ...(label === name ? [] : [part("cl", label)]),
        ...Object.entries(settings).flatMap(([key, values]) => values.map((value) => part(key, value))),
      ];
      return parts.length === 0 ? name : `${name}?${parts.join("&")}`;
    }),
  ];
}
