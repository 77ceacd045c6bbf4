"""What requests are answered with, where that isn't a record or a number."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Opened:
    """A cell that is ready to be measured: built, traced, compiled, warmed up."""

    workload_version: int
    examples: int
    compilation: str
    first_epoch_seconds: float
    warm_epoch_seconds: float
    """The shortest round of the warm-up: what visits are sized by, never reported."""
    learning_rate: float | None
    """The optimizer's own at the first step; None where that is not a number."""
    diverged: bool


@dataclass(frozen=True)
class Burst:
    """Consecutive rounds of one cell; its warm-up is already dropped."""

    seconds_per_round: tuple[float, ...]
    diverged: bool
    instruments: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """What instruments showed of each of the rounds, by the metric's name."""


@dataclass(frozen=True)
class Probed:
    """A whole training in small, in a process that does nothing else."""

    peak_host_bytes: int
    peak_device_bytes: int | None
    """None without a GPU."""
    diverged: bool


@dataclass(frozen=True)
class CallsPerEpoch:
    """Function calls of one epoch of ``fit``, as a profiler counts them: free of the machine's noise."""

    bare: float
    harnessed: float


HARNESSED = "harnessed"
BARE = ("bare", "bare again")
"""Two legs that are one and the same, so that what lies between them is what the estimator finds of nothing."""
LEGS = (HARNESSED, *BARE)
"""Epochs of one call of ``fit`` that are alike but for the harness, timed by the same means."""


@dataclass(frozen=True)
class OverheadTurn:
    """One turn of the overhead study: epochs of one call, in the order they were trained in."""

    legs: tuple[str, ...]
    """Which of `LEGS` each epoch is one of; each stretch of three has all of them."""
    seconds_per_epoch: tuple[float, ...]
    """Of each epoch, by when it and the next one began."""
    told_over_took: tuple[float, ...]
    """What the harness tells of an epoch over its entry above, of those that follow another harnessed one."""
