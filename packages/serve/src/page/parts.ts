import type { Service } from "../service.ts";
import { Analysis } from "./analysis.ts";
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
}

/** The parts of a page, which end together: runs are stopped so that they can go on later. */
export function pageParts(service: Service, workspace: Workspace): PageParts & AsyncDisposable {
  const index = new RowIndex();
  const analysis = new Analysis();
  const runs = new RunBook(workspace, service);
  return {
    service,
    workspace,
    index,
    analysis,
    runs,
    [Symbol.asyncDispose]: async () => {
      await runs.close();
      await analysis.close();
      index[Symbol.dispose]();
    },
  };
}
