import { UsageError } from "../../core/index.ts";
import { didYouMean } from "../../io/index.ts";
import type { Benchmark } from "../benchmark.ts";
import { mjBenchVideo } from "../mj-video/benchmark.ts";
import { agentRewardBench } from "./agentrewardbench.ts";
import { bfcl } from "./bfcl.ts";
import { crBench } from "./crbench.ts";
import { discoveryBench } from "./discoverybench.ts";
import { ifEval } from "./ifeval.ts";
import { judgeBench } from "./judgebench.ts";
import { litBench } from "./litbench.ts";
import { llmBar } from "./llmbar.ts";
import { mRewardBench } from "./m-rewardbench.ts";
import { made } from "./made.ts";
import { mjBench, mjBenchBias } from "./mj-bench.ts";
import { mmRlhfRewardBench } from "./mm-rlhf-rewardbench.ts";
import { pandaLm } from "./pandalm.ts";
import { processBench } from "./processbench.ts";
import { raBench } from "./rabench.ts";
import { ragRewardBench } from "./rag-rewardbench.ts";
import { rewardBench } from "./rewardbench.ts";
import { rewardBench2 } from "./rewardbench-2.ts";
import { rewardMath } from "./rewardmath.ts";
import { rmBench } from "./rm-bench.ts";
import { steerMe } from "./steer-me.ts";
import { vilBench } from "./vilbench.ts";
import { vlRewardBench } from "./vl-rewardbench.ts";
import { vlrmBench } from "./vlrmbench.ts";
import { wildBench } from "./wildbench.ts";

export { bestOfKCredit } from "../rules.ts";
export { discoveryBenchTasks } from "./discoverybench.ts";
export { judgeBenchCategory } from "./judgebench.ts";
export { pairOutcome, type TieAccuracies, tieAccuracies } from "./mj-bench.ts";
export { type FirstErrorF1, processBenchF1 } from "./processbench.ts";
export { rewardBenchCounts, rewardBenchSections } from "./rewardbench.ts";
export { type TiesScore, tiesScore } from "./rewardbench-2.ts";
export { oneToManyAccuracy, pairwiseToScores, reciprocalRank } from "./rewardmath.ts";
export { styleMatrix } from "./rm-bench.ts";
export { voteClass } from "./vl-rewardbench.ts";

/** All benchmarks, those with real rows first. */
export const benchmarks: readonly Benchmark[] = [
  rewardMath,
  rewardBench,
  llmBar,
  pandaLm,
  wildBench,
  ifEval,
  bfcl,
  processBench,
  vlrmBench,
  discoveryBench,
  rewardBench2,
  rmBench,
  judgeBench,
  mRewardBench,
  ragRewardBench,
  agentRewardBench,
  vlRewardBench,
  vilBench,
  mjBench,
  mjBenchBias,
  mjBenchVideo,
  mmRlhfRewardBench,
  litBench,
  crBench,
  raBench,
  steerMe,
];

/**
 * The benchmark of a name: one of `benchmarks`, or `made` for a file of `laurel bench make`.
 *
 * @throws UsageError that lists the nearest names where there is none
 */
export function benchmarkOf(id: string): Benchmark {
  const found = [...benchmarks, made].find((one) => one.id === id);
  if (found !== undefined) return found;
  const ids = benchmarks.map((one) => one.id);
  throw new UsageError(`there is no benchmark '${id}'`, `${didYouMean(id, ids)}; laurel bench list shows all`);
}
