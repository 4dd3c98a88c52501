/** Precision, recall and F1 of what was found against what was wanted. */
export interface Overlap {
  precision: number;
  recall: number;
  f1: number;
}

/**
 * precision = shared / given, recall = shared / wanted, f1 = 2 · shared / (wanted + given); all 1 if nothing is wanted and nothing given.
 *
 * @example overlap(1, 2, 2) // { precision: 0.5, recall: 0.5, f1: 0.5 }
 */
export function overlap(shared: number, wanted: number, given: number): Overlap {
  if (wanted === 0 && given === 0) return { precision: 1, recall: 1, f1: 1 };
  return {
    precision: given === 0 ? 0 : shared / given,
    recall: wanted === 0 ? 0 : shared / wanted,
    f1: (2 * shared) / (wanted + given),
  };
}
