import {
  type Comparer,
  type Context,
  type Draft,
  fingerprintOf,
  type JsonObject,
  type Reward,
  type Score,
  type Task,
  UsageError,
  unscored,
} from "../core/index.ts";
import { zermelo } from "../stats/bradley-terry.ts";
import { type NamedPairing, roundRobin } from "./pairing.ts";
import { type Range, settled } from "./parts.ts";
import { ordersOf, play, type Tournament, type TournamentOptions } from "./tournament.ts";

/** How a matrix of preferences becomes one value a candidate. */
export type PreferenceAggregate = "mean-probability" | "mean-score" | "borda" | "copeland" | "bradley-terry";

/** Options of `toReward`. */
export interface ToRewardOptions extends TournamentOptions {
  /** Default "mean-probability". */
  aggregate?: PreferenceAggregate | undefined;
  /** For "bradley-terry": half a win and half a loss times this are added to each compared pair's sides; default 0.5. */
  prior?: number | undefined;
  name?: string | undefined;
  /** Stands for the pairing in the fingerprint if that is a function of one's own. */
  version?: string | number | undefined;
}

const ranges: Readonly<Record<PreferenceAggregate, Range | undefined>> = {
  "mean-probability": [0, 1],
  "mean-score": undefined,
  borda: [0, 1],
  copeland: [-1, 1],
  "bradley-terry": undefined,
};
