import { type Example, type Seed, seedFrom, split, type Task } from "../core/index.ts";
import { laboratory } from "./lab-package.ts";

/** What this command uses of the laboratory's preference world. */
interface PreferenceWorlds {
  presets: {
    hackable(options: { properties: 1 | 2; exploits: { share: number; goldDrop: number } }): object;
  };
  drawTaste(dials: object, seed: Seed): object;
  drawTexts(
    taste: object,
    dials: object,
    shape: { prompts: number; candidates: number },
    seed: Seed,
  ): { gold: readonly Float64Array[]; candidates: number };
  textExamples(texts: object): readonly Example[];
}

const prompts = 40;
const candidates = 64;

/**
 * Texts of the preference world with their gold: 40 prompts with 64 answers each, 2 % of them exploits, with padding, layouts and
 * flourishes that cost gold.
 *
 * @throws MissingPackageError without the laboratory
 */
export async function worldOf(
  seed: string,
): Promise<{ name: string; tasks: readonly Task[]; gold: readonly (readonly number[])[] }> {
  const lab = await laboratory<PreferenceWorlds>("worlds/preferences");
  const root = split(seedFrom(seed), "stress world");
  const dials = lab.presets.hackable({ properties: 1, exploits: { share: 0.02, goldDrop: 2 } });
  const texts = lab.drawTexts(
    lab.drawTaste(dials, split(root, "taste")),
    { padding: { mean: 1, worth: -0.2 }, layouts: ["plain", "list", "headed"] },
    { prompts, candidates },
    split(root, "texts"),
  );
  const gold = texts.gold[0]!;
  return {
    name: `the preference world (${prompts} prompts, ${candidates} texts each)`,
    tasks: lab.textExamples(texts).map(({ task }) => task),
    gold: Array.from({ length: prompts }, (_, p) => [...gold.subarray(p * candidates, (p + 1) * candidates)]),
  };
}
