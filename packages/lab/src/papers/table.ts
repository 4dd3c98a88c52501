import { UsageError } from "laurel";

/** The papers with checks, each in a file of its own that is loaded when it is needed. */
const modules = {
  brain: () => import("./brain.ts"),
  cdr: () => import("./cdr.ts"),
  "deepseek-grm": () => import("./deepseek-grm.ts"),
  feedbacker: () => import("./feedbacker.ts"),
  flr: () => import("./flr.ts"),
  gapo: () => import("./gapo.ts"),
  irepo: () => import("./irepo.ts"),
  "m-rewardbench": () => import("./m-rewardbench.ts"),
  par: () => import("./par.ts"),
  "pf-ppo": () => import("./pf-ppo.ts"),
  prometheus: () => import("./prometheus.ts"),
  rewardanything: () => import("./rewardanything.ts"),
  judgebench: () => import("./judgebench.ts"),
  "rewardbench-2": () => import("./rewardbench-2.ts"),
  rewardmath: () => import("./rewardmath.ts"),
  rliable: () => import("./rliable.ts"),
  selm: () => import("./selm.ts"),
  themis: () => import("./themis.ts"),
  "transform-combine": () => import("./transform-combine.ts"),
} as const;

/** The slugs of the papers with checks. */
export const checkedSlugs: readonly string[] = Object.keys(modules);

/**
 * The URL of a paper's module, as `runPaper` takes it.
 *
 * @throws UsageError where the paper has no checks
 */
export function paperModule(slug: string): string {
  if (!checkedSlugs.includes(slug))
    throw new UsageError(`there is no check of "${slug}" yet`, `papers with checks: ${checkedSlugs.join(", ")}`);
  return new URL(import.meta.url.endsWith(".ts") ? `./${slug}.ts` : `./${slug}.js`, import.meta.url).href;
}
