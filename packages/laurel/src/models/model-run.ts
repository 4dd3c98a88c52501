import type { Context, Json, LaurelError, Reason } from "../core/index.ts";
import type { Budget } from "./budget.ts";

/** Where paid-for answers of models are kept; `Store` is one. It outlives releases: its keys hold requests, not versions. */
export interface CallCache {
  getCalls(keys: readonly string[]): readonly (Json | undefined)[];
  putCalls(entries: readonly (readonly [key: string, answers: Json])[]): void;
}

/** What the models of one run share: the cache, the budget, the identities that were seen, and the way to stop it. */
export interface ModelRun {
  cache?: CallCache | undefined;
  budget?: Budget | undefined;
  /** The name that each model's server gave itself, by the model's name. */
  identities: Map<string, string>;
  /** Ends the run: this call and all later ones have no answer, and rows that miss one are not written. `reason` is that of the calls without an answer. */
  halt(error: LaurelError, reason: Reason): void;
}

const key: unique symbol = Symbol("laurel.model-run");

type Carrying = Context & { [key]?: ModelRun };

/** A context whose model calls belong to a run. Contexts made from it by spreading carry it on. */
export function withModelRun(ctx: Context, run: ModelRun): Context {
  return { ...ctx, [key]: run } as Carrying;
}

/** The run that a context's model calls belong to, if there is one. */
export function modelRunOf(ctx: Context): ModelRun | undefined {
  return (ctx as Carrying)[key];
}
