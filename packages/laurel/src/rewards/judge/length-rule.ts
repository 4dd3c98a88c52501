import { UsageError } from "../../core/index.ts";
import type { Grade } from "./verdict.ts";

/**
 * WildBench's length rule: a slight win of the side whose text is longer than the other's by more than k characters is a tie.
 * Strong wins stay. Applying it twice changes nothing, and swapping the sides swaps the grade.
 *
 * @param lengthA length of A's text in code points (`charactersOf`)
 * @param k margin in characters; −1 turns the rule off. The paper's default is 500.
 * @throws UsageError on a k below −1
 * @source WildBench (2024), WB-Reward
 */
export function lengthTie(grade: Grade, lengthA: number, lengthB: number, k: number): Grade {
  if (!(k >= -1)) throw new UsageError(`the length rule's margin must be at least −1, not ${k}`);
  if (k === -1) return grade;
  if (grade === "A+" && lengthA - lengthB > k) return "A=B";
  if (grade === "B+" && lengthB - lengthA > k) return "A=B";
  return grade;
}

/** Length in code points, as Python counts it. */
export function charactersOf(text: string): number {
  let count = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    const unit = text.charCodeAt(i);
    const next = text.charCodeAt(i + 1);
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
      count--;
      i++;
    }
  }
  return count;
}

/** P(A is better) of a grade: 1, ¾, ½, ¼, 0. */
export const gradeProbability: Readonly<Record<Grade, number>> = {
  "A++": 1,
  "A+": 0.75,
  "A=B": 0.5,
  "B+": 0.25,
  "B++": 0,
};

/** WB-Reward of a grade for A: 1, ½, 0, −½, −1. */
export const gradeReward: Readonly<Record<Grade, number>> = { "A++": 1, "A+": 0.5, "A=B": 0, "B+": -0.5, "B++": -1 };
