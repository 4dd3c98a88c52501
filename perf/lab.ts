// The laboratory beside what else would do its work; CPU time where one process counts, wall time where two do.
// 1. Policy-gradient steps a second on the reference bandit (300 prompts x 48 candidates, 12 features): the exact gradient of the
//    expected reward over all prompts, beside the same in NumPy, written with einsum and, faster, as one matrix-vector product.
// 2. Seeds a second of two worker processes of the engine beside two independent processes that share nothing (target: 0.9).
// Runs alternate and the medians are printed; on a machine that others load, the second figure says little.
// node --conditions=source perf/lab.ts     (PYTHON=/path/to/python with NumPy; default python3)
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { random, seedFrom } from "laurel";
import { runPaper } from "../packages/lab/src/index.ts";
import { expectedGradient } from "../packages/lab/src/policy/index.ts";

const [prompts, candidates, dim, steps, rounds] = [300, 48, 12, 400, 5];
const median = (x: readonly number[]): number => [...x].sort((a, b) => a - b)[Math.floor(x.length / 2)]!;

const rng = random(seedFrom("perf"));
const normals = (n: number): Float64Array => Float64Array.from({ length: n }, () => rng.normal());
const groups = { features: normals(prompts * candidates * dim), dim, candidates };
const reward = normals(prompts * candidates);
const climb = (count: number): void => {
  const theta = new Float64Array(dim);
  for (let step = 0; step < count; step++) {
    const gradient = expectedGradient(groups, theta, reward);
    for (let d = 0; d < dim; d++) theta[d]! += 0.1 * gradient[d]!;
  }
};
const ownRound = (): number => {
  const began = process.cpuUsage();
  climb(steps);
  return steps / (process.cpuUsage(began).user / 1e6);
};

const python = `
import os
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np, time
rng = np.random.default_rng(0)
phi = rng.normal(size=(${prompts}, ${candidates}, ${dim})); r = rng.normal(size=(${prompts}, ${candidates}))
flat = phi.reshape(-1, ${dim})
def weights(z):
    p = np.exp(z - z.max(1, keepdims=True)); p /= p.sum(1, keepdims=True)
    return p * (r - (p * r).sum(1, keepdims=True))
def einsum(theta):
    return np.einsum("pk,pkd->d", weights(phi @ theta), phi)
def product(theta):
    return weights((flat @ theta).reshape(r.shape)).reshape(-1) @ flat
for gradient in (einsum, product):
    theta = np.zeros(${dim})
    for step in range(50 + ${steps}):
        if step == 50:
            t = time.process_time()
        theta = theta + 0.1 * gradient(theta) / ${prompts}
    print(${steps} / (time.process_time() - t))
`;
const numpyRound = (): number[] | undefined => {
  const numpy = spawnSync(process.env["PYTHON"] ?? "python3", ["-c", python], { encoding: "utf8" });
  return numpy.status === 0 ? numpy.stdout.trim().split("\n").map(Number) : undefined;
};

climb(100);
const own: number[] = [];
const theirs: number[][] = [];
for (let round = 0; round < rounds; round++) {
  own.push(ownRound());
  const numpy = numpyRound();
  if (numpy !== undefined) theirs.push(numpy);
}
console.log(`TypeScript: ${median(own).toFixed(0)} steps per CPU second`);
if (theirs.length === 0) console.log("NumPy: not installed here");
for (const [i, name] of ["einsum", "matrix-vector product"].entries()) {
  const figures = theirs.map((round) => round[i]!);
  if (figures.length === 0) continue;
  const ratio = median(figures.map((figure, round) => own[round]! / figure));
  console.log(`NumPy, ${name}: ${median(figures).toFixed(0)} steps per CPU second; ratio ${ratio.toFixed(2)}`);
}

const paper = new URL("../packages/lab/src/papers/pf-ppo.ts", import.meta.url).href;
const lab = new URL("../packages/lab/src/index.ts", import.meta.url).href;
const [seeds, claims] = [8, ["filters"]];
const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const twoWorkers = (): Promise<unknown> => runPaper(paper, { phase: "perf", seeds, workers: 2, claims });
const twoProcesses = (): Promise<unknown> => {
  const options = { phase: "perf", seeds: seeds / 2, workers: 0, claims };
  const script = `const { runPaper } = await import("${lab}"); await runPaper("${paper}", ${JSON.stringify(options)});`;
  const flags = ["--conditions=source", "--input-type=module", "-e", script];
  return Promise.all([0, 1].map(() => once(spawn(process.execPath, flags, { stdio: "inherit" }), "exit")));
};
const workers: number[] = [];
const processes: number[] = [];
for (let round = 0; round < 3; round++) {
  workers.push(await seconds(twoWorkers));
  processes.push(await seconds(twoProcesses));
}
const ratio = median(processes.map((time, round) => time / workers[round]!));
console.log(
  `${seeds} seeds: ${median(workers).toFixed(1)} s with two workers, ${median(processes).toFixed(1)} s in two independent processes; ratio ${ratio.toFixed(2)}`,
);
