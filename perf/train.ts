// Training and scoring of learned rewards, one thread each.
// 1. Pairs a second of training a linear Bradley-Terry head on 1,024 features (AdamW, batch 64), beside PyTorch's Linear with AdamW and the
//    same batches, and scikit-learn's LogisticRegression (lbfgs) on the differences to its own end. Aim: within 1.5x of the faster.
// 2. 200,000 pairs of 1,024 features, start to end: seconds and the process's peak memory. Aim: under 60 s and 2 GB.
// 3. Feature vectors a second of the artefact's linear head. Aim: 50,000.
// CPU time, so that a loaded machine distorts less; still, only a quiet machine's figures count.
// node --conditions=source perf/train.ts [PAIRS]     (PYTHON=/path/to/python with torch and scikit-learn; default python3)
import { spawnSync } from "node:child_process";
import { random, seedFrom } from "laurel";
import { heads } from "laurel/rewards/learned";
import { fit as fitReward } from "../packages/lab/src/train/fit.ts";
import { pairModel } from "../packages/lab/src/train/head-models.ts";
import { bradleyTerry } from "../packages/lab/src/train/losses/pair.ts";
import { scorerOf } from "../packages/lab/src/train/scorer.ts";

const dim = 1024;
const full = Number(process.argv[2] ?? 200_000);
const some = Math.min(20_000, full);
const epochs = 3;

function problem(n: number) {
  const rng = random(seedFrom("perf"));
  const words = new Uint32Array(2 * n * dim);
  rng.fill(words);
  // uniform on (−1, 1), from the same memory: normals for 400,000 vectors would take longer than the training
  const values = new Float32Array(words.buffer);
  for (let i = 0; i < words.length; i++) values[i] = words[i]! / 2 ** 31 - 1;
  const w = Float64Array.from({ length: dim }, () => rng.normal() / 8);
  const gold = (item: number): number => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += w[d]! * values[item * dim + d]!;
    return sum;
  };
  const [chosen, rejected] = [new Int32Array(n), new Int32Array(n)];
  for (let i = 0; i < n; i++) {
    const first = gold(2 * i) - gold(2 * i + 1) + rng.normal() > 0;
    chosen[i] = 2 * i + (first ? 0 : 1);
    rejected[i] = 2 * i + (first ? 1 : 0);
  }
  return { table: { rows: 2 * n, dim, values }, pairs: { chosen, rejected, labels: {} } };
}

async function train(
  n: number,
  given: ReturnType<typeof problem>,
): Promise<{ cpu: number; wall: number; right: number }> {
  const scorer = scorerOf(given.table, { centre: new Float64Array(dim), scale: 1 }, [], 1);
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const { theta } = await fitReward(
    pairModel(scorer, given.pairs, bradleyTerry()),
    { epochs, patience: 0 },
    { seed: seedFrom(1), rows },
  );
  const used = process.cpuUsage(cpu);
  const [a, b] = [scorer.forward(theta, given.pairs.chosen), scorer.forward(theta, given.pairs.rejected)];
  return {
    cpu: (used.user + used.system) / 1e6,
    wall: (performance.now() - wall) / 1000,
    right: a.reduce((sum, x, i) => sum + (x > b[i]! ? 1 : 0), 0) / n,
  };
}

const python = `
import time, numpy as np
n, dim, epochs = ${some}, ${dim}, ${epochs}
rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, size=(2 * n, dim)).astype(np.float32)
w = rng.normal(size=dim) / 8
gap = x[:n] @ w - x[n:] @ w + rng.normal(size=n)
a = np.where(gap[:, None] > 0, x[:n], x[n:]); b = np.where(gap[:, None] > 0, x[n:], x[:n])
try:
    import torch
    torch.set_num_threads(1)
    net = torch.nn.Linear(dim, 1); torch.nn.init.zeros_(net.weight)
    opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
    ta, tb = torch.from_numpy(a), torch.from_numpy(b)
    t = time.process_time()
    for _ in range(epochs):
        order = torch.randperm(n)
        for i in range(0, n, 64):
            rows = order[i:i + 64]
            opt.zero_grad()
            (-torch.nn.functional.logsigmoid(net(ta[rows]) - net(tb[rows]))).mean().backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
    print("PyTorch " + torch.__version__ + ", same batches", epochs * n / (time.process_time() - t), sep="|")
except ImportError as e:
    print("PyTorch", "not installed", sep="|")
try:
    import sklearn
    from sklearn.linear_model import LogisticRegression
    sign = np.where(rng.random(n) < 0.5, 1, -1)
    t = time.process_time()
    fitted = LogisticRegression(fit_intercept=False).fit((a - b) * sign[:, None], sign > 0)
    spent = time.process_time() - t
    print("scikit-learn " + sklearn.__version__ + f", lbfgs, {fitted.n_iter_[0]} passes", fitted.n_iter_[0] * n / spent, spent, sep="|")
except ImportError as e:
    print("scikit-learn", "not installed", sep="|")
`;

const rate = (value: number): string => Math.round(value).toLocaleString("en-GB");
{
  const given = problem(some);
  const own = await train(some, given);
  console.log(`1. ${rate(some)} pairs of ${dim} features, ${epochs} epochs, CPU time of one thread`);
  console.log(`   Laurel: ${rate((epochs * some) / own.cpu)} pairs/s (${(100 * own.right).toFixed(1)} % right)`);
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const other = spawnSync(process.env["PYTHON"] ?? "python3", ["-c", python], { encoding: "utf8", env });
  for (const line of other.status === 0 ? other.stdout.trim().split("\n") : []) {
    const [name, pairs, spent] = line.split("|");
    console.log(
      Number(pairs) > 0
        ? `   ${name}: ${rate(Number(pairs))} pairs/s${spent === undefined ? "" : `, ${Number(spent).toFixed(2)} s in all`}`
        : `   ${name}: ${pairs}`,
    );
  }
  if (other.status !== 0) console.log("   Python with NumPy is missing: no comparison");
}
{
  const given = problem(full);
  const own = await train(full, given);
  const peak = process.resourceUsage().maxRSS / 2 ** 20;
  console.log(
    `2. ${rate(full)} pairs of ${dim} features, ${epochs} epochs: ${own.cpu.toFixed(1)} s of CPU, ${own.wall.toFixed(1)} s on the clock, peak ${peak.toFixed(2)} GB (${(100 * own.right).toFixed(1)} % right)`,
  );
  const tensors = scorerOf(given.table, { centre: new Float64Array(dim), scale: 1 }, [], 1).pack(
    Float64Array.from({ length: dim + 1 }, (_, i) => Math.sin(i)),
    [1],
    [0],
  );
  const score = heads["linear"]!.score!(tensors, { dim });
  const vectors = Math.min(50_000, given.table.rows);
  const began = process.cpuUsage();
  let sum = 0;
  for (let i = 0; i < vectors; i++)
    sum += score({ candidate: given.table.values.subarray(i * dim, (i + 1) * dim) }).value;
  const spent = process.cpuUsage(began).user / 1e6;
  console.log(`3. scoring: ${rate(vectors / spent)} feature vectors/s a core (sum ${sum.toFixed(3)})`);
}
