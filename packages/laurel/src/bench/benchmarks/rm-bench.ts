import { UsageError } from "../../core/index.ts";
import type { Answered, Benchmark, Figure } from "../benchmark.ts";
import { each, rightAndWrong, textAt, textsAt } from "../read.ts";
import { preference, sides } from "../rules.ts";

const styles = 3;

/**
 * RM-Bench's three by three: is the right answer in style i above the wrong one in style j?
 *
 * @returns row-major, styles concise, detailed, detailed with markdown; null where a value is missing
 */
export function styleMatrix(item: Answered): (number | null)[] {
  const { right, wrong } = sides(item);
  if (right.length !== styles || wrong.length !== styles)
    throw new UsageError(
      `item '${item.id}' has ${right.length} right and ${wrong.length} wrong answers, not three of each`,
    );
  return right.flatMap((r) =>
    wrong.map((w) => {
      const p = preference(item, r, w);
      // the official comparison is strict
      return p === null ? null : p > 0.5 ? 1 : 0;
    }),
  );
}

/** The mean of some of an item's cells; null where one of them is missing. */
function meanOf(item: Answered, of: (right: number, wrong: number) => boolean): number | null {
  const taken = styleMatrix(item).filter((_, k) => of(Math.floor(k / styles), k % styles));
  return taken.includes(null) ? null : taken.reduce<number>((sum, one) => sum + one!, 0) / taken.length;
}

function cells(name: string, about: string, of: (right: number, wrong: number) => boolean): Figure {
  return { name, about, of: (item) => meanOf(item, of) };
}

/** RM-Bench. */
export const rmBench: Benchmark = {
  id: "rm-bench",
  title: "RM-Bench",
  about: "right and wrong answers in three styles each: does style outweigh substance?",
  tier: "schema only",
  tierWhy: "no row could be had here",
  data: {
    hub: "THU-KEG/RM-Bench",
    split: "train",
    licence: "ODC-BY",
    columns: "id, prompt, chosen[3], rejected[3] (concise, detailed, detailed with markdown), domain",
  },
  asks: "scores",
  chance: { value: 0.5, why: "nine pairs an item; a constant reward gets 0, because a tie loses" },
  pitfalls: [
    "Hard pairs have a wrong answer in the richer style, easy pairs a right one: a reward that likes long answers has easy far above hard.",
    "Nine pairs of one prompt are not nine independent ones; intervals here are by prompt.",
    "The published average is the mean of the domains' averages.",
  ],
  published: [],
  by: "domain",
  rightFirst: true,
  rule: {
    text: "a three by three matrix an item, strictly above; hard: the wrong answer's style is the richer one, normal: the same style, easy: the right one's is richer",
    source: "RM-Bench (2024), scripts/utils.py",
    credit: (item) => meanOf(item, () => true),
    unscored: "drop",
    figures: [
      { name: "score", about: "mean of the domains' means over all nine cells", sections: { key: "domain" } },
      cells("hard", "cells above the diagonal: the wrong answer has the richer style", (right, wrong) => wrong > right),
      cells("normal", "the diagonal: equal styles", (right, wrong) => wrong === right),
      cells("easy", "cells below the diagonal: the right answer has the richer style", (right, wrong) => wrong < right),
    ],
  },
  read: each((row, place) =>
    rightAndWrong(row, place, {
      id: row["id"],
      right: textsAt(row, "chosen", place, styles),
      wrong: textsAt(row, "rejected", place, styles),
      subsets: { domain: domainOf(textAt(row, "domain", place)) },
      used: ["id", "prompt", "chosen", "rejected", "domain"],
    }),
  ),
};

/** Safety has two files of rows; the domain is one. */
function domainOf(domain: string): string {
  return domain.startsWith("safety") ? "safety" : domain;
}
