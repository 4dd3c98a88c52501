"""Makes test/expected/irt/girth.json: item parameters by girth's marginal maximum likelihood, and the likelihood's own maximum by SciPy.

Run from the repository's root: python scripts/expected/irt.py
"""
import importlib.metadata as metadata
import json
import pathlib
import sys

import numpy as np
from girth import onepl_mml, twopl_mml
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logsumexp

OUT = pathlib.Path("test/expected/irt")
VERSIONS = {"python": sys.version.split()[0], **{n: metadata.version(n) for n in ["numpy", "scipy", "girth"]}}
rng = np.random.default_rng(20261126)
x, w = np.polynomial.hermite_e.hermegauss(61)
logw = np.log(w) - 0.5 * np.log(2 * np.pi)


def marginal(params, data):
    """Negative marginal log-likelihood of the 2PL, slopes then intercepts; its maximum is the reference."""
    n = data.shape[0]
    a, d = params[:n], params[n:]
    z = a[:, None] * x + d[:, None]
    lp, lq = log_expit(z), log_expit(-z)
    logs = data.T @ lp + (1 - data.T) @ lq + logw
    ll = logsumexp(logs, axis=1)
    post = np.exp(logs - ll[:, None])
    r, total = data @ post, post.sum(0)
    res = r - total * expit(z)
    return -ll.sum(), -np.concatenate([(res * x).sum(1), res.sum(1)])


cases = {}
for name, persons, items in [("small", 300, 8), ("middle", 800, 20)]:
    a = rng.uniform(0.6, 2.0, items)
    b = rng.normal(0, 1, items)
    theta = rng.normal(0, 1, persons)
    data = (rng.random((items, persons)) < expit(a[:, None] * (theta - b[:, None]))).astype(int)
    two = twopl_mml(data)
    one = onepl_mml(data)
    best = minimize(marginal, np.concatenate([np.ones(items), np.zeros(items)]), args=(data,), jac=True, method="BFGS",
                    options={"gtol": 1e-6, "maxiter": 2000})
    cases[name] = {
        "persons": persons, "items": items, "data": ["".join(map(str, row)) for row in data.T],
        "truth": {"slope": a.tolist(), "difficulty": b.tolist()},
        "girth2pl": {"slope": two["Discrimination"].tolist(), "difficulty": two["Difficulty"].tolist()},
        "girth1pl": {"slope": float(one["Discrimination"]), "difficulty": one["Difficulty"].tolist()},
        "maximum2pl": {"slope": best.x[:items].tolist(), "intercept": best.x[items:].tolist(), "logLikelihood": -float(best.fun)},
    }
OUT.mkdir(parents=True, exist_ok=True)
(OUT / "girth.json").write_text(json.dumps({"versions": VERSIONS, **cases}, separators=(",", ":")) + "\n")
