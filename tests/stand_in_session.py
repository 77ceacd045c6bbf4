"""A worker's session without TensorFlow, in real processes: it does to its controller what a test asks for.

`environment` has Python load `sitecustomize`, which puts this module in the place of the real one in every worker.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Burst, Opened
from batchmark.measurement.protocol.request import Answering, Request

_SITE = """
import sys
if "batchmark.measurement.worker" in sys.orig_argv:
    import stand_in_session
    sys.modules["batchmark.measurement.session"] = stand_in_session
"""
_AT = "BATCHMARK_TEST_AT"
_HANGS = "HANGS"


def environment(folder: Path, at: str = "") -> dict[str, str]:
    """Return an environment whose workers are these.

    `at` is like ``5:SIGTERM``: at its burst number 5 a worker sends its controller that signal and says nothing more;
    with ``5:HANGS`` it only hangs.
    """
    site = folder / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(_SITE)
    paths = (str(site), str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))
    cache = str(folder / "cache")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), _AT: at, "XDG_CACHE_HOME": cache}


@dataclass(frozen=True)
class Terminated(Request[int], name="terminated"):
    """How a process ends that the worker forks, and sends SIGTERM."""


class Session(Answering):
    """Trains nothing, and says at once that an epoch took 0.1 s."""

    def __init__(self, _progress: Callable[[float], None]) -> None:
        self._bursts = 0

    @requests.Facts.answered_by
    def facts(self, _request: requests.Facts) -> dict[str, object]:
        return {"tensorflow": "2.21.0", "device": "CPU", "device_count": 1, "device_name": None, "worker": os.getpid()}

    @requests.Open.answered_by
    def open(self, _request: requests.Open) -> Opened:
        return Opened(1, 500, "fit", 0.5, 0.1, 0.01, diverged=False)

    @requests.RunBurst.answered_by
    def burst(self, request: requests.RunBurst) -> Burst:
        self._bursts += 1
        at, *does = os.environ[_AT].split(":")
        if does and self._bursts == int(at):
            _act(*does)
        return Burst((0.1 + self._bursts / 1000,) * request.rounds, diverged=False)

    @Terminated.answered_by
    def terminated(self, _request: Terminated) -> int:
        child = os.fork()
        if not child:
            time.sleep(60)
            os._exit(0)
        os.kill(child, signal.SIGTERM)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    @requests.WatchWaiting.answered_by
    def waiting(self, _request: requests.WatchWaiting) -> None:
        return None


def _act(does: str) -> None:
    controller = os.getppid()
    if does != _HANGS:
        os.kill(controller, signal.Signals[does])
    while os.getppid() == controller:
        time.sleep(0.01)
    sys.exit()
