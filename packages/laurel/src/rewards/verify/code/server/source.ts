import { driverSource } from "./driver.ts";
import { harnessSource } from "./harness.ts";
import { jailSource } from "./jail.ts";
import { monitorSource } from "./monitor.ts";
import { plannerSource } from "./planner.ts";
import { startSource } from "./start.ts";

/** The whole source of the sandbox's fork-server; it is started with `python3 -c`. */
export const serverSource: string = [
  jailSource,
  harnessSource,
  plannerSource,
  driverSource,
  monitorSource,
  startSource,
].join("\n");
