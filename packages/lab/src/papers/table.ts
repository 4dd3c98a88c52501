import { UsageError } from "laurel";

/** The papers with checks, each in a file of its own that is loaded when it is needed. */
const modules = {
  agentrewardbench: () => import("./agentrewardbench.ts"),
  armorm: () => import("./armorm.ts"),
  autobencher: () => import("./autobencher.ts"),
  "benchmark-variance": () => import("./benchmark-variance.ts"),
  "best-systems": () => import("./best-systems.ts"),
  brain: () => import("./brain.ts"),
  cdr: () => import("./cdr.ts"),
  "coig-p": () => import("./coig-p.ts"),
  crome: () => import("./crome.ts"),
  "deepseek-grm": () => import("./deepseek-grm.ts"),
  discoverybench: () => import("./discoverybench.ts"),
  e2lm: () => import("./e2lm.ts"),
  eureka: () => import("./eureka.ts"),
  feedbacker: () => import("./feedbacker.ts"),
  flame: () => import("./flame.ts"),
  flr: () => import("./flr.ts"),
  gapo: () => import("./gapo.ts"),
  "goal-conditioned-rm": () => import("./goal-conditioned-rm.ts"),
  gpm: () => import("./gpm.ts"),
  helpsteer2: () => import("./helpsteer2.ts"),
  "helpsteer2-preference": () => import("./helpsteer2-preference.ts"),
  irepo: () => import("./irepo.ts"),
  "m-rewardbench": () => import("./m-rewardbench.ts"),
  micro: () => import("./micro.ts"),
  "ixc-reward": () => import("./ixc-reward.ts"),
  lines: () => import("./lines.ts"),
  "mj-bench": () => import("./mj-bench.ts"),
  "mm-rlhf": () => import("./mm-rlhf.ts"),
  "mj-video": () => import("./mj-video.ts"),
  "open-rl-benchmark": () => import("./open-rl-benchmark.ts"),
  par: () => import("./par.ts"),
  "pf-ppo": () => import("./pf-ppo.ts"),
  polar: () => import("./polar.ts"),
  prometheus: () => import("./prometheus.ts"),
  "rag-rewardbench": () => import("./rag-rewardbench.ts"),
  r3: () => import("./r3.ts"),
  rewardanything: () => import("./rewardanything.ts"),
  "rm-consistency": () => import("./rm-consistency.ts"),
  "rm-ensembles": () => import("./rm-ensembles.ts"),
  judgebench: () => import("./judgebench.ts"),
  "rewardbench-2": () => import("./rewardbench-2.ts"),
  rewardmath: () => import("./rewardmath.ts"),
  rliable: () => import("./rliable.ts"),
  "secrets-rlhf-2": () => import("./secrets-rlhf-2.ts"),
  selm: () => import("./selm.ts"),
  "skywork-reward-v2": () => import("./skywork-reward-v2.ts"),
  starc: () => import("./starc.ts"),
  themis: () => import("./themis.ts"),
  "steer-me": () => import("./steer-me.ts"),
  "transform-combine": () => import("./transform-combine.ts"),
  "vl-rewardbench": () => import("./vl-rewardbench.ts"),
  wildbench: () => import("./wildbench.ts"),
  vilbench: () => import("./vilbench.ts"),
  vlrmbench: () => import("./vlrmbench.ts"),
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
