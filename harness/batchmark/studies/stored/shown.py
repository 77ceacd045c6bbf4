"""Which of many stored sweeps a page shows by themselves: all of some, of thousands the newest of their kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batchmark.files.brief import BriefSweep
from batchmark.files.results import Results
from batchmark.studies.stored.machines import machines_of
from batchmark.studies.stored.when import newest_first

MOST_PARTS = 40
"""Of a page with all that there is, pictures too."""
_NEWEST = 5
_MOST_OF_MANY = 80


@dataclass(frozen=True)
class Shown:
    """A workload of a sweep that has a part of the page."""

    name: str
    workload: str
    is_newest: bool
    """Of its workload and machine."""
    is_pictured: bool


def shown(sweeps: Sequence[BriefSweep], called: Mapping[str, str], *, most: int = MOST_PARTS) -> tuple[Shown, ...]:
    """Return what is shown by itself, the newest first; `called` are the machines by the sweep's name.

    Up to `most` parts all are shown, with pictures. Of more, the newest of each workload and machine has pictures, and
    those before it, up to five, have none; fewer, where there are so many workloads and machines that the page would
    grow too long, and the newest in any case.
    """
    groups = by_workload_and_machine(sweeps, called)
    is_whole = sum(map(len, groups.values())) <= most
    each = max(1, min(_NEWEST, _MOST_OF_MANY // max(len(groups), 1)))
    kept = {
        (sweep.name, workload): place
        for (workload, _), own in groups.items()
        for place, sweep in enumerate(own if is_whole else own[:each])
    }
    return tuple(
        Shown(sweep.name, workload, is_newest=place == 0, is_pictured=place == 0 or is_whole)
        for sweep in newest_first(sweeps)
        for workload in sweep.work
        if (place := kept.get((sweep.name, workload))) is not None
    )


def names_to_show(results: Results) -> frozenset[str]:
    """Return the names of the sweeps that have something shown by itself: these are to be read in full."""
    return frozenset(each.name for each in shown(results.sweeps, machines_of(results).called))


def by_workload_and_machine(
    sweeps: Sequence[BriefSweep], called: Mapping[str, str]
) -> dict[tuple[str, str], list[BriefSweep]]:
    """Return the sweeps of each workload and machine, the newest first."""
    groups: dict[tuple[str, str], list[BriefSweep]] = {}
    for sweep in newest_first(sweeps):
        for workload in sweep.work:
            groups.setdefault((workload, called[sweep.name]), []).append(sweep)
    return groups
