import { parentPort, workerData } from "node:worker_threads";
import { LaurelError } from "laurel/core";
import { benchBoard } from "./analyse-bench.ts";
import { compareFiles } from "./analyse-compare.ts";
import { dataFacts } from "./analyse-data.ts";
import { labelAgreement } from "./analyse-labels.ts";
import { scoreFacts } from "./analyse-scores.ts";
import type { Answered, Asked } from "./analysis.ts";

const analyses = {
  scores: scoreFacts,
  compare: compareFiles,
  data: dataFacts,
  labels: labelAgreement,
  board: benchBoard,
};

/** What can be asked for, by name. */
export type Analyses = typeof analyses;

async function answer({ what, options }: Asked): Promise<Answered> {
  try {
    const analyse = analyses[what] as (options: unknown) => unknown;
    return { result: await analyse(options) };
  } catch (thrown) {
    if (!(thrown instanceof LaurelError))
      return { error: { code: "bug", message: (thrown as Error).stack ?? String(thrown), known: false } };
    const message = thrown.hint === undefined ? thrown.message : `${thrown.message}: ${thrown.hint}`;
    return { error: { code: thrown.code, message, known: true } };
  }
}

parentPort?.postMessage(await answer(workerData as Asked));
