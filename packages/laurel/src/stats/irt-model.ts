/** Whether an answer is right: 1 or 0; NaN where the person was not asked the item. */
export interface Responses {
  persons: number;
  items: number;
  /** persons x items row-major. */
  data: Float64Array;
}

/** What items share: a slope each ("2pl"), one for all ("rasch"), or a chance of guessing besides ("3pl"). */
export type IrtKind = "rasch" | "2pl" | "3pl";

/** Items on a scale on which persons' abilities are N(mean, sd²). */
export interface ItemParameters {
  kind: IrtKind;
  /** a_j: how sharply the item tells abilities apart. */
  slope: Float64Array;
  /** d_j = -a_j b_j, so that P(right) = c + (1 - c) σ(a θ + d). */
  intercept: Float64Array;
  /** c_j: the chance of a right answer at no ability; 0 but in "3pl". */
  guess: Float64Array;
  /** The distribution of abilities: N(0, 1) unless items were fixed. */
  latent: { mean: number; sd: number };
}

/** Normal priors by their standard deviations: slope ~ N(1, ·), intercept ~ N(0, ·), logit guess ~ N(logit 0.2, ·). */
export interface IrtPrior {
  slope?: number | undefined;
  intercept?: number | undefined;
  guess?: number | undefined;
}
