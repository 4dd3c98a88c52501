import { call } from "./api.ts";

/** A file of the folder that is served. */
export interface FolderFile {
  path: string;
  bytes: number;
  changed: number;
}

const tables = /\.(jsonl|ndjson|json|csv|tsv|parquet)(\.gz)?$/i;
const made = /\.(scored|bad|votes)\.jsonl$/i;

/** Files of the folder that may hold tasks, newest first: tables that are neither scores nor votes. */
export async function taskFiles(): Promise<FolderFile[]> {
  const { files } = await call<{ files: (FolderFile & { kind: string })[] }>("/v1/files");
  return files.filter(({ kind, path }) => kind === "file" && tables.test(path) && !made.test(path));
}

/** A size in words. */
export function bytesWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toPrecision(3)} MB`;
}
