"""What is compared of two sides: one metric of one cell, or of a workload and loop."""

from dataclasses import dataclass

from batchmark.metrics.metric import Metric


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One metric of one cell, or of a workload and loop, on both sides; what was measured of it is its study's own."""

    workload: str
    metric: Metric
    batch_size: int | None
    loop: str
    rounds: int
    """Of each side, where they differ the fewer."""
    warnings: tuple[str, ...] = ()
