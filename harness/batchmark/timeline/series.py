"""The series that are tracked: name, unit and parameters of each. Who writes and who reads agree here."""

import re
from dataclasses import dataclass

LOOP = "loop"
BATCH_SIZE = "batch_size"
KIND = "kind"


@dataclass(frozen=True)
class Metric:
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

    @property
    def method(self) -> str:
        """The benchmark's name."""
        return f"track_{self.name}"


_CELL = (LOOP, BATCH_SIZE)
SECONDS_PER_EPOCH = Metric("seconds_per_epoch", "seconds", _CELL, "seconds per epoch")
SECONDS_PER_STEP = Metric("seconds_per_step", "seconds", _CELL, "seconds per step")
SECONDS_PER_EXAMPLE = Metric("seconds_per_example", "seconds", _CELL, "seconds per example")
FIRST_EPOCH_SECONDS = Metric(
    "first_epoch_seconds", "seconds", _CELL, "seconds of the first epoch, compilation included", per_turn=False
)
PEAK_BYTES = Metric("peak_bytes", "bytes", _CELL, "peak memory of a process that trains only this", per_turn=False)
OVERHEAD_PER_STEP = Metric("overhead_per_step", "seconds", (LOOP,), "fixed overhead per step, of the fitted cost curve")
COST_PER_EXAMPLE = Metric("cost_per_example", "seconds", (LOOP,), "cost per example, of the fitted cost curve")
POWER_OF_TWO_CONTRAST = Metric(
    "power_of_two_contrast", "ratio", _CELL, "time at a power of two over its neighbours' (below 1: faster)"
)
QUALITY_LOSS = Metric(
    "quality_loss", "1 - quality", (BATCH_SIZE,), "1 - quality after the workload's epochs", per_turn=False
)
QUALITY_SEED = Metric(
    "quality_seed",
    "seed",
    (BATCH_SIZE,),
    "the seed of each quality, by which releases are paired",
    per_turn=False,
    is_bookkeeping=True,
)
REFERENCE_SECONDS = Metric(
    "reference_seconds", "seconds", (KIND,), "the machine's own speed: work that no release touches"
)
TURNS = Metric(
    "turns", "turns", _CELL, "turns of each session, by which samples are cut", per_turn=False, is_bookkeeping=True
)
PASS_STARTED = Metric(
    "pass_started",
    "seconds since 1970",
    (),
    "when each session's pass began: who shares it took turns",
    per_turn=False,
    is_bookkeeping=True,
)

METRICS = (
    SECONDS_PER_EPOCH,
    SECONDS_PER_STEP,
    SECONDS_PER_EXAMPLE,
    FIRST_EPOCH_SECONDS,
    PEAK_BYTES,
    OVERHEAD_PER_STEP,
    COST_PER_EXAMPLE,
    POWER_OF_TWO_CONTRAST,
    QUALITY_LOSS,
    QUALITY_SEED,
    REFERENCE_SECONDS,
    TURNS,
    PASS_STARTED,
)


def suite_of(workload: str) -> str:
    """Return the name of the suite's class that tracks a workload: ``MnistCnn`` for ``mnist-cnn``."""
    return "".join(word.capitalize() for word in re.split(r"[^0-9A-Za-z]+", workload))
