export { type AutoSteerOptions, autoSteer, type Steered } from "./synthesize/auto-steer.ts";
export { type CodeProblem, type LineDatasetOptions, lineDataset } from "./synthesize/line-dataset.ts";
export { type OperandSpec, type RandomCalculationOptions, randomCalculation } from "./synthesize/random-calculation.ts";
export { steerElements } from "./synthesize/steer-me.ts";
export {
  defineElement,
  type Element,
  type ElementDefinition,
  type GenerateOptions,
  generate,
  type SlotRange,
  templateFault,
} from "./synthesize/template.ts";
