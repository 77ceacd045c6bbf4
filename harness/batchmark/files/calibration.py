"""What a machine's noise was measured to be: the record, and where it is kept."""

import math
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import msgspec
from platformdirs import user_data_path

from batchmark.errors import StoredFileError
from batchmark.files.json_file import read_json
from batchmark.files.whole_file import write_whole

SCHEMA = 2
"""2: of sides that alternate."""
_HOW_TO_STORE = "batchmark calibrate writes one"
_MACHINE = ("device", "device_name", "cores")

# What is read back is divided by, and its logarithm is taken.
_LARGEST = sys.float_info.max
_Count = Annotated[int, msgspec.Meta(ge=0)]
_AboveZero = Annotated[float, msgspec.Meta(gt=0, lt=_LARGEST)]
_Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]


@dataclass(frozen=True)
class CalibratedCell:
    """The noise of one time of one cell, between identical sides."""

    workload: str
    metric: str
    batch_size: int | None
    loop: str
    seconds: float
    """What it takes: the median."""
    spread: Annotated[float, msgspec.Meta(ge=0, lt=_LARGEST)]
    """Standard deviation of a restart's effect, a logarithm."""
    effects: _Count
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
    budget_seconds: _AboveZero
    """Of an upgrade, for each cell, that the smallest effects are told for."""
    restarts: Annotated[int, msgspec.Meta(ge=1)]
    """Of such an upgrade, at most: each restart has its share of the budget."""
    confidence: _Share
    comparisons: _Count
    """Of identical seconds per epoch."""
    false_alarms: _Count
    false_alarm_bound: float
    """The largest rate that these leave possible, at 95 %."""
    warnings: tuple[str, ...] = ()
    """What went wrong with cells, in a line each."""
    measured: float = field(default_factory=time.time)
    """When, in seconds since 1970."""
    schema: int = SCHEMA

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
        return all(self.facts.get(name) == facts.get(name) for name in _MACHINE)


def default_path() -> Path:
    """Return where this machine's calibration is kept."""
    return user_data_path("batchmark") / "calibration" / f"{platform.node() or 'this-machine'}.json"


def read_calibration(path: Path) -> Calibration:
    """Return what `write_calibration` wrote.

    Raises StoredFileError: no such file, or something else in it.
    """
    content = read_json(path, _HOW_TO_STORE)
    try:
        found = msgspec.convert(content, Calibration)
    except (msgspec.ValidationError, OverflowError) as error:
        message = f"{path} is no calibration ({error}); {_HOW_TO_STORE}"
        raise StoredFileError(message) from error
    if found.schema != SCHEMA:
        message = f"{path} has schema {found.schema} and this version of batchmark reads {SCHEMA}; calibrate again"
        raise StoredFileError(message)
    return found


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Keep a calibration, with those cells of the one that was there which the new one lacks.

    What is there and is no calibration is replaced.

    Raises StoredFileError: it can't be written.
    """
    try:
        whole = read_calibration(path).merged_with(calibration)
    except StoredFileError:
        whole = calibration
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{path} can't be written: {error.strerror}"
        raise StoredFileError(message) from error
    write_whole(path, msgspec.json.format(msgspec.json.encode(whole)).decode() + "\n")
