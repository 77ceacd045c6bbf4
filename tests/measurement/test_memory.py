"""How much memory a process has used. What changes a process's limits or its peak runs in one of its own."""

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from batchmark.measurement import memory
from batchmark.measurement.memory import ABOVE_LIMIT, limit_host_bytes, peak_host_bytes

MIB = 1 << 20
_ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and sets what only Linux counts so")


_START = """
import json, resource, signal
import numpy as np
from batchmark.measurement.memory import *
MIB = 1 << 20
"""


def _run(source: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", _START + source], capture_output=True, text=True, check=False)


def _in_a_process(source: str) -> Any:
    """Run `source` in a new process and return what it prints, as JSON."""
    ran = _run(source)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_the_peak_grows_with_what_is_used_and_stays_when_it_is_given_back() -> None:
    before, with_it, after = _in_a_process(
        """
before = peak_host_bytes()
big = np.ones(200 * MIB, np.uint8)
with_it = peak_host_bytes()
del big
print(json.dumps([before, with_it, peak_host_bytes()]))
"""
    )
    assert 5 * MIB < before < 500 * MIB
    assert 190 * MIB <= with_it - before <= 220 * MIB
    # Linux counts pages in batches: a little may be missing at any time
    assert abs(after - with_it) < 10 * MIB


@_ONLY_LINUX
def test_what_is_never_touched_is_not_in_the_peak() -> None:
    grown = _in_a_process(
        "before = peak_host_bytes()\nbig = np.empty(500 * MIB, np.uint8)\nprint(peak_host_bytes() - before)"
    )
    assert grown < 50 * MIB


@_ONLY_LINUX
def test_a_process_is_not_counted_with_what_the_one_that_started_it_had() -> None:
    child = "import subprocess, sys\nbig = np.ones(300 * MIB, np.uint8)\n" + (
        "print(subprocess.run([sys.executable, '-c', "
        "'from batchmark.measurement.memory import *; print(peak_host_bytes())'"
        "], capture_output=True, text=True, check=True).stdout)"
    )
    assert _in_a_process(child) < 200 * MIB


@_ONLY_LINUX
def test_a_process_with_more_than_its_limit_is_killed_with_its_last_words() -> None:
    ran = _run(
        """
limit_host_bytes(256 * MIB)
print("below", np.ones(100 * MIB, np.uint8)[-1], flush=True)
above = np.ones(270 * MIB, np.uint8)
signal.pause()
"""
    )
    assert ran.returncode == -signal.SIGKILL
    assert ran.stdout == "below 1\n"
    assert ran.stderr.splitlines()[-1] == ABOVE_LIMIT


@_ONLY_LINUX
def test_what_is_far_above_the_limit_fails_to_be_allocated_and_less_does_not() -> None:
    assert _in_a_process(
        """
limit_host_bytes(256 * MIB)
held = np.ones(64 * MIB, np.uint8)
try:
    np.ones(1024 * MIB, np.uint8)
    answer = "allocated"
except MemoryError:
    answer = "failed"
again = np.ones(64 * MIB, np.uint8)
print(json.dumps([answer, int(held.sum() + again.sum(dtype=np.int64))]))
"""
    ) == ["failed", 128 * MIB]


@_ONLY_LINUX
def test_what_was_allocated_before_and_never_touched_counts_for_nothing() -> None:
    assert (
        _in_a_process(
            """
untouched = np.empty(1024 * MIB, np.uint8)
limit_host_bytes(256 * MIB)
print(json.dumps(len(np.ones(100 * MIB, np.uint8))))
"""
        )
        == 100 * MIB
    )


@_ONLY_LINUX
def test_the_limited_process_is_the_one_that_linux_ends_first() -> None:
    source = "limit_host_bytes(1024 * MIB)\nprint(json.dumps(open('/proc/self/oom_score_adj').read().strip()))"
    assert _in_a_process(source) == "1000"


@_ONLY_LINUX
def test_a_limit_that_is_already_there_is_not_raised() -> None:
    assert _in_a_process(
        """
resource.setrlimit(resource.RLIMIT_DATA, (2048 * MIB, 2048 * MIB))
limit_host_bytes(8192 * MIB)
print(json.dumps(resource.getrlimit(resource.RLIMIT_DATA)))
"""
    ) == [2048 * MIB, 2048 * MIB]


def test_the_peak_is_the_one_that_linux_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmPeak:\t  999 kB\nVmHWM:\t  123 kB\nVmRSS:\t  100 kB\n")
    monkeypatch.setattr(memory, "_STATUS", status)
    assert peak_host_bytes() == 123 * 1024


@pytest.mark.parametrize(("platform", "unit"), [("linux", 1024), ("darwin", 1)])
@pytest.mark.parametrize("status", [None, "Name:\tpython\n"])
def test_elsewhere_the_peak_is_that_of_getrusage_in_its_own_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, unit: int, status: str | None
) -> None:
    if status:
        (tmp_path / "status").write_text(status)
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "status")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(resource, "getrusage", lambda _: SimpleNamespace(ru_maxrss=7))
    assert peak_host_bytes() == 7 * unit


@pytest.mark.parametrize(
    ("status", "granted"),
    [("VmData:\t  300 kB\nRssAnon:\t  100 kB\n", 200), ("VmData:\t  1 kB\nRssAnon:\t  9 kB\n", 0), (None, 0)],
)
def test_what_can_be_allocated_is_twice_the_limit_and_what_is_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str | None, granted: int
) -> None:
    if status:
        (tmp_path / "status").write_text(status)
    set_limits: list[tuple[int, int]] = []
    watched: list[dict[str, Any]] = []

    class Thread:
        def __init__(self, **how: Any) -> None:
            watched.append(how)

        def start(self) -> None:
            watched[-1]["started"] = True

    monkeypatch.setattr(memory, "threading", SimpleNamespace(Thread=Thread))
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "status")
    monkeypatch.setattr(memory, "_OOM_SCORE", tmp_path / "no such folder" / "score")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: set_limits.append(limits))
    limit_host_bytes(1000)
    assert set_limits == [(2 * 1000 + granted * 1024,) * 2]
    (thread,) = watched
    assert (thread["args"], thread["daemon"], thread["started"]) == ((1000,), True, True)
