import { type JsonObject, UsageError } from "../core/index.ts";

/** A judge of a spec with the trust that is written beside its options. */
export interface TrustedSpec {
  /** The judge's spec without `trust`. */
  spec: JsonObject;
  trust: JsonObject | undefined;
  /** Where it stands in the whole spec; empty at the top. */
  path: string;
}

/**
 * A spec without its `trust` members, and all judges in it: objects whose kind begins with `judge.`, or that state `trust`.
 *
 * @throws UsageError where `trust` is no object
 */
export function withoutTrust(given: unknown): { spec: unknown; judges: TrustedSpec[] } {
  const judges: TrustedSpec[] = [];
  const visit = (value: unknown, path: string, depth: number): unknown => {
    if (depth > 40) throw new UsageError("the spec is nested more than 40 deep");
    if (Array.isArray(value)) return value.map((one, i) => visit(one, `${path}[${i}]`, depth + 1));
    if (typeof value === "string") {
      if (/^judge\.\w+$/.test(value)) judges.push({ spec: { kind: value }, trust: undefined, path });
      return value;
    }
    if (typeof value !== "object" || value === null) return value;
    const { trust, ...rest } = value as Record<string, unknown>;
    const kind = rest["kind"];
    const isSpec = typeof kind === "string";
    const own = isSpec ? judges.length : -1;
    const spec = Object.fromEntries(
      Object.entries(isSpec ? rest : (value as object)).map(([key, one]) => [
        key,
        // the kind itself is no nested judge
        key === "kind" ? one : visit(one, path === "" ? key : `${path}.${key}`, depth + 1),
      ]),
    );
    if (!isSpec) return spec;
    if (trust !== undefined && (typeof trust !== "object" || trust === null || Array.isArray(trust)))
      throw new UsageError(`${path === "" ? "" : `${path}.`}trust is an object, not ${JSON.stringify(trust)}`);
    // what is trusted as a whole answers for the judges within
    if (trust !== undefined)
      judges.splice(own, judges.length - own, { spec: spec as JsonObject, trust: trust as JsonObject, path });
    else if (kind.startsWith("judge.") && judges.length === own)
      judges.push({ spec: spec as JsonObject, trust: undefined, path });
    return spec;
  };
  const spec = visit(given, "", 0);
  return { spec, judges };
}
