"""Bytes that the operations of a step allocate, whatever they give back: work of the allocator, and no peak."""

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import Counted

METRIC = Metric(
    name="allocated_bytes_per_step",
    label="allocated bytes per step",
    title="bytes allocated by the operations of a step",
    unit=Unit.BYTES,
    reading=Counted(),
)
