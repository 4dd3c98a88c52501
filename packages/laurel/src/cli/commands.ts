import { audit, conform } from "./commands/audit.ts";
import { bench } from "./commands/bench.ts";
import { kinds, papers } from "./commands/catalogue.ts";
import { compare, convert, evaluate, stats } from "./commands/evaluate.ts";
import { exports } from "./commands/export.ts";
import { gate, replay } from "./commands/gate.ts";
import { imports } from "./commands/import.ts";
import { judge } from "./commands/judge.ts";
import { lab, rehearse } from "./commands/lab.ts";
import { merge } from "./commands/merge.ts";
import { models } from "./commands/models.ts";
import type { Add } from "./commands/options.ts";
import { demo, inspect, rank, report, runs, score } from "./commands/score.ts";
import { serve, shim } from "./commands/serve.ts";
import { train } from "./commands/train.ts";

/** All commands, in the order of the help. */
export const commands: readonly Add[] = [
  demo,
  score,
  rank,
  evaluate,
  compare,
  stats,
  audit,
  conform,
  bench,
  convert,
  exports,
  gate,
  replay,
  imports,
  judge,
  train,
  serve,
  shim,
  models,
  merge,
  report,
  inspect,
  runs,
  kinds,
  papers,
  rehearse,
  lab,
];
