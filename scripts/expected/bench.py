"""Expected values of benchmark rules and of a leaderboard, made with reference implementations.

Run: python scripts/expected/bench.py REWARDBENCH [DATA]
REWARDBENCH is a folder that holds the unpacked wheel of the reward-bench package (pip download --no-deps rewardbench; unzip).
Its functions are read from the source and run by themselves, because importing the package needs torch. DATA is the folder of
the shared data; without it the leaderboard is left as it is. Needs numpy, pandas, scipy, statsmodels and datasets.
"""

import ast
import json
import math
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import statsmodels
from datasets import Dataset
from scipy.stats import ttest_1samp
from statsmodels.stats.multitest import multipletests

package = Path(sys.argv[1])
out = Path(__file__).resolve().parents[2] / "test" / "expected" / "bench"
version = next(package.glob("rewardbench-*.dist-info")).name.split("-")[1].removesuffix(".dist")

wanted = {"calculate_scores_per_section", "reroll_and_score_dataset", "sample_stats", "process_single_model"}
tree = ast.parse((package / "rewardbench" / "utils.py").read_text())
body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in wanted]
reference: dict = {"np": np, "pd": pd, "math": math, "Dataset": Dataset}
exec(compile(ast.Module(body=body, type_ignores=[]), "utils.py", "exec"), reference)
constants: dict = {}
exec((package / "rewardbench" / "constants.py").read_text(), constants)

rng = np.random.default_rng(20261126)


def ties(count: int, exact: bool) -> dict:
    rows = []
    for k in range(count):
        right = int(rng.integers(2, 6))
        wrong = int(rng.integers(1, 5))
        draw = (lambda n: rng.normal(size=n)) if exact else (lambda n: rng.integers(0, 4, size=n).astype(float))
        tied = np.concatenate([draw(right) + 1.5, draw(wrong)])
        if not exact and np.ptp(tied[:right]) == 0:
            tied[0] += 1.0  # the released package leaves rows of spread 0 out of the last term
        ref = np.concatenate([draw(1) + 1.0, draw(wrong)])
        if rng.uniform() < 0.9:
            rows.append({"id": f"ref:{k}", "scores": ref.tolist(), "num_correct": 1})
        if rng.uniform() < 0.9:
            rows.append({"id": f"tied:{k}", "scores": tied.tolist(), "num_correct": right})
    _, overall = reference["process_single_model"](rows)
    return {"rows": rows, "overall": float(overall)}


def best_of_k(count: int) -> list:
    groups = [rng.integers(0, 4, size=4).astype(float).tolist() for _ in range(count)]
    flat = Dataset.from_dict({"text": ["x"] * (4 * count), "scores": [s for group in groups for s in group]})
    rolled = reference["reroll_and_score_dataset"](flat, [4] * count)
    return [{"scores": group, "credit": float(credit)} for group, credit in zip(groups, rolled["results"])]


def sections(count: int) -> list:
    cases = []
    for _ in range(count):
        names = [name for name in constants["EXAMPLE_COUNTS"] if rng.uniform() < 0.7]
        metrics = {name: int(rng.integers(0, 11)) / 10 for name in names}
        found = reference["calculate_scores_per_section"](
            constants["EXAMPLE_COUNTS"], constants["SUBSET_MAPPING"], metrics
        )
        cases.append({"metrics": metrics, "sections": {key: float(value) for key, value in found.items()}})
    return cases


rules = {
    "reference": f"rewardbench {version}, rewardbench/utils.py and constants.py",
    "ties": [ties(int(rng.integers(1, 30)), exact) for exact in (True, False) for _ in range(12)],
    "bestOfK": best_of_k(60),
    "sections": sections(30),
    "counts": constants["EXAMPLE_COUNTS"],
    "mapping": constants["SUBSET_MAPPING"],
}
out.mkdir(parents=True, exist_ok=True)
(out / "rewardbench.json").write_text(json.dumps(rules) + "\n")

if len(sys.argv) > 2:
    rows = [json.loads(line) for line in (Path(sys.argv[2]) / "rewardmath" / "direct_scores.jsonl").open()]
    credit = {
        row["model"]: np.array([float(s[0] > max(s[1:])) for s in row["scores"]])
        for row in rows
        if row["kind"] == "classifier"
    }
    order = sorted(credit, key=lambda name: -credit[name].mean())
    pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
    ps = [ttest_1samp(credit[a] - credit[b], 0).pvalue for a, b in pairs]
    shown = multipletests(ps, alpha=0.05, method="holm")[0]
    better = Counter(b for (a, b), yes in zip(pairs, shown) if yes)
    worse = Counter(a for (a, b), yes in zip(pairs, shown) if yes)
    standings = [
        {
            "system": name,
            "accuracy": float(credit[name].mean()),
            "ranks": [1 + better[name], len(order) - worse[name]],
        }
        for name in order
    ]
    board = {
        "reference": f"SciPy {scipy.__version__} ttest_1samp, statsmodels {statsmodels.__version__} multipletests(holm)",
        "pairs": [{"a": a, "b": b, "p": float(p)} for (a, b), p in zip(pairs, ps)],
        "standings": standings,
    }
    (out / "leaderboard.json").write_text(json.dumps(board, indent=1) + "\n")
