"""The most memory that a process had which did nothing but train and evaluate one cell: the GPU's, or else its own."""

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import AloneInAProcess

METRIC = Metric(
    name="peak_bytes",
    label="peak memory",
    title="peak memory of a process that trains only this",
    unit=Unit.BYTES,
    reading=AloneInAProcess(lambda record: (record.peak_device_bytes, record.peak_host_bytes)),
    tolerance=0.05,
    # The peak of one and the same training differs from process to process.
    between_runs=0.02,
)
