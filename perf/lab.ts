// Policy-gradient steps a second on the reference bandit (300 prompts x 48 candidates, 12 features): the exact gradient of the
// expected reward over all prompts, beside the same in NumPy where python3 has it. Then two worker processes against one.
// node --conditions=source perf/lab.ts
import { spawnSync } from "node:child_process";
import { random, seedFrom } from "laurel";
import { runPaper } from "../packages/lab/src/index.ts";
import { expectedGradient } from "../packages/lab/src/policy/index.ts";

const [prompts, candidates, dim, steps] = [300, 48, 12, 300];
const rng = random(seedFrom("perf"));
const normals = (n: number): Float64Array => Float64Array.from({ length: n }, () => rng.normal());
const groups = { features: normals(prompts * candidates * dim), dim, candidates };
const reward = normals(prompts * candidates);
const theta = new Float64Array(dim);
const climb = (count: number): void => {
  for (let step = 0; step < count; step++) {
    const gradient = expectedGradient(groups, theta, reward);
    for (let d = 0; d < dim; d++) theta[d]! += 0.1 * gradient[d]!;
  }
};
climb(30);
const began = process.cpuUsage();
climb(steps);
const own = steps / (process.cpuUsage(began).user / 1e6);
console.log(`TypeScript: ${own.toFixed(0)} steps per CPU second`);

const python = `
import os
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np, time
rng = np.random.default_rng(0)
phi = rng.normal(size=(${prompts}, ${candidates}, ${dim})); r = rng.normal(size=(${prompts}, ${candidates})); theta = np.zeros(${dim})
def climb(n):
    global theta
    for _ in range(n):
        z = phi @ theta
        p = np.exp(z - z.max(1, keepdims=True)); p /= p.sum(1, keepdims=True)
        w = p * (r - (p * r).sum(1, keepdims=True))
        theta = theta + 0.1 * np.einsum("pk,pkd->d", w, phi) / ${prompts}
climb(30)
t = time.process_time(); climb(${steps}); print(${steps} / (time.process_time() - t))
`;
const numpy = spawnSync("python3", ["-c", python], { encoding: "utf8" });
if (numpy.status === 0) {
  const theirs = Number(numpy.stdout);
  console.log(`NumPy: ${theirs.toFixed(0)} steps per CPU second; ratio ${(own / theirs).toFixed(2)}`);
} else console.log("NumPy: not installed here");
// on a machine that others load, too, the second figure says little

const paper = new URL("../packages/lab/src/papers/pf-ppo.ts", import.meta.url).href;
const timed = async (workers: number): Promise<number> => {
  const start = performance.now();
  await runPaper(paper, { phase: "perf", seeds: 12, workers, claims: ["filters"] });
  return (performance.now() - start) / 1000;
};
const [one, two] = [await timed(1), await timed(2)];
console.log(
  `12 seeds: ${one.toFixed(1)} s with one worker, ${two.toFixed(1)} s with two; efficiency ${(one / two / 2).toFixed(2)}`,
);
