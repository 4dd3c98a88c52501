import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

const mocks = "packages/laurel/src/run/hire.test.ts";

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    // units keep their modules loaded from file to file; what starts servers and processes, or replaces modules, has a worker to itself
    projects: [
      {
        extends: true,
        test: { name: "units", include: ["packages/*/src/**/*.test.ts"], exclude: [mocks], isolate: false },
      },
      { extends: true, test: { name: "whole", include: ["test/**/*.test.ts", mocks] } },
    ],
    reporters: ["default", "./test/reporter.ts"],
    // one more than the two cores that CI has: tests of servers, processes and the browser mostly wait
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
