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


@dataclass(frozen=True)
class OverheadTurn:
    """One turn of the overhead study, in seconds per epoch."""

    harnessed: float
    bare_slope: float
