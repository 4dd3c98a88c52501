import { hashJson } from "../../core/index.ts";
import type { Call, Traits } from "../call.ts";

/**
 * Lets equal calls that are in flight at the same time share one answer.
 *
 * Calls are equal where request (with its seed) and repeat are. Whoever wants several independent samples asks for `n` or gives each its own seed.
 * A call that is joined is bound to its first asker's context; where that is cancelled, late or out of budget, the others ask for themselves.
 */
export function withDeduplication<Q, A extends object>(call: Call<Q, A>, traits: Traits<Q, A>): Call<Q, A> {
  const inFlight = new Map<string, ReturnType<Call<Q, A>>>();
  return async (request, ctx) => {
    const content = traits.key(request);
    if (content === null) return call(request, ctx);
    const key = hashJson([content, ctx.repeat]);
    const known = inFlight.get(key);
    if (known !== undefined) {
      const answers = await known;
      const dropped = answers.some((one) => {
        const reason = (one as { unscored?: { reason: string } }).unscored?.reason;
        return reason === "cancelled" || reason === "deadline" || reason === "budget";
      });
      if (!dropped || ctx.signal.aborted) return answers;
      return call(request, ctx);
    }
    const mine = call(request, ctx);
    inFlight.set(key, mine);
    try {
      return await mine;
    } finally {
      inFlight.delete(key);
    }
  };
}
