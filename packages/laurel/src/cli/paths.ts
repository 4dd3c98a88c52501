import { relative } from "node:path";

/** A path as a person would write it from here. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === "" ? "." : near.startsWith("..") ? path : near;
}
