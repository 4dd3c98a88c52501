import { unscored } from "../../core/index.ts";
import { type Call, givenOf, type Traits } from "../call.ts";
import { modelRunOf } from "../model-run.ts";
import { costOf, type Price } from "./spend.ts";

/** Keeps to the budget of the run that a call belongs to; a call that cannot be afforded ends the run. */
export function withBudget<Q, A extends object>(
  call: Call<Q, A>,
  traits: Traits<Q, A>,
  options: { model: string; price?: Price | undefined },
): Call<Q, A> {
  return async (request, ctx) => {
    const run = modelRunOf(ctx);
    if (run?.budget === undefined) return call(request, ctx);
    const { input, output } = traits.bound(request);
    const { price } = options;
    const most = {
      tokens: input + output,
      usd: price === undefined ? undefined : costOf(price, { inputTokens: input, outputTokens: output }),
    };
    const reserved = await run.budget.reserve(most, options.model);
    if (reserved instanceof Error) {
      run.halt(reserved, "budget");
      return [unscored("budget", reserved.message)];
    }
    let spent = { tokens: 0, usd: 0 };
    try {
      const answers = await call(request, ctx);
      const given = givenOf(answers);
      if (given.length > 0) {
        const used = traits.usage(given);
        const tokens = used.inputTokens + used.outputTokens;
        // a server that does not say what was used is charged with the most that it can have been
        spent =
          tokens === 0
            ? { tokens: most.tokens, usd: most.usd ?? 0 }
            : { tokens, usd: price === undefined ? 0 : costOf(price, used) };
      }
      return answers;
    } finally {
      reserved.settle(spent);
    }
  };
}
