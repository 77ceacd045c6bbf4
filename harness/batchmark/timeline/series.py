"""The series that are tracked: name, unit and parameters of each. Who writes and who reads agree here.

A metric of which less is better is a series by itself; the others are what asv's page and its readers need beside them.
"""

import re
from dataclasses import dataclass

from batchmark.metrics import table
from batchmark.metrics.metric import Metric, Scope

LOOP = "loop"
BATCH_SIZE = "batch_size"
KIND = "kind"


@dataclass(frozen=True)
class Series:
    """One tracked quantity: lower is better, as asv wants it."""

    name: str
    unit: str
    axes: tuple[str, ...]
    title: str
    """As the site shows it."""
    per_turn: bool = True
    """Whether a session gives a sample a turn; else one a session, or one a seed."""
    is_bookkeeping: bool = False
    """Whether it is kept to read the others by, and is nothing to look at."""
    in_every_session: bool = True
    """Whether each session has samples of it that it can be told by: else they are kept in one."""
    metric: Metric | None = None
    """Whose series it is; None: its samples are made of more than one, or of none."""

    @property
    def method(self) -> str:
        """The benchmark's name."""
        return f"track_{self.name}"

    @property
    def may_begin_late(self) -> bool:
        """Whether sessions that were measured before the metric was there, or elsewhere, have no samples of it."""
        return self.metric is not None and self.metric.is_optional


_CELL = (LOOP, BATCH_SIZE)
SECONDS_PER_STEP = Series("seconds_per_step", "seconds", _CELL, "seconds per step")
SECONDS_PER_EXAMPLE = Series("seconds_per_example", "seconds", _CELL, "seconds per example")
POWER_OF_TWO_CONTRAST = Series(
    "power_of_two_contrast", "ratio", _CELL, "time at a power of two over its neighbours' (below 1: faster)"
)
QUALITY_LOSS = Series(
    "quality_loss",
    "1 - quality",
    (BATCH_SIZE,),
    "1 - quality after the workload's epochs",
    per_turn=False,
    in_every_session=False,
)
QUALITY_SEED = Series(
    "quality_seed",
    "seed",
    (BATCH_SIZE,),
    "the seed of each quality, by which releases are paired",
    per_turn=False,
    is_bookkeeping=True,
    in_every_session=False,
)
REFERENCE_SECONDS = Series(
    "reference_seconds", "seconds", (KIND,), "the machine's own speed: work that no release touches"
)
TURNS = Series(
    "turns",
    "turns",
    _CELL,
    "turns of each session, by which samples are cut",
    per_turn=False,
    is_bookkeeping=True,
    in_every_session=False,
)
PASS_STARTED = Series(
    "pass_started",
    "seconds since 1970",
    (),
    "when each session's pass began: who shares it took turns",
    per_turn=False,
    is_bookkeeping=True,
    in_every_session=False,
)
_OTHERS = (
    SECONDS_PER_STEP,
    SECONDS_PER_EXAMPLE,
    POWER_OF_TWO_CONTRAST,
    QUALITY_LOSS,
    QUALITY_SEED,
    REFERENCE_SECONDS,
    TURNS,
    PASS_STARTED,
)


def every_series() -> tuple[Series, ...]:
    """Return what is tracked: the metrics' own series, and the others."""
    return (*(series_of(metric) for metric in table.METRICS if is_tracked(metric)), *_OTHERS)


def is_tracked(metric: Metric) -> bool:
    """Whether a metric is a series by itself: what asv takes for worse has to be, and sessions count no work."""
    return not metric.more_is_better and not metric.is_counted


def series_of(metric: Metric) -> Series:
    """Return a metric's own series."""
    return Series(
        name=metric.name,
        unit=metric.unit.value,
        axes=(LOOP,) if metric.scope is Scope.LOOP else _CELL,
        title=metric.title,
        per_turn=metric.is_by_round or metric.scope is Scope.LOOP,
        in_every_session=not metric.is_alone_in_a_process,
        metric=metric,
    )


def suite_of(workload: str) -> str:
    """Return the name of the suite's class that tracks a workload: ``MnistCnn`` for ``mnist-cnn``."""
    return "".join(word.capitalize() for word in re.split(r"[^0-9A-Za-z]+", workload))
