// Ordered output with rare slow calls against the list-scheduling makespan of the same delays: node perf/makespan.ts
// 3,000 calls of which 1 % take a hundred times as long, concurrency 32, default window. Aim: within 1.1x.
import { pointwise, random, seedFrom, type Task, task } from "../packages/laurel/src/core/index.ts";
import { scoreAll } from "../packages/laurel/src/run/index.ts";

const calls = 3000;
const concurrency = 32;
const base = 10;
const r = random(seedFrom("makespan"));
const delays = Array.from({ length: calls }, () => (r.uniform() < 0.01 ? base * 100 : base));

const free = new Float64Array(concurrency);
for (const delay of delays) {
  let first = 0;
  for (let i = 1; i < concurrency; i++) if (free[i]! < free[first]!) first = i;
  free[first] = free[first]! + delay;
}
const ideal = Math.max(...free);

const tasks: Task[] = delays.map((_, i) => task("p", ["a"], undefined, { id: String(i) }));
const slow = pointwise(
  "slow",
  (_c, of) => new Promise<number>((resolve) => setTimeout(() => resolve(1), delays[Number(of.id)]!)),
  { version: 1 },
);
const began = performance.now();
let next = 0;
for await (const row of scoreAll(slow, tasks, { concurrency }))
  if (row.id !== String(next++)) throw new Error("out of order");
const took = performance.now() - began;
console.log(
  `${calls} calls, concurrency ${concurrency}: ${took.toFixed(0)} ms against a makespan of ${ideal.toFixed(0)} ms: ${(took / ideal).toFixed(3)}x (aim 1.1x)`,
);
