export * from "./example.ts";
export { type ExperimentOptions, runExperiment } from "./run.ts";
export { type AlgorithmName, type Experiment, experimentOf, type ProxyReward } from "./spec.ts";
