import http.client
import json
import os
import sys
import threading
import time
import urllib.parse

URL = os.environ.get("LAUREL_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("LAUREL_KEY", "")
TIMEOUT = float(os.environ.get("LAUREL_TIMEOUT", "180"))  # seconds for one request
TRIES = int(os.environ.get("LAUREL_TRIES", "6"))
ALARM = float(os.environ.get("LAUREL_ALARM", "0.05"))  # warn above this share without a score

_local = threading.local()
_lock = threading.Lock()
counts = {"samples": 0, "unscored": 0, "failed": 0}


class LaurelError(RuntimeError):
    """The server gave no score and said why."""


def _address(path):
    parts = urllib.parse.urlsplit(URL)
    own = parts.path.rstrip("/")
    query = dict(urllib.parse.parse_qsl(parts.query))
    return parts.scheme, parts.netloc, (own or "") + path, query


def _connection(scheme, netloc):
    # one kept-alive connection a thread and process; a forked child must not share its parent's socket
    place = (os.getpid(), scheme, netloc)
    if getattr(_local, "place", None) != place:
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        _local.connection = kind(netloc, timeout=TIMEOUT)
        _local.place = place
    return _local.connection


def _post(path, body, **query):
    """POSTs JSON and gives the answer's JSON; waits and tries again while the server says so."""
    scheme, netloc, where, own = _address(path)
    own.update({name: value for name, value in query.items() if value is not None})
    if own:
        where += "?" + urllib.parse.urlencode(own)
    payload = json.dumps(body, default=str).encode()
    headers = {"content-type": "application/json", "x-laurel-deadline": str(int(TIMEOUT * 1000))}
    if KEY:
        headers["authorization"] = "Bearer " + KEY
    last = "no attempt"
    for attempt in range(TRIES):
        wait = min(2.0**attempt, 30.0)
        try:
            connection = _connection(scheme, netloc)
            connection.request("POST", where, payload, headers)
            response = connection.getresponse()
            text = response.read()
            if response.status == 200:
                return json.loads(text)
            last = "%d %s" % (response.status, text[:500].decode("utf-8", "replace"))
            if response.status not in (408, 429, 500, 502, 503, 504):
                break
            wait = float(response.headers.get("retry-after") or wait)
        except (OSError, http.client.HTTPException) as error:
            last = repr(error)
            _local.place = None
        if attempt + 1 < TRIES:
            time.sleep(wait)
    raise LaurelError("%s gave no score: %s" % (URL, last))


def _count(samples, unscored, failed=0):
    with _lock:
        before = counts["unscored"] + counts["failed"]
        counts["samples"] += samples
        counts["unscored"] += unscored
        counts["failed"] += failed
        missing = counts["unscored"] + counts["failed"]
        share = missing / max(1, counts["samples"])
        # said again whenever the number has doubled, so that a broken reward cannot hide in a long run
        alarm = missing > before and share > ALARM and missing.bit_length() > before.bit_length()
    if alarm:
        sys.stderr.write(
            "laurel: ALARM: %d of %d samples have no score (%.1f %%)\n" % (missing, counts["samples"], 100 * share)
        )
