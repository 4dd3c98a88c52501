"""Expected values for stats/logistic.ts and stats/isotonic-fit.ts.

  pip install statsmodels==0.15.0 scikit-learn numpy
  python scripts/expected/logistic.py test/expected/logistic/logistic.json

Logistic regressions by statsmodels with errors clustered by a label (use_correction=True, normal quantiles are not compared), and
isotonic regressions by scikit-learn where it is installed.
"""

import json
import sys

import numpy as np
import statsmodels
import statsmodels.api as sm

rng = np.random.default_rng(20261126)
cases = []
for n, clusters in [(40, 40), (120, 30), (200, 25)]:
    x = rng.normal(size=n).round(3)
    sign = rng.choice([-1.0, 1.0], size=n)
    group = rng.integers(clusters, size=n)
    p = 1 / (1 + np.exp(-(0.4 + 0.7 * x + 0.9 * sign)))
    y = (rng.random(n) < p).astype(float)
    design = np.column_stack([np.ones(n), x, sign])
    fit = sm.Logit(y, design).fit(disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": group, "use_correction": True})
    cases.append(
        {
            "x": x.tolist(),
            "sign": sign.tolist(),
            "y": y.tolist(),
            "clusters": group.tolist(),
            "coefficients": fit.params.tolist(),
            "errors": fit.bse.tolist(),
        }
    )
out = {"made_with": {"statsmodels": statsmodels.__version__, "numpy": np.__version__}, "logistic": cases}
try:
    import sklearn
    from sklearn.isotonic import IsotonicRegression

    out["made_with"]["scikit-learn"] = sklearn.__version__
    x = rng.integers(0, 30, size=80).astype(float)
    y = (rng.random(80) < x / 30).astype(float)
    out["isotonic"] = {"x": x.tolist(), "y": y.tolist(), "fitted": IsotonicRegression().fit_transform(x, y).tolist()}
except ImportError:
    pass
with open(sys.argv[1], "w") as file:
    json.dump(out, file)
    file.write("\n")
