import { isScored } from "../core/index.ts";
import type { Row } from "../run/index.ts";
import { RunningMean } from "../stats/index.ts";
import { counted, short, whole } from "./terminal.ts";

/** Running figures of a run's rows, in constant memory: the mean with its interval by task, and how often the best is tied. */
export class Tally {
  readonly #mean = new RunningMean();
  #tasks = 0;
  #decided = 0;
  #tied = 0;

  add(row: Row): void {
    this.#tasks++;
    const values = row.scores.filter(isScored).map((score) => score.value);
    this.#mean.add(values, row.scores.length - values.length);
    if (row.margin === null) return;
    this.#decided++;
    if (row.margin === 0) this.#tied++;
  }

  /** One line for people; empty where nothing was scored. */
  line(note = ""): string {
    if (this.#mean.n === 0) return "";
    const mean = this.#mean.estimate();
    const of = `${counted(this.#mean.n, "candidates")} of ${counted(this.#tasks, "tasks")}${note === "" ? "" : `, ${note}`}`;
    return [
      mean === undefined
        ? `too few tasks for a mean with an interval (${of})`
        : `mean ${short(mean.value)} [${short(mean.low)}, ${short(mean.high)}] (95 %, ${of})`,
      this.#decided > 0
        ? `the best candidate is tied in ${whole(this.#tied)} of ${counted(this.#decided, "tasks")}`
        : "",
    ]
      .filter((part) => part !== "")
      .join("; ");
  }
}
