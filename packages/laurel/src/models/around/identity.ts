import { StoppedError, unscored } from "../../core/index.ts";
import { type Call, isFailed, type Traits } from "../call.ts";
import { modelRunOf } from "../model-run.ts";

/**
 * Ends the run when a server calls itself otherwise than before: an alias that was moved to another model in mid-run would
 * mix the scores of two judges. Without a run the answers from then on are failures.
 */
export function withSteadyIdentity<Q, A extends object>(
  call: Call<Q, A>,
  traits: Traits<Q, A>,
  options: { model: string },
): Call<Q, A> {
  const own = new Map<string, string>();
  return async (request, ctx) => {
    const answers = await call(request, ctx);
    const run = modelRunOf(ctx);
    const identities = run?.identities ?? own;
    for (const answer of answers) {
      const now = isFailed(answer) ? undefined : traits.identity(answer);
      if (now === undefined) continue;
      const before = identities.get(options.model);
      if (before === undefined) identities.set(options.model, now);
      else if (before !== now) {
        const error = new StoppedError(
          `the served model has changed in mid-run: ${options.model} was answered by '${before}' before and by '${now}' now`,
          "name a fixed version of the model; or begin again with --overwrite --cache off to take all answers from the new one",
        );
        run?.halt(error, "transport");
        return answers.map(() => unscored("transport", error.message, { transient: false }));
      }
    }
    return answers;
  };
}
