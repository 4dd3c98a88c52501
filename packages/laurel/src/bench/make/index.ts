export * from "./expression-writer.ts";
export { type Form, forms } from "./forms.ts";
export type { Chosen, GeneratedTopic, Generator, Made, Parameter } from "./generator.ts";
export * from "./generators.ts";
export * from "./pairs.ts";
