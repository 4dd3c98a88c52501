import { describe, expect, it } from "vitest";
import { by } from "../../../../test/fixtures/answers.ts";
import { directContext, task, unscored } from "../core/index.ts";
import { ensemble } from "./ensemble.ts";
import { standardisation } from "./standardisation.ts";

describe("standardisation", () => {
  const wide = { range: [0, 1e9] as const };
  const samples = [task("q", ["a", "b"]), task("r", ["c", "a"])];

  it("takes mean and sd over the samples, and lets members of any scale count alike", async () => {
    const small = by("small", { a: 1, b: 2, c: 3 }, wide);
    const large = by("large", { a: 3e8 + 200, b: 3e8 + 100, c: 3e8 }, wide);
    const members = { small, large };
    const made = await standardisation(members, samples, directContext());
    // small: 1, 2, 3, 1: mean 7/4, squares 9/16 + 1/16 + 25/16 + 9/16 = 44/16
    expect(made["small"]).toMatchObject({ mean: 1.75, n: 4 });
    expect(made["small"]!.sd).toBeCloseTo(Math.sqrt(11 / 16), 12);
    expect(made["large"]!.sd).toBeCloseTo(100 * Math.sqrt(11 / 16), 5);
    const reward = ensemble(members, { standardise: made });
    const [[a, c]] = (await reward.score([task("q", ["a", "c"])], directContext())) as unknown as [
      [{ value: number }, { value: number }],
    ];
    // large is small turned round
    expect(a.value).toBeCloseTo(0, 5);
    expect(c.value).toBeCloseTo(0, 5);
  });

  it("leaves out what is unscored, and names a member that it cannot standardise", async () => {
    const some = by("some", { a: 1, b: unscored("rate-limit", "later"), c: 3 }, wide);
    expect((await standardisation({ some }, samples, directContext()))["some"]).toMatchObject({ n: 3 });
    const flat = by("flat", { a: 2, b: 2, c: 2 }, wide);
    await expect(standardisation({ some, flat }, samples, directContext())).rejects.toThrow(/flat do not vary/);
    const none = by("none", {});
    await expect(standardisation({ none }, [], directContext())).rejects.toThrow(/none scored 0 samples/);
  });
});
