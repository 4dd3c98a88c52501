"""Trajectories of PyTorch's AdamW on a small problem, for packages/lab/src/train/adam.ts.

python scripts/expected/adamw.py > test/expected/train/adamw.json
"""

import json

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

TARGET = [1.0, -2.0, 0.5, 3.0]
CURVATURE = [1.0, 10.0, 0.1, 2.0]
START = [0.3, -0.7, 2.0, 0.0]


def run(rate, decay, steps, schedule, clip):
    theta = torch.tensor(START, requires_grad=True)
    optimiser = torch.optim.AdamW([theta], lr=rate, weight_decay=decay)
    scheduler = None
    if schedule == "cosine":
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda t: (1 + torch.cos(torch.tensor(torch.pi * t / steps))).item() / 2
        )
    path = []
    norms = []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = 0.5 * (torch.tensor(CURVATURE) * (theta - torch.tensor(TARGET)) ** 2).sum()
        loss.backward()
        if clip > 0:
            norms.append(torch.nn.utils.clip_grad_norm_([theta], clip).item())
        optimiser.step()
        if scheduler is not None:
            scheduler.step()
        path.append(theta.detach().tolist())
    return {
        "rate": rate,
        "decay": decay,
        "schedule": schedule,
        "clip": clip,
        "theta": path,
        "norms": norms,
    }


print(
    json.dumps(
        {
            "made_with": f"torch {torch.__version__}",
            "target": TARGET,
            "curvature": CURVATURE,
            "start": START,
            "runs": [
                run(0.1, 0.0, 25, "constant", 0),
                run(0.1, 0.1, 25, "constant", 0),
                run(0.05, 0.5, 25, "cosine", 1.0),
            ],
        },
        indent=None,
    )
)
