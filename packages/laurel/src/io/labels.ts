import { InputError, type InputPlace, type JsonObject, type Labels } from "../core/index.ts";
import { isRaw, placed, type Raw, refuse } from "./messages.ts";

type Preferred = NonNullable<Labels["preferred"]>[number];

/**
 * Labels in Laurel's own form: `correct`, `value`, `steps` and `parts` hold one entry for each of the `n` candidates,
 * `preferred` holds comparisons of two of them. `correct` takes 0 and 1 for false and true, and both it and `value` take texts that say the same,
 * as the cells of a CSV file do.
 *
 * @throws InputError with the path of the member that is wrong, or when a list does not have `n` entries
 */
export function parseLabels(value: unknown, n: number, place: InputPlace): Labels {
  if (!isRaw(value)) refuse(place, "labels", "an object", value);
  const made: Labels = {};
  if (isGiven(value["correct"]))
    made.correct = perCandidate(value, "correct", n, place, (one, field) => {
      if (one === null || typeof one === "boolean") return one;
      if (one === 0 || one === 1) return one === 1;
      // a cell of a CSV file is a text
      if (typeof one === "string" && /^(?:true|false|0|1)$/i.test(one)) return /^(?:true|1)$/i.test(one);
      return refuse(place, field, "true, false or null", one);
    });
  if (isGiven(value["value"]))
    made.value = perCandidate(value, "value", n, place, (one, field) => numberOrNull(one, place, field));
  if (isGiven(value["steps"]))
    made.steps = perCandidate(value, "steps", n, place, (one, field) => {
      if (!Array.isArray(one)) refuse(place, field, "a list of numbers or null", one);
      return one.map((label, k) =>
        typeof label === "boolean" ? Number(label) : numberOrNull(label, place, `${field}[${k}]`),
      );
    });
  if (isGiven(value["parts"]))
    made.parts = perCandidate(value, "parts", n, place, (one, field) => {
      if (!isRaw(one)) refuse(place, field, "an object of numbers", one);
      for (const [name, part] of Object.entries(one)) numberOrNull(part, place, `${field}.${name}`);
      return one as Readonly<Record<string, number | null>>;
    });
  if (isGiven(value["preferred"])) made.preferred = parsePreferred(value["preferred"], n, place);
  if (isGiven(value["extra"])) {
    if (!isRaw(value["extra"])) refuse(place, "labels.extra", "an object", value["extra"]);
    made.extra = value["extra"] as JsonObject;
  }
  return made;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function numberOrNull(value: unknown, place: InputPlace, field: string): number | null {
  if (value === null || (typeof value === "number" && Number.isFinite(value))) return value;
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  return refuse(place, field, "a number or null", value);
}

function perCandidate<T>(
  labels: Raw,
  name: string,
  n: number,
  place: InputPlace,
  parse: (value: unknown, field: string) => T,
): T[] {
  const list = labels[name];
  const field = `labels.${name}`;
  if (!Array.isArray(list)) refuse(place, field, "a list with one entry for each candidate", list);
  if (list.length !== n)
    throw new InputError(placed(place, field), `it has ${list.length} entries, but there are ${n} candidates`);
  return list.map((one, i) => parse(one, `${field}[${i}]`));
}

function parsePreferred(value: unknown, n: number, place: InputPlace): Preferred[] {
  if (!Array.isArray(value)) refuse(place, "labels.preferred", "a list of comparisons", value);
  return value.map((one: unknown, i) => {
    const field = `labels.preferred[${i}]`;
    if (!isRaw(one)) refuse(place, field, "an object { first, second, p }", one);
    const index = (name: "first" | "second"): number => {
      const at = one[name];
      if (typeof at !== "number" || !Number.isInteger(at) || at < 0 || at >= n)
        refuse(place, `${field}.${name}`, `a candidate's index below ${n}`, at);
      return at;
    };
    const first = index("first");
    const second = index("second");
    if (first === second) throw new InputError(placed(place, field), "it compares a candidate with itself");
    const p = one["p"] ?? 1;
    if (typeof p !== "number" || !(p >= 0 && p <= 1)) refuse(place, `${field}.p`, "a number in [0, 1]", p);
    const strength = isGiven(one["strength"]) ? numberOrNull(one["strength"], place, `${field}.strength`) : null;
    if (isGiven(one["rater"]) && typeof one["rater"] !== "string")
      refuse(place, `${field}.rater`, "a text", one["rater"]);
    return {
      first,
      second,
      p,
      ...(strength === null ? {} : { strength }),
      ...(typeof one["rater"] === "string" ? { rater: one["rater"] } : {}),
    };
  });
}
