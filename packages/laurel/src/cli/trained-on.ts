import type { Example, JsonObject, Message } from "../core/index.ts";
import { trainedPrompts } from "../rewards/learned/trained-prompts.ts";
import { whole } from "./terminal.ts";

/** Counts the rows whose prompts a learned reward was trained on: its figures on those say little about new prompts. */
export class TrainedOn {
  readonly #knows: readonly ((prompt: readonly Message[]) => boolean)[];
  #rows = 0;
  #known = 0;

  private constructor(knows: readonly ((prompt: readonly Message[]) => boolean)[]) {
    this.#knows = knows;
  }

  /** Of every learned reward in a spec, at any depth. */
  static async of(spec: JsonObject | undefined): Promise<TrainedOn> {
    const found = await Promise.all(foldersIn(spec).map((folder) => trainedPrompts(folder)));
    return new TrainedOn(found.filter((one) => one !== undefined));
  }

  see({ task }: Example): void {
    this.#rows++;
    if (this.#knows.some((knows) => knows(task.prompt))) this.#known++;
  }

  /** Says on the error stream how many rows were trained on, if any. */
  warn(): void {
    if (this.#known === 0) return;
    process.stderr.write(
      `laurel: the reward was trained on the prompts of ${whole(this.#known)} of ${whole(this.#rows)} rows, so that its figures here are too good; its card has those of prompts that were held out\n`,
    );
  }
}

function foldersIn(spec: unknown): string[] {
  if (typeof spec !== "object" || spec === null) return [];
  const { kind, path } = spec as { kind?: unknown; path?: unknown };
  const own = kind === "learned" && typeof path === "string" ? [path] : [];
  return [...own, ...Object.values(spec).flatMap(foldersIn)];
}
