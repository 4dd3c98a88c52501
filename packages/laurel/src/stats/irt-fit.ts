import { UsageError } from "../core/index.ts";
import type { ItemParameters, Responses } from "./irt-model.ts";
import { rightProbability } from "./irt-use.ts";

/** How well answers fit a model, one entry an item or a person; NaN where there is no answer. */
export interface FitStatistics {
  /** Mean squared standardised residual: sensitive to surprises far from one's level. About 1 where the model holds; above: noise, below: too regular. */
  outfit: Float64Array;
  /** The same weighted by information: sensitive to surprises near one's level. */
  infit: Float64Array;
  /** Both as a standard normal under the model (Wilson and Hilferty's cube root). */
  outfitZ: Float64Array;
  infitZ: Float64Array;
  answers: Int32Array;
}

/**
 * Infit and outfit of items and persons under a model of item responses.
 *
 *     z = (x − P) / √W,  W = P (1 − P);   outfit = mean z²;   infit = Σ W z² / Σ W
 *     Z = (fit^⅓ − 1) · 3/q + q/3,  q² = Σ (C/W² − 1) / n² (outfit), Σ (C − W²) / (Σ W)² (infit),  C = W (1 − 3 W)
 *
 * @param model items, of any kind that `fitIrt` has
 * @param responses what was answered: 1, 0 or NaN
 * @param ability one a person; with posterior means (`IrtModel.ability`), which are drawn to the mean, fits come out a little below 1, so
 *   that `Z` is only a rough test there
 * @throws UsageError for sizes that do not match
 * Source: Wright and Masters, Rating Scale Analysis (1982); agrees with R's eRm 1.0-2 `itemfit` and `personfit`.
 * @example const { items } = irtFit(model, responses, model.ability); // items whose outfit is above 1.5 deserve a look
 */
export function irtFit(
  model: ItemParameters,
  responses: Responses,
  ability: Float64Array,
): { items: FitStatistics; persons: FitStatistics } {
  const { persons, items, data } = responses;
  if (data.length !== persons * items || model.slope.length !== items || ability.length !== persons)
    throw new UsageError(
      `${data.length} responses, ${model.slope.length} items and ${ability.length} abilities for ${persons} x ${items}`,
    );
  const [byItem, byPerson] = [new Sums(items), new Sums(persons)];
  for (let p = 0; p < persons; p++)
    for (let j = 0; j < items; j++) {
      const x = data[p * items + j]!;
      if (Number.isNaN(x)) continue;
      const right = rightProbability(model, j, ability[p]!);
      byItem.add(j, x, right);
      byPerson.add(p, x, right);
    }
  return { items: byItem.fit(), persons: byPerson.fit() };
}

/** Sums over the answers of an item or a person. */
class Sums {
  readonly #n: Int32Array;
  readonly #squares: Float64Array;
  readonly #weighted: Float64Array;
  readonly #information: Float64Array;
  readonly #outVariance: Float64Array;
  readonly #inVariance: Float64Array;

  constructor(size: number) {
    this.#n = new Int32Array(size);
    this.#squares = new Float64Array(size);
    this.#weighted = new Float64Array(size);
    this.#information = new Float64Array(size);
    this.#outVariance = new Float64Array(size);
    this.#inVariance = new Float64Array(size);
  }

  add(at: number, x: number, right: number): void {
    // a probability that rounds to 0 or 1 would make a single surprise infinite
    const p = Math.min(1 - 1e-12, Math.max(1e-12, right));
    const w = p * (1 - p);
    const c = w * (1 - 3 * w);
    const residual = (x - p) ** 2;
    this.#n[at]!++;
    this.#squares[at]! += residual / w;
    this.#weighted[at]! += residual;
    this.#information[at]! += w;
    this.#outVariance[at]! += c / w ** 2 - 1;
    this.#inVariance[at]! += c - w ** 2;
  }

  fit(): FitStatistics {
    const outfit = this.#squares.map((sum, at) => sum / this.#n[at]!);
    const infit = this.#weighted.map((sum, at) => sum / this.#information[at]!);
    const z = (fit: number, variance: number): number => {
      const q = Math.sqrt(variance);
      return (Math.cbrt(fit) - 1) * (3 / q) + q / 3;
    };
    return {
      outfit,
      infit,
      outfitZ: outfit.map((fit, at) => z(fit, this.#outVariance[at]! / this.#n[at]! ** 2)),
      infitZ: infit.map((fit, at) => z(fit, this.#inVariance[at]! / this.#information[at]! ** 2)),
      answers: this.#n,
    };
  }
}
