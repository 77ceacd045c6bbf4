"""The page and the gate, measured: what do thousands of stored sweeps cost in time and memory?

Both run in a process of their own, as a user starts them: its start and its imports are in what is told.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, Popen

from batchmark.bounds import Count, NotNegative, Number
from batchmark.errors import BatchmarkError
from batchmark.progress import Progress
from batchmark.studies.ruler.made_runs import Made, make_runs

_KIB = 1024
_REPORTED = 0
_JUDGED = (0, 1, 3)
_CANDIDATE = "candidate.json"


@dataclass(frozen=True)
class Spent:
    """What a process took."""

    seconds: Number
    """Wall time."""
    processor_seconds: NotNegative
    peak_bytes: Count


@dataclass(frozen=True)
class PagesRun:
    """One measurement: so many stored sweeps, reported and judged."""

    sweeps: Count
    cells: Count
    """Of all sweeps together."""
    rounds: Count
    """Of a cell."""
    stored_bytes: Count
    """Of all files together."""
    report: Spent
    page_bytes: Count
    gate: Spent
    load: NotNegative
    """Of the machine, over the last minute, when the first process had ended."""


Run = Callable[[Sequence[str]], tuple[int, Spent]]
"""Runs a program with these arguments; returns its exit code and what it took."""


def run_pages_once(made: Made, *, progress: Progress, run: Run | None = None) -> PagesRun:
    """Make sweeps in a temporary folder, and have all of them reported, and the newest one judged against the others.

    Raises BatchmarkError: a process failed.
    """
    start = run or spend
    title = f"{made.sweeps:,} sweeps of {len(made.sizes) * len(made.loops)} cells"
    with tempfile.TemporaryDirectory(prefix="batchmark-pages-") as folder:
        progress(phase=title, done=0, of=3, detail="making files")
        stored = Path(folder) / "stored"
        files = make_runs(made, stored)
        page = Path(folder) / "page.html"
        progress(phase=title, done=1, of=3, detail="batchmark report")
        reported = _ended(start, ("report", str(stored), "--html", str(page)), (_REPORTED,))
        load = os.getloadavg()[0]
        progress(phase=title, done=2, of=3, detail="batchmark gate")
        candidate = files[-1].rename(Path(folder) / _CANDIDATE)
        judged = _ended(start, ("gate", "--baseline", str(stored), "--candidate", str(candidate)), _JUDGED)
        return PagesRun(
            sweeps=made.sweeps,
            cells=made.cells,
            rounds=made.rounds,
            stored_bytes=sum(file.stat().st_size for file in (*files[:-1], candidate)),
            report=reported,
            page_bytes=page.stat().st_size,
            gate=judged,
            load=load,
        )


def spend(arguments: Sequence[str]) -> tuple[int, Spent]:
    """Run `batchmark` in a process of its own, to its end; modules are compiled once, as where it is installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    program = [sys.executable, "-m", "batchmark.doors.command_line", *arguments]
    began = time.monotonic()
    with Popen(program, stdout=DEVNULL, stderr=DEVNULL, env=environment) as process:  # noqa: S603  this project's own program
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts in KiB, macOS in bytes.
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else _KIB)
    return process.returncode, Spent(time.monotonic() - began, used.ru_utime + used.ru_stime, peak)


def _ended(start: Run, arguments: Sequence[str], codes: Sequence[int]) -> Spent:
    code, spent = start(arguments)
    if code not in codes:
        message = (
            f"batchmark {arguments[0]} ended with exit code {code}; type the same to see why: {' '.join(arguments)}"
        )
        raise BatchmarkError(message)
    return spent


@dataclass(frozen=True)
class PagesSummary:
    """The medians of runs of the same size."""

    sweeps: int
    cells: int
    rounds: int
    runs: int
    stored_bytes: float
    report_seconds: float
    report_bytes: float
    page_bytes: float
    gate_seconds: float
    gate_bytes: float


def summaries_of(runs: Sequence[PagesRun]) -> tuple[PagesSummary, ...]:
    """Return the medians of each size, in the order in which they were first measured."""
    sizes = dict.fromkeys((run.sweeps, run.cells, run.rounds) for run in runs)
    return tuple(_summary([run for run in runs if (run.sweeps, run.cells, run.rounds) == size]) for size in sizes)


def _summary(runs: Sequence[PagesRun]) -> PagesSummary:
    first = runs[0]
    return PagesSummary(
        first.sweeps,
        first.cells,
        first.rounds,
        len(runs),
        median(run.stored_bytes for run in runs),
        median(run.report.seconds for run in runs),
        median(run.report.peak_bytes for run in runs),
        median(run.page_bytes for run in runs),
        median(run.gate.seconds for run in runs),
        median(run.gate.peak_bytes for run in runs),
    )
