"""What a training reaches, in the workload's own metric: what Keras' ``evaluate`` says after its epochs."""

from batchmark.metrics.metric import Effect, Metric, Scope, Unit
from batchmark.metrics.reading import AfterTraining

METRIC = Metric(
    name="quality",
    label="quality",
    title="quality after the workload's epochs",
    unit=Unit.ITS_OWN,
    reading=AfterTraining(),
    scope=Scope.BATCH_SIZE,
    more_is_better=True,
    effect=Effect.DIFFERENCE,
)
