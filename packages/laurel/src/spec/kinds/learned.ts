import type { Kind } from "../kind.ts";

const learned: Kind = {
  summary: "a reward model that laurel train made: a folder with config.json and model.safetensors",
  options: (z) => z.strictObject({ path: z.string().describe("the folder") }),
  example: { kind: "learned", path: "./rm" },
  build: async (options) =>
    (await import("../../rewards/learned/learned.ts")).learned({ path: options["path"] as string }),
};

/** The kind of `rewards/learned`. */
export const learnedKinds: Readonly<Record<string, Kind>> = { learned };
