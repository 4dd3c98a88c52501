import type { Comparison, Conclusion, Dispute, ScoreSource, SubsetDifference } from "../run/index.ts";
import { itemName } from "./eval-facts.ts";
import { basisText, figure, pText } from "./figures.ts";
import { shown } from "./paths.ts";
import { counted, plain, short, table, whole } from "./terminal.ts";

const words: Record<Conclusion, (margin: number | undefined) => string> = {
  better: () => "A is better than B",
  worse: (margin) => (margin === undefined ? "A is worse than B" : `A is worse than B by more than ${margin}`),
  "no difference shown": () => "no difference is shown",
  "no worse": (margin) => `A is no worse than B by more than ${margin}`,
  undecided: (margin) => `undecided whether A is worse than B by more than ${margin}: not enough data`,
};

/** The p-values of a difference in words. */
function testsText({ p, discordant }: Comparison): string {
  return [
    `p ${pText(p.signFlip)} (sign flips by prompt)`,
    p.t === undefined ? "no t test, as the differences do not vary" : `${pText(p.t)} (paired t)`,
    p.mcnemar === undefined
      ? ""
      : `${pText(p.mcnemar)} (McNemar: only A right ${whole(discordant!.onlyFirst)}, only B ${whole(discordant!.onlySecond)})`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function plansText({ detectable, needed, difference }: Comparison): string {
  if (detectable === undefined) return "the differences do not vary, so that no power can be worked out";
  const found = `${whole(difference.clusters ?? difference.n)} prompts find a difference of ${short(detectable, 4)} with 80 % power`;
  if (needed === undefined) return found;
  const span =
    needed.high === null
      ? `at least ${whole(needed.low)}, as its interval holds 0`
      : `${whole(needed.low)} to ${whole(needed.high)} over its interval`;
  return `${found}; the observed difference needs ${whole(needed.value)} (${span})`;
}

/** What an item of a comparison is called. */
export function comparedName({ basis }: Comparison): string {
  return basis === undefined ? "tasks" : itemName(basis.basis);
}

/** The conclusion with its figure, and what stands beside it, one fact a line. */
export function compareFacts(result: Comparison, a: ScoreSource, b: ScoreSource): string[] {
  const { basis, difference, unscored, bounds } = result;
  const name = comparedName(result);
  const missing = unscored.a + unscored.b + unscored.both;
  const lines = [
    `${words[result.conclusion](result.margin)}: A - B = ${figure(difference, 4)} (${basisText(difference, name)}; ${difference.method})`,
    `A ${figure(result.a)}  ${plain(a.name, 100)}`,
    `B ${figure(result.b)}  ${plain(b.name, 100)}`,
    testsText(result),
    plansText(result),
  ];
  if (basis !== undefined)
    lines.push(
      `accuracy by ${basis.basis}, ${basis.chosen === "given" ? "as asked for" : "which most rows have labels for"}; ties half`,
    );
  if (missing > 0)
    lines.push(
      `${counted(missing, name)} left out as unscored (A only ${whole(unscored.a)}, B only ${whole(unscored.b)}, both ${whole(unscored.both)})${bounds === undefined ? "" : `: A - B is ${figure(bounds.againstA, 4)} if they all spoke against A, ${figure(bounds.forA, 4)} if for it`}`,
    );
  return lines;
}

/** What both sides got on a disputed item, in a line. */
export function disputeText({ which, a, b, margins }: Dispute): string {
  const beside =
    margins === undefined ? "" : ` (margins of the right side ${short(margins.a)} and ${short(margins.b)})`;
  return `${which === "" ? "" : `${which}: `}A ${short(a)}, B ${short(b)}${beside}`;
}

/** A comparison for people. */
export function compareText(result: Comparison, a: ScoreSource, b: ScoreSource, report: string | undefined): string[] {
  const [head, ...facts] = compareFacts(result, a, b);
  const lines = [head!, ...facts.map((line) => `  ${line}`)];
  for (const [key, values] of Object.entries(result.subsets)) {
    const rows = Object.entries(values).sort((x, y) => y[1].n - x[1].n);
    lines.push("", table([key, "A - B", "n", "unscored", "p", "p, Holm"], rows.slice(0, 30).map(subsetRow)));
    if (rows.length > 30) lines.push(`… and ${whole(rows.length - 30)} more; --json has all`);
  }
  if (report !== undefined) lines.push("", `report: ${shown(report)}`);
  return lines;
}

function subsetRow([value, { n, unscored, result }]: [string, SubsetDifference]): string[] {
  const shown = [plain(value, 40), figure(result?.difference), whole(n), whole(unscored)];
  return result === undefined ? [...shown, "–", "–"] : [...shown, pText(result.p.signFlip), pText(result.pHolm)];
}
