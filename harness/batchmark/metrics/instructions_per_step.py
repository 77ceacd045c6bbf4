"""Instructions of the program that XLA makes of a step."""

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import Counted

METRIC = Metric(
    name="instructions_per_step",
    label="instructions of a step's program",
    title="instructions of the program that XLA makes of a step",
    unit=Unit.COUNT,
    reading=Counted(),
)
