import { canonicalJson, type Json, sha256 } from "../../core/index.ts";
import { type Call, givenOf, type Traits } from "../call.ts";
import { modelRunOf } from "../model-run.ts";

/** The cache's key of a call: model, request and repeat, and nothing of Laurel's own version. */
export function callKey(fingerprint: string, content: Json, repeat: number): string {
  return sha256(canonicalJson(["call", fingerprint, content, repeat])).slice(0, 32);
}

/**
 * Looks answers up in the cache of the run that a call belongs to, and keeps those that were paid for there. Failures are not kept.
 * An answer of a server that calls itself otherwise than the run's other answers is not used.
 *
 * @param fingerprint of the model; null: never cached
 */
export function withCache<Q, A extends object>(
  call: Call<Q, A>,
  traits: Traits<Q, A>,
  options: { model: string; fingerprint: string | null },
): Call<Q, A> {
  return async (request, ctx) => {
    const run = modelRunOf(ctx);
    const content = run?.cache === undefined || options.fingerprint === null ? null : traits.key(request);
    if (run?.cache === undefined || content === null) return call(request, ctx);
    const key = callKey(options.fingerprint!, content, ctx.repeat);
    const [stored] = run.cache.getCalls([key]);
    if (stored !== undefined) {
      const known = traits.unpack(stored);
      const identity = known[0] === undefined ? undefined : traits.identity(known[0]);
      const current = run.identities.get(options.model);
      if (identity === undefined || current === undefined || identity === current) {
        if (identity !== undefined) run.identities.set(options.model, identity);
        return known;
      }
    }
    const answers = await call(request, ctx);
    const given = givenOf(answers);
    if (answers.length > 0 && given.length === answers.length) run.cache.putCalls([[key, traits.pack(given)]]);
    return answers;
  };
}
