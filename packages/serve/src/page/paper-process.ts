import { setPriority } from "node:os";
import { messageOf, StoppedError } from "laurel/core";
import { type PaperLaboratory, type PaperProgress, type RunClaim, runAgain } from "laurel/papers";

// A paper's checks in a process of their own: the laboratory is loaded here and nowhere in the server.

/** What the process is told. */
export type ToPaper = { use: string[] } | { run: { slug: string; full: boolean; journal: string } };

/** What it answers. */
export type FromPaper =
  | { places: Record<string, string> }
  | { progress: { done: number; total: number; claim: string; setting: string } }
  | { claims: RunClaim[] }
  | { failed: string };

const laboratory: string = "@laurel/lab";
const places = [
  "laurel",
  ...["rewards", "stats", "search", "bench", "recipes", "models", "io"].map((name) => `laurel/${name}`),
  ...["", "/policy", "/train", "/nets"].map((name) => `${laboratory}${name}`),
];

const answer = (message: FromPaper): void => {
  process.send?.(message, undefined, undefined, (error) => error !== null && process.exit(0));
};

async function modules(): Promise<[string, object][]> {
  const found: [string, object][] = [];
  for (const place of places)
    try {
      found.push([place, (await import(place)) as object]);
    } catch (thrown) {
      // the laboratory is a package of its own, and its networks want one more
      if ((thrown as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw thrown;
    }
  return found;
}

async function use(names: readonly string[]): Promise<void> {
  const known = await modules();
  const where: Record<string, string> = {};
  for (const name of names) {
    const place = known.find(([, exported]) => Object.hasOwn(exported, name))?.[0];
    if (place !== undefined) where[name] = place;
  }
  answer({ places: where });
}

async function run({ slug, full, journal }: Extract<ToPaper, { run: unknown }>["run"]): Promise<void> {
  const lab = (await import(laboratory)) as PaperLaboratory;
  const onProgress = ({ done, total, claim, setting }: PaperProgress): void =>
    answer({ progress: { done, total, claim, setting } });
  answer({ claims: await runAgain(lab, slug, { full, workers: 0, journal, onProgress }) });
}

function failureOf(thrown: unknown): string {
  if ((thrown as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND")
    return "the laboratory is not installed here: npm install @laurel/lab";
  return thrown instanceof StoppedError ? "it was stopped" : messageOf(thrown);
}

try {
  setPriority(10);
} catch {
  // a system that refuses it leaves the process at its parent's priority
}
process.on("message", (message: ToPaper) => {
  const work = "use" in message ? use(message.use) : run(message.run);
  work.catch((thrown: unknown) => answer({ failed: failureOf(thrown) })).finally(() => process.disconnect());
});
process.on("disconnect", () => process.exit(0));
