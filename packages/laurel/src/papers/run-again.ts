import type { Estimate } from "../core/index.ts";

/** What running a paper's checks uses of the laboratory (`@laurel/lab`): named here, so that the light package compiles without it. */
export interface PaperLaboratory {
  paperModule(slug: string): string;
  verdictText(outcome: { verdict: string | null; small: boolean }): string;
  runPaper(
    module: string,
    options: {
      seeds?: number;
      workers: number;
      journal: string;
      signal?: AbortSignal | undefined;
      onProgress?: ((progress: PaperProgress) => void) | undefined;
    },
  ): Promise<{
    paper: { claims: readonly { id: string; statement: string }[] };
    outcomes: readonly {
      id: string;
      verdict: string | null;
      small: boolean;
      because: string;
      bars: readonly { id: string; role: string; estimate: Estimate }[];
    }[];
  }>;
}

/** How far a run is. */
export interface PaperProgress {
  done: number;
  total: number;
  claim: string;
  setting: string;
  index: number;
}

/** A claim as it came out. */
export interface RunClaim {
  id: string;
  statement: string;
  /** null for a look, which takes too few seeds for one. */
  verdict: string | null;
  because: string;
  bars: { id: string; role: string; estimate: Estimate }[];
}

/** The seeds of a look. */
export const lookSeeds = 8;

/**
 * A paper's checks once more, on the seeds of record: the first eight as a look, or all of them with verdicts.
 *
 * @param lab the laboratory, which the caller has loaded
 * @param options `full` for all seeds; `workers` processes (0: this one); finished seeds are kept in `journal`, so that a run that was stopped goes on
 * @throws what the laboratory throws; StoppedError once `signal` is aborted
 */
export async function runAgain(
  lab: PaperLaboratory,
  slug: string,
  options: {
    full: boolean;
    workers: number;
    journal: string;
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: PaperProgress) => void) | undefined;
  },
): Promise<RunClaim[]> {
  const { full, ...rest } = options;
  const { paper, outcomes } = await lab.runPaper(lab.paperModule(slug), {
    ...rest,
    ...(full ? {} : { seeds: lookSeeds }),
  });
  return outcomes.map((outcome, i) => ({
    id: outcome.id,
    statement: paper.claims[i]!.statement,
    verdict: full ? lab.verdictText(outcome) : null,
    because: outcome.because,
    bars: outcome.bars.map(({ id, role, estimate }) => ({ id, role, estimate })),
  }));
}
