"""Operations that the backend runs in a step: nodes of a graph, or calls into PyTorch."""

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import Counted

METRIC = Metric(
    name="operations_per_step",
    label="operations per step",
    title="operations run in a step",
    unit=Unit.COUNT,
    reading=Counted(),
)
