import type { Estimate } from "../core/types.ts";
import { tQuantile } from "./distributions.ts";

/**
 * The mean of a stream of clusters with its cluster-robust interval, in constant memory.
 *
 * With S_g and n_g the sum and size of cluster g of G, N = Σ n_g and x̄ = Σ S_g / N, Student's t on G − 1 degrees of freedom
 * and the standard error √(G/(G−1) · Σ_g (S_g − n_g x̄)²) / N, the square sum from Σ S_g², Σ S_g n_g and Σ n_g² of values
 * that are shifted by the first one. The same as `clusteredMean` of the whole.
 *
 * @example const mean = new RunningMean(); mean.add([1, 0]); mean.add([1, 1]); mean.estimate(); // value 0.75
 */
export class RunningMean {
  #shift: number | undefined;
  #clusters = 0;
  #n = 0;
  #sum = 0;
  #sumSquares = 0;
  #cross = 0;
  #sizes = 0;
  #unscored = 0;

  /** Observations so far. */
  get n(): number {
    return this.#n;
  }

  /** Adds one cluster's values, which are not seen again; an empty cluster counts for nothing. */
  add(values: readonly number[], unscored = 0): void {
    this.#unscored += unscored;
    if (values.length === 0) return;
    this.#shift ??= values[0]!;
    let sum = 0;
    for (const value of values) sum += value - this.#shift;
    this.#clusters++;
    this.#n += values.length;
    this.#sum += sum;
    this.#sumSquares += sum * sum;
    this.#cross += sum * values.length;
    this.#sizes += values.length * values.length;
  }

  /** The estimate so far, or undefined with fewer than two clusters. */
  estimate(level = 0.95): Estimate | undefined {
    const clusters = this.#clusters;
    if (clusters < 2) return undefined;
    const centred = this.#sum / this.#n;
    const square = Math.max(0, this.#sumSquares - 2 * centred * this.#cross + centred * centred * this.#sizes);
    const error = Math.sqrt((clusters / (clusters - 1)) * square) / this.#n;
    const half = error === 0 ? 0 : tQuantile((1 + level) / 2, clusters - 1) * error;
    const value = centred + this.#shift!;
    return {
      value,
      low: value - half,
      high: value + half,
      level,
      n: this.#n,
      clusters,
      unscored: this.#unscored,
      method: "clustered t",
    };
  }
}
