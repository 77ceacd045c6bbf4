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
"""Calls of ``fit`` that are alike but for the harness: of as many epochs, timed by the same means."""


@dataclass(frozen=True)
class OverheadTurn:
    """One turn of the overhead study."""

    legs: tuple[str, ...]
    """`LEGS`, in the order they were measured in."""
    seconds_per_epoch: tuple[float, ...]
    """Of each leg, in the same order, by when its epochs began."""
    told_seconds_per_epoch: float
    """Of the harnessed leg's same epochs, as the harness tells them; NaN where the training diverged."""
