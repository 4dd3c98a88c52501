import type { Service } from "../service.ts";
import type { Watch } from "../watch/watch.ts";
import { Analysis } from "./analysis.ts";
import { PaperRuns } from "./paper-runs.ts";
import { RowIndex } from "./row-index.ts";
import { RunBook } from "./run-book.ts";
import type { Workspace } from "./workspace.ts";

/** What the page's operations on files work with. */
export interface PageParts {
  service: Service;
  workspace: Workspace;
  index: RowIndex;
  analysis: Analysis;
  runs: RunBook;
  papers: PaperRuns;
  watch: Watch;
  /** May clients make rewards from specs? */
  specs: boolean;
}

/** The parts of a page, which end together: runs are stopped so that they can go on later. */
export function pageParts(
  service: Service,
  workspace: Workspace,
  given: Pick<PageParts, "watch" | "specs">,
): PageParts & AsyncDisposable {
  const index = new RowIndex();
  const analysis = new Analysis();
  const runs = new RunBook(workspace, service);
  const papers = new PaperRuns(workspace.folder);
  return {
    service,
    workspace,
    index,
    analysis,
    runs,
    papers,
    ...given,
    [Symbol.asyncDispose]: async () => {
      papers[Symbol.dispose]();
      await runs.close();
      await analysis.close();
      index[Symbol.dispose]();
    },
  };
}
