"""Fusions in the program that XLA makes of a step: kernels made of several operations."""

from batchmark.metrics.metric import Effect, Metric, Unit
from batchmark.metrics.reading import Counted

METRIC = Metric(
    name="fusions_per_step",
    label="fusions of a step's program",
    title="fusions in the program that XLA makes of a step",
    unit=Unit.COUNT,
    reading=Counted(),
    # There may be none, which has no ratio.
    effect=Effect.DIFFERENCE,
)
