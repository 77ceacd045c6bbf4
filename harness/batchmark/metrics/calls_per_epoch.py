"""Python function calls in an epoch, built-in ones included: counted after all rounds, and so free of noise."""

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import Counted

METRIC = Metric(
    name="calls_per_epoch",
    label="function calls per epoch",
    title="Python function calls per epoch",
    unit=Unit.COUNT,
    reading=Counted(),
)
