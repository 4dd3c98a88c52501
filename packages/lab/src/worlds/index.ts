export * from "./fact-networks.ts";
export * from "./judges/index.ts";
export * from "./learning-curves.ts";
export * from "./model-zoo.ts";
export * from "./preferences/index.ts";
export * from "./random-mdp.ts";
export * from "./score-matrix.ts";
export * from "./score-tables.ts";
