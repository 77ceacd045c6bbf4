"""What a machine's noise was measured to be: the record, and where it is kept."""

import math
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from platformdirs import user_data_path

from batchmark.bounds import Count, Level, NotNegative, Number, Positive, Size
from batchmark.errors import StoredFileError
from batchmark.files.machine import others
from batchmark.files.stored_form import Form


@dataclass(frozen=True)
class CalibratedCell:
    """The noise of one time of one cell, between identical sides."""

    workload: str
    metric: str
    batch_size: int | None
    loop: str
    seconds: Number
    """What it takes: the median."""
    spread: NotNegative
    """Standard deviation of a restart's effect, a logarithm."""
    effects: Count
    """How many that is made of."""
    noise_floor: float | None
    """The smallest effect that an upgrade finds with 90 % power, by significance alone: 0.01 is 1 %."""
    detectable: float | None
    """The same beyond the default tolerance: what is called regressed with 90 % power."""


@dataclass(frozen=True)
class Calibration:
    """The noise of a machine, as of one day."""

    cells: tuple[CalibratedCell, ...]
    facts: Mapping[str, object]
    """Device, cores, versions."""
    budget_seconds: Positive
    """Of an upgrade, for each cell, that the smallest effects are told for."""
    restarts: Size
    """Of such an upgrade, at most: each restart has its share of the budget."""
    confidence: Level
    comparisons: Count
    """Of identical seconds per epoch."""
    false_alarms: Count
    false_alarm_bound: Number
    """The largest rate that these leave possible, at 95 %."""
    warnings: tuple[str, ...] = ()
    """What went wrong with cells, in a line each."""
    measured: Number = field(default_factory=time.time)
    """When, in seconds since 1970."""

    def of(self, workload: str, metric: str, batch_size: int | None, loop: str | None) -> CalibratedCell | None:
        """Return what is known of one time of one cell."""
        wanted = (workload, metric, batch_size, loop)
        return next(
            (cell for cell in self.cells if (cell.workload, cell.metric, cell.batch_size, cell.loop) == wanted), None
        )

    def is_of(self, facts: Mapping[str, object], *, budget_seconds: float, looks: Sequence[int]) -> bool:
        """Whether it was made on a machine with these `facts`, and of restarts as long as these ones."""
        same_length = math.isclose(self.budget_seconds / self.restarts, budget_seconds / looks[-1])
        return same_length and self._is_on(facts)

    def merged_with(self, newer: "Calibration") -> "Calibration":
        """Return `newer` with those cells of this one that it lacks, if both are of the same machine and plan."""
        same_plan = (self.budget_seconds, self.restarts, self.confidence) == (
            newer.budget_seconds,
            newer.restarts,
            newer.confidence,
        )
        if not (same_plan and self._is_on(newer.facts)):
            return newer
        kept = [cell for cell in self.cells if not newer.of(cell.workload, cell.metric, cell.batch_size, cell.loop)]
        return replace(newer, cells=(*newer.cells, *kept))

    def _is_on(self, facts: Mapping[str, object]) -> bool:
        return not others(self.facts, facts)


CALIBRATION = Form(
    Calibration,
    key="schema",
    version=2,
    name="a calibration",
    stored_by="batchmark calibrate writes one",
    again="calibrate again",
)
"""Version 1 was of sides that don't alternate: no upgrade makes one of the other."""


def default_path() -> Path:
    """Return where this machine's calibration is kept."""
    return user_data_path("batchmark") / "calibration" / f"{platform.node() or 'this-machine'}.json"


def read_calibration(path: Path) -> Calibration:
    """Return what `write_calibration` wrote.

    Raises StoredFileError: no such file, or something else in it.
    """
    return CALIBRATION.read(path)


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Keep a calibration, with those cells of the one that was there which the new one lacks.

    What is there and is no calibration is replaced.

    Raises StoredFileError: it can't be written.
    """
    try:
        whole = read_calibration(path).merged_with(calibration)
    except StoredFileError:
        whole = calibration
    CALIBRATION.keep(path, whole)
