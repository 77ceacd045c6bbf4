"""Floating-point operations of a step's program, by the shapes in what XLA made of it."""

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import Counted

METRIC = Metric(
    name="flops_per_step",
    label="floating-point operations per step",
    title="floating-point operations of the program that XLA makes of a step",
    unit=Unit.COUNT,
    reading=Counted(),
)
