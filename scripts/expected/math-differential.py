"""Verdicts of other graders on pairs that are equal or unequal by construction.

Reads the lines of math-pairs.ts on standard input; writes JSON with each grader's version, its error counts by class and
every pair on which a grader and Laurel differ, with the verdict that is right and why.

    python math-differential.py FOLDER PYTHON < pairs > differential.json

FOLDER holds the unpacked wheels of trl and verl (their graders are loaded as single files, since neither package's other
dependencies are needed for them). This interpreter needs: pip install math-verify. PYTHON is another one, for verl's prime_math, with:
pip install sympy pylatexenc numpy antlr4-python3-runtime==4.11.0. Two, because Math-Verify's parser and sympy's, on which prime_math
falls back, want different versions of antlr's runtime.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import logging
import pathlib
import subprocess
import sys
import types

logging.disable(logging.CRITICAL)
folder = pathlib.Path(sys.argv[1])


def load(path, name, package=None):
    spec = importlib.util.spec_from_file_location(name, folder / path)
    module = importlib.util.module_from_spec(spec)
    if package:
        module.__package__ = package
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def version(name):
    for info in folder.glob(f"{name}-*.dist-info/METADATA"):
        return info.parent.name.removesuffix(".dist-info").split("-")[1]
    return "unknown"


def prime_math_verdicts():
    """What verl's prime_math says of each pair, a line each: in the second interpreter."""
    # the package takes only its time limit from the rest of verl
    for name in ("verl", "verl.utils", "verl.utils.reward_score"):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [str(folder / name.replace(".", "/"))]
    sys.modules["verl.utils.metric"] = types.ModuleType("verl.utils.metric")
    sys.modules["verl.utils.metric"].Metric = object
    prime_math = importlib.import_module("verl.utils.reward_score.prime_math")
    out, sys.stdout = sys.stdout, sys.stderr  # it prints what its parser met
    for line in sys.stdin:
        pair = json.loads(line)["input"]
        try:
            answer = f"The answer is $\\boxed{{{pair['candidate']}}}$."
            said = bool(prime_math.compute_score(answer, pair["gold"])[0])
        except Exception as error:
            said = type(error).__name__
        print(json.dumps(said), file=out, flush=True)


if sys.argv[2] == "--prime-math":
    prime_math_verdicts()
    sys.exit(0)

from math_verify import parse, verify  # noqa: E402

stub = types.ModuleType("trl.import_utils")
stub.is_math_verify_available = lambda: True
sys.modules["trl"] = types.ModuleType("trl")
sys.modules["trl.import_utils"] = stub
sys.modules["trl.rewards"] = types.ModuleType("trl.rewards")
trl = load("trl/rewards/accuracy_rewards.py", "trl.rewards.accuracy_rewards", "trl.rewards")
verl_math = load("verl/utils/reward_score/math_reward.py", "verl_math")
verl_dapo = load("verl/utils/reward_score/math_dapo.py", "verl_dapo")


def inline(text):
    return text if "$" in text else f"${text}$"


def by_math_verify(gold, candidate):
    return bool(verify(parse(inline(gold)), parse(f"The answer is $\\boxed{{{candidate}}}$.")))


def by_trl(gold, candidate):
    text = f"The answer is $\\boxed{{{candidate}}}$."
    return trl.accuracy_reward([[{"content": text}]], [inline(gold)])[0]


def by_verl_math(gold, candidate):
    return verl_math.compute_score(f"The answer is $\\boxed{{{candidate}}}$.", gold) > 0


def by_verl_dapo(gold, candidate):
    return bool(verl_dapo.compute_score(f"Answer: {candidate}", gold)["acc"])


# where a class needs more to be said than that a rewriting keeps, or an edit changes, the value
because = {
    ("unit", True): "known units convert into one another, and a unit may be left out",
    ("unit", False): "the units differ in size or dimension, or the number does",
    ("currency", True): "the same amount of the same money",
    ("degrees", False): "radians are not degrees, or the number differs",
    ("time", True): "the same time of day; without am or pm the clock face decides",
    ("choice letter", True): "the letter in front of an option's text is the choice",
    ("number format", True): "the same number in another country's signs or digits",
    ("number base", True): "the same integer; a base that the question states may be left out",
    ("set", False): "a tuple is not a set, or the elements differ",
    ("tuple", False): "a set is not a tuple, or the entries or their order differ",
    ("text", True): "the same words; case does not count in words",
    ("ratio", False): "the proportions differ",
}

graders = {
    "math-verify": (importlib.metadata.version("math-verify"), by_math_verify),
    "trl.accuracy_reward": (version("trl"), by_trl),
    "verl.math_reward": (version("verl"), by_verl_math),
    "verl.math_dapo": (version("verl"), by_verl_dapo),
}

lines = sys.stdin.read()
rows = [json.loads(line) for line in lines.splitlines()]
second = subprocess.run(
    [sys.argv[2], __file__, str(folder), "--prime-math"], input=lines, stdout=subprocess.PIPE, text=True, check=True
)
prime = {
    (row["input"]["gold"], row["input"]["candidate"]): json.loads(said)
    for row, said in zip(rows, second.stdout.splitlines(), strict=True)
}


class Raised(Exception):
    pass


def by_prime_math(gold, candidate):
    said = prime[gold, candidate]
    if isinstance(said, str):
        raise type(said, (Raised,), {})
    return said


graders["verl.prime_math"] = (version("verl"), by_prime_math)
result = {"pairs": len(rows), "laurel": {"falsePositives": 0, "falseNegatives": 0}, "graders": {}, "disagreements": []}
for row in rows:
    if row["laurel"] and not row["expected"]:
        result["laurel"]["falsePositives"] += 1
    if not row["laurel"] and row["expected"]:
        result["laurel"]["falseNegatives"] += 1
for name, (its_version, grade) in graders.items():
    counts = {"version": its_version, "falsePositives": 0, "falseNegatives": 0, "unscored": 0, "byClass": {}}
    for row in rows:
        gold, candidate = row["input"]["gold"], row["input"]["candidate"]
        try:
            verdict = grade(gold, candidate)
        except Exception as error:  # a grader that raises gives no verdict
            verdict = None
            counts.setdefault("raised", {}).setdefault(type(error).__name__, 0)
            counts["raised"][type(error).__name__] += 1
        if verdict is None:
            counts["unscored"] += 1
        said = bool(verdict)
        if said != row["expected"]:
            kind = "falsePositives" if said else "falseNegatives"
            counts[kind] += 1
            tally = counts["byClass"].setdefault(row["class"], {"falsePositives": 0, "falseNegatives": 0})
            tally[kind] += 1
        if said != row["laurel"]:
            right = "laurel" if row["laurel"] == row["expected"] else name
            otherwise = "a rewriting rule keeps the value" if row["expected"] else "a small edit changes the value"
            why = because.get((row["class"], row["expected"]), otherwise)
            result["disagreements"].append(
                [name, row["class"], gold, candidate, "accepts" if said else ("no verdict" if verdict is None else "refuses"), right, why]
            )
    result["graders"][name] = counts
print(json.dumps({k: v for k, v in result.items() if k != "disagreements"} | {"columns": ["grader", "class", "gold", "candidate", "the grader", "right", "why"]}, indent=1)[:-2] + ',\n "disagreements": [')
print(",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in result["disagreements"]))
print(" ]\n}")
