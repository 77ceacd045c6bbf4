"""By which runs of a folder the noise between baseline and candidate is measured.

Runs of one day share what the machine was that day, so what they differ by is less than what two days do. Where
baseline and candidate are of two days, runs count once a day; where all of them together are of a shorter time than
lies between the two, they say too little, and no metric's noise is taken for less than is assumed of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from batchmark.files.brief import BriefSweep
from batchmark.files.stored_noise import StoredNoise
from batchmark.files.sweep import StoredSweep
from batchmark.metrics import table
from batchmark.records import Cell
from batchmark.studies.stored.noise import noise_of_stored
from batchmark.studies.stored.when import when_stored

MOST_RUNS = 20
"""The newest, that the noise is measured by: older ones say more of other times."""
_FEWEST_RUNS = 2
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class NoiseRuns:
    """The runs that measure the noise, and what they are of."""

    names: tuple[str, ...] = ()
    """The newest first; none where there are fewer than two."""
    span: timedelta = timedelta()
    """Between the oldest and the newest of them."""
    apart: timedelta = timedelta()
    """Between baseline and candidate."""
    same_day: int = 0
    """Runs that are left out because a newer one of their day counts."""

    @property
    def is_short(self) -> bool:
        """Whether they are of a shorter time than lies between baseline and candidate."""
        return self.span < self.apart

    def told(self, *, runs: int) -> str:
        """Return it in words; `runs` could be the baseline."""
        if not self.names:
            none = "no other run has its packages and cells" if runs > 1 else "it takes two sweeps"
            one_day = "the sweeps with its packages are all of one day, and the candidate is of another"
            return f"not measured: {one_day if self.same_day else none}"
        once = ", one a day" if self.same_day else ""
        short = (
            f"; the candidate is {_time(self.apart)} after its baseline, so what is assumed counts where it is more"
            if self.is_short
            else ""
        )
        return f"measured by {len(self.names)} of them, with its packages{once}, over {_time(self.span)}{short}"


def runs_for_noise(runs: Sequence[BriefSweep], candidate: datetime) -> NoiseRuns:
    """Return which of `runs` of the same thing, the newest first, measure the noise.

    The first is the baseline of what was stored at `candidate`.
    """
    baseline = when_stored(runs[0])
    counted = runs if baseline.date() == candidate.date() else _one_a_day(runs)
    kept = counted[:MOST_RUNS]
    found = NoiseRuns(apart=candidate - baseline, same_day=len(runs) - len(counted))
    if len(kept) < _FEWEST_RUNS:
        return found
    return replace(found, names=tuple(each.name for each in kept), span=baseline - when_stored(kept[-1]))


def measured_noise(
    runs: NoiseRuns, sweeps: Mapping[str, StoredSweep], cells: Collection[Cell] | None = None
) -> StoredNoise | None:
    """Return what `sweeps`, by the name of their file, differ by in `cells`, or in all; None: nothing that counts.

    Of runs of too short a time only what is more than is assumed.

    Raises BatchmarkError: they are not of the same thing, or don't differ.
    """
    if not runs.names:
        return None
    noise = noise_of_stored({name: _cut(sweeps[name], cells) for name in runs.names}).noise
    if not runs.is_short:
        return noise
    assumed = table.between_runs()
    spreads = {name: spread for name, spread in noise.spreads.items() if spread > assumed.get(name, 0.0)}
    return replace(noise, spreads=spreads) if spreads else None


def _cut(sweep: StoredSweep, cells: Collection[Cell] | None) -> StoredSweep:
    if cells is None:
        return sweep
    return replace(sweep, records=tuple(each for each in sweep.records if each.cell in cells))


def _one_a_day(runs: Sequence[BriefSweep]) -> list[BriefSweep]:
    """Return the newest of each day."""
    days: dict[date, BriefSweep] = {}
    for each in runs:
        days.setdefault(when_stored(each).date(), each)
    return list(days.values())


def _time(span: timedelta) -> str:
    if span < 2 * _DAY:
        return f"{span / _HOUR:.1f} hours"
    return f"{span / _DAY:.0f} days"
