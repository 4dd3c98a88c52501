import type { Row } from "../run/index.ts";
import { meanByTask } from "./mean.ts";
import { short, whole } from "./terminal.ts";

/** Running figures of a run's rows: all values for a mean with an interval (resampled by task), and the margins. */
export class Tally {
  readonly values: number[] = [];
  readonly clusters: number[] = [];
  readonly margins: number[] = [];
  #tasks = 0;
  #unscored = 0;

  add(row: Row): void {
    const cluster = this.#tasks++;
    for (const score of row.scores) {
      if (score.unscored !== undefined) {
        this.#unscored++;
        continue;
      }
      this.values.push(score.value);
      this.clusters.push(cluster);
    }
    if (row.margin !== null) this.margins.push(row.margin);
  }

  /** One line for people; empty where nothing was scored. */
  line(note = ""): string {
    if (this.values.length === 0) return "";
    const mean = meanByTask(this.values, this.clusters, this.#unscored);
    const tied = this.margins.filter((margin) => margin === 0).length;
    return [
      mean === undefined
        ? "too few tasks for a mean with an interval"
        : `mean ${short(mean.value)} [${short(mean.low)}, ${short(mean.high)}] (95 %, ${whole(mean.n)} candidates of ${whole(this.#tasks)} tasks${note === "" ? "" : `, ${note}`})`,
      this.margins.length > 0
        ? `the best candidate is tied in ${whole(tied)} of ${whole(this.margins.length)} tasks`
        : "",
    ]
      .filter((part) => part !== "")
      .join("; ");
  }
}
