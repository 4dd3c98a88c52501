import type { GenerateRequest, Generation } from "../../core/index.ts";
import { type Call, isFailed } from "../call.ts";

/**
 * Gives the samples that were asked for also where a server answers with fewer: the missing ones are asked for one by one, at the
 * same time, each with a seed of its own (the request's plus the sample's number) if the request has one.
 */
export function withAllSamples(call: Call<GenerateRequest, Generation>): Call<GenerateRequest, Generation> {
  return async (request, ctx) => {
    const n = request.n ?? 1;
    const answers = await call(request, ctx);
    if (answers.length >= n || answers.some(isFailed)) return answers;
    const missing = Array.from({ length: n - answers.length }, (_, i) => answers.length + i);
    const more = await Promise.all(
      missing.map(async (sample) => {
        const seed = request.seed === undefined ? undefined : request.seed + sample;
        return (await call({ ...request, n: 1, seed }, ctx))[0]!;
      }),
    );
    return [...answers, ...more];
  };
}
