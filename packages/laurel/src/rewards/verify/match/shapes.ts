import type { Json } from "../../../core/types.ts";
import { assign } from "../assignment.ts";
import { isJsonObject } from "../tools/json-equal.ts";
import { plainText } from "./equal.ts";
import { type Overlap, overlap } from "./overlap.ts";

/** A box [x1, y1, x2, y2] or a point [x, y], with a label if it has one. */
export interface Shape {
  at: readonly number[];
  label?: string | undefined;
}

const KEYS = ["bbox_2d", "bbox", "box", "point_2d", "point"];

function shapeOf(value: Json): Shape | undefined {
  if (Array.isArray(value)) {
    const at = value as readonly Json[];
    const numbers = at.every((one) => typeof one === "number" && Number.isFinite(one));
    return numbers && (at.length === 2 || at.length === 4) ? { at: at as readonly number[] } : undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const key = KEYS.find((one) => value[one] !== undefined);
  const inner = key === undefined ? [value["x"], value["y"]] : value[key];
  const shape = Array.isArray(inner) ? shapeOf(inner as Json) : undefined;
  if (shape === undefined) return undefined;
  const label = value["label"] ?? value["name"];
  return typeof label === "string" ? { ...shape, label: plainText(label) } : shape;
}

/**
 * The boxes or points of a JSON value: one or a list; `[x1, y1, x2, y2]`, `[x, y]`, `{ x, y }`, or an object with `bbox_2d`, `bbox`, `box`,
 * `point_2d` or `point` and perhaps a `label`. Undefined if anything else is in it.
 *
 * @param form "xywh" turns boxes of corner and size into corners
 */
export function shapesOf(value: Json, form: "xyxy" | "xywh" = "xyxy"): Shape[] | undefined {
  const one = shapeOf(value);
  const shapes =
    one !== undefined ? [one] : Array.isArray(value) ? value.map((item: Json) => shapeOf(item)) : undefined;
  if (shapes === undefined) return undefined;
  const whole: Shape[] = [];
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    const [x, y, w, h] = shape.at as [number, number, number, number];
    whole.push(form === "xywh" && shape.at.length === 4 ? { ...shape, at: [x, y, x + w, y + h] } : shape);
  }
  return whole;
}

const TUPLE = /[[(<]\s*-?\d+(?:\.\d+)?(?:\s*,\s*-?\d+(?:\.\d+)?){1,3}\s*[\])>]/g;

/** The bracketed tuples of 2 or 4 numbers in a text, as boxes or points. */
export function shapesInText(text: string): Json {
  const tuples = (text.match(TUPLE) ?? []).map((one) => one.slice(1, -1).split(",").map(Number));
  return tuples.filter(({ length }) => length === 2 || length === 4);
}

/**
 * Intersection over union of two boxes [x1, y1, x2, y2]; 0 if either has no area.
 *
 * @example iou([0, 0, 2, 2], [1, 0, 3, 2]) // 1/3
 */
export function iou(a: readonly number[], b: readonly number[]): number {
  const area = (box: readonly number[]): number => Math.max(0, box[2]! - box[0]!) * Math.max(0, box[3]! - box[1]!);
  const width = Math.min(a[2]!, b[2]!) - Math.max(a[0]!, b[0]!);
  const height = Math.min(a[3]!, b[3]!) - Math.max(a[1]!, b[1]!);
  const shared = Math.max(0, width) * Math.max(0, height);
  const union = area(a) + area(b) - shared;
  return area(a) > 0 && area(b) > 0 ? shared / union : 0;
}

/** How near a point is to what is wanted, in [0, 1]; 0 is no match. Within a wanted box it is 1. */
function nearness(wanted: readonly number[], given: readonly number[], tolerance: number): number {
  const [x, y] = given as [number, number];
  if (wanted.length === 4) return x >= wanted[0]! && x <= wanted[2]! && y >= wanted[1]! && y <= wanted[3]! ? 1 : 0;
  const distance = Math.hypot(x - wanted[0]!, y - wanted[1]!);
  return distance <= tolerance ? 1 / (1 + distance) : 0;
}

/** Matches of shapes: overlap by count, and the mean likeness (IoU, for boxes) over the wanted ones. */
export interface ShapeMatch extends Overlap {
  likeness: number;
}

/**
 * Pairs wanted with given shapes: as many as possible, among those with the greatest likeness in sum (Hungarian method).
 *
 * Two boxes may pair if IoU ≥ `threshold`; a point pairs with a wanted point within `tolerance`, or with a wanted box that it lies in. Where
 * the wanted shape has a label, the given one must have the same.
 *
 * @returns overlap of the pairs, and likeness = Σ IoU of the pairs / max(wanted, given)
 */
export function matchShapes(
  wanted: readonly Shape[],
  given: readonly Shape[],
  { threshold = 0.5, tolerance = 0 }: { threshold?: number | undefined; tolerance?: number | undefined } = {},
): ShapeMatch {
  const n = wanted.length;
  const m = given.length;
  const base = Math.min(n, m) + 1; // one more pair outweighs any gain in likeness
  const weights = new Float64Array(n * m);
  for (const [i, want] of wanted.entries()) {
    for (const [j, one] of given.entries()) {
      if (want.label !== undefined && want.label !== one.label) continue;
      let like = 0;
      if (one.at.length === 2) like = nearness(want.at, one.at, tolerance);
      else if (want.at.length === 4) {
        const shared = iou(want.at, one.at);
        like = shared >= threshold ? shared : 0;
      }
      if (like > 0) weights[i * m + j] = base + like;
    }
  }
  const { columns } = assign(weights, n, m);
  let pairs = 0;
  let sum = 0;
  for (const [i, column] of columns.entries()) {
    if (column < 0) continue;
    pairs++;
    sum += weights[i * m + column]! - base;
  }
  const most = Math.max(n, m);
  return { ...overlap(pairs, n, m), likeness: most === 0 ? 1 : sum / most };
}
