import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = process.env["LAUREL_DATA"] ?? fileURLToPath(new URL("../../shared/data", import.meta.url));

/** The path of a shared data file, or undefined where the data is absent (then the test is skipped). */
export function dataPath(relative: string): string | undefined {
  const path = `${root}/${relative}`;
  return existsSync(path) ? path : undefined;
}
