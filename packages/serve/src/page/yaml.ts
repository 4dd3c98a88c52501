import type { Json } from "laurel";

const bare = /^[A-Za-z][\w./-]*$/;
const words = new Set(["true", "false", "null", "yes", "no", "on", "off"]);

function scalar(value: string | number | boolean | null): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return bare.test(value) && !words.has(value.toLowerCase()) ? value : JSON.stringify(value);
}

/** Short lists and objects stand on their line, as people write them. */
function flow(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((one: Json) => flow(one)).join(", ")}]`;
  if (value === null || typeof value !== "object") return scalar(value);
  const entries = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return `{ ${entries.map(([key, one]) => `${scalar(key)}: ${flow(one)}`).join(", ")} }`;
}

/**
 * A spec as YAML that people edit: an option a line, what fits into one line not broken up.
 * @param value plain data
 * @returns text that any YAML reader reads back to `value`
 * @example toYaml({ kind: "length", max: 200 }) // "kind: length\nmax: 200\n"
 */
export function toYaml(value: Json, indent = ""): string {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return `${indent}${flow(value)}\n`;
  const lines = Object.entries(value).map(([key, one]) => {
    if (one === undefined) return "";
    const short = flow(one);
    const nested = typeof one === "object" && one !== null && !Array.isArray(one) && Object.keys(one).length > 0;
    if (!nested || (indent !== "" && short.length <= 72)) return `${indent}${scalar(key)}: ${short}\n`;
    return `${indent}${scalar(key)}:\n${toYaml(one, `${indent}  `)}`;
  });
  return lines.join("");
}
