import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UsageError } from "../core/index.ts";
import { fitIrt } from "./irt.ts";
import { irtFit } from "./irt-fit.ts";
import type { ItemParameters, Responses } from "./irt-model.ts";

type Figures = Record<"outfit" | "infit" | "outfitZ" | "infitZ", number[]>;
const erm = JSON.parse(readFileSync(new URL("../../../../test/expected/irt/erm.json", import.meta.url), "utf8")) as {
  persons: number;
  items: number;
  data: string[];
  easiness: number[];
  theta: number[];
  item: Figures;
  person: Figures;
};
const responses: Responses = {
  persons: erm.persons,
  items: erm.items,
  data: Float64Array.from(erm.data.join(""), Number),
};
const model: ItemParameters = {
  kind: "rasch",
  slope: new Float64Array(erm.items).fill(1),
  intercept: Float64Array.from(erm.easiness),
  guess: new Float64Array(erm.items),
  latent: { mean: 0, sd: 1 },
};
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

describe("irtFit", () => {
  it("gives eRm's infit, outfit and their Z for items and persons, at eRm's own parameters, to 1e-6", () => {
    const fit = irtFit(model, responses, Float64Array.from(erm.theta));
    for (const [ours, theirs] of [
      [fit.items, erm.item],
      [fit.persons, erm.person],
    ] as const)
      for (const name of ["outfit", "infit", "outfitZ", "infitZ"] as const)
        expect(furthest(ours[name], theirs[name]), name).toBeLessThan(1e-6);
  });

  it("shows the item that is answered at random and the one that is too sharp, from our own fit", () => {
    const own = fitIrt(responses, { kind: "rasch" });
    const { items } = irtFit(own, responses, own.ability);
    expect(items.outfit.indexOf(Math.max(...items.outfit))).toBe(4);
    expect(items.infit.indexOf(Math.min(...items.infit))).toBe(8);
    expect(items.infitZ[4]).toBeGreaterThan(2);
  });

  it("leaves out what was not asked, and refuses sizes that do not match", () => {
    const data = responses.data.map((x, at) => (at % erm.items === 0 ? Number.NaN : x));
    const fit = irtFit(model, { ...responses, data }, Float64Array.from(erm.theta));
    expect(fit.items.outfit[0]).toBeNaN();
    expect(fit.items.answers[0]).toBe(0);
    expect(fit.persons.answers[0]).toBe(erm.items - 1);
    expect(() => irtFit(model, responses, new Float64Array(3))).toThrow(UsageError);
  });
});

describe("fitIrt beside eRm", () => {
  it("has the Rasch difficulties of conditional maximum likelihood within 0.1, up to the slope that it gives the scale", () => {
    const own = fitIrt(responses, { kind: "rasch" });
    const centred = (x: ArrayLike<number>): number[] => {
      const mean = Array.from(x).reduce((a, b) => a + b, 0) / x.length;
      return Array.from(x, (one) => one - mean);
    };
    // conditional and marginal estimates differ by about a tenth of a standard error (0.14 here); persons without a right or wrong answer are left out
    expect(furthest(centred(own.intercept), centred(erm.easiness))).toBeLessThan(0.1);
  });
});
