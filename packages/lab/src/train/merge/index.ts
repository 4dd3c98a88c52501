export {
  type Checkpoint,
  type CheckpointTensor,
  openCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
export { type BlockOf, blocksOf, type LayerScaleOptions, layerScale } from "./layer-scale.ts";
export { applyLines, type LinesScores, linesAlpha, type TunedLines, tuneLines } from "./lines.ts";
export { type MergedFiles, type MergeFiles, mergeFiles } from "./merge-files.ts";
export { type MergeMethod, type MergeOptions, mergeTaskVectors } from "./merge-task-vectors.ts";
export { applyDelta, taskVector, weightAverage } from "./vectors.ts";
