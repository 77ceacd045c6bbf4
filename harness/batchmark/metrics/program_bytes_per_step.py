"""Bytes that the instructions of a step's program read and write, by the shapes in what XLA made of it."""

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import Counted

METRIC = Metric(
    name="program_bytes_per_step",
    label="bytes read and written per step",
    title="bytes read and written by the program that XLA makes of a step",
    unit=Unit.BYTES,
    reading=Counted(),
)
