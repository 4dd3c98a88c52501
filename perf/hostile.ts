// The latency of ordinary answers beside hostile ones in one stream: node perf/hostile.ts
// 2,000 ordinary answers through the pool, alone and with a hostile one after every tenth; p50 and p99 of the ordinary ones.
import { task } from "../packages/laurel/src/core/index.ts";
import { hostileAnswers, math } from "../packages/laurel/src/rewards/verify/math/index.ts";
import { Pool } from "../packages/laurel/src/run/index.ts";

const seed = "0123456789abcdef0123456789abcdef";
const ordinary = Array.from({ length: 2000 }, (_, i) =>
  task("p", [`so it is \\boxed{\\frac{${i}}{7}}`], `\\frac{${2 * i}}{14}`),
);
const hostile = Object.values(hostileAnswers()).map((text) => task("p", [text], "1"));
const reward = math();

async function latencies(mixed: boolean): Promise<{ p50: number; p99: number; faults: number; unscored: number }> {
  await using pool = new Pool({ workers: 2 });
  await pool.score(reward, ordinary.slice(0, 200), seed, 0);
  const times: number[] = [];
  let faults = 0;
  let unscored = 0;
  for (const [i, one] of ordinary.entries()) {
    const beside =
      mixed && i % 10 === 0 ? pool.score(reward, [hostile[(i / 10) % hostile.length]!], seed, 0) : undefined;
    const began = performance.now();
    await pool.score(reward, [one], seed, 0);
    times.push(performance.now() - began);
    const score = (await beside)?.[0]?.[0];
    if (score?.unscored !== undefined) unscored++;
    else if (score?.fault !== undefined) faults++;
  }
  times.sort((a, b) => a - b);
  return { p50: times[1000]!, p99: times[1980]!, faults, unscored };
}

for (const mixed of [false, true]) {
  const { p50, p99, faults, unscored } = await latencies(mixed);
  console.log(
    `${mixed ? "beside hostile answers" : "ordinary answers alone"}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms${mixed ? `; of 200 hostile ones ${faults} faults, ${unscored} unscored` : ""}`,
  );
}
