export * from "./fact-networks.ts";
export * from "./judges/index.ts";
export * from "./preferences/index.ts";
export * from "./random-mdp.ts";
export * from "./score-matrix.ts";
export * from "./score-tables.ts";
