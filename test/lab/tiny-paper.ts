import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { type Claim, paper } from "@laurel/lab";
import { random } from "laurel";

/** A claim that takes no time: a's figure is b's plus `gain` plus noise. LAUREL_TINY_LOG counts the seeds that really ran, LAUREL_TINY_DELAY slows them. */
const claim: Claim<"a" | "b", "score", { gain: number }> = {
  id: "gain",
  statement: "a is better than b",
  scope: "a test",
  evidence: "mechanism",
  settings: { gain: 1 },
  seeds: 12,
  arms: ["a", "b"],
  bars: [
    {
      id: "a-b",
      metric: "score",
      of: "a",
      against: "b",
      role: "primary",
      bar: { kind: "superior", smallest: 0.5 },
      why: "test",
    },
  ],
  boundary: { setting: { gain: 0 }, bar: "a-b", why: "no gain, no difference" },
  async run(lab, seed, { gain }) {
    const log = process.env["LAUREL_TINY_LOG"];
    if (log !== undefined) appendFileSync(log, `${process.pid} ${seed}\n`);
    await setTimeout(Number(process.env["LAUREL_TINY_DELAY"] ?? 0));
    const rng = random(seed);
    const b = rng.normal();
    lab.note("seen", { b });
    return { a: { score: b + gain + 0.3 * rng.normal() }, b: { score: b } };
  },
};

export default paper({ slug: "tiny", component: [], claims: [claim] });
