"""Programs that are traced or compiled anew in a steady epoch: there should be none."""

from batchmark.metrics.metric import Effect, Metric, Unit
from batchmark.metrics.reading import Counted

METRIC = Metric(
    name="retracings_per_epoch",
    label="retracings per epoch",
    title="programs traced or compiled anew in a steady epoch",
    unit=Unit.COUNT,
    reading=Counted(),
    # There may be none, which has no ratio.
    effect=Effect.DIFFERENCE,
)
