export * from "./best-of-n.ts";
export * from "./filtration.ts";
export * from "./log-linear.ts";
export * from "./numbers.ts";
export * from "./reinforce.ts";
export * from "./sample.ts";
export * from "./softmax.ts";
export * from "./tilt.ts";
