import type { Example } from "../../core/index.ts";
import type { Suite, SuiteOptions } from "../conform/suite.ts";

/** A suite's cases as labelled tasks, for an audit without a file. */
export function generatedExamples(suite: Suite, options: SuiteOptions = {}): Example[] {
  return [...suite.cases(options)].map(({ class: of, input, expected }, i) => {
    const id = `#${i + 1}`;
    return { task: { ...suite.task(input), id }, labels: { correct: [expected] }, cluster: id, subsets: { class: of } };
  });
}
