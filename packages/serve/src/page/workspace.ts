import { readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { UsageError } from "laurel/core";
import { Problem } from "../http/problem.ts";

/** A file or folder that the page can show. */
export interface WorkspaceEntry {
  /** Path below the workspace's folder, with forward slashes. */
  path: string;
  kind: "file" | "folder";
  /** Bytes of a file. */
  bytes: number;
  /** Epoch milliseconds of the last change. */
  changed: number;
}

/** Folders that hold nothing of the user's. */
const skipped = new Set(["node_modules", "dist"]);
const deepest = 4;
const most = 5000;

/**
 * The folder whose files the page shows: nothing outside of it, also not through a symbolic link, and nothing whose name
 * begins with a dot.
 */
export class Workspace {
  /** Its real path. */
  readonly folder: string;

  /** @throws UsageError where the folder does not exist */
  constructor(folder: string) {
    try {
      this.folder = realpathSync(folder);
    } catch {
      throw new UsageError(`there is no folder ${folder}`, "name one that exists: --folder DIR");
    }
  }

  /** Files and folders down to four levels, newest first, at most 5,000. */
  list(): WorkspaceEntry[] {
    const found: WorkspaceEntry[] = [];
    const walk = (folder: string, depth: number): void => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (found.length >= most) return;
        if (entry.name.startsWith(".") || skipped.has(entry.name)) continue;
        const kind = entry.isFile() ? "file" : entry.isDirectory() ? "folder" : undefined;
        if (kind === undefined) continue;
        const at = join(folder, entry.name);
        const stats = tryStat(at);
        if (stats === undefined) continue;
        const path = relative(this.folder, at).split(sep).join("/");
        found.push({ path, kind, bytes: kind === "file" ? stats.size : 0, changed: Math.round(stats.mtimeMs) });
        if (kind === "folder" && depth < deepest) walk(at, depth + 1);
      }
    };
    walk(this.folder, 1);
    return found.sort((a, b) => b.changed - a.changed || (a.path < b.path ? -1 : 1));
  }

  /**
   * The real path of a file or folder that a client names.
   * @throws Problem (404) for what does not exist, is hidden, or lies outside
   */
  resolve(path: string): string {
    const missing = new Problem(404, "no-such-file", `there is no ${path.slice(0, 200)} in the folder that is served`);
    const parts = path.split("/");
    if (path.includes("\0") || path.includes("\\") || parts.some((part) => part === "" || part.startsWith(".")))
      throw missing;
    let real: string;
    try {
      real = realpathSync(join(this.folder, ...parts));
    } catch {
      throw missing;
    }
    if (!real.startsWith(this.folder + sep)) throw missing;
    return real;
  }
}

/** A file's state; undefined where it went away meanwhile. */
function tryStat(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
