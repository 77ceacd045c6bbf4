"""asv's door: the tracked series of a workload, as benchmarks that read one session's measurement.

A class of the suite names what is tracked and measures it once, in its `setup_cache`; its ``track_`` methods are made
here. Each returns a session's samples, in the order they were measured in, so asv has its medians, intervals and
tests, and ``--append-samples`` adds a session to those before it.
"""

import json
import os
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import batchmark
from batchmark.errors import BatchmarkError
from batchmark.measurement.connection import Worker
from batchmark.studies.release_samples import Values, parameters_of, samples_of
from batchmark.studies.release_session import ReleaseSession, Tracked, run_release_session
from batchmark.timeline import series, settings
from batchmark.timeline.environments import package_alone, release_python
from batchmark.timeline.git import GitError, run_git
from batchmark.timeline.repository import REQUIREMENTS
from batchmark.workloads import Description, find_workload

Suite = TypeVar("Suite")


def tracks(tracked: Tracked) -> Callable[[type[Suite]], type[Suite]]:
    """Give a class of the suite a ``track_`` method for each series of what is `tracked`."""

    def with_tracks(suite: type[Suite]) -> type[Suite]:
        if suite.__name__ != series.suite_of(tracked.workload):
            message = f"a class called {suite.__name__} tracks {tracked.workload!r}: its results are found by its name"
            raise BatchmarkError(message)
        description = _description(tracked)
        suite.tracked = tracked  # type: ignore[attr-defined]
        for metric in series.METRICS:
            values = parameters_of(metric, tracked, description)
            setattr(suite, metric.method, _method(metric, values, version=tracked.version))
        return suite

    return with_tracks


def measure(tracked: Tracked) -> ReleaseSession:
    """Measure the release that asv chose.

    One that can't be installed or measured gives a session without samples: that is a result as well.
    """
    environments = Path(os.environ[settings.ENVIRONMENTS])
    commit = os.environ[settings.COMMIT]
    path = package_alone(Path(batchmark.__file__).parent, environments)
    number = int(os.environ.get(settings.SESSION, "1"))
    name = commit
    try:
        name = _git("log", "-1", "--format=%s", commit).strip()
        lock = _git("show", f"{commit}:{REQUIREMENTS}")
        _tell(phase="installing", done=0, of=1, detail=name)
        python = release_python(lock, environments)
        session = run_release_session(
            tracked,
            _description(tracked),
            number=number,
            progress=_tell,
            start_worker=partial(Worker, python=str(python), environment={"PYTHONPATH": str(path)}),
        )
    except BatchmarkError as error:
        session = ReleaseSession(number=number, problems=(str(error),))
    for problem in session.problems:
        _tell(phase="problem", done=1, of=1, detail=f"{name}: {problem}")
    return session


def choose_suites(folder: Path, workloads: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the suite's classes that track `workloads`; all of them where none is named.

    Raises BatchmarkError: one is not tracked.
    """
    tracked = _tracked(folder)
    unknown = [name for name in workloads if name not in tracked]
    if unknown:
        message = f"{unknown[0]!r} is not tracked; {', '.join(tracked)} are; a class in {folder} tracks another"
        raise BatchmarkError(message)
    return tuple(tracked[name] for name in dict.fromkeys(workloads or tracked))


def _tracked(folder: Path) -> dict[str, str]:
    """Return the names of the suite's classes by workload."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.py")):
        for suite in runpy.run_path(str(path)).values():
            tracked = getattr(suite, "tracked", None)
            if isinstance(suite, type) and isinstance(tracked, Tracked):
                found[tracked.workload] = suite.__name__
    return found


def _description(tracked: Tracked) -> Description:
    workload = find_workload(tracked.workload)
    return workload.described(name=tracked.workload, examples=workload.examples)


def _method(metric: series.Metric, values: Values, *, version: int) -> Callable[..., object]:
    """Return a benchmark as asv finds it: a function whose attributes say what it is."""

    def track(_suite: object, session: ReleaseSession, *parameters: str | int) -> dict[str, object]:
        return {"samples": samples_of(metric, session, *parameters), "number": 1}

    track.__name__ = metric.method
    attributes: Mapping[str, object] = {
        "unit": metric.unit,
        "pretty_name": metric.title,
        "params": [list(each) for each in values],
        "param_names": list(metric.axes),
        # asv's own is a hash of this source, which says nothing of what is measured.
        "version": str(version),
    }
    vars(track).update(attributes)
    return track


def _git(*arguments: str) -> str:
    try:
        return run_git(*arguments, repository=Path(os.environ[settings.REPOSITORY]))
    except GitError as error:
        message = f"the releases' repository has no such release: {error}; type: batchmark releases build"
        raise BatchmarkError(message) from error


def _tell(*, phase: str, done: float, of: float, detail: str) -> None:
    """Say on standard output, which keeps asv from taking silence for an end, and to who runs asv, what is done."""
    sys.stdout.write(f"{phase} {done:g}/{of:g} {detail}\n")
    sys.stdout.flush()
    if path := os.environ.get(settings.PROGRESS):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"phase": phase, "done": done, "of": of, "detail": detail}) + "\n")
