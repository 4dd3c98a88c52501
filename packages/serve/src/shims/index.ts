import { readFileSync } from "node:fs";
import { UsageError } from "laurel/core";

/** Trainers that there is a shim for. */
export const shimNames = ["trl", "openrlhf", "verl"] as const;

function read(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
}

/**
 * The Python file that makes a Laurel server a trainer's reward function. It needs only the standard library.
 * @throws UsageError for a trainer that there is no shim for
 * @example writeFileSync("laurel_trl.py", shim("trl"))
 */
export function shim(trainer: string): string {
  if (!(shimNames as readonly string[]).includes(trainer))
    throw new UsageError(`there is no shim for "${trainer}"`, `there is ${shimNames.join(", ")}`);
  return read(`${trainer}.py`).replace("#include client.py\n", () => read("client.py"));
}
