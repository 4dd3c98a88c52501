"""Makes test/expected/stats-a/*.json with SciPy, statsmodels, rliable and ppi-python.

Run from the repository's root: python scripts/expected/stats_a.py
"""
import json
import math
import pathlib
import sys

import numpy as np
import scipy
import scipy.stats as st
import scipy.special as sp
import statsmodels
import statsmodels.api as sm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

OUT = pathlib.Path("test/expected/stats-a")
VERSIONS = {
    "python": sys.version.split()[0],
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "statsmodels": statsmodels.__version__,
}


def write(name, body, **versions):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps({"versions": {**VERSIONS, **versions}, **body}, separators=(",", ":")) + "\n")


def special():
    """Rows of [function, arguments..., value]; values that underflow are left out."""
    rows = []

    def add(name, args, value):
        value = float(value)
        if math.isfinite(value) and (value == 0 or abs(value) > 1e-290):
            rows.append([name, *[float(a) for a in args], value])

    for x in [1e-5, 0.1, 0.5, 0.99, 1.01, 1.5, 2.5, 3, 7.3, 14.9, 15, 100.5, 1e4, 1e8]:
        add("logGamma", [x], sp.gammaln(x))
    for x in [-5, -2, -0.5, 0, 1e-9, 0.1, 0.7, 1, 1.9, 3, 5, 8, 20]:
        add("erf", [x], sp.erf(x))
        add("erfc", [x], sp.erfc(x))
        add("normalCdf", [x], sp.ndtr(x))
    ps = [1e-12, 1e-6, 0.001, 0.025, 0.2, 0.4999, 0.5, 0.6, 0.9, 0.975, 0.9999, 1 - 1e-9]
    for p in ps:
        add("normalQuantile", [p], sp.ndtri(p))
    for a in [0.01, 0.5, 1, 2.5, 10, 300, 1e5]:
        for r in [0.01, 0.3, 0.9, 1, 1.1, 2, 10]:
            add("incompleteGamma", [a, a * r], sp.gammainc(a, a * r))
    for a, b in [(0.1, 0.1), (0.5, 0.5), (1, 3), (2.5, 0.7), (10, 20), (400, 30), (5e4, 7e4), (0.5, 1e5)]:
        for x in [1e-6, 0.01, 0.3, 0.5, 0.8, 0.99, a / (a + b)]:
            add("incompleteBeta", [x, a, b], sp.betainc(a, b, x))
        for p in ps:
            if 1e-250 < (q := sp.betaincinv(a, b, p)) < 1 - 1e-13:
                add("betaQuantile", [p, a, b], q)
    for df in [0.5, 1, 2, 3, 9, 29.5, 200, 1e5]:
        for t in [-40, -3, -1, -0.1, 0, 0.5, 2, 7]:
            add("tCdf", [t, df], st.t.cdf(t, df))
        for p in ps:
            add("tQuantile", [p, df], st.t.ppf(p, df))
    for df in [0.5, 1, 2, 3, 9, 30, 200, 1e4]:
        for x in [1e-6, 0.1, 1, 3.84, 20, 150, 1e4]:
            add("chi2Cdf", [x, df], st.chi2.cdf(x, df))
            add("chi2Sf", [x, df], st.chi2.sf(x, df))
        for p in ps:
            add("chi2Quantile", [p, df], st.chi2.ppf(p, df))
    for d1, d2 in [(1, 1), (2, 10), (5, 3), (30, 40), (200, 1000)]:
        for x in [0.01, 0.5, 1, 2.5, 10]:
            add("fCdf", [x, d1, d2], st.f.cdf(x, d1, d2))
        for p in ps:
            add("fQuantile", [p, d1, d2], st.f.ppf(p, d1, d2))
    for n, p in [(1, 0.3), (10, 0.5), (40, 0.07), (1000, 0.999), (100000, 0.2)]:
        for k in sorted({0, 1, n // 3, int(n * p), n - 1, n}):
            add("binomialPmf", [k, n, p], st.binom.pmf(k, n, p))
            add("binomialCdf", [k, n, p], st.binom.cdf(k, n, p))
        for q in [0.01, 0.3, 0.5, 0.9, 0.999]:
            add("binomialQuantile", [q, n, p], st.binom.ppf(q, n, p))
    for df, delta in [(1, 0.5), (4, 2), (9, -1), (30, 3), (200, 5), (2000, 1)]:
        for t in [-2, 0, 1, 2.2, 4]:
            add("noncentralTCdf", [t, df, delta], st.nct.cdf(t, df, delta))
    write("special", {"rows": rows})


def intervals():
    proportions = []
    for k, n in [(0, 1), (1, 1), (0, 10), (3, 10), (8, 10), (10, 10), (37, 120), (999, 1000), (50000, 100000)]:
        for level in [0.8, 0.95, 0.99]:
            b = st.binomtest(k, n)
            w, c = b.proportion_ci(level, "wilson"), b.proportion_ci(level, "exact")
            proportions.append([k, n, level, w.low, w.high, c.low, c.high])
    rng = np.random.default_rng(1)
    values = rng.gamma(2.0, size=17).round(6)
    ci = st.ttest_1samp(values, 0).confidence_interval(0.9)
    write("intervals", {"proportions": proportions, "mean": {"values": values.tolist(), "level": 0.9, "low": ci.low, "high": ci.high}})


class Fixed(np.random.Generator):
    """A generator whose integers() are given, so that SciPy resamples with known indices."""

    def __init__(self, indices):
        super().__init__(np.random.PCG64(0))
        self.indices, self.at = indices, 0

    def integers(self, low, high=None, size=None, **_):
        rows = self.indices[self.at : self.at + size[0]]
        self.at += size[0]
        assert rows.shape == tuple(size)
        return rows


def bootstrap():
    cases = []
    rng = np.random.default_rng(2)
    for n, reps in [(8, 199), (25, 300)]:
        values = rng.exponential(size=n).round(6)
        indices = rng.integers(0, n, (reps, n))
        case = {"values": values.tolist(), "reps": reps, "indices": indices.ravel().tolist(), "intervals": []}
        for statistic, name in [(np.mean, "mean"), (np.std, "sd")]:
            for method, ours in [("percentile", "percentile"), ("basic", "basic"), ("BCa", "bca")]:
                for level in [0.8, 0.95]:
                    ci = st.bootstrap((values,), statistic, n_resamples=reps, batch=reps, method=method, confidence_level=level, rng=Fixed(indices)).confidence_interval
                    case["intervals"].append([name, ours, level, float(ci.low), float(ci.high)])
        cases.append(case)
    write("bootstrap", {"cases": cases})


def tests():
    rng = np.random.default_rng(3)
    paired = []
    for n, digits in [(5, 6), (9, 1), (12, 0), (13, 6), (30, 6), (40, 0), (80, 1), (200, 6)]:
        d = rng.normal(0.4, 1.0, n).round(digits) + 0.0
        row = {"d": d.tolist(), "t": [], "flip": [], "wilcoxon": []}
        for alt in ["two-sided", "greater", "less"]:
            t = st.ttest_1samp(d, 0, alternative=alt)
            row["t"].append([alt, float(t.statistic), float(t.pvalue)])
            if n <= 13:
                p = st.permutation_test((d,), np.mean, permutation_type="samples", alternative=alt, n_resamples=np.inf).pvalue
                row["flip"].append([alt, float(p)])
            for zeros in ["wilcox", "pratt", "zsplit"]:
                clean = len(set(abs(d))) == n and not (d == 0).any()
                for method, correction in [("auto", False), ("asymptotic", False), ("asymptotic", True)]:
                    exact = method == "auto" and n <= 50 and (clean or n <= 13)
                    if method == "auto" and not exact and n <= 50:
                        continue
                    w = st.wilcoxon(d, zero_method=zeros, correction=correction, alternative=alt, method=method)
                    row["wilcoxon"].append([alt, zeros, "auto" if method == "auto" else "normal", correction, float(w.statistic), float(w.pvalue)])
        ci = st.ttest_1samp(d, 0).confidence_interval(0.95)
        row["ci"] = [float(ci.low), float(ci.high)]
        paired.append(row)
    tables = []
    for b, c in [(1, 5), (0, 0), (3, 3), (10, 2), (0, 7), (45, 71), (400, 350)]:
        exact = mcnemar([[0, b], [c, 0]], exact=True)
        row = [b, c, float(exact.pvalue)]
        if b + c:
            for correction in [False, True]:
                chi = mcnemar([[0, b], [c, 0]], exact=False, correction=correction)
                row += [float(chi.statistic), float(chi.pvalue)]
            mid = 1.0 if b == c else float(exact.pvalue - st.binom.pmf(min(b, c), b + c, 0.5))
            row.append(mid)
        tables.append(row)
    adjust = []
    for m in [1, 3, 8]:
        ps = np.round(rng.uniform(0, 0.2, m), 3)
        adjust.append({"ps": ps.tolist(), "holm": multipletests(ps, method="holm")[1].tolist(), "bh": st.false_discovery_control(ps).tolist()})
    clusters = []
    for n, g in [(12, 4), (60, 9)]:
        labels = rng.integers(0, g, n)
        y = (rng.normal(size=g)[labels] + rng.normal(size=n)).round(6)
        cr1 = sm.OLS(y, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": labels, "use_correction": True}, use_t=True)
        cr0 = sm.OLS(y, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": labels, "use_correction": False})
        clusters.append({"y": y.tolist(), "labels": labels.tolist(), "cr1": float(cr1.bse[0]), "cr0": float(cr0.bse[0]), "ci": [float(x) for x in cr1.conf_int()[0]]})
    power = []
    for effect, n, alpha in [(0.2, 50, 0.05), (0.5, 10, 0.05), (0.8, 15, 0.01), (0.1, 1000, 0.05), (0.0, 20, 0.05)]:
        power.append([effect, n, alpha, float(TTestPower().power(effect, n, alpha))])
    needed = []
    for effect, target in [(0.2, 0.8), (0.5, 0.9), (1.5, 0.8)]:
        needed.append([effect, target, float(TTestPower().solve_power(effect, None, 0.05, target))])
    write("tests", {"paired": paired, "mcnemar": tables, "adjust": adjust, "clusters": clusters, "power": power, "needed": needed})


def rliable_values():
    from importlib.metadata import version

    from rliable import library, metrics

    rng = np.random.default_rng(4)
    cases = []
    for runs, tasks, digits in [(3, 2, 1), (5, 7, 2), (6, 8, 6), (10, 26, 6)]:
        x = np.exp(rng.normal(size=(runs, tasks))).round(digits)
        y = np.exp(rng.normal(0.2, 1, size=(runs + 1, tasks))).round(digits)
        taus = [0.0, 0.5, 1.0, 1.5, 3.0]
        cases.append({
            "x": x.tolist(), "y": y.tolist(), "taus": taus,
            "mean": float(metrics.aggregate_mean(x)), "median": float(metrics.aggregate_median(x)),
            "iqm": float(metrics.aggregate_iqm(x)), "gap": float(metrics.aggregate_optimality_gap(x, 1)),
            "improvement": float(metrics.probability_of_improvement(x, y)),
            "runProfile": library.score_distributions(x, taus).tolist(),
            "taskProfile": library.average_score_distributions(x, taus).tolist(),
        })
    x, y = np.array(cases[2]["x"]), np.array(cases[2]["y"])
    intervals = {}
    reps = 50_000
    for name, f in [("iqm", metrics.aggregate_iqm), ("mean", metrics.aggregate_mean), ("median", metrics.aggregate_median)]:
        _, ci = library.get_interval_estimates({"a": x}, lambda m: np.array([f(m)]), reps=reps)
        intervals[name] = [float(ci["a"][0, 0]), float(ci["a"][1, 0])]
    _, ci = library.get_interval_estimates({"a": (x, y)}, lambda a, b: np.array([metrics.probability_of_improvement(a, b)]), reps=5000)
    intervals["improvement"] = [float(ci["a"][0, 0]), float(ci["a"][1, 0])]
    write("rliable", {"cases": cases, "intervals": intervals, "reps": reps, "improvementReps": 5000}, rliable=version("rliable"), arch=version("arch"))


def ppi():
    from importlib.metadata import version

    from ppi_py import ppi_mean_ci, ppi_mean_pointestimate
    from ppi_py.ppi import _calc_lam_glm

    rng = np.random.default_rng(5)
    cases = []
    for n, wide, noise in [(20, 200, 0.3), (50, 1000, 1.0), (30, 60, 0.05)]:
        y = rng.normal(size=n + wide)
        f = y + noise * rng.normal(size=n + wide) + 0.2
        y, f = y.round(6), f.round(6)
        first = f[n:].mean() + (y[:n] - f[:n]).mean()
        lam = _calc_lam_glm((y[:n] - first)[:, None], (f[:n] - first)[:, None], (f[n:] - first)[:, None], np.eye(1), clip=True)
        rows = []
        for name, l in [("tuned", None), ("one", 1)]:
            value = float(np.ravel(ppi_mean_pointestimate(y[:n], f[:n], f[n:], lam=l))[0])
            low, high = (float(np.ravel(v)[0]) for v in ppi_mean_ci(y[:n], f[:n], f[n:], alpha=0.1, lam=l))
            rows.append([name, float(lam) if l is None else 1.0, value, low, high])
        cases.append({"y": y[:n].tolist(), "f": f[:n].tolist(), "wide": f[n:].tolist(), "rows": rows})
    write("ppi", {"cases": cases}, ppi_python=version("ppi-python"))


if __name__ == "__main__":
    rliable_values()
    ppi()
    special()
    intervals()
    bootstrap()
    tests()
