import { describe, expect, it } from "vitest";
import { bradleyTerry } from "./losses/pair.ts";
import { objectives } from "./objectives.ts";
import { takeSettings } from "./settings.ts";

describe("the objective bradley-terry", () => {
  const { loss, settings } = objectives["bradley-terry"]!;
  const chosen = Float64Array.of(1, 0.5);
  const rejected = Float64Array.of(0, -1);
  const labels = { tie: Uint8Array.of(0, 1) };
  const by = (given: Record<string, unknown>) => {
    if (loss.of !== "pairs") throw new Error("it is a loss of pairs");
    return loss.make(takeSettings(given, [settings])[0]!, labels)(chosen, rejected, labels);
  };

  it("has Crome's tie term by default, and MM-RLHF's where told", () => {
    expect(by({})).toEqual(bradleyTerry()(chosen, rejected, labels));
    expect(by({ tie: "0.1", tieForm: "squared" })).toEqual(
      bradleyTerry({ tie: { weight: 0.1, form: "squared" } })(chosen, rejected, labels),
    );
    // the tie's gap is 1.5: 0.1 · 2.25 more than without, over two pairs
    expect(by({ tie: "0.1", tieForm: "squared" }).loss - by({ tie: "0" }).loss).toBeCloseTo(0.1125, 12);
    expect(() => by({ tieForm: "cubed" })).toThrow(/tieForm/);
  });
});
