import { resolve } from "node:path";
import { openStore, type RunRecord } from "../store/index.ts";
import { shown } from "./paths.ts";
import { plain, table } from "./terminal.ts";

/** Is a process with this number there? */
function alive(pid: unknown): boolean {
  if (typeof pid !== "number") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A run's state as people see it: a running one whose process is gone was interrupted. */
function stateOf(run: RunRecord): string {
  if (run.state !== "running") return run.state;
  return alive(run.summary["pid"]) ? "running" : "interrupted";
}

/** `laurel runs`: what ran with this store. */
export async function runs(options: { store: string; limit: number; json?: boolean }): Promise<void> {
  using store = await openStore(resolve(options.store));
  const list = store.runs(options.limit);
  if (options.json === true) {
    process.stdout.write(
      `${JSON.stringify(
        list.map((run) => ({ ...run, state: stateOf(run) })),
        null,
        2,
      )}\n`,
    );
    return;
  }
  if (list.length === 0) {
    process.stdout.write("No run yet. Begin with: laurel score FILE --reward verify.math\n");
    return;
  }
  const rows = list.map((run) => [
    run.id,
    stateOf(run),
    run.created.slice(0, 19).replace("T", " "),
    plain(String(run.summary["reward"] ?? ""), 40),
    String(run.summary["rows"] ?? ""),
    shown(run.out),
  ]);
  process.stdout.write(`${table(["run", "state", "begun (UTC)", "reward", "rows", "output"], rows)}\n`);
}
