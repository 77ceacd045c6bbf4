"""asv's door: the tracked series of a workload, as benchmarks that read one session's measurement.

A class of the suite names what is tracked; its `setup_cache` returns a session with the release that asv chose,
measured before in turns with other releases, or then. Its ``track_`` methods are made here. Each returns a session's
samples, in the order they were measured in, so asv has its medians, intervals and tests, and ``--append-samples`` adds
a session to those before it.
"""

import os
import runpy
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import batchmark
from batchmark.backends import SHARING, brought_by
from batchmark.environments.git_program import GitError, run_git
from batchmark.environments.locked import locked_python, package_alone
from batchmark.environments.pins import normal_name
from batchmark.errors import BatchmarkError, MissingPackageError, WorkloadError
from batchmark.measurement.connection import Worker
from batchmark.progress import Progress
from batchmark.studies.live.sides import StartWorker
from batchmark.studies.releases.samples import Values, parameters_of, samples_of
from batchmark.studies.releases.session import ReleaseSession, Side, Tracked, run_release_sessions
from batchmark.studies.releases.session_file import read_session
from batchmark.timeline import series, settings
from batchmark.timeline.repository import REQUIREMENTS
from batchmark.workloads import Description, find_workload
from batchmark.workloads.keras_backend import VARIABLE
from batchmark.workloads.users_code import in_one_line, line_of_error
from batchmark.workloads.users_files import add_users_folder

Suite = TypeVar("Suite")


def tracks(tracked: Tracked) -> Callable[[type[Suite]], type[Suite]]:
    """Give a class of the suite a ``track_`` method for each series of what is `tracked`."""

    def with_tracks(suite: type[Suite]) -> type[Suite]:
        if suite.__name__ != series.suite_of(tracked.workload):
            message = f"a class called {suite.__name__} tracks {tracked.workload!r}: its results are found by its name"
            raise BatchmarkError(message)
        description = description_of(tracked)
        suite.tracked = tracked  # type: ignore[attr-defined]
        for each in series.every_series():
            values = parameters_of(each, tracked, description)
            setattr(suite, each.method, _method(each, values, version=tracked.version))
        return suite

    return with_tracks


def measure(tracked: Tracked) -> ReleaseSession:
    """Return the session with the release that asv chose: the one that was measured before, or else one by itself.

    One that can't be installed or measured gives a session without samples: that is a result as well.
    """
    commit = os.environ[settings.COMMIT]
    if folder := os.environ.get(settings.MEASURED):
        return read_session(Path(folder), commit)
    place = Place(Path(os.environ[settings.REPOSITORY]), Path(os.environ[settings.ENVIRONMENTS]))
    session = measure_releases(place, tracked, {commit: 1}, pass_started=int(time.time()), progress=_tell)[commit]
    for problem in session.problems:
        _tell(phase="problem", done=1, of=1, detail=problem)
    return session


@dataclass(frozen=True)
class Place:
    """Where the releases are."""

    repository: Path
    """The generated one, in which each commit is a release."""
    environments: Path
    """One environment a release, made where it is missing."""


def measure_releases(
    place: Place, tracked: Tracked, numbers: Mapping[str, int], *, pass_started: int, progress: Progress
) -> dict[str, ReleaseSession]:
    """Measure releases, by commit, in turns; `numbers` are the sessions' own, from 1.

    One that can't be installed has a session that says so and nothing else; the others go on.

    Raises MissingPackageError: what installs them is not installed itself.
    """
    sessions: dict[str, ReleaseSession] = {}
    sides: dict[str, Side] = {}
    commits: dict[str, str] = {}
    for done, (commit, number) in enumerate(numbers.items()):
        try:
            name = _git(place, "log", "-1", "--format=%s", commit).strip()
            progress(phase="installing", done=done, of=len(numbers), detail=name)
            sides[name], commits[name] = Side(_start_worker(place, commit), number), commit
        except MissingPackageError:
            raise
        except BatchmarkError as error:
            sessions[commit] = ReleaseSession(pass_started, problems=(str(error),))
    if sides:
        found = run_release_sessions(
            tracked, description_of(tracked), sides, pass_started=pass_started, progress=progress
        )
        sessions |= {commits[name]: session for name, session in found.items()}
    return sessions


def install_release(place: Place, commit: str) -> None:
    """Make the environment of a release where it is missing.

    Raises BatchmarkError: it can't be installed. MissingPackageError: what installs it is not installed itself.
    """
    _start_worker(place, commit)


def measure_stand_ins(
    place: Place, commit: str, tracked: Tracked, names: Mapping[str, int], *, pass_started: int, progress: Progress
) -> dict[str, ReleaseSession]:
    """Measure one release in a worker for each of `names`, in turns; the numbers are the sessions' own, from 1.

    Raises BatchmarkError: it can't be installed.
    """
    start = _start_worker(place, commit)
    sides = {name: Side(start, number) for name, number in names.items()}
    return run_release_sessions(tracked, description_of(tracked), sides, pass_started=pass_started, progress=progress)


def _start_worker(place: Place, commit: str) -> StartWorker:
    """Return how to start a worker of a release, whose environment is made where it is missing."""
    lock = _git(place, "show", f"{commit}:{REQUIREMENTS}")
    python = locked_python(lock, place.environments)
    path = package_alone(Path(batchmark.__file__).parent, place.environments)
    environment = {"PYTHONPATH": str(path), **SHARING, **_keras_on(lock)}
    return partial(Worker, python=str(python), environment=environment)


def _keras_on(lock: str) -> dict[str, str]:
    """Return the setting by which Keras is run by what a release's lock brings: TensorFlow, JAX or PyTorch."""
    backend = brought_by({normal_name(line.partition("==")[0].strip()) for line in lock.splitlines()})
    return {} if backend is None else {VARIABLE: backend}


def choose_suites(folder: Path, workloads: Sequence[str]) -> dict[str, Tracked]:
    """Return the suite's classes that track `workloads`, by name; all of them where none is named.

    Raises BatchmarkError: one is not tracked, or nothing is; what tracks it can't be run.
    """
    tracked = _tracked(folder)
    if not tracked:
        message = f"nothing in {folder} tracks a workload; give it a class as in Batchmark's benchmarks/releases"
        raise BatchmarkError(message)
    unknown = [name for name in workloads if name not in tracked]
    if unknown:
        message = f"{unknown[0]!r} is not tracked; {', '.join(tracked)} are; a class in {folder} tracks another"
        raise BatchmarkError(message)
    return {series.suite_of(name): tracked[name] for name in dict.fromkeys(workloads or tracked)}


def _tracked(folder: Path) -> dict[str, Tracked]:
    """Return what the suite's classes track, by workload."""
    found: dict[str, Tracked] = {}
    for path in sorted(folder.glob("*.py")):
        for suite in _run(path).values():
            tracked = getattr(suite, "tracked", None)
            if isinstance(suite, type) and isinstance(tracked, Tracked):
                found[tracked.workload] = tracked
    return found


def _run(path: Path) -> dict[str, object]:
    add_users_folder(path.parent)
    try:
        return runpy.run_path(str(path))
    except BatchmarkError:
        raise
    except Exception as error:
        # A user's own code raises whatever it likes.
        message = f"{line_of_error(error) or path}: the suite can't be read: {in_one_line(error)}"
        raise BatchmarkError(message) from error


def description_of(tracked: Tracked) -> Description:
    """Return what there is to know of what is tracked, without TensorFlow.

    Raises BatchmarkError: it doesn't say how many examples there are.
    """
    workload = find_workload(tracked.workload)
    if not workload.examples:
        message = (
            f"{tracked.workload} can't be tracked: its batch sizes are needed before its data are loaded; give the "
            "workload the number of its training examples as examples=..."
        )
        raise WorkloadError(message)
    return workload.described(name=tracked.workload, examples=workload.examples)


def _method(tracked: series.Series, values: Values, *, version: int) -> Callable[..., object]:
    """Return a benchmark as asv finds it: a function whose attributes say what it is."""

    def track(_suite: object, session: ReleaseSession, *parameters: str | int) -> dict[str, object]:
        return {"samples": samples_of(tracked, session, *parameters), "number": 1}

    track.__name__ = tracked.method
    attributes: Mapping[str, object] = {
        "unit": tracked.unit,
        "pretty_name": tracked.title,
        "params": [list(each) for each in values],
        "param_names": list(tracked.axes),
        # asv's own is a hash of this source, which says nothing of what is measured.
        "version": str(version),
    }
    vars(track).update(attributes)
    return track


def _git(place: Place, *arguments: str) -> str:
    try:
        return run_git(*arguments, repository=place.repository)
    except GitError as error:
        message = f"the releases' repository has no such release: {error}; type: batchmark releases build"
        raise BatchmarkError(message) from error


def _tell(*, phase: str, done: float, of: float, detail: str) -> None:
    """Say on standard output what is done: it keeps asv from taking silence for an end."""
    sys.stdout.write(f"{phase} {done:g}/{of:g} {detail}\n")
    sys.stdout.flush()
