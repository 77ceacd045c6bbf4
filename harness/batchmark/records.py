"""The frozen records that one sweep hands from room to room."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from statistics import median

from batchmark.backends import TENSORFLOW
from batchmark.bounds import Count, NotNegative, Positive, PositiveIfKnown, Share, Size
from batchmark.proofs import Proof


@dataclass(frozen=True, order=True)
class Cell:
    """One point of the grid: workload × batch size × loop × backend."""

    workload: str
    batch_size: Size
    loop: str
    backend: str = TENSORFLOW
    """What runs Keras."""

    @property
    def way(self) -> str:
        """How an epoch is executed: the loop, and the backend where it isn't TensorFlow, as in ``fit@jax``."""
        return self.loop if self.backend == TENSORFLOW else f"{self.loop}@{self.backend}"

    @staticmethod
    def by_way(workload: str, batch_size: int, way: str) -> "Cell":
        """Return the cell whose `way` is given."""
        loop, _, backend = way.partition("@")
        return Cell(workload, batch_size, loop, backend or TENSORFLOW)

    def __str__(self) -> str:
        """Return the cell as pytest's parameter ids spell it: ``blobs-32-fit``, ``blobs-32-fit@jax``."""
        return f"{self.workload}-{self.batch_size}-{self.way}"


class Status(StrEnum):
    """How a cell's measurement ended."""

    COMPLETE = "complete"
    """Every turn that was planned, or that the budget allowed."""
    INTERRUPTED = "interrupted"
    """The sweep was stopped early; what had been measured is kept."""
    DIVERGED = "diverged"
    """The loss stopped being a finite number; rounds before that are kept."""
    FAILED = "failed"
    """The worker could not build or train it, or died while it did."""
    NOT_TRIED = "not tried"
    """Others of its loop had ended their worker: nothing was measured, and nothing is known of it."""
    REFUSED = "refused"
    """Its loop does other work than ``fit`` on this model: nothing was measured."""


@dataclass(frozen=True)
class CellRecord:
    """What was measured of one cell.

    `seconds_per_round` holds the rounds by turn: a turn visits every cell once, in random order,
    for a burst of consecutive rounds. Rounds of one burst are alike because they are neighbours
    in time, so analysis takes the turn as its unit, and entries with the same index, of several
    cells, as measured in the same period.
    """

    cell: Cell
    workload_version: Count
    compilation: str
    """What ran the epoch, in words: ``fit``, ``graph``, ``xla``, or how ``fit`` was told to run its steps."""
    examples: Count
    """Training examples an epoch."""
    steps_per_epoch: Count
    """Optimizer updates an epoch: ⌈examples / batch size⌉, the partial last batch included."""
    first_epoch_seconds: PositiveIfKnown
    """The very first epoch, with tracing and compilation in it; not among the rounds."""
    seconds_per_round: tuple[tuple[Positive, ...], ...]
    learning_rate: float
    seed: int
    places: tuple[tuple[Count, ...], ...] = ()
    """When each turn's visits of this cell were, as places in the turn's order from 0; by turn, as the rounds.

    Where sides alternated, each visit of any of them has a place of its own.
    """
    status: Status = Status.COMPLETE
    warnings: tuple[str, ...] = ()
    compilation_trial: dict[str, PositiveIfKnown] = field(default_factory=dict)
    """For the loop ``compiled``: seconds per epoch of each compilation at the reference batch size."""
    tokens_per_example: Size | None = None
    """Of a language model."""
    waiting_share: Share | None = None
    """The share of an epoch, 0 to 1, that waits for the next batch of an input pipeline; None without one."""
    peak_host_bytes: Count | None = None
    """The most memory a process had that did nothing but train and evaluate this cell; None if not measured."""
    peak_device_bytes: Count | None = None
    """The same on the GPU; None without one."""
    proof: Proof | None = None
    """That its loop does ``fit``'s work on this model; None for ``fit`` itself, and where it was not asked for."""
    instruments: Mapping[str, tuple[tuple[NotNegative, ...], ...]] = field(default_factory=dict)
    """What instruments showed of every round, by the metric's name, in its unit and in the shape of the rounds."""

    @property
    def turns(self) -> int:
        """The number of turns that hold rounds of this cell."""
        return len(self.seconds_per_round)

    @property
    def is_comparable(self) -> bool:
        """Whether there are rounds, of a training that works."""
        return self.turns > 0 and self.status not in (Status.DIVERGED, Status.FAILED, Status.NOT_TRIED, Status.REFUSED)

    @property
    def rounds(self) -> tuple[float, ...]:
        """Every round in the order it was measured, in seconds per epoch."""
        return tuple(seconds for turn in self.seconds_per_round for seconds in turn)

    @property
    def seconds_per_visit(self) -> tuple[dict[int, float], ...]:
        """The median round of each visit, in seconds per epoch, by turn and place."""
        return self.by_visit(self.seconds_per_round)

    def by_visit(self, rounds: tuple[tuple[float, ...], ...]) -> tuple[dict[int, float], ...]:
        """Return the median of each visit by turn and place, of `rounds` that have the shape of this cell's."""
        return tuple({place: median(own) for place, own in turn.items()} for turn in self.rounds_by_visit(rounds))

    def rounds_by_visit(self, rounds: tuple[tuple[float, ...], ...]) -> tuple[dict[int, tuple[float, ...]], ...]:
        """Return the rounds of each visit by turn and place, of `rounds` that have the shape of this cell's.

        Of a turn whose visits differ in rounds it isn't known which is whose, and none is returned.
        """
        return tuple(_by_visit(turn, places) for turn, places in zip(rounds, self.places, strict=False))

    @cached_property
    def seconds_per_turn(self) -> tuple[float, ...]:
        """The median round of each turn, in seconds per epoch."""
        return tuple(median(turn) for turn in self.seconds_per_round)

    @cached_property
    def seconds_per_epoch(self) -> float:
        """The median over turns; NaN where nothing was measured."""
        return median(self.seconds_per_turn) if self.seconds_per_round else math.nan

    @property
    def compile_seconds(self) -> float:
        """What the first epoch took beyond a steady one: tracing, compilation and set-up; NaN if not measured."""
        return max(0.0, self.first_epoch_seconds - self.seconds_per_epoch)

    @property
    def seconds_per_step(self) -> float:
        """Seconds per optimizer update."""
        return self.seconds_per_epoch / self.steps_per_epoch

    @property
    def examples_per_second(self) -> float:
        """Training examples per second."""
        return self.examples / self.seconds_per_epoch

    @property
    def tokens_per_second(self) -> float:
        """Training tokens per second; NaN where examples are not made of tokens."""
        return self.examples_per_second * (self.tokens_per_example or math.nan)


def _by_visit(rounds: tuple[float, ...], places: tuple[int, ...]) -> dict[int, tuple[float, ...]]:
    each, rest = divmod(len(rounds), len(places)) if places else (0, 0)
    return (
        {} if rest else {place: rounds[each * index : each * (index + 1)] for index, place in enumerate(places) if each}
    )


@dataclass(frozen=True)
class Estimate:
    """A value with its interval, in the value's own unit.

    `low` and `high` are None where the sample is too small for an interval at that level.
    """

    value: float
    low: float | None
    high: float | None
    level: float
    """The interval's confidence level, 0 to 1: asked for, and reached or exceeded."""
    n: int
    """Independent units behind it: turns, or seeds."""
    is_location: bool = field(default=False, compare=False, repr=False)
    """Whether it is the location of ratios of which some may lie far off: it doesn't see them."""

    @property
    def has_interval(self) -> bool:
        """Whether the sample was large enough for an interval."""
        return self.low is not None and self.high is not None

    def lies_within(self, low: float, high: float) -> bool:
        """Whether the whole interval lies inside [low, high]; False without an interval."""
        return self.low is not None and self.high is not None and low <= self.low and self.high <= high

    def lies_beyond(self, low: float, high: float) -> bool:
        """Whether the whole interval lies outside [low, high]; False without an interval."""
        return self.low is not None and self.high is not None and (self.high < low or self.low > high)
