"""Makes test/expected/stats-b/*.json with choix, statsmodels, scikit-learn, SciPy, irrCAC and krippendorff.

Run from the repository's root: python scripts/expected/stats_b.py
"""
import importlib.metadata as metadata
import itertools
import json
import pathlib
import sys
import warnings

import choix
import krippendorff
import numpy as np
import pandas as pd
import scipy.stats as st
import statsmodels.api as sm
from irrCAC.raw import CAC
from scipy.optimize import minimize
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    brier_score_loss,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
)
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

OUT = pathlib.Path("test/expected/stats-b")
PACKAGES = ["numpy", "scipy", "statsmodels", "scikit-learn", "choix", "irrCAC", "krippendorff", "pandas"]
VERSIONS = {"python": sys.version.split()[0], **{name: metadata.version(name) for name in PACKAGES}}
rng = np.random.default_rng(20240611)


def floats(x):
    return [float(v) for v in np.ravel(x)]


def write(name, body):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps({"versions": VERSIONS, **body}, separators=(",", ":")) + "\n")


def random_wins(n, games, density=1.0):
    """Counts of a Bradley-Terry model on a connected random graph, each pair won at least once by both."""
    lam = rng.normal(0, 1, n)
    wins = np.zeros((n, n))
    for i, j in itertools.combinations(range(n), 2):
        if j == i + 1 or rng.random() < density:
            won = rng.binomial(games, 1 / (1 + np.exp(lam[j] - lam[i])))
            wins[i, j] += max(won, 1)
            wins[j, i] += max(games - won, 1)
    return wins


def pairs_of(wins):
    return [(i, j) for i in range(len(wins)) for j in range(len(wins)) for _ in range(int(wins[i, j]))]


def bradley_terry():
    cases = []
    for n, games, density in [(3, 4, 1), (6, 10, 0.5), (12, 30, 0.3), (20, 6, 1)]:
        wins = random_wins(n, games, density)
        data = pairs_of(wins)
        rows = np.zeros((len(data), n))
        for at, (a, b) in enumerate(data):
            rows[at, a], rows[at, b] = 1, -1
        # item 0 is the reference; the response is always 1 (the first item of the row won)
        glm = {
            kind: sm.GLM(np.ones(len(data)), rows[:, 1:], family=sm.families.Binomial()).fit(cov_type=kind, tol=1e-14, maxiter=200)
            for kind in ["nonrobust", "HC0"]
        }
        cases.append({
            "n": n,
            "wins": floats(wins),
            "ml": floats(choix.ilsr_pairwise_dense(wins, tol=1e-13, max_iter=1000)),
            "mm": {str(a): floats(choix.mm_pairwise(n, data, alpha=a, tol=1e-13, max_iter=100000)) for a in [0.0, 0.1, 2.0]},
            "ilsr": {str(a): floats(choix.ilsr_pairwise(n, data, alpha=a, tol=1e-13, max_iter=1000)) for a in [0.0, 0.1]},
            "lsr": {str(a): floats(choix.lsr_pairwise(n, data, alpha=a)) for a in [0.0, 0.1]},
            "rankCentrality": {str(a): floats(choix.rank_centrality(n, data, alpha=a)) for a in [0.0, 0.5]},
            "differenceToFirst": floats(glm["nonrobust"].params),
            "fisherSe": floats(glm["nonrobust"].bse),
            "sandwichSe": floats(glm["HC0"].bse),
        })
    chain = np.zeros((4, 4))
    chain[0, 1], chain[1, 2] = 3, 2
    unfinished = {
        "n": 4,
        "wins": floats(chain),
        "mm": {"0.1": floats(choix.mm_pairwise(4, pairs_of(chain), alpha=0.1, tol=1e-13, max_iter=100000))},
    }
    choices = []
    for n, m in [(4, 40), (9, 200)]:
        lam = rng.normal(0, 1, n)
        top, rankings = [], []
        for _ in range(m):
            size = int(rng.integers(2, n + 1))
            items = rng.choice(n, size, replace=False)
            order = items[np.argsort(-(lam[items] + rng.gumbel(size=size)))]
            rankings.append([int(x) for x in order])
            top.append((int(order[0]), [int(x) for x in order[1:]]))
        choices.append({
            "n": n,
            "top1": top,
            "rankings": rankings,
            "top1Ml": floats(choix.ilsr_top1(n, top, tol=1e-13, max_iter=1000)),
            "top1Mm": floats(choix.mm_top1(n, top, alpha=0.2, tol=1e-13, max_iter=100000)),
            "top1Lsr": floats(choix.lsr_top1(n, top, alpha=0.05)),
            "rankingsMl": floats(choix.ilsr_rankings(n, rankings, tol=1e-13, max_iter=1000)),
            "rankingsMm": floats(choix.mm_rankings(n, rankings, alpha=0.2, tol=1e-13, max_iter=100000)),
            "rankingsLsr": floats(choix.lsr_rankings(n, rankings)),
        })
    write("bradley-terry", {"cases": cases, "unconnected": unfinished, "choices": choices})


def ties():
    cases = []
    for n, games in [(2, 12), (5, 20), (8, 9)]:
        wins, tied = random_wins(n, games), np.zeros((n, n))
        for i, j in itertools.combinations(range(n), 2):
            tied[i, j] = tied[j, i] = rng.integers(0, 6)
        i, j = np.triu_indices(n, 1)
        w, l, t = wins[i, j], wins[j, i], tied[i, j]

        def davidson(x):
            lam = np.append(x[:-1], 0.0)
            d, e = lam[i] - lam[j], x[-1]
            z = np.logaddexp(np.logaddexp(d / 2, -d / 2), e)
            return -(w * (d / 2 - z) + l * (-d / 2 - z) + t * (e - z)).sum()

        def rao_kupper(x):
            lam = np.append(x[:-1], 0.0)
            d, e = lam[i] - lam[j], np.exp(x[-1])
            a, b = -np.logaddexp(0, e - d), -np.logaddexp(0, e + d)
            return -(w * a + l * b + t * (a + b + np.log(np.expm1(2 * e)))).sum()

        fits = {}
        for name, f, tie in [("davidson", davidson, np.exp), ("rao-kupper", rao_kupper, lambda e: np.exp(np.exp(e)))]:
            best = minimize(f, np.zeros(n), method="BFGS", options={"gtol": 1e-9})
            best = minimize(f, best.x, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 200000, "maxfev": 200000})
            lam = np.append(best.x[:-1], 0.0)
            fits[name] = {"logStrengths": floats(lam - lam.mean()), "tie": float(tie(best.x[-1])), "logLikelihood": -float(best.fun)}
        cases.append({"n": n, "wins": floats(wins), "ties": floats(tied), "fits": fits})
    write("ties", {"cases": cases})


def agreement():
    kappa = []
    for k, n in [(2, 30), (3, 60), (5, 200)]:
        a = rng.integers(0, k, n)
        b = np.where(rng.random(n) < 0.6, a, rng.integers(0, k, n))
        table = np.zeros((k, k))
        np.add.at(table, (a, b), 1)
        entry = {"a": a.tolist(), "b": b.tolist(), "k": k, "values": {}}
        for name, wt in [("none", None), ("linear", "linear"), ("quadratic", "quadratic")]:
            r = cohens_kappa(table, wt=wt)
            assert abs(r.kappa - cohen_kappa_score(a, b, weights=wt)) < 1e-12
            entry["values"][name] = {"kappa": float(r.kappa), "low": float(r.kappa_low), "high": float(r.kappa_upp)}
        kappa.append(entry)
    many = []
    for k, n, raters, missing in [(2, 25, 3, 0.0), (4, 40, 5, 0.2), (3, 15, 4, 0.4)]:
        truth = rng.integers(1, k + 1, n)
        ratings = np.where(rng.random((n, raters)) < 0.6, truth[:, None], rng.integers(1, k + 1, (n, raters))).astype(float)
        ratings[rng.random((n, raters)) < missing] = np.nan
        # keep a rating in every unit, since irrCAC divides by the number of ratings
        ratings[np.isnan(ratings).all(axis=1), 0] = 1
        entry = {"k": k, "rows": [[None if np.isnan(x) else int(x) for x in row] for row in ratings], "fleiss": {}, "gwet": {}, "alpha": {}}
        for name, weights in [("none", "identity"), ("linear", "linear"), ("quadratic", "quadratic")]:
            cac = CAC(pd.DataFrame(ratings), weights=weights, categories=list(range(1, k + 1)), digits=13)
            for key in ["fleiss", "gwet"]:
                est = getattr(cac, key)()["est"]
                entry[key][name] = {"value": float(est["coefficient_value"]), "low": float(est["confidence_interval"][0]), "high": float(est["confidence_interval"][1])}
        for level in ["nominal", "ordinal", "interval"]:
            entry["alpha"][level] = float(krippendorff.alpha(reliability_data=ratings.T, level_of_measurement=level))
        if missing == 0:
            counts = np.stack([(ratings == c).sum(axis=1) for c in range(1, k + 1)], axis=1)
            entry["statsmodelsFleiss"] = float(fleiss_kappa(counts))
        many.append(entry)
    values = np.round(rng.normal(0, 1, (30, 1)) + 0.5 * rng.normal(0, 1, (30, 3)), 2)
    values[rng.random((30, 3)) < 0.15] = np.nan
    continuous = {
        "rows": [[None if np.isnan(x) else float(x) for x in row] for row in values],
        "alpha": {level: float(krippendorff.alpha(reliability_data=values.T, level_of_measurement=level)) for level in ["nominal", "ordinal", "interval"]},
    }
    write("agreement", {"kappa": kappa, "many": many, "continuous": continuous})


def correlation():
    cases = []
    for n, rounded, slope in [(3, False, 1), (5, False, 0.5), (12, False, 0), (30, False, 0.8), (33, False, -0.5), (60, False, 0.3), (12, True, 0.5), (80, True, -0.6), (400, True, 0.1), (50, False, 20)]:
        x = rng.normal(0, 1, n)
        y = slope * x + rng.normal(0, 1, n)
        if rounded:
            x, y = np.round(x), np.round(2 * y) / 2
        p, s, k = st.pearsonr(x, y), st.spearmanr(x, y), st.kendalltau(x, y)
        entry = {"x": floats(x), "y": floats(y), "pearson": [float(p.statistic), float(p.pvalue)], "spearman": [float(s.statistic), float(s.pvalue)], "kendall": [float(k.statistic), float(k.pvalue)]}
        if n > 3:
            ci = p.confidence_interval(0.9)
            entry["pearsonInterval90"] = [float(ci.low), float(ci.high)]
        cases.append(entry)
    ordered = np.arange(40.0)
    swapped = ordered.copy()
    swapped[[3, 4]] = swapped[[4, 3]]
    for y in [ordered, swapped, -ordered]:
        k, s = st.kendalltau(ordered, y), st.spearmanr(ordered, y)
        cases.append({"x": floats(ordered), "y": floats(y), "spearman": [float(s.statistic), float(s.pvalue)], "kendall": [float(k.statistic), float(k.pvalue)]})
    write("correlation", {"cases": cases})


def calibration():
    n = 300
    p = np.round(rng.beta(2, 2, n), 3)
    y = (rng.random(n) < p**1.5).astype(int)
    true, pred = calibration_curve(y, p, n_bins=8, strategy="uniform")
    extreme = [0.0, 1.0, 0.25, 1.0]
    write("calibration", {
        "forecast": floats(p), "outcome": y.tolist(), "curve": {"accuracy": floats(true), "confidence": floats(pred)},
        "brier": float(brier_score_loss(y, p)), "logLoss": float(log_loss(y, p)),
        "extreme": {"forecast": extreme, "outcome": [0, 0, 1, 1], "logLoss": float(log_loss([0, 0, 1, 1], extreme))},
    })


def classification():
    gold = rng.integers(0, 4, 120)
    predicted = np.where(rng.random(120) < 0.6, gold, rng.integers(0, 4, 120))
    g, p = (gold > 2).astype(int), (predicted > 2).astype(int)
    write("classification", {
        "gold": gold.tolist(), "predicted": predicted.tolist(),
        "confusion": floats(confusion_matrix(gold, predicted)),
        "f1": floats(f1_score(gold, predicted, average=None)),
        "macro": float(f1_score(gold, predicted, average="macro")),
        "weighted": float(f1_score(gold, predicted, average="weighted")),
        "binary": {"gold": g.tolist(), "predicted": p.tolist(), "precision": float(precision_score(g, p)), "recall": float(recall_score(g, p)), "f1": float(f1_score(g, p)), "specificity": float(recall_score(g, p, pos_label=0)), "npv": float(precision_score(g, p, pos_label=0))},
    })


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for make in [bradley_terry, ties, agreement, correlation, calibration, classification]:
        make()
