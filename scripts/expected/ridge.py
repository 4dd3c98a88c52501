"""Expected values for lab/train/ridge.ts.

  pip install scikit-learn numpy
  python scripts/expected/ridge.py test/expected/ridge/ridge.json

Weights of scikit-learn's Ridge(fit_intercept=False) on a fixed matrix, for each penalty.
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.linear_model import Ridge

rng = np.random.default_rng(20261126)
n, dim, outputs = 40, 6, 3
x = rng.normal(size=(n, dim)).round(4)
y = (x @ rng.normal(size=(dim, outputs)) + 0.5 * rng.normal(size=(n, outputs)) + 0.3).round(4)
fits = []
for alpha in [1e-4, 0.01, 1.0, 10.0, 1e4]:
    fit = Ridge(alpha=alpha, fit_intercept=False, solver="cholesky").fit(x, y)
    fits.append({"alpha": alpha, "weights": fit.coef_.tolist()})
out = {
    "reference": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "dim": dim,
    "x": x.tolist(),
    "y": y.tolist(),
    "fits": fits,
}
with open(sys.argv[1], "w") as file:
    json.dump(out, file)
    file.write("\n")
