"""How a metric is measured, and where a record has it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from batchmark.records import CellRecord

if TYPE_CHECKING:
    from resource import struct_rusage

Rounds = tuple[tuple[float, ...], ...]
"""A value a round, by turn, as `CellRecord.seconds_per_round`."""
Meter = Callable[[], float]
"""Returns what the process has used until now, which never gets less: a round's is what lies between two boundaries."""


@dataclass(frozen=True)
class ByRound:
    """Every round has a value, which the record holds by itself."""

    of: Callable[[CellRecord], Rounds]


@dataclass(frozen=True)
class Instrument:
    """Every round has a value: what a meter shows more of at its end than at its beginning.

    It is read in the worker, at each boundary between two epochs and outside of what is timed
    (`batchmark.training.boundary`); the record holds it by the metric's name.
    """

    find: Callable[[], Meter | None]
    """Returns the meter; None: there is none here, and the metric is absent."""
    of_accelerator: bool = False
    """Whether it shows something of the accelerator alone, and nothing where training isn't on one."""
    window_seconds: float = 0.0
    """The meter moves only now and then: rounds that take less together have no value.

    In longer visits each has its share, by its seconds, of what all showed together.
    """


@dataclass(frozen=True)
class OnceAProcess:
    """A process that takes turns has one value."""

    of: Callable[[CellRecord], float | None]


@dataclass(frozen=True)
class AloneInAProcess:
    """A process has one value, and does nothing but train and evaluate one cell: a probe."""

    of_each: Callable[[CellRecord], tuple[float | None, ...]]
    """In each way that it may be measured, the one to prefer first."""


def always(meter: Meter | None) -> Callable[[], Meter | None]:
    """Return what finds this meter, or this lack of one."""
    return lambda: meter


def usage_meter(of: "Callable[[struct_rusage], float]") -> Meter | None:
    """Return a meter of what the system tells of the process's own usage; None where the platform tells none.

    Windows has no such module, and reads only what was measured elsewhere.
    """
    with suppress(ImportError):
        from resource import RUSAGE_SELF, getrusage  # noqa: PLC0415  where there is one

        return lambda: of(getrusage(RUSAGE_SELF))
    return None


class Parameter(IntEnum):
    """Of the cost curve ``seconds_per_step = overhead + cost · b``: the column that fitted turns have it in."""

    OVERHEAD = 0
    COST = 1


@dataclass(frozen=True)
class OfCostCurve:
    """A parameter of the curve that is fitted through the batch sizes of a loop, turn by turn."""

    parameter: Parameter


@dataclass(frozen=True)
class AfterTraining:
    """What whole trainings of many seeds end in: a study of its own."""


@dataclass(frozen=True)
class Counted:
    """A process has one value, and nothing of it is chance: work that is counted after all rounds (`counters`)."""


Reading = ByRound | Instrument | OnceAProcess | AloneInAProcess | OfCostCurve | AfterTraining | Counted
