export { type OperandSpec, type RandomCalculationOptions, randomCalculation } from "./synthesize/random-calculation.ts";
