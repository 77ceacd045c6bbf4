"""What there is to know of a metric."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

from batchmark.metrics.reading import (
    AfterTraining,
    AloneInAProcess,
    ByRound,
    Counted,
    Instrument,
    OfCostCurve,
    OnceAProcess,
    Reading,
    Rounds,
)
from batchmark.records import CellRecord


class Unit(Enum):
    """What it is counted in, and by that how it is printed."""

    SECONDS = "seconds"
    BYTES = "bytes"
    COUNT = "count"
    JOULES = "joules"
    ITS_OWN = "its own"
    """The workload's: it has no unit that anybody else knows."""


class Scope(Enum):
    """What has one value of it."""

    CELL = "cell"
    LOOP = "workload and loop"
    """All batch sizes together."""
    BATCH_SIZE = "workload and batch size"
    """All loops alike."""


class Effect(Enum):
    """How two sides are held against each other."""

    RATIO = "candidate over baseline"
    DIFFERENCE = "candidate minus baseline"


class ByRelease(Enum):
    """What a history of releases makes of it."""

    LEADS = "judged, by batch size and all of them together"
    JUDGED = "judged, all batch sizes together"
    REPORTED = "reported, all batch sizes together: it counts for no verdict"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric."""

    name: str
    """With unit and denominator: ``seconds_per_epoch``. What users type and files hold."""
    label: str
    """In a sentence: ``overhead per step``."""
    title: str
    """Above a picture of its own: ``fixed overhead per step, of the fitted cost curve``."""
    unit: Unit
    reading: Reading
    """How it is measured, and where it is read from."""
    scope: Scope = Scope.CELL
    more_is_better: bool = False
    effect: Effect = Effect.RATIO
    summary: Callable[[Sequence[float]], float] = median
    """What stands for the rounds of a turn, and for the turns."""
    tolerance: float | None = None
    """The change that would matter, unless a policy names another: 0.01 is 1 %. None: reported, but not judged.

    What has a value for each workload and batch size, as quality, is judged against the workload's own margin.
    """
    between_runs: float | None = None
    """Standard deviation of the ratio of two runs of the same thing, where nothing better is known.

    None, of a difference: nothing is known, and two stored runs have no interval of it.
    """
    by_release: ByRelease = ByRelease.REPORTED
    column: str | None = None
    """Its head in tables that give a metric one column. None: it has none, and is told where there is room."""

    def __post_init__(self) -> None:
        """Refuse a ratio of two runs that nobody could judge.

        Raises ValueError.
        """
        if not self.is_difference and self.between_runs is None and not self.is_counted:
            message = f"{self.name} is a ratio and doesn't say what two runs of the same thing differ by: between_runs"
            raise ValueError(message)

    @property
    def is_difference(self) -> bool:
        """Whether the effect is candidate minus baseline, and not candidate over baseline."""
        return self.effect is Effect.DIFFERENCE

    @property
    def is_optional(self) -> bool:
        """Whether a platform, or an older file, may lack it without anything being wrong."""
        return isinstance(self.reading, Instrument)

    @property
    def is_by_round(self) -> bool:
        """Whether every round has a value."""
        return isinstance(self.reading, (ByRound, Instrument))

    @property
    def is_in_turns(self) -> bool:
        """Whether turns give it, or what they begin with: a value a round, one a process, or the curve through all."""
        return self.is_by_round or isinstance(self.reading, (OnceAProcess, OfCostCurve))

    @property
    def is_pooled(self) -> bool:
        """Whether its cells' effects have a mean over batch sizes: live, of a ratio that is measured over and over."""
        return self.scope is Scope.CELL and self.is_by_round and not self.is_difference

    @property
    def is_alone_in_a_process(self) -> bool:
        """Whether processes that do nothing else measure it."""
        return isinstance(self.reading, AloneInAProcess)

    @property
    def is_counted(self) -> bool:
        """Whether it is work that is counted, and not measured."""
        return isinstance(self.reading, Counted)

    @property
    def is_after_training(self) -> bool:
        """Whether it takes whole trainings."""
        return isinstance(self.reading, AfterTraining)

    def rounds(self, record: CellRecord) -> Rounds:
        """Return every round's value by turn; nothing where it isn't measured by rounds, or wasn't."""
        match self.reading:
            case ByRound(of):
                return of(record)
            case Instrument():
                return record.instruments.get(self.name, ())
            case _:
                return ()

    def by_turn(self, record: CellRecord) -> tuple[float, ...]:
        """Return what stands for the rounds of each turn."""
        return tuple(self.summary(turn) for turn in self.rounds(record))

    def alternatives(self, record: CellRecord) -> tuple[float | None, ...]:
        """Return the one value that a process has of it, in each way it may be measured, the one to prefer first.

        Two sides are compared by the first that both have. None stands for what was not measured; where every round
        has a value there is no such thing.
        """
        match self.reading:
            case OnceAProcess(of):
                return (of(record),)
            case AloneInAProcess(of_each):
                return of_each(record)
            case _:
                return ()

    def alike(
        self, baseline: Sequence[CellRecord], candidate: Sequence[CellRecord]
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return the values of processes of two sides, measured in the same way; nothing where they have none alike."""
        for way in zip(*(self.alternatives(record) for record in (*baseline, *candidate)), strict=True):
            ours, theirs = way[: len(baseline)], way[len(baseline) :]
            known = tuple(tuple(value for value in side if value) for side in (ours, theirs))
            if all(known):
                return known[0], known[1]
        return (), ()

    def value(self, record: CellRecord) -> float | None:
        """Return what a record says of it in one number: what stands for the turns, or the one value there is."""
        if turns := self.by_turn(record):
            return self.summary(turns)
        return next((value for value in self.alternatives(record) if value is not None), None)
