"""Laurel reward function for TRL (GRPOTrainer and others). Needs only the standard library.

    from laurel_trl import laurel_reward
    trainer = GRPOTrainer(..., reward_funcs=laurel_reward)

Settings are environment variables: LAUREL_URL (may hold ?reward=NAME), LAUREL_KEY, LAUREL_REFERENCE (the dataset column
that answers are held against; default: the first of answer, ground_truth, solution, reference, label, target).
A sample without a score gives None, which TRL leaves out; `counts` says how many there were.
"""

#include client.py

REFERENCE = os.environ.get("LAUREL_REFERENCE", "")
CONTEXT = [name for name in os.environ.get("LAUREL_CONTEXT", "").split(",") if name]
BATCH = int(os.environ.get("LAUREL_BATCH", "1024"))
_columns = ("answer", "ground_truth", "solution", "reference", "label", "target")


def _chunks(keys):
    """Ranges of at most BATCH samples that never cut a run of equal prompts, since runs are the groups."""
    start = end = 0
    while end < len(keys):
        stop = end + 1
        while stop < len(keys) and keys[stop] == keys[end]:
            stop += 1
        if stop - start > BATCH and end > start:
            yield start, end
            start = end
        end = stop
    if end > start:
        yield start, end


def laurel_reward(prompts, completions, **columns):
    name = REFERENCE or next((one for one in _columns if one in columns), "")
    if REFERENCE and REFERENCE not in columns:
        raise LaurelError("the dataset has no column %r; it has %s" % (REFERENCE, ", ".join(sorted(columns))))
    references = columns.get(name) if name else None
    contexts = [{one: columns[one][i] for one in CONTEXT} for i in range(len(completions))] if CONTEXT else None
    rewards = []
    for start, end in _chunks(prompts):
        body = {"prompts": prompts[start:end], "completions": completions[start:end]}
        if references is not None:
            body["references"] = references[start:end]
        if contexts is not None:
            body["contexts"] = contexts[start:end]
        try:
            answer = _post("/trl", body)["rewards"]
            if len(answer) != end - start:
                raise LaurelError("%d rewards for %d samples" % (len(answer), end - start))
            _count(end - start, sum(value is None for value in answer))
        except LaurelError as error:
            sys.stderr.write("laurel: %s\n" % error)
            _count(end - start, 0, end - start)
            answer = [None] * (end - start)
        rewards.extend(None if value is None else float(value) for value in answer)
    log_metric = columns.get("log_metric")
    if callable(log_metric) and rewards:
        log_metric("laurel_unscored", sum(value is None for value in rewards) / len(rewards))
    return rewards
