"""Expected values for stats/length-control.ts and stats/style-control.ts.

  pip install alpaca_eval==0.6.6 scikit-learn pandas patsy
  python scripts/expected/style_control.py test/expected/style-control/style-control.json

Length control: alpaca_eval's own get_length_controlled_winrate on made-up annotations. Its difficulties and gamed rows come from the hub; a
made-up table with the same columns stands for them. liblinear stops at tol 1e-4; the folds that GroupKFold drew are recorded.
Style control: scikit-learn's LogisticRegression (L2, lbfgs, tol 1e-12) on FastChat's design, whose 0.25 |w|^2 is C = 2.
"""

import json
import sys
import tempfile

import numpy as np
import pandas as pd
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

import alpaca_eval
from alpaca_eval.metrics import glm_winrate

rng = np.random.default_rng(20261126)
n = 160
difficulty = rng.normal(size=n).round(3)
gamed = pd.DataFrame(
    {
        "index": np.tile(np.arange(n), 2),
        "model": "gamed",
        "std_delta_len": np.concatenate([rng.normal(2, 1, n), rng.normal(-2, 1, n)]).round(3),
        "instruction_difficulty": np.tile(difficulty, 2),
        "not_gamed_baseline": False,
    }
)
lean = 0.8 * np.tanh(gamed["std_delta_len"]) + 0.3 * gamed["instruction_difficulty"]
gamed["preference"] = (1 / (1 + np.exp(-lean))).round(3)
folder = tempfile.mkdtemp()
gamed.to_csv(f"{folder}/df_gamed.csv", index=False)
glm_winrate.hf_hub_download = lambda **kwargs: f"{folder}/{kwargs['filename']}"

length = []
for skill, verbosity in [(0.3, 1.6), (-0.4, 0.7), (1.2, 1.0)]:
    model = np.round(900 * verbosity * np.exp(0.5 * rng.normal(size=n))).astype(int) + 20
    base = np.round(900 * np.exp(0.5 * rng.normal(size=n))).astype(int) + 20
    logit = skill + 1.1 * np.tanh((model - base) / np.std(base - model)) - 0.5 * difficulty
    p = 1 / (1 + np.exp(-logit))
    soft = np.clip(p + 0.25 * rng.normal(size=n), 0, 1).round(4)
    soft[rng.choice(n, 6, replace=False)] = 0.5
    annotations = pd.DataFrame(
        {
            "index": np.arange(n),
            "preference": np.where(soft == 0.5, 1.5, soft + 1),
            "output_1": ["a" * k for k in base],
            "output_2": ["a" * k for k in model],
            "generator_1": "baseline",
            "generator_2": "model",
            "annotator": "made up",
        }
    )
    case = {"preference": soft.tolist(), "length": model.tolist(), "baselineLength": base.tolist(), "results": {}}
    for name in ["length_controlled_minimal", "length_controlled_noreg", "length_controlled_v1"]:
        kept = {}
        original = glm_winrate.fit_LogisticRegressionCV

        def spy(*args, **kwargs):
            kept["model"] = original(*args, **kwargs)
            return kept["model"]

        glm_winrate.fit_LogisticRegressionCV = spy
        found = glm_winrate.get_length_controlled_winrate(annotations.copy(), glm_name=name, save_weights_dir=None)
        glm_winrate.fit_LogisticRegressionCV = original
        case["results"][name] = {
            "winRate": float(found["length_controlled_winrate"]),
            "standardError": float(found["lc_standard_error"]),
            "c": float(np.ravel(kept["model"].C_)[0]),
            "coefficients": np.ravel(kept["model"].coef_).tolist(),
        }
    length.append(case)


def folds(rows):
    groups = np.tile(np.arange(rows), 2)
    fold = np.zeros(rows, int)
    for f, (_, test) in enumerate(GroupKFold(5).split(np.zeros(2 * rows), groups=groups)):
        fold[groups[test]] = f
    return fold.tolist()


models, battles = 5, 400
skill = np.array([0.5, 0.2, 0.0, -0.2, -0.5])
first = rng.integers(models, size=battles)
second = (first + 1 + rng.integers(models - 1, size=battles)) % models
verbose = np.array([300, 800, 500, 900, 350])
counts = {}
for name, of in {"length": verbose, "headers": verbose / 300, "lists": verbose / 100, "bold": verbose / 120}.items():
    counts[name] = [rng.poisson(of[first]).tolist(), rng.poisson(of[second]).tolist()]
design = np.zeros((battles, models))
design[np.arange(battles), first] = np.log(10)
design[np.arange(battles), second] = -np.log(10)
features = []
for a, b in counts.values():
    x = (np.array(a) - np.array(b)) / (np.array(a) + np.array(b) + 1)
    features.append((x - x.mean()) / x.std())
features = np.column_stack(features)
logit = np.log(10) * (skill[first] - skill[second]) + 0.6 * features[:, 0]
y = (rng.random(battles) < 1 / (1 + np.exp(-logit))).astype(float)
y[rng.choice(battles, 40, replace=False)] = 0.5


def ratings(x):
    fit = LogisticRegression(C=2.0, fit_intercept=False, tol=1e-12, max_iter=100000)
    fit.fit(np.vstack([x, x]), np.repeat([1, 0], battles), sample_weight=np.concatenate([y, 1 - y]))
    return fit.coef_[0]


controlled = ratings(np.hstack([design, features]))
json.dump(
    {
        "made_with": {"alpaca_eval": getattr(alpaca_eval, "__version__", "0.6.6"), "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "difficulty": difficulty.tolist(),
        "gamed": {k: gamed[k].tolist() for k in ["std_delta_len", "instruction_difficulty", "preference"]},
        "folds": folds(n),
        "foldsWithGamed": folds(3 * n),
        "length": length,
        "style": {
            "first": first.tolist(),
            "second": second.tolist(),
            "result": y.tolist(),
            "counts": counts,
            "plain": (1000 + 400 * ratings(design)).tolist(),
            "controlled": (1000 + 400 * controlled[:models]).tolist(),
            "effects": controlled[models:].tolist(),
        },
    },
    open(sys.argv[1], "w"),
    separators=(",", ":"),
)
