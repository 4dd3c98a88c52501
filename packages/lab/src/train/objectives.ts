import { UsageError } from "laurel";
import { meanOf } from "laurel/stats";
import type { RatingLoss } from "./head-models.ts";
import { bradleyTerry, type PairLabels, type PairLoss } from "./losses/pair.ts";
import { maskedSquaredLoss, pinballLoss } from "./losses/regression.ts";
import { davidson, raoKupper, type TieLoss } from "./losses/ties.ts";
import type { SettingTable, SettingValue } from "./settings.ts";

type Settings = Readonly<Record<string, SettingValue>>;

/** What `laurel train --objective` can name. */
export interface Objective {
  /** One line for the help. */
  summary: string;
  /** The paper. */
  source: string;
  /** The heads that it trains; the first is the default. */
  heads: readonly string[];
  settings: SettingTable;
  /**
   * The loss: of the scores of pairs (`labels` are those of all training pairs), of pairs with a tie parameter, or of ratings (`levels` are
   * those of a quantile head).
   */
  loss:
    | { of: "pairs"; make(settings: Settings, labels: PairLabels): PairLoss }
    | { of: "ties"; make(settings: Settings): TieLoss }
    | { of: "ratings"; make(settings: Settings, levels: readonly number[]): RatingLoss };
}

const scalar = ["linear", "mlp", "transformer"] as const;
/** Heads that are trained on pairs by likelihoods of their own: `structured-members`. */
const structured = ["gated", "mixture", "criteria-tree", "embedding"] as const;
const smoothing = { about: "label smoothing, in [0, 0.5)", default: 0 };
const centre = { about: "weight of (r_chosen + r_rejected)², which keeps scores near 0", default: 0 };
const tie = { about: "weight of a tied pair, such as a neutral one of Crome's; 0 leaves them out", default: 1 };
const tieForm = {
  about: "how a gap between tied answers is punished; MM-RLHF squares it",
  default: "cross-entropy",
  choices: ["cross-entropy", "squared"],
};

/** The mean strength of the pairs that are no ties, which scaled losses are divided by. */
function meanStrength({ strength, tie }: PairLabels): number {
  if (strength === undefined) throw noStrengths();
  return meanOf(strength.filter((_, i) => (tie?.[i] ?? 0) === 0)) || 1;
}

const noStrengths = (): UsageError =>
  new UsageError(
    "this objective needs how strongly each pair was preferred, and the rows state no strength",
    "use --objective bradley-terry",
  );

function withStrengths(labels: PairLabels): void {
  if (labels.strength === undefined || labels.strength.some(Number.isNaN)) throw noStrengths();
}

/** Every objective by name. A new one is a row here: a pure loss with its gradient, and the heads that it trains. */
export const objectives: Readonly<Record<string, Objective>> = {
  "bradley-terry": {
    summary:
      "log-likelihood of which of two is preferred, with soft labels, margins and ties where the rows state them",
    source: "Bradley and Terry (1952); Ouyang et al. (2022)",
    heads: [...scalar, ...structured],
    settings: { smoothing, centre, tie, tieForm },
    loss: {
      of: "pairs",
      make: ({ smoothing, centre, tie, tieForm }) =>
        bradleyTerry({
          smoothing: smoothing as number,
          centre: centre as number,
          tie: { weight: tie as number, form: tieForm as "cross-entropy" | "squared" },
        }),
    },
  },
  "bradley-terry-margin": {
    summary: "Bradley-Terry whose gap must pass a margin that grows with the pair's strength",
    source: "Touvron et al. (2023), Llama 2",
    heads: scalar,
    settings: { smoothing, centre, unit: { about: "logits of margin for a strength of 1", default: 1 } },
    loss: {
      of: "pairs",
      make({ smoothing, centre, unit }, labels) {
        withStrengths(labels);
        return bradleyTerry({
          strength: "margin",
          scale: (m) => (unit as number) * m,
          smoothing: smoothing as number,
          centre: centre as number,
        });
      },
    },
  },
  "bradley-terry-scaled": {
    summary: "Bradley-Terry with each pair weighted by its strength",
    source: "Wang et al. (2024), HelpSteer2-Preference",
    heads: scalar,
    settings: { smoothing, centre },
    loss: {
      of: "pairs",
      make({ smoothing, centre }, labels) {
        withStrengths(labels);
        return bradleyTerry({
          strength: "scale",
          normalise: meanStrength(labels),
          smoothing: smoothing as number,
          centre: centre as number,
        });
      },
    },
  },
  "rao-kupper": {
    summary: "win, loss or tie, with a threshold for ties that is learned along",
    source: "Rao and Kupper (1967)",
    heads: scalar,
    settings: {},
    loss: { of: "ties", make: () => raoKupper },
  },
  davidson: {
    summary: "win, loss or tie, ties by the geometric mean, with their weight learned along",
    source: "Davidson (1970)",
    heads: scalar,
    settings: {},
    loss: { of: "ties", make: () => davidson },
  },
  regression: {
    summary: "squared error of ratings, one output each; missing ratings count for nothing",
    source: "Wang et al. (2024), HelpSteer2",
    heads: ["attributes"],
    settings: {},
    loss: { of: "ratings", make: () => maskedSquaredLoss },
  },
  quantile: {
    summary: "pinball loss of one rating's quantiles",
    source: "Koenker and Bassett (1978)",
    heads: ["quantile"],
    settings: {},
    loss: { of: "ratings", make: (_, levels) => (outputs, targets) => pinballLoss(outputs, targets, levels) },
  },
};
