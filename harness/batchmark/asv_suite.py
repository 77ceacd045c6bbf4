"""asv's door: the tracked series of a workload, as benchmarks that read one session's measurement.

A class of the suite names what is tracked and measures it once, in its `setup_cache`; its ``track_`` methods are made
here. Each returns a session's samples, in the order they were measured in, so asv has its medians, intervals and
tests, and ``--append-samples`` adds a session to those before it.
"""

import json
import math
import os
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import batchmark
from batchmark.analysis.cost_curve import fit_turns
from batchmark.analysis.power_of_two import Against, comparisons, log_contrasts
from batchmark.errors import BatchmarkError
from batchmark.measurement.connection import Worker
from batchmark.measurement.reference import KINDS
from batchmark.records import CellRecord
from batchmark.studies.release_session import ReleaseSession, Tracked, run_release_session
from batchmark.timeline import series, settings
from batchmark.timeline.environments import package_alone, release_python
from batchmark.timeline.git import GitError, run_git
from batchmark.timeline.repository import REQUIREMENTS
from batchmark.workloads import Description, find_workload

Suite = TypeVar("Suite")
Samples = Sequence[float]
Read = Callable[..., Samples]
"""Takes a session and the parameters; returns what was measured then."""

_SIGNIFICANT_DIGITS = 6
# A sweep says something at least once a minute; asv ends what takes longer than this in all.
_LONGEST_SECONDS = 3600.0


def tracks(tracked: Tracked) -> Callable[[type[Suite]], type[Suite]]:
    """Give a class of the suite a ``track_`` method for each series of what is `tracked`."""

    def with_tracks(suite: type[Suite]) -> type[Suite]:
        if suite.__name__ != series.suite_of(tracked.workload):
            message = f"a class called {suite.__name__} tracks {tracked.workload!r}: its results are found by its name"
            raise BatchmarkError(message)
        values = _parameters(tracked, _description(tracked))
        suite.tracked = tracked  # type: ignore[attr-defined]
        for metric in series.METRICS:
            setattr(suite, metric.method, _method(metric, values[metric], version=tracked.version))
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


measure.timeout = _LONGEST_SECONDS  # type: ignore[attr-defined]


def _description(tracked: Tracked) -> Description:
    workload = find_workload(tracked.workload)
    return workload.described(name=tracked.workload, examples=workload.examples)


def _parameters(tracked: Tracked, description: Description) -> dict[series.Metric, tuple[Sequence[object], ...]]:
    """Return the values of each metric's parameters, in the order of its axes."""
    sizes, loops = tracked.sizes(description), tracked.loops
    powers = [each.batch_size for each in comparisons(sizes) if each.against is Against.NEIGHBOURS]
    own: dict[series.Metric, tuple[Sequence[object], ...]] = {
        series.PEAK_BYTES: (loops, tracked.memory_sizes(description)),
        series.OVERHEAD_PER_STEP: (loops,),
        series.COST_PER_EXAMPLE: (loops,),
        series.POWER_OF_TWO_CONTRAST: (loops, powers),
        series.QUALITY_LOSS: ((description.reference_batch_size,),),
        series.REFERENCE_SECONDS: (KINDS,),
        series.PASS_NUMBER: (),
    }
    return {metric: own.get(metric, (loops, sizes)) for metric in series.METRICS}


def _method(metric: series.Metric, values: tuple[Sequence[object], ...], *, version: int) -> Callable[..., object]:
    """Return a benchmark as asv finds it: a function whose attributes say what it is."""
    read = _READ[metric]

    def track(_suite: object, session: ReleaseSession, *parameters: object) -> dict[str, object]:
        samples = read(session, *parameters)
        return {"samples": [_rounded(value) for value in samples if math.isfinite(value)], "number": 1}

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


def _rounded(value: float) -> float:
    return float(f"{value:.{_SIGNIFICANT_DIGITS}g}")


def _record(session: ReleaseSession, loop: str, batch_size: int) -> CellRecord | None:
    return next((each for each in session.of_loop(loop) if each.cell.batch_size == batch_size), None)


def _per_epoch(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    record = _record(session, loop, batch_size)
    return record.seconds_per_turn if record else ()


def _per_step(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    record = _record(session, loop, batch_size)
    return [seconds / record.steps_per_epoch for seconds in record.seconds_per_turn] if record else ()


def _per_example(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    record = _record(session, loop, batch_size)
    return [seconds / record.examples for seconds in record.seconds_per_turn] if record else ()


def _first_epoch(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    record = _record(session, loop, batch_size)
    return (record.first_epoch_seconds,) if record else ()


def _peak_bytes(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    record = _record(session, loop, batch_size)
    if record is None:
        return ()
    peak = record.peak_host_bytes if record.peak_device_bytes is None else record.peak_device_bytes
    return () if peak is None else (peak,)


def _curve(column: int) -> Read:
    def read(session: ReleaseSession, loop: str) -> Samples:
        fits = fit_turns(session.of_loop(loop))
        return () if fits is None else [float(value) for value in fits.parameters[:, column]]

    return read


def _contrast(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    by_turn, _ = log_contrasts(session.of_loop(loop))
    for comparison, values in by_turn.items():
        if comparison.batch_size == batch_size and comparison.against is Against.NEIGHBOURS:
            return [math.exp(value) for value in values]
    return ()


def _quality_loss(session: ReleaseSession, batch_size: int) -> Samples:
    return session.quality_losses.get(batch_size, ())


def _reference(session: ReleaseSession, kind: str) -> Samples:
    return session.reference_seconds.get(kind, ())


def _number_of_turns(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    record = _record(session, loop, batch_size)
    return (float(record.turns if record else 0),)


_READ: dict[series.Metric, Read] = {
    series.SECONDS_PER_EPOCH: _per_epoch,
    series.SECONDS_PER_STEP: _per_step,
    series.SECONDS_PER_EXAMPLE: _per_example,
    series.FIRST_EPOCH_SECONDS: _first_epoch,
    series.PEAK_BYTES: _peak_bytes,
    series.OVERHEAD_PER_STEP: _curve(0),
    series.COST_PER_EXAMPLE: _curve(1),
    series.POWER_OF_TWO_CONTRAST: _contrast,
    series.QUALITY_LOSS: _quality_loss,
    series.REFERENCE_SECONDS: _reference,
    series.TURNS: _number_of_turns,
    series.PASS_NUMBER: lambda session: (float(session.number),),
}


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
