import type { ContaminationReport } from "./audit.ts";

/** What an audit shows, in words. That nothing is shown is no proof that nothing was seen. */
export function contaminationVerdict({ shown }: Pick<ContaminationReport, "shown">): string {
  if (shown.words && shown.answers) return "it knows questions and answers by heart";
  if (shown.words) return "it knows questions by heart";
  if (shown.answers) return "it gives answers to half questions, but not their words";
  return "no memory of these tasks is shown";
}
