"""Bisections made up for tests: releases with known epochs, compared in no time."""

from collections.abc import Callable, Mapping

from packaging.version import Version

from batchmark.comparison import Comparison, Environments
from batchmark.progress import silent
from batchmark.studies.bisection.bisection import run_bisection
from batchmark.studies.bisection.ends import Ends
from batchmark.studies.bisection.record import Bisection
from compared import FACTS, cell_of, comparison_of

ENDS = Ends("frame", Version("1.0"), Version("5.0"), ("numbers==2.0",))
BETWEEN = ("2.0", "3.0", "4.0")


class Releases:
    """Stands in for live releases: `epochs` by version; what `happens` at one is raised."""

    def __init__(
        self,
        epochs: Mapping[str, float],
        *,
        wide: Mapping[str, int] | None = None,
        happens: Mapping[str, BaseException] | None = None,
        stopped: Mapping[str, str] | None = None,
        packages: Callable[[str], Mapping[str, str]] = lambda version: {"frame": version, "numbers": "2.0"},
    ) -> None:
        self._epochs = epochs
        self._wide = wide or {}
        self._happens = happens or {}
        self._stopped = stopped or {}
        self._packages = packages
        self.asked: list[tuple[str, str, int]] = []

    def __call__(self, baseline: str, candidate: str, *, times: int) -> Comparison:
        """Return the comparison; it is inconclusive with fewer than so `many` times the budget."""
        self.asked.append((baseline, candidate, times))
        for version in (candidate, baseline):
            if version in self._happens:
                raise self._happens[version]
        width = 1.4 if times < self._wide.get(candidate, 1) else 1.002
        cell = cell_of(self._epochs[candidate] / self._epochs[baseline], width=width, batch_size=128)
        facts = [{**FACTS, "packages": self._packages(version)} for version in (baseline, candidate)]
        return comparison_of([cell], environment=Environments(*facts), stopped=self._stopped.get(candidate))


def bisected(releases: Releases, between: tuple[str, ...] = BETWEEN, *, ends: Ends = ENDS) -> Bisection:
    """Return what comes of a bisection of `releases`."""
    return run_bisection(ends, releases, lambda: between, progress=silent)
