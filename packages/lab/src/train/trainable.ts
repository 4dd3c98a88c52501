import type { Seed } from "laurel";

/**
 * Something that `fit` can move: flat parameters, and a loss on rows of its own data with the gradient by the parameters.
 *
 * The data belong to the model (typed arrays that it closes over); `fit` only says which rows, so that one loop trains heads, networks and
 * tabular models alike.
 */
export interface TrainableReward {
  /** How many parameters there are. */
  parameters: number;
  /** The parameters before the first step. */
  start(seed: Seed): Float64Array;
  /**
   * The mean loss of the rows.
   *
   * @param batch indices of rows, in the order of the step
   * @param gradient where given, ∂loss/∂θ is added to it
   */
  loss(theta: Float64Array, batch: Int32Array, gradient?: Float64Array): number;
}
