import { type Call, givenOf, type Traits } from "../call.ts";

/** US dollars for a million tokens. */
export interface Price {
  input: number;
  output: number;
  /** Of input tokens that the server had in its cache. Default: as `input`. */
  cached?: number | undefined;
}

/** What tokens cost at a price. */
export function costOf(
  price: Price,
  used: { inputTokens: number; outputTokens: number; cachedTokens?: number | undefined },
): number {
  const cached = Math.min(used.cachedTokens ?? 0, used.inputTokens);
  return (
    ((used.inputTokens - cached) * price.input +
      cached * (price.cached ?? price.input) +
      used.outputTokens * price.output) /
    1e6
  );
}

/** Tells the context what each call used, with its price where that is known. */
export function withSpending<Q, A extends object>(
  call: Call<Q, A>,
  traits: Traits<Q, A>,
  options: { model: string; price?: Price | undefined },
): Call<Q, A> {
  return async (request, ctx) => {
    const answers = await call(request, ctx);
    const given = givenOf(answers);
    if (given.length > 0) {
      const usage = traits.usage(given);
      const usd = options.price === undefined ? undefined : costOf(options.price, usage);
      ctx.spend({ model: options.model, ...usage, ...(usd === undefined ? {} : { usd }) });
    }
    return answers;
  };
}
