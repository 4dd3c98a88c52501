import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { missing } from "./sandbox.ts";

const permitted =
  spawnSync("unshare", ["--user", "--map-root-user", "--mount", "--pid", "--net", "--fork", "true"]).status === 0;

it.skipIf(!permitted)("the sandbox starts wherever namespaces are permitted (skipped where they are not)", () => {
  expect(missing).toBeUndefined();
});
