/**
 * Step time of the small transformer (forward, Bradley-Terry loss, gradient, AdamW) beside PyTorch on the CPU at one thread, and how many
 * texts a second its plain forward pass scores. CPU seconds of the process, so that a busy machine blurs little.
 *
 * node --conditions=source perf/nets.ts     (PYTHON names an interpreter with torch, default python3; without it their side is skipped)
 */
import { spawnSync } from "node:child_process";
import { transformerNet } from "../packages/lab/src/nets/index.ts";
import { adamState, adamwStep } from "../packages/lab/src/train/adam.ts";
import { bradleyTerry } from "../packages/lab/src/train/losses/pair.ts";
import { random, seedFrom } from "../packages/laurel/src/core/index.ts";
import {
  type TransformerShape,
  transformerForward,
  transformerWeights,
} from "../packages/laurel/src/rewards/learned/index.ts";

const shape: TransformerShape = { dim: 48, vocabulary: 256, width: 64, blocks: 2, heads: 4, hidden: 128 };
const PAIRS = 32;
const STEPS = 10;

const PROGRAM = `
import json, math, sys, time, torch
torch.set_num_threads(1)
dim, V, W, B, H, F, pairs, steps = map(int, sys.argv[1:])
g = torch.Generator().manual_seed(1)
mat = lambda *s: (torch.randn(*s, generator=g) / math.sqrt(s[0])).requires_grad_()
one = lambda: torch.ones(W).requires_grad_()
E, P, head, bias, last = mat(V, W), mat(dim, W), mat(W, 1), torch.zeros(1).requires_grad_(), one()
blocks = [dict(n1=one(), qkv=mat(W, 3 * W), out=mat(W, W), n2=one(), up=mat(W, F), down=mat(F, W)) for _ in range(B)]
params = [E, P, head, bias, last] + [v for b in blocks for v in b.values()]
opt = torch.optim.AdamW(params, lr=1e-3)
mask = torch.triu(torch.ones(dim, dim, dtype=torch.bool), 1)
norm = lambda x, gain: gain * x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)
def score(t):
    n = t.shape[0]
    x = E[t] + P
    for b in blocks:
        q, k, v = (norm(x, b["n1"]) @ b["qkv"]).split(W, -1)
        part = lambda m: m.reshape(n, dim, H, W // H).transpose(1, 2)
        s = part(q) @ part(k).transpose(2, 3) / math.sqrt(W // H)
        x = x + (s.masked_fill(mask, -math.inf).softmax(-1) @ part(v)).transpose(1, 2).reshape(n, dim, W) @ b["out"]
        x = x + torch.nn.functional.silu(norm(x, b["n2"]) @ b["up"]) @ b["down"]
    return (norm(x[:, -1], last) @ head + bias).squeeze(-1)
t = torch.randint(1, V, (2 * pairs, dim), generator=g)
def step():
    opt.zero_grad()
    s = score(t)
    loss = torch.nn.functional.softplus(s[pairs:] - s[:pairs]).mean()
    loss.backward()
    opt.step()
for _ in range(3): step()
at = time.process_time()
for _ in range(steps): step()
print(json.dumps({"seconds": (time.process_time() - at) / steps, "version": torch.__version__}))
`;

const rng = random(seedFrom("perf nets"));
const tokens = Int32Array.from({ length: 2 * PAIRS * shape.dim }, () => 1 + rng.below(shape.vocabulary - 1));
using net = await transformerNet(shape, { outputs: 1, rows: 2 * PAIRS });
const theta = Float64Array.from(net.start(seedFrom("start")));
const state = adamState(net.parameters);
const loss = bradleyTerry();
const gradient = new Float64Array(net.parameters);
const step = (): void => {
  gradient.fill(0);
  const own = Float32Array.from(theta);
  const scores = Float64Array.from(net.forward(own, tokens));
  const { first, second } = loss(scores.subarray(0, PAIRS), scores.subarray(PAIRS), {});
  net.backward(own, tokens, Float64Array.of(...first, ...second), gradient);
  adamwStep(theta, gradient, state, 1e-3, 0.01);
};
const seconds = (run: () => void, times: number): number => {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / times;
};
for (let i = 0; i < 3; i++) step();
const ours = seconds(step, STEPS);
console.log(
  `a step of ${PAIRS} pairs of ${shape.dim} tokens, ${net.parameters} parameters: ${(1000 * ours).toFixed(0)} ms of CPU`,
);

const weights = transformerWeights(shape, 1, theta);
const text = tokens.subarray(0, shape.dim);
const forward = seconds(() => transformerForward(shape, 1, weights, text), 100);
console.log(`plain forward pass: ${(1 / forward).toFixed(0)} texts a second a core`);

const command = process.env["PYTHON"] ?? "python3";
const { dim, vocabulary, width, blocks, heads, hidden } = shape;
const run = spawnSync(
  command,
  ["-c", PROGRAM, ...[dim, vocabulary, width, blocks, heads, hidden, PAIRS, STEPS].map(String)],
  {
    encoding: "utf8",
  },
);
if (run.status !== 0) console.log(`PyTorch: left out (${run.error?.message ?? run.stderr.trim().split("\n").at(-1)})`);
else {
  const theirs = JSON.parse(run.stdout) as { seconds: number; version: string };
  console.log(
    `PyTorch ${theirs.version} at one thread: ${(1000 * theirs.seconds).toFixed(0)} ms; ratio ${(ours / theirs.seconds).toFixed(1)} (aim: under 4)`,
  );
}
