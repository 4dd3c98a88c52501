"""Laurel reward for OpenRLHF: --reward.remote_url /path/to/laurel_openrlhf.py (older: --remote_rm_url).

The server can also be named directly (http://…/get_reward). This file is for versions 0.8.3 to 0.8.9.post1, whose
trainers cannot read rewards over HTTP, and for its retries and its alarm. Needs only the standard library; answers are
tensors where torch is there, as it is in the trainer.

Settings are environment variables: LAUREL_URL (may hold ?reward=NAME&group=8), LAUREL_KEY, LAUREL_UNSCORED (the number
for samples without a score; without it such a sample raises, because this trainer knows no missing reward).
"""

#include client.py

UNSCORED = os.environ.get("LAUREL_UNSCORED")
_keys = ("laurel_unscored", "laurel_fault")


# once, since a package that is missing is looked for anew at each import
try:
    import torch
except ImportError:
    torch = None


def _tensor(values):
    numbers = [float(value) for value in values]
    return numbers if torch is None else torch.tensor(numbers, dtype=torch.float)


def reward_func(queries, prompts=None, labels=None, **kwargs):
    queries = list(queries)
    if not queries:
        answer = {"rewards": [], "scores": [], "extra_logs": {key: [] for key in _keys}}
    else:
        body = {"query": queries}
        if prompts is not None:
            body["prompts"] = list(prompts)
        if labels is not None:
            body["labels"] = list(labels)
        try:
            answer = _post("/get_reward", body, unscored=UNSCORED)
        except LaurelError:
            _count(len(queries), 0, len(queries))
            if UNSCORED is None:
                raise
            value = float(UNSCORED)
            logs = {"laurel_unscored": [1.0] * len(queries), "laurel_fault": [0.0] * len(queries)}
            answer = {"rewards": [value] * len(queries), "scores": [value] * len(queries), "extra_logs": logs}
        else:
            if len(answer["rewards"]) != len(queries):
                raise LaurelError("%d rewards for %d samples" % (len(answer["rewards"]), len(queries)))
            _count(len(queries), int(sum(answer["extra_logs"]["laurel_unscored"])))
    return {
        "rewards": _tensor(answer["rewards"]),
        "scores": _tensor(answer["scores"]),
        "extra_logs": {key: _tensor(answer["extra_logs"][key]) for key in _keys},
    }
