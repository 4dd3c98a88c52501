import { route } from "./route.svelte.ts";

/** The columns that the address names, for a file whose tasks stand under other names: part of every request and link that names the file. */
export function columns(): { map?: string } {
  const map = route().query.get("map") ?? "";
  return map === "" ? {} : { map };
}
