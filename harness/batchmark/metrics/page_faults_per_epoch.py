"""Page faults of the worker in an epoch, minor and major: memory that it has given back and takes again shows here."""

from statistics import fmean

from batchmark.metrics.metric import Effect, Metric, Unit
from batchmark.metrics.reading import Instrument, always, usage_meter

METRIC = Metric(
    name="page_faults_per_epoch",
    label="page faults per epoch",
    title="page faults per epoch, minor and major",
    unit=Unit.COUNT,
    reading=Instrument(always(usage_meter(lambda used: used.ru_minflt + used.ru_majflt))),
    # Most epochs of a small model have none, which has no ratio; and the few that have some are what counts.
    effect=Effect.DIFFERENCE,
    summary=fmean,
)
