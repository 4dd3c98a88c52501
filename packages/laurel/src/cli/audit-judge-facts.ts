import { type JudgeAudit, type JudgeDifference, votesByJudge } from "../bench/index.ts";
import type { Estimate } from "../core/index.ts";
import { figure, pText } from "./figures.ts";
import { counted, paint, plain, short, table, whole } from "./terminal.ts";

/** One measured figure of a judge. */
export interface JudgeFact {
  name: string;
  estimate: Estimate | undefined;
  /** What stands behind it in words. */
  more?: string | undefined;
}

/** `accuracy 0.82 [0.79, 0.85] of NAME (…)`. */
export function headline(audit: JudgeAudit): string {
  const { accuracy } = audit;
  const head = accuracy === undefined ? "no accuracy" : `accuracy ${figure(accuracy)}`;
  const basis = `${counted(audit.pairs, "pairs")} of ${counted(audit.prompts, "prompts")}, ${counted(audit.labelled, "labelled")}, ${counted(audit.verdicts, "verdicts")}`;
  return `${paint("bold", plain(audit.judge, 120))}: ${head} (${accuracy === undefined ? "" : `${short(accuracy.level * 100)} %, `}${basis})`;
}

/** The figures of an audit that are numbers with intervals, in the order of the terminal and of the forest plots. */
export function judgeFacts(audit: JudgeAudit): { shares: JudgeFact[]; effects: JudgeFact[] } {
  const { bias, calibration, correlation, winRate, swap, votes } = audit;
  return {
    shares: [
      { name: "accuracy, both orders", estimate: audit.accuracy },
      { name: "accuracy, one order", estimate: audit.single },
      { name: "same verdict when swapped", estimate: audit.consistency },
      { name: "same verdict when repeated", estimate: audit.selfConsistency },
      {
        name: "right over both games",
        estimate: swap?.score,
        more:
          swap === undefined
            ? undefined
            : `wrong ${short(swap.wrong.value)}, cancelled or tied ${short(swap.tie.value)}; ${short(swap.chance)} by chance at this consistency`,
      },
      { name: "games won by the one shown first", estimate: swap?.firstRate },
      ...(votes === undefined
        ? []
        : votes.k.map((k, i) => ({
            name: k === 1 ? "accuracy, one vote" : `accuracy, majority of ${k}`,
            estimate: votes.accuracy[i],
            more:
              i === 0 && votes.leftOut > 0 ? `${counted(votes.leftOut, "pairs")} asked too seldom left out` : undefined,
          }))),
      { name: "unreadable verdicts", estimate: audit.unreadable },
      { name: "cycles among three", estimate: audit.cycles },
      {
        name: "calibration error",
        estimate: calibration?.ece,
        more:
          calibration === undefined
            ? undefined
            : `of ${calibration.of}; ${whole(calibration.undecided)} undecided left out`,
      },
      { name: "win rate, judge alone", estimate: winRate?.judge },
      { name: "win rate, labels alone", estimate: winRate?.labels },
      {
        name: "win rate, labels and judge",
        estimate: winRate?.powered,
        more:
          winRate?.powered === undefined
            ? undefined
            : `prediction-powered: as good as ${short(winRate.powered.gain, 2)} times the ${whole(winRate.labelled)} labels`,
      },
      { name: "win rate, judge corrected", estimate: winRate?.roganGladen, more: "Rogan-Gladen" },
    ],
    effects: [
      {
        name: "gain from standing first",
        estimate: bias.position,
        more:
          bias.position === undefined ? undefined : `p ${pText(bias.position.p)}; P(wins | first) − P(wins | second)`,
      },
      {
        name: "gain by votes",
        estimate: votes?.gain,
        more:
          votes === undefined
            ? undefined
            : { rises: "more votes help", falls: "more votes make it worse", "not shown": "no change shown" }[
                votes.shape
              ],
      },
      { name: "position, log-odds", estimate: bias.logit.position },
      { name: "100 words more, log-odds", estimate: bias.logit.length },
      { name: "being better, log-odds", estimate: bias.logit.better },
      ...audit.agreement.map(({ between, measure, estimate }) => ({ name: `${between}, ${measure}`, estimate })),
      { name: "correlation with people, Pearson", estimate: correlation?.pearson },
      { name: "… Spearman", estimate: correlation?.spearman },
      { name: "… Kendall", estimate: correlation?.kendall },
    ],
  };
}

/** All that an audit says, a line each. */
export function auditLines(audit: JudgeAudit): string[] {
  const { shares, effects } = judgeFacts(audit);
  const line = ({ name, estimate, more }: JudgeFact): string[] =>
    estimate === undefined
      ? []
      : [`  ${name.padEnd(34)} ${figure(estimate)}${more === undefined ? "" : `  (${more})`}`];
  const { cost } = audit;
  const out = [...shares.flatMap(line), ...effects.flatMap(line)];
  for (const [key, values] of Object.entries(audit.subsets))
    for (const [value, { n, accuracy }] of Object.entries(values))
      out.push(`  accuracy, ${plain(`${key} ${value}`, 40).padEnd(24)} ${figure(accuracy)}  (${counted(n, "pairs")})`);
  if (cost !== undefined)
    out.push(
      `  a decision costs ${short(cost.calls)} calls, ${short(cost.inputTokens)} tokens in and ${short(cost.outputTokens)} out${cost.usd === undefined ? "" : `, $${cost.usd.toPrecision(3)}`}`,
    );
  return [...out, ...audit.notes.map((note) => `  not measured: ${note}`)];
}

export const summaryHeader = ["judge", "accuracy", "swap", "first gains", "100 words", "Cohen", "unread"];

/** A row a judge, with the figures that a choice among judges rests on. */
export function summaryRows(audits: readonly JudgeAudit[]): string[][] {
  return [...audits]
    .sort((a, b) => (b.accuracy?.value ?? -1) - (a.accuracy?.value ?? -1))
    .map((audit) => {
      const kappa = audit.agreement.find(
        ({ between, measure }) => between === "judge and label" && measure === "Cohen",
      );
      const cell = (one: Estimate | undefined): string => (one === undefined ? "–" : figure(one, 2));
      return [
        plain(audit.judge, 44),
        cell(audit.accuracy),
        cell(audit.consistency),
        cell(audit.bias.position),
        cell(audit.bias.logit.length),
        cell(kappa?.estimate),
        `${short(100 * audit.unreadable.value, 2)}%`,
      ];
    });
}

export function summaryTable(audits: readonly JudgeAudit[]): string {
  return table(summaryHeader, summaryRows(audits));
}

/** Whether voting helps the weaker judges, where six or more were asked often enough. */
export function voteLines(audits: readonly JudgeAudit[]): string[] {
  const curves = audits.flatMap(({ votes }) => (votes === undefined ? [] : [votes]));
  if (curves.length < 6) return [];
  const { judges, trend, worstThird, bestThird } = votesByJudge(curves);
  return [
    `votes: a majority gains the third of ${whole(judges)} judges with the lowest accuracy ${figure(worstThird)}, the highest third ${figure(bestThird)}${trend === undefined ? "" : `; gain against accuracy, Spearman ${figure(trend)}`}`,
  ];
}

/** How many differences between judges stand, and the closest ones that do not. */
export function differenceLines(between: readonly JudgeDifference[], most = 12): string[] {
  if (between.length === 0) return [];
  const noise = between.filter(({ better }) => better === "within noise");
  const rows = [...between].sort((a, b) => Math.abs(b.difference.value) - Math.abs(a.difference.value));
  const shown =
    rows.length <= 2 * most
      ? rows
      : [...noise].sort((a, b) => Math.abs(b.difference.value) - Math.abs(a.difference.value)).slice(0, most);
  return [
    `${whole(noise.length)} of ${counted(between.length, "differences")} between judges are within noise (paired by prompt, Holm)${shown.length < rows.length ? "; the widest of these:" : ""}`,
    table(
      ["A", "B", "A − B", "p, Holm", ""],
      shown.map(({ a, b, difference, pHolm, better }) => [
        plain(a, 36),
        plain(b, 36),
        figure(difference),
        pText(pHolm),
        better === "within noise" ? better : `${better === "a" ? "A" : "B"} is better`,
      ]),
    ),
  ];
}
