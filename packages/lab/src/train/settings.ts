import { UsageError } from "laurel";
import { didYouMean } from "laurel/io";

/** A value of a setting. */
export type SettingValue = number | string | boolean;

/** A setting that a user may give: what it does, what it is where nothing is said, and what it may be. */
export interface Setting {
  about: string;
  default: SettingValue;
  choices?: readonly string[] | undefined;
}

/** Settings by name. */
export type SettingTable = Readonly<Record<string, Setting>>;

/**
 * Settings with their defaults, from what a user gave as texts (`--set decay=0.1`) or values (a config file).
 *
 * @param tables tables that share the given names, such as those of objective, head and loop; each takes its own
 * @returns one record a table
 * @throws UsageError for a name that no table has (with near misses), or a value of another type
 */
export function takeSettings(
  given: Readonly<Record<string, unknown>>,
  tables: readonly SettingTable[],
): Record<string, SettingValue>[] {
  for (const name of Object.keys(given))
    if (!tables.some((table) => Object.hasOwn(table, name)))
      throw new UsageError(
        `there is no setting '${name}'`,
        didYouMean(
          name,
          tables.flatMap((table) => Object.keys(table)),
        ),
      );
  return tables.map((table) =>
    Object.fromEntries(
      Object.entries(table).map(([name, setting]) => [
        name,
        Object.hasOwn(given, name) ? settingValue(name, given[name], setting) : setting.default,
      ]),
    ),
  );
}

function settingValue(name: string, given: unknown, setting: Setting): SettingValue {
  const kind = typeof setting.default;
  let value = given;
  if (Array.isArray(value)) value = value.join(",");
  if (kind === "string" && typeof value === "number") value = String(value);
  if (typeof value === "string" && kind === "number" && value.trim() !== "") value = Number(value);
  if (typeof value === "string" && kind === "boolean" && /^(true|false)$/.test(value)) value = value === "true";
  if (typeof value !== kind || (kind === "number" && !Number.isFinite(value)))
    throw new UsageError(
      `the setting ${name} is ${kind === "boolean" ? "true or false" : `a ${kind === "string" ? "text" : kind}`}, not ${JSON.stringify(given)}`,
    );
  if (setting.choices !== undefined && !setting.choices.includes(value as string))
    throw new UsageError(`the setting ${name} is one of ${setting.choices.join(", ")}, not ${String(value)}`);
  return value as SettingValue;
}

/** A list of numbers as a setting's text has it: `64` or `128,32`; an empty text is an empty list. */
export function numberList(name: string, text: string): number[] {
  if (text.trim() === "") return [];
  return text.split(",").map((one) => {
    const value = one.trim() === "" ? Number.NaN : Number(one);
    if (!Number.isFinite(value))
      throw new UsageError(`the setting ${name} is a list of numbers, such as 128,32, not ${text}`);
    return value;
  });
}
