export * from "./ensemble.ts";
export * from "./gate.ts";
export * from "./multiplicative.ts";
export * from "./pairing.ts";
export * from "./route.ts";
export * from "./to-comparer.ts";
export * from "./to-reward.ts";
export { preferenceMatrix, type SymmetricComparer, type TournamentOptions } from "./tournament.ts";
export * from "./weighted.ts";
