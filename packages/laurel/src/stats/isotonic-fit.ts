import { checkPaired, type Numbers } from "./sample.ts";

/**
 * Isotonic regression: the increasing step line that is closest to y in squares, by pooling adjacent violators.
 *
 * @param x n finite values; equal ones are pooled first
 * @param y n finite values
 * @returns the ends of each level stretch, x strictly increasing and y not decreasing, as `isotonic` of compose takes them
 * @throws NotEnoughDataError for no rows; UsageError for unequal lengths or NaN
 *
 * Source: Ayer and others (1955); levels agree with scikit-learn 1.9 `IsotonicRegression`.
 *
 * @example isotonicFit([1, 2, 3], [0, 1, 0.5]) // { x: [1, 2, 3], y: [0, 0.75, 0.75] }
 */
export function isotonicFit(x: Numbers, y: Numbers): { x: number[]; y: number[] } {
  checkPaired(x, y, 1);
  const order = Int32Array.from(x, (_, i) => i).sort((a, b) => x[a]! - x[b]!);
  const blocks: { from: number; to: number; sum: number; n: number }[] = [];
  for (const i of order) {
    const last = blocks.at(-1);
    if (last !== undefined && last.to === x[i]) {
      last.sum += y[i]!;
      last.n++;
    } else blocks.push({ from: x[i]!, to: x[i]!, sum: y[i]!, n: 1 });
  }
  const pooled: typeof blocks = [];
  for (const block of blocks) {
    let now = block;
    for (;;) {
      const before = pooled.at(-1);
      if (before === undefined || before.sum / before.n < now.sum / now.n) break;
      pooled.pop();
      now = { from: before.from, to: now.to, sum: before.sum + now.sum, n: before.n + now.n };
    }
    pooled.push(now);
  }
  const line = { x: [] as number[], y: [] as number[] };
  for (const { from, to, sum, n } of pooled)
    for (const end of from === to ? [from] : [from, to]) {
      line.x.push(end);
      line.y.push(sum / n);
    }
  return line;
}
