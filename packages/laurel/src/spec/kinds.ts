import type { Kind } from "./kind.ts";
import { composeKinds } from "./kinds/compose.ts";
import { judgeKinds } from "./kinds/judge.ts";
import { learnedKinds } from "./kinds/learned.ts";
import { likelihoodKinds } from "./kinds/likelihood.ts";
import { precomputedKinds } from "./kinds/precomputed.ts";
import { referenceKinds } from "./kinds/reference.ts";
import { remoteKinds } from "./kinds/remote.ts";
import { verifyKinds } from "./kinds/verify.ts";

const module: Kind = {
  summary: "a reward exported by your own TypeScript or JavaScript module",
  options: (z) =>
    z.strictObject({
      path: z.string().describe("path of the module"),
      export: z.string().default("default").describe("name of the export"),
    }),
  example: { kind: "module", path: "./mine.ts", export: "helpful" },
  build: async (options) => {
    const { fromModule } = await import("./module.ts");
    return fromModule(options["path"] as string, options["export"] as string);
  },
};

/**
 * Every kind that a spec can name, with the code behind it loaded on first use.
 * Users add their own through `rewardFrom(spec, { kinds })`.
 */
export const kinds: Readonly<Record<string, Kind>> = {
  ...verifyKinds,
  ...referenceKinds,
  ...composeKinds,
  ...judgeKinds,
  ...learnedKinds,
  ...likelihoodKinds,
  ...precomputedKinds,
  ...remoteKinds,
  module,
};
