"""Published WildBench figures for the tests: counts and rewards of pairwise judgements, WB-Scores and ratings.

Usage: python wildbench.py CHECKOUT OUT.json, where CHECKOUT is a working copy of github.com/allenai/WildBench.
Only numbers are kept. The correlations are computed here with NumPy from the published rewards.
"""

import json
import subprocess
import sys

import numpy

checkout, out = sys.argv[1:]
commit = subprocess.run(["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()


def read(name):
    shown = subprocess.run(["git", "-C", checkout, "show", f"HEAD:leaderboard/data_dir/{name}"], capture_output=True, text=True, check=True)
    return json.loads(shown.stdout)


six = [
    "gpt-4-turbo-2024-04-09",
    "claude-3-opus-20240229",
    "Meta-Llama-3-70B-Instruct",
    "claude-3-sonnet-20240229",
    "mistral-large-2402",
    "Meta-Llama-3-8B-Instruct",
]
twelve = six + [
    "Mixtral-8x7B-Instruct-v0.1",
    "tulu-2-dpo-70b",
    "Llama-2-70b-chat-hf",
    "Llama-2-7b-chat-hf",
    "gemma-7b-it",
    "gemma-2b-it",
]
groups = ["Creative Tasks", "Planning & Reasoning", "Math & Data Analysis", "Information/Advice seeking", "Coding & Debugging"]
outcomes = ["win_much", "win", "tie", "lose", "lose_much"]
margins = [-1, 500, 1000]
baselines = {"gpt4t": "gpt-4-turbo-2024-04-09", "haiku": "claude-3-haiku-20240307", "llama": "Llama-2-70b-chat-hf"}
stats = {k: read(f"all_stat_wildbench.{k}.json") for k in margins}
elo = {m: stats[500][m]["Arena Elo (hard-en) - latest"] for m in twelve}
kept = twelve + ["claude-3-5-sonnet-20240620"]
pairwise = []
for short, baseline in baselines.items():
    for k in margins:
        table = read(f"pairwise-{short}-K={k}.json")
        for model in kept:
            if model not in table:
                continue
            row = table[model]
            pairwise.append(
                {
                    "model": model,
                    "baseline": baseline,
                    "k": k,
                    "total": row["total"],
                    "counts": [row[o] for o in outcomes],
                    "groups": [[row["task_categorized_results"][g][o] for o in outcomes] for g in groups],
                    "reward": row["reward"],
                    "macro": row["task_macro_reward"],
                }
            )


def pearson(models, key):
    return float(numpy.corrcoef([key(m) for m in models], [elo[m] for m in models])[0, 1])


correlations = {}
for name, models in (("six", six), ("twelve", twelve)):
    correlations[name] = {f"K={k}": pearson(models, lambda m: stats[k][m][f"mixture_of_rewards.K={k}"]) for k in margins}
    correlations[name]["score"] = pearson(models, lambda m: stats[500][m]["WB_score"])
json.dump(
    {
        "source": f"github.com/allenai/WildBench at {commit}, leaderboard/data_dir, Apache-2.0; correlations by NumPy {numpy.__version__}",
        "groups": groups,
        "outcomes": outcomes,
        "six": six,
        "elo": elo,
        "mixture": {m: {str(k): stats[k][m][f"mixture_of_rewards.K={k}"] for k in margins} for m in twelve},
        "score": {m: {"score": stats[500][m]["WB_score"], "macro": stats[500][m]["WB_score.task_macro"], "groups": [stats[500][m][f"WB_score.{g}"] for g in groups]} for m in twelve},
        "correlations": correlations,
        "pairwise": pairwise,
    },
    open(out, "w"),
    separators=(",", ":"),
)
