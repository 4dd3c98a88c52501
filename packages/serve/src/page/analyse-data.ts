import { type Example, LaurelError } from "laurel/core";
import { parseMap } from "laurel/io";
import { auditData, type DataAudit, type DataCounts, fixedOrderFormats, Inspector, readExamples } from "laurel/run";
import { type Bins, binned } from "./bins.ts";

/** Which file, and how its columns are read. */
export interface DataOptions {
  file: string;
  map?: string | undefined;
}

/** What `laurel inspect` and `laurel audit data` say about a file. */
export interface DataFacts {
  format: string | undefined;
  counts: DataCounts;
  bad: { rows: number; first: readonly string[] };
  prompts: Bins | undefined;
  answers: Bins | undefined;
  /** The audit, or why there is none. */
  audit: (Omit<DataAudit, "lengths"> & { lengths: { right: Bins; wrong: Bins } | undefined }) | { none: string };
}

/** Counts and audit of a file of tasks, in one reading. */
export async function dataFacts({ file, map }: DataOptions): Promise<DataFacts> {
  const seen = new Inspector();
  const bad = { rows: 0, first: [] as string[] };
  const compiled = map === undefined || map === "" ? undefined : parseMap(map);
  let format: string | undefined;
  const batches = async function* (): AsyncGenerator<readonly Example[]> {
    const options = {
      map: compiled,
      extra: true,
      onFormat: (name: string) => {
        format = name;
      },
      onBad: (error: LaurelError) => {
        bad.rows++;
        if (bad.first.length < 5) bad.first.push(error.message);
      },
    };
    for await (const batch of readExamples(file, options)) {
      for (const example of batch) seen.add(example);
      yield batch;
    }
  };
  let audit: DataFacts["audit"];
  try {
    const { lengths, ...rest } = await auditData(batches(), {
      fixedOrder: () =>
        compiled === undefined
          ? format !== undefined && fixedOrderFormats.has(format)
          : /\bchosen=/.test(compiled.text),
    });
    audit = { ...rest, lengths: binned(lengths) };
  } catch (thrown) {
    if (!(thrown instanceof LaurelError) || thrown.code === "input") throw thrown;
    audit = { none: thrown.message };
  }
  return {
    format,
    counts: seen.counts(),
    bad,
    prompts: binned({ all: seen.promptLengths })?.all,
    answers: binned({ all: seen.answerLengths })?.all,
    audit,
  };
}
