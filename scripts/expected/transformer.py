"""Outputs and gradients of the small transformer by PyTorch on the CPU: test/expected/learned/transformer.json.

The weights are a formula of their place, 0.5 sin(1.7 i + 0.3) rounded to float32, so that no file holds them. Run with any PyTorch.
"""

import json
import math
import pathlib

import torch

DIM, VOCABULARY, WIDTH, BLOCKS, HEADS, HIDDEN = 6, 11, 8, 2, 2, 12
TEXTS = [[3, 1, 4], [1, 5, 9, 2, 6, 5], [0], [7, 0, 10, 10], [8, 8, 8, 8, 8]]
SLOPES = [1.0, -0.5, 0.25, 2.0, -1.0]


def shapes(outputs):
    yield "tokens", (VOCABULARY, WIDTH)
    yield "positions", (DIM, WIDTH)
    for b in range(BLOCKS):
        yield f"{b}.norm1", (WIDTH,)
        yield f"{b}.qkv", (WIDTH, 3 * WIDTH)
        yield f"{b}.out", (WIDTH, WIDTH)
        yield f"{b}.norm2", (WIDTH,)
        yield f"{b}.up", (WIDTH, HIDDEN)
        yield f"{b}.down", (HIDDEN, WIDTH)
    yield "norm", (WIDTH,)
    yield "head", (WIDTH, outputs)
    yield "bias", (outputs,)


def parameters(outputs):
    named, i = {}, 0
    for name, shape in shapes(outputs):
        n = math.prod(shape)
        values = torch.tensor([0.5 * math.sin(1.7 * k + 0.3) for k in range(i, i + n)], dtype=torch.float32)
        named[name] = values.reshape(shape).to(torch.float64).requires_grad_()
        i += n
    return named


def norm(x, gain):
    return gain * x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)


def outputs_of(p, text):
    n = len(text)
    x = p["tokens"][torch.tensor(text)] + p["positions"][:n]
    for b in range(BLOCKS):
        q, k, v = (norm(x, p[f"{b}.norm1"]) @ p[f"{b}.qkv"]).split(WIDTH, dim=-1)
        part = lambda m: m.reshape(n, HEADS, WIDTH // HEADS).transpose(0, 1)
        scores = part(q) @ part(k).transpose(1, 2) / math.sqrt(WIDTH // HEADS)
        scores = scores.masked_fill(torch.triu(torch.ones(n, n, dtype=torch.bool), 1), -math.inf)
        mixed = (scores.softmax(-1) @ part(v)).transpose(0, 1).reshape(n, WIDTH)
        x = x + mixed @ p[f"{b}.out"]
        x = x + torch.nn.functional.silu(norm(x, p[f"{b}.norm2"]) @ p[f"{b}.up"]) @ p[f"{b}.down"]
    return norm(x[-1], p["norm"]) @ p["head"] + p["bias"]


p = parameters(1)
scores = torch.cat([outputs_of(p, text) for text in TEXTS])
(scores * torch.tensor(SLOPES, dtype=torch.float64)).sum().backward()
gradient = torch.cat([value.grad.flatten() for value in p.values()])

q = parameters(VOCABULARY)
logits = torch.stack([outputs_of(q, text) for text in TEXTS])
verdicts = torch.nn.functional.cross_entropy(logits, torch.tensor([2, 5, 2, 5, 2]))
verdicts.backward()
slopes = torch.cat([value.grad.flatten() for value in q.values()])

out = {
    "reference": f"PyTorch {torch.__version__}, float64 on the CPU",
    "texts": TEXTS,
    "slopes": SLOPES,
    "scores": scores.tolist(),
    "gradient": gradient.tolist(),
    "verdicts": {"targets": [2, 5, 2, 5, 2], "loss": verdicts.item(), "gradient": slopes.tolist()},
}
path = pathlib.Path(__file__).parents[2] / "test/expected/learned/transformer.json"
rounded = json.loads(json.dumps(out), parse_float=lambda text: round(float(text), 9))
path.write_text(json.dumps(rounded) + "\n")
