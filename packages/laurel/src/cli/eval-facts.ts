import type { Basis, Evaluation } from "../run/index.ts";
import { figure } from "./figures.ts";
import { counted, short, tally } from "./terminal.ts";

const itemNames: Record<Basis, string> = { preferences: "pairs", "best-of-k": "tasks", labels: "candidates" };

/** What an item of a basis is called. */
export function itemName(basis: Basis): string {
  return itemNames[basis];
}

/** How the labels were read and what stands beside the accuracy, one fact a line. */
export function evalFacts(result: Evaluation): string[] {
  const { made, bounds } = result;
  const name = itemName(made.basis);
  const why = made.chosen === "given" ? "as asked for" : "which most rows have labels for";
  return [
    `by ${made.basis}, ${why}: ${counted(made.items.length, name)} from ${counted(made.rows, "rows")}`,
    made.threshold === undefined
      ? ""
      : `right from ${short(made.threshold.value)} on (${made.threshold.why}; --threshold sets it)`,
    made.unlabelled > 0 ? `${counted(made.unlabelled, "rows")} without such a label left out` : "",
    made.ties > 0 ? `${counted(made.ties, "pairs")} called equal by the raters left out` : "",
    result.tied > 0 ? tiesText(result) : "",
    result.unscoredItems > 0
      ? `${counted(result.unscoredItems, name)} unscored: the accuracy is ${figure(bounds.allWrong)} if all of them were wrong, ${figure(bounds.allRight)} if right`
      : "",
    result.chance === undefined
      ? ""
      : `an arbitrary choice gets ${figure(result.chance)}, the best possible ${figure(result.ceiling)}`,
    result.auc === undefined ? "" : `a right candidate has the higher value of two: ${figure(result.auc)} (AUC)`,
    result.margin === undefined
      ? ""
      : `mean margin of the right side ${figure(result.margin)} on the reward's own scale`,
    [tally("faults", result.faults), tally("without a score", result.unscored)]
      .filter((part) => part !== "")
      .join("; ") || "no faults, nothing unscored",
  ].filter((line) => line !== "");
}

/** Calibration in a line. */
export function calibrationLine({ calibration, uncalibrated }: Evaluation): string {
  if (calibration === undefined) return `no calibration: ${uncalibrated}`;
  const slope =
    calibration.slope === undefined
      ? ""
      : `; temperature ${short(1 / calibration.slope.value)} (1 / ${figure(calibration.slope, 4)})`;
  const ties = calibration.leftOut > 0 ? `; ${counted(calibration.leftOut, "ties")} without a side` : "";
  return `ECE ${figure(calibration.ece)}, Brier ${figure(calibration.brier)} of ${calibration.forecast}${slope}${ties}`;
}

function tiesText({ tied, made }: Evaluation): string {
  const name = itemName(made.basis);
  if (made.basis === "preferences") return `${counted(tied, name)} with equal values: half right`;
  if (made.basis === "labels") return `${counted(tied, name)} at the threshold: half right`;
  return `${counted(tied, name)} with a right and a wrong one tied at the top: right by the share of right ones among the tied`;
}
