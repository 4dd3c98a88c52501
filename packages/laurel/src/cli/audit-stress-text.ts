import { isMissing, type Section, type StressAudit } from "../bench/index.ts";
import type { Estimate } from "../core/index.ts";
import type { SubsetAccuracy } from "../run/index.ts";
import { itemName } from "./eval-facts.ts";
import { basisText, figure } from "./figures.ts";
import { counted, short } from "./terminal.ts";

/** A part of a stress audit for people: a title, what its figures mean, rows of a table, or why it is missing. */
export interface StressPart {
  id: string;
  title: string;
  /** What a figure of it means, and from where on it is a worry. */
  meaning: string;
  missing?: string | undefined;
  header: readonly string[];
  rows: readonly (readonly string[])[];
  notes: readonly string[];
}

const pc = (estimate: Estimate | undefined): string =>
  estimate === undefined
    ? "too few"
    : `${short(100 * estimate.value, 1)}% [${short(100 * estimate.low, 1)}, ${short(100 * estimate.high, 1)}]`;

function part<T>(
  id: string,
  title: string,
  meaning: string,
  section: Section<T>,
  show: (value: T) => { header?: readonly string[]; rows?: readonly (readonly string[])[]; notes?: readonly string[] },
): StressPart {
  if (isMissing(section)) return { id, title, meaning, missing: section.missing, header: [], rows: [], notes: [] };
  const { header = [], rows = [], notes = [] } = show(section);
  return { id, title, meaning, header, rows, notes };
}

/** The parts of a stress audit in the order in which they are read. */
export function stressParts(audit: StressAudit): StressPart[] {
  const { evaluation } = audit;
  const name = itemName(evaluation.made.basis);
  const subsets = Object.entries(evaluation.subsets).flatMap(([key, values]) =>
    Object.entries(values).map(([value, one]: [string, SubsetAccuracy]) => [
      `${key}: ${value}`,
      pc(one.accuracy),
      String(one.n),
    ]),
  );
  return [
    {
      id: "subsets",
      title: `Accuracy ${pc(evaluation.accuracy)} (${basisText(evaluation.accuracy, name)})`,
      meaning: "An even choice gets 50 % of pairs. A subset below that is worse than a coin.",
      header: subsets.length > 0 ? ["subset", "accuracy", "n"] : [],
      rows: subsets,
      notes: subsets.length === 0 ? ["the rows name no subsets (--map subsets.NAME=COLUMN)"] : [],
    },
    part(
      "difficulty",
      "By difficulty",
      "A reward that is only right where everybody is has learnt what is easy.",
      audit.difficulty,
      ({ by, bins }) => ({
        header: [by, "accuracy", "n"],
        rows: bins.map((bin) => [bin.name, pc(bin.accuracy), String(bin.n)]),
      }),
    ),
    ...(["logit", "fitted"] as const).map((scale) =>
      part(
        `calibration.${scale}`,
        scale === "logit" ? "Calibration, values taken as log-odds" : "Calibration, with a temperature fitted",
        scale === "logit"
          ? "Means something for Bradley-Terry rewards. ECE: how far the share right lies from the forecast, on average."
          : "What is left when all margins are divided by one number, fitted to these rows.",
        audit.calibration[scale],
        ({ ece, brier, slope, n }) => ({
          notes: [
            `ECE ${figure(ece)}, Brier ${figure(brier)} on ${counted(n, "decisions")}`,
            ...(slope === undefined ? [] : [`temperature ${short(1 / slope.value)}: above 1 the reward is too sure`]),
          ],
        }),
      ),
    ),
    part(
      "effects",
      "What moves a choice, all else equal",
      "Log-odds of the reward's choice for one unit; 0.69 doubles the odds. Beside it, what the labels themselves ask for: a reward whose length effect lies far above the labels' pays for length.",
      audit.effects,
      ({ effects, pairs, position, constant }) => ({
        header: ["effect", "a unit is", "on the reward", "on the labels"],
        rows: effects.map(({ term, unit, reward, labels }) => [
          term,
          unit,
          // nearly separable: only the penalty keeps the coefficient finite, so that its size says nothing
          Math.abs(reward.value) > 15 ? "decides alone" : figure(reward, 2),
          labels === undefined ? "" : figure(labels, 2),
        ]),
        notes: [
          `logistic regression on ${counted(pairs, "pairs")}, by prompt`,
          ...(position === undefined ? [] : [`position: ${position}`]),
          ...constant.map((term) => `${term}: the pairs hardly differ in it`),
        ],
      }),
    ),
    part(
      "place",
      "Place in the group",
      "Flips: the winner changes with the order. First: above 50 %, standing first helps.",
      audit.place,
      ({ flips, first, pairs }) => ({
        notes: [`flips ${pc(flips)}, the first wins ${pc(first)} of ${counted(pairs, "pairs")} in both orders`],
      }),
    ),
    part(
      "perturbations",
      "Changes that should change nothing",
      "Share of the reward's own decisions that turn: with both answers changed (noise), with only its winner changed (fragile), with only its loser changed (an exploit). Change: of a value, in standard deviations.",
      audit.perturbations,
      (findings) => ({
        header: ["change", "keeps", "both", "winner only", "loser only", "change of value", "pairs"],
        rows: findings.map((one) => [
          one.perturbation,
          { form: "the words", paraphrase: "the meaning", boilerplate: "all, and adds" }[one.kind],
          pc(one.both),
          pc(one.winner),
          pc(one.loser),
          figure(one.change, 2),
          String(one.pairs),
        ]),
      }),
    ),
    part(
      "contrast",
      "Contrast instructions",
      "Two like instructions, each with its answer. Response: the right answer wins under its instruction (50 % is chance). Instruction: an answer scores more under its own instruction; a reward trained on pairs of one prompt leaves that open.",
      audit.contrast,
      ({ response, instruction, both, items, unscored }) => ({
        notes: [
          `response ${pc(response)}, instruction ${pc(instruction)}, all right ${pc(both)} of ${counted(items, "items")}${unscored > 0 ? `; ${unscored} unscored` : ""}`,
        ],
      }),
    ),
    part(
      "off-topic",
      "Off-topic answers",
      "How often a long answer to another question beats a short one to this. Above a few per cent the reward does not read the prompt.",
      audit.offTopic,
      ({ preferred, items }) => ({ notes: [`${pc(preferred)} of ${counted(items, "tasks")}`] }),
    ),
    part(
      "shift",
      "Between sources",
      "Accuracy on one source less that on the others. An interval that leaves out 0 is a shift.",
      audit.shift,
      (shifts) => ({
        header: ["source", "inside", "others", "difference"],
        rows: shifts.flatMap(({ key, sources }) =>
          sources.map(({ source, inside, outside, difference }) => [
            `${key}: ${source}`,
            pc(inside),
            pc(outside),
            difference === undefined ? "too few" : figure(difference),
          ]),
        ),
      }),
    ),
    part(
      "best-of-n",
      "Best-of-n against gold",
      "Gold should rise with n as its own best does. Where it turns down, the reward is being over-optimised.",
      audit.bestOfN,
      ({ points, from, prompts, peak, fall }) => ({
        header: ["n", "KL (nats)", "reward (sd)", "gold", "gold's own best"],
        rows: points.map(({ n, kl, proxy, gold, oracle }) => [
          String(n),
          short(kl, 2),
          figure(proxy, 2),
          figure(gold),
          short(oracle),
        ]),
        notes: [
          `gold from ${from}, ${counted(prompts, "prompts")}; KL = log n − (n − 1)/n`,
          fall === undefined
            ? "gold is highest at the largest n"
            : `gold is highest at n = ${peak}; at the largest n it is ${figure(fall)} from there${fall.high < 0 ? ": over-optimised" : ", which chance explains"}`,
        ],
      }),
    ),
    part(
      "distance",
      "Distance to the other reward (STARC)",
      "0: the same order of policies; 1.41: unrelated; 2: opposite. Regret bounds are exact for these prompts and answers, not for others.",
      audit.distance,
      ({ other, starc, correlation, regret, followingOther, followingThis, prompts, answers }) => ({
        notes: [
          `${figure(starc)} to ${other} (within-prompt correlation ${short(correlation)}; ${counted(answers, "answers")} to ${counted(prompts, "prompts")})`,
          `picking the best by the wrong one loses ${short(100 * regret, 1)} % of what there is to lose, both ways on average`,
          `if this reward is true, a policy that gets no worse by the other can lose at most ${share(followingOther.value)} (STARC's bounds: ${share(followingOther.lower)} to ${share(followingOther.upper)})`,
          `if the other is true and this one is followed, at most ${share(followingThis.value)} (${share(followingThis.lower)} to ${share(followingThis.upper)})`,
        ],
      }),
    ),
    part(
      "batch",
      "Batch size",
      "Scores must not depend on what else is scored in the same call; padding that leaks does that.",
      audit.batch,
      ({ sizes, changed, repeat, batch, best, tasks, candidates }) => ({
        notes: [
          `in batches of ${sizes.join(", ")}: ${pc(changed)} of ${counted(candidates, "scores")} change by more than 0.001 sd; the best candidate changes in ${best} of ${counted(tasks, "tasks")}`,
          `largest change ${short(batch, 4)} sd; between two runs of single tasks ${short(repeat, 4)} sd${repeat > 1e-3 ? ", so that the reward is not deterministic and batches cannot be blamed" : ""}`,
        ],
      }),
    ),
    {
      id: "equal",
      title: "Equal scores",
      meaning: "Different texts with exactly the same value cannot be ranked, and give no gradient within a group.",
      header: [],
      rows: [],
      notes: [
        `${pc(audit.equal.equal)} of ${counted(audit.equal.pairs, "pairs")} of different texts have equal values; ${counted(audit.equal.distinct, "distinct values")} in ${counted(audit.equal.scores, "scores")}${
          audit.equal.commonest === undefined
            ? ""
            : `, the commonest ${short(audit.equal.commonest.value)} (${short(100 * audit.equal.commonest.share, 1)} %)`
        }`,
      ],
    },
  ];
}

function share(value: number): string {
  return `${short(100 * value, 1)} %`;
}
