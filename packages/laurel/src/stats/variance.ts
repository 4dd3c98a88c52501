import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import type { Estimate } from "../core/types.ts";
import { tQuantile } from "./distributions.ts";
import { alphaOf, checkSample, meanOf, type Numbers, varianceOf } from "./sample.ts";

/** Where the variance of a judge's scores comes from. */
export interface VarianceComponents {
  mean: number;
  items: number;
  orders: number;
  repeats: number;
  /** Variance between items: what a benchmark wants to see. */
  item: Estimate;
  /** Variance between presentation orders of one item; undefined with a single order. Takes in the repeats' where there is one repeat. */
  order: Estimate | undefined;
  /** Variance between repeats of one item in one order; undefined with a single repeat. */
  repeat: Estimate | undefined;
  /** The mean of each order over items: a systematic preference for a position shows here. */
  orderMeans: Float64Array;
}

/** One item's part of the three mean squares. */
interface ItemParts {
  mean: number;
  order: number;
  repeat: number;
}

/**
 * The variance of scores split into item, order and repeat, without bias.
 *
 * Nested analysis of variance with I items, O orders, R repeats: repeat = MS_r, order = (MS_o - MS_r) / R,
 * item = (MS_i - MS_o) / (O R); with a single order or repeat that level drops out. A component is unbiased, so it can come out
 * below 0 where it is near 0: that is kept, since cutting it off would bias averages.
 *
 * @param scores items × orders × repeats, every item with the same orders and repeats; at least 3 items, and 2 orders or 2 repeats
 * @param options `level`, default 0.95
 * @returns the components with jackknife intervals over items (t with I - 1 degrees of freedom)
 * @throws NotEnoughDataError for fewer than 3 items or no second order or repeat, UsageError for uneven lists
 * Source: Searle, Casella and McCulloch (1992), chapter 3; jackknife: Efron and Tibshirani (1993), chapter 11.
 * @example varianceComponents([[[7, 8], [5, 5]], [[3, 2], [2, 1]], [[9, 9], [8, 9]]]) // 3 items, 2 orders, 2 repeats
 */
export function varianceComponents(
  scores: readonly (readonly Numbers[])[],
  options: { level?: number | undefined } = {},
): VarianceComponents {
  const level = options.level ?? 0.95;
  const alpha = alphaOf(level);
  const items = scores.length;
  if (items < 3) throw new NotEnoughDataError(`variance components need at least 3 items, got ${items}`, 3);
  const orders = scores[0]!.length;
  const repeats = scores[0]![0]?.length ?? 0;
  for (const [i, item] of scores.entries()) {
    if (item.length !== orders || item.some((one) => one.length !== repeats))
      throw new UsageError(`item ${i} does not have ${orders} orders of ${repeats} repeats as item 0 has`);
    for (const one of item) checkSample(one, 1, `item ${i}`);
  }
  if (orders * repeats < 2)
    throw new NotEnoughDataError("variance components need at least 2 orders or 2 repeats an item", 2);
  const parts = scores.map((item): ItemParts => {
    const means = Float64Array.from(item, meanOf);
    return {
      mean: meanOf(means),
      order: orders > 1 ? repeats * varianceOf(means) : 0,
      repeat: repeats > 1 ? meanOf(item.map((one) => varianceOf(one))) : 0,
    };
  });
  const whole = componentsOf(parts, orders, repeats);
  const without = leaveOneOut(parts, orders, repeats);
  const estimate = (name: "item" | "order" | "repeat"): Estimate => {
    const value = whole[name];
    const base = { value, level, n: items * orders * repeats, clusters: items, unscored: 0 };
    const spread = Float64Array.from(without, (one) => one[name]);
    // Σ (θ_i - θ̄)² (I - 1) / I
    const error = Math.sqrt(varianceOf(spread, 0) * (items - 1));
    const half = error === 0 ? 0 : tQuantile(1 - alpha / 2, items - 1) * error;
    return { ...base, low: value - half, high: value + half, method: "analysis of variance, jackknife over items" };
  };
  return {
    mean: meanOf(parts.map((part) => part.mean)),
    items,
    orders,
    repeats,
    item: estimate("item"),
    order: orders > 1 ? estimate("order") : undefined,
    repeat: repeats > 1 ? estimate("repeat") : undefined,
    orderMeans: Float64Array.from({ length: orders }, (_, o) => meanOf(scores.map((item) => meanOf(item[o]!)))),
  };
}

/**
 * The standard error of a mean that another design would have.
 *
 * √(item / I + order / (I O) + repeat / (I O R)), components below 0 counted as 0
 *
 * @param components from `varianceComponents`
 * @param design numbers of items, orders and repeats to plan for, each at least 1
 */
export function plannedStandardError(
  components: Pick<VarianceComponents, "item" | "order" | "repeat">,
  design: { items: number; orders: number; repeats: number },
): number {
  const { items, orders, repeats } = design;
  if (!(items >= 1 && orders >= 1 && repeats >= 1))
    throw new UsageError("a design needs at least 1 item, order and repeat");
  const part = (estimate: Estimate | undefined): number => Math.max(0, estimate?.value ?? 0);
  return Math.sqrt(
    part(components.item) / items +
      part(components.order) / (items * orders) +
      part(components.repeat) / (items * orders * repeats),
  );
}

function componentsOf(parts: readonly ItemParts[], orders: number, repeats: number) {
  return split(
    {
      item: orders * repeats * varianceOf(parts.map((part) => part.mean)),
      order: meanOf(parts.map((part) => part.order)),
      repeat: meanOf(parts.map((part) => part.repeat)),
    },
    orders,
    repeats,
  );
}

/** Components from mean squares. */
function split(square: { item: number; order: number; repeat: number }, orders: number, repeats: number) {
  const below = orders > 1 ? square.order : square.repeat;
  return {
    item: (square.item - below) / (orders * repeats),
    order: repeats > 1 ? (square.order - square.repeat) / repeats : square.order,
    repeat: square.repeat,
  };
}

/** The components without each item, in time linear in the items. */
function leaveOneOut(parts: readonly ItemParts[], orders: number, repeats: number) {
  const n = parts.length;
  const mean = meanOf(parts.map((part) => part.mean));
  let [squares, order, repeat] = [0, 0, 0];
  for (const part of parts) {
    squares += (part.mean - mean) ** 2;
    order += part.order;
    repeat += part.repeat;
  }
  return parts.map((part) => {
    // taking out one value lowers the sum of squares by (x - x̄)² n / (n - 1)
    const left = Math.max(0, squares - ((part.mean - mean) ** 2 * n) / (n - 1));
    return split(
      {
        item: (orders * repeats * left) / (n - 2),
        order: (order - part.order) / (n - 1),
        repeat: (repeat - part.repeat) / (n - 1),
      },
      orders,
      repeats,
    );
  });
}
