import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, so that none of them is left to one worker at the end. */
const longest = [
  "test/docs.test.ts",
  "test/models-local/text.test.ts",
  "test/lab/rehearse.test.ts",
  "test/serve/abuse.test.ts",
  "test/judge/commands.test.ts",
  "test/lab/train.test.ts",
  "test/code/hostile.test.ts",
  "test/lab/pack.test.ts",
];

/** Vitest's order, but for the longest files, which come first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
