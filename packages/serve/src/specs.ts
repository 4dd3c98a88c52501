import type { Reward } from "laurel/core";
import { type JsonObject, UsageError } from "laurel/core";
import { allKinds, rewardFrom } from "laurel/spec";
import { z } from "zod";
import type { Engine } from "./engine.ts";
import { type Operation, operation } from "./http/operation.ts";
import { Problem } from "./http/problem.ts";
import { describe } from "./protocols/laurel.ts";

/** Kinds that a stranger's spec may use: they neither run code, nor read files, nor call other machines. */
export const harmless: ReadonlySet<string> = new Set([
  "verify.math",
  "verify.exact",
  "verify.format",
  "verify.numeric",
  "verify.choice",
  "reference.tokenF1",
  "reference.exactMatch",
  "length",
  "weighted",
  "gate",
  "route",
  "ensemble",
  "multiplicative",
  "to-reward",
  "to-comparer",
]);
const most = 100;

/** Refuses a spec that names a kind outside the list, at any depth. @throws UsageError */
export function checkKinds(value: unknown, depth = 0): void {
  if (depth > 32) throw new UsageError("the spec is nested too deeply");
  if (typeof value === "string") {
    if (Object.hasOwn(allKinds(), value) && !harmless.has(value))
      throw new UsageError(`the kind "${value}" is not allowed over HTTP`);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const kind = (value as JsonObject)["kind"];
  // a name that is no kind, such as a transform's, is harmless; a kind outside the list is refused as any string is
  if (kind !== undefined && typeof kind !== "string") throw new UsageError("kind: expected a text");
  for (const inner of Object.values(value)) checkKinds(inner, depth + 1);
}

/**
 * `POST /v1/rewards`: makes a reward from a spec and serves it under its fingerprint until the server ends.
 * @param rewards what is served; it grows
 */
export function specOperations(rewards: Map<string, Reward>, engine: Engine): Operation[] {
  const made = new Set<string>();
  return [
    operation({
      method: "post",
      paths: ["/v1/rewards"],
      summary: "Make a reward from a spec",
      tag: "laurel",
      body: z.strictObject({ spec: z.union([z.string(), z.looseObject({ kind: z.string() })]) }),
      answer: z.looseObject({ id: z.string(), name: z.string() }),
      status: 201,
      failures: [409],
      async handle(_exchange, { spec }) {
        checkKinds(spec);
        const reward = await rewardFrom(spec, { files: false });
        const refusal = engine.refusal(reward);
        if (refusal !== undefined || reward.fingerprint === null)
          throw new Problem(422, "invalid", refusal ?? "a reward without a fingerprint cannot be named");
        const id = `spec-${reward.fingerprint.slice(0, 16)}`;
        if (!rewards.has(id)) {
          if (made.size >= most)
            throw new Problem(409, "too-many-rewards", `at most ${most} rewards are made over HTTP`);
          made.add(id);
          rewards.set(id, reward);
        }
        return describe(id, rewards.get(id)!);
      },
    }),
  ];
}
