"""Laurel reward function for verl.

    reward.custom_reward_function.path=/path/to/laurel_verl.py  reward.custom_reward_function.name=compute_score
    (before 0.9: custom_reward_function.path and .name)

Samples that verl scores at the same time travel together. Needs only the standard library. Settings are environment
variables: LAUREL_URL (may hold ?reward=NAME&group=8&key=uid), LAUREL_KEY, LAUREL_PROMPT (the member of extra_info that
holds the prompt), LAUREL_UID (the one that holds the group's id), LAUREL_UNSCORED (the number for samples without a
score; without it such a sample raises, because verl knows no missing reward). Every result has the same keys.
"""

#include client.py

import asyncio
import concurrent.futures
import queue

UNSCORED = os.environ.get("LAUREL_UNSCORED")
PROMPT = os.environ.get("LAUREL_PROMPT", "")
UID = os.environ.get("LAUREL_UID", "")
BATCH = int(os.environ.get("LAUREL_BATCH", "256"))
SENDERS = int(os.environ.get("LAUREL_SENDERS", "4"))
WAITERS = int(os.environ.get("LAUREL_WAITERS", "512"))
_state = {"pid": None, "queue": None, "pool": None}


class _Waiting:
    __slots__ = ("sample", "done", "result", "error")

    def __init__(self, sample):
        self.sample = sample
        self.done = threading.Event()
        self.result = None
        self.error = None


def _sample(data_source, solution_str, ground_truth, extra_info):
    sample = {"data_source": data_source, "solution_str": solution_str, "ground_truth": ground_truth}
    info = extra_info if isinstance(extra_info, dict) else {}
    if PROMPT:
        sample["prompt"] = info.get(PROMPT)
    if UID:
        sample["uid"] = info.get(UID)
    return sample


def _send(samples):
    try:
        results = _post("/verl", {"samples": samples}, unscored=UNSCORED)["results"]
        if len(results) != len(samples):
            raise LaurelError("%d results for %d samples" % (len(results), len(samples)))
    except LaurelError:
        _count(len(samples), 0, len(samples))
        if UNSCORED is None:
            raise
        return [{"score": float(UNSCORED), "laurel_unscored": 1.0, "laurel_fault": 0.0} for _ in samples]
    _count(len(samples), int(sum(one["laurel_unscored"] for one in results)))
    return [
        {
            "score": float(one["score"]),
            "laurel_unscored": float(one["laurel_unscored"]),
            "laurel_fault": float(one["laurel_fault"]),
        }
        for one in results
    ]


def _sender(waiting):
    while True:
        batch = [waiting.get()]
        while len(batch) < BATCH:
            try:
                batch.append(waiting.get_nowait())
            except queue.Empty:
                break
        try:
            for one, result in zip(batch, _send([one.sample for one in batch])):
                one.result = result
        except Exception as error:
            if len(batch) == 1:
                batch[0].error = error
            else:
                # one sample without a score must not take the others' scores away
                for one in batch:
                    try:
                        one.result = _send([one.sample])[0]
                    except Exception as own:
                        one.error = own
        for one in batch:
            one.done.set()


def _queue():
    with _lock:
        if _state["pid"] != os.getpid():
            _state["pid"] = os.getpid()
            _state["queue"] = queue.Queue()
            for _ in range(SENDERS):
                threading.Thread(target=_sender, args=(_state["queue"],), daemon=True).start()
        return _state["queue"]


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **kwargs):
    sample = _sample(data_source, solution_str, ground_truth, extra_info)
    if "group=" in urllib.parse.urlsplit(URL).query:
        # samples of a group wait for each other: none may stand behind another in a queue
        return _send([sample])[0]
    one = _Waiting(sample)
    _queue().put(one)
    one.done.wait()
    if one.error is not None:
        raise one.error
    return one.result


async def compute_score_async(data_source, solution_str, ground_truth, extra_info=None, **kwargs):
    """For rewards that see groups: verl runs plain functions on a few threads (processors + 4), which a group can fill."""
    with _lock:
        if _state["pool"] is None:
            _state["pool"] = concurrent.futures.ThreadPoolExecutor(WAITERS)
    call = lambda: compute_score(data_source, solution_str, ground_truth, extra_info)
    return await asyncio.get_running_loop().run_in_executor(_state["pool"], call)


def compute_score_batch(data_sources, solution_strs, ground_truths, extra_infos, **kwargs):
    """For verl's `batch` reward manager."""
    rows = list(zip(data_sources, solution_strs, ground_truths, extra_infos))
    results = []
    for start in range(0, len(rows), BATCH):
        results.extend(_send([_sample(*row) for row in rows[start : start + BATCH]]))
    return results
