import type { Claim } from "./types.ts";

/**
 * A claim that nothing here can test, such as the behaviour of large models: no settings, no seeds, no verdict.
 *
 * @param claim its id, what the paper says, and as `scope` what would test it
 * @example untestable({ id: "models", statement: "GPT-4o is right on 76.0 %", scope: "Needs the twelve files and that model." })
 */
export function untestable(claim: Pick<Claim, "id" | "statement" | "scope">): Claim {
  return { ...claim, evidence: "untestable", settings: {}, seeds: 0, arms: [], bars: [], run: async () => ({}) };
}
