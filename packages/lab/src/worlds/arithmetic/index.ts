export * from "./chain-simulator.ts";
export * from "./step-types.ts";
