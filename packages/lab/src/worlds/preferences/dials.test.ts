import type { JsonObject } from "laurel";
import { describe, expect, it } from "vitest";
import { readResult } from "../../lab/index.ts";
import { rliableScores } from "../score-matrix.ts";
import { type PaperWorld, paperWorlds } from "./dials.ts";

/** The settings of the claim of record that runs in the paper's whole world. */
function recorded(slug: string): JsonObject {
  const claims = readResult(slug)!.claims.map(({ settings }) => settings);
  return claims.find((one) => one["prompts"] !== undefined || one["tasks"] !== undefined)!;
}

describe("a paper's world", () => {
  it.each(Object.entries<PaperWorld>(paperWorlds))("of %s has the settings of its run of record", (slug, world) => {
    const settings = recorded(slug);
    const { utility, exploits, curvature } = world.dials;
    const own: JsonObject = {
      prompts: world.prompts,
      candidates: world.candidates,
      dim: world.dials.dim,
      scale: "sd" in utility ? utility.sd : undefined,
      utilitySd: "sd" in utility ? utility.sd : undefined,
      goldNorm: "norm" in utility ? utility.norm : undefined,
      rewardNorm: "norm" in utility ? utility.norm : undefined,
      amplitude: curvature?.amplitude,
      share: exploits?.share,
      goldDrop: exploits?.goldDrop,
    };
    const shared = Object.keys(own).filter((name) => settings[name] !== undefined);
    expect(shared).toEqual(expect.arrayContaining(["prompts", "candidates"]));
    for (const name of shared) expect([name, own[name]]).toEqual([name, settings[name]]);
  });

  it("of rliable has the settings of its run of record", () => {
    const { tasks, taskSpread, noise, lucky } = recorded("rliable");
    expect(rliableScores).toEqual({ tasks, taskSpread, noise, lucky });
  });
});
