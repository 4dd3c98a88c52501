import { writeFileSync } from "node:fs";
import type { Vote } from "laurel/bench";
import { type BarItem, type BarVotes, barTask, lines, rowsOf } from "../evaluate/real.ts";

/** LLMBar's items as rows of Laurel; where the text is not given (licence), both are empty, so that no length is made up. */
export function barRows(path: string): object[] {
  return rowsOf<BarItem>(path).map((item) => {
    const given = typeof item.output_1 === "string" && typeof item.output_2 === "string";
    return given
      ? barTask(item)
      : { ...barTask(item), prompt: `${item.subset} ${item.index}`, candidates: ["", ""], reference: {} };
  });
}

/** LLMBar's stored verdicts, both orders. */
export function barVotes(votes: readonly BarVotes[]): Vote[] {
  return votes.flatMap(({ subset, judge, strategy, winner, winner_swapped: swapped }) =>
    winner.flatMap((_, i) =>
      ([0, 1] as const).map((first): Vote => {
        const won = (first === 0 ? winner : swapped)[i]!;
        const p = won === null ? null : won - 1 === first ? 1 : 0;
        return { id: `${subset}/${i}`, judge: `${judge} / ${strategy}`, first, second: 1 - first, p, repeat: 0 };
      }),
    ),
  );
}

export function writeRows(path: string, rows: readonly object[]): void {
  writeFileSync(path, lines(rows));
}
