export { type Aggregator, biLevel, type GroupCell, type GroupTable, groupBy, mean, ratio, share } from "./group-by.ts";
export * from "./slices.ts";
