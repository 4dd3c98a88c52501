import { agreement } from "./agreement.ts";
import { association } from "./association.ts";
import { calls } from "./calls.ts";
import { capabilities } from "./capabilities.ts";
import { curves } from "./curves.ts";
import { distance } from "./distance.ts";
import { hodge } from "./hodge.ts";
import { intervals } from "./intervals.ts";
import { irt } from "./irt.ts";
import type { Method } from "./method.ts";
import { planning } from "./planning.ts";
import { rank } from "./rank.ts";
import { rankings } from "./ranking.ts";
import { runs } from "./runs.ts";
import { style } from "./style.ts";
import { tests } from "./tests.ts";

export { Columns, readColumns } from "./columns.ts";
export { curveResult, type MethodCurves } from "./curves.ts";
export { type Figure, type Line, type Method, type Result, Settings } from "./method.ts";

/** Every method of `laurel stats`, by name. */
export const methods: Readonly<Record<string, Method>> = {
  ...intervals,
  ...tests,
  ...agreement,
  ...association,
  ...calls,
  rank,
  ...rankings,
  ...style,
  "hodge-rank": hodge,
  capabilities,
  irt,
  distance,
  ...runs,
  curves,
  ...planning,
};
