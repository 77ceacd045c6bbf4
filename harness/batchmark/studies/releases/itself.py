"""One release against itself: stand-ins of it take turns as releases do, so each effect that is found is a false alarm.

It goes the same way as releases do, from live workers to verdicts, on this machine and in its real noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from batchmark.errors import BatchmarkError
from batchmark.progress import Progress, within
from batchmark.studies.releases.history import LineHistory, compare_releases
from batchmark.studies.releases.samples import measurements_of
from batchmark.studies.releases.session import ReleaseSession, Tracked
from batchmark.timeline.history import Commit, Measurements
from batchmark.workloads import Description


@dataclass(frozen=True)
class StandIns:
    """What stands in for releases, and how often it is measured."""

    count: int = 5
    passes: int = 4

    def __post_init__(self) -> None:
        """Refuse what has no spread.

        Raises BatchmarkError.
        """
        if self.count < 2 or self.passes < 2:  # noqa: PLR2004  a spread takes two
            message = f"{self.count} stand-ins in {self.passes} passes show no spread; use at least 2 of each"
            raise BatchmarkError(message)


@dataclass(frozen=True)
class AgainstItself:
    """What came of comparing a release with itself."""

    history: LineHistory
    problems: tuple[str, ...]
    """Why something is missing in it, a line each."""


class MeasureStandIns(Protocol):
    """Measures one release in several workers that take turns, one for each name."""

    def __call__(
        self, tracked: Tracked, names: Mapping[str, int], *, pass_started: int, progress: Progress
    ) -> dict[str, ReleaseSession]:
        """Return a session for each name; the numbers are the sessions' own, from 1."""


def compare_with_itself(
    release: Commit,
    tracked: Tracked,
    description: Description,
    stand_ins: StandIns,
    *,
    tolerance: float,
    measure: MeasureStandIns,
    progress: Progress,
) -> AgainstItself:
    """Measure a release in several workers for some passes, and compare them as if they were releases.

    Only times are: neither quality nor memory is measured.
    """
    releases = tuple(
        Commit(f"{release.commit}/{number}", f"{release.tag} ({number})", f"{release.title} ({number})", "")
        for number in range(1, stand_ins.count + 1)
    )
    sessions: dict[str, list[ReleaseSession]] = {each.commit: [] for each in releases}
    for number in range(1, stand_ins.passes + 1):
        told = within(progress, phase=f"pass {number} of {stand_ins.passes}: ")
        # Memory is measured in a release's first session.
        names = dict.fromkeys(sessions, number + 1)
        found = measure(replace(tracked, seeds=0), names, pass_started=number, progress=told)
        for name, session in found.items():
            sessions[name].append(session)
    measured: dict[str, Measurements] = {
        name: measurements_of(tracked, description, own) for name, own in sessions.items()
    }
    history = compare_releases(f"{release.title} against itself", releases, measured, tolerance=tolerance)
    problems = (problem for own in sessions.values() for session in own for problem in session.problems)
    return AgainstItself(history, tuple(dict.fromkeys(problems)))
