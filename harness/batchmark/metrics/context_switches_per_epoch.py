"""Context switches of the worker in an epoch: it waited and gave its core away, or had it taken.

What else the machine does is in them, so they are measured, and not counted work.
"""

from statistics import fmean

from batchmark.metrics.metric import Effect, Metric, Unit
from batchmark.metrics.reading import Instrument, always, usage_meter

METRIC = Metric(
    name="context_switches_per_epoch",
    label="context switches per epoch",
    title="context switches per epoch, of all threads",
    unit=Unit.COUNT,
    reading=Instrument(always(usage_meter(lambda used: used.ru_nvcsw + used.ru_nivcsw))),
    # Short epochs may have none, which has no ratio.
    effect=Effect.DIFFERENCE,
    summary=fmean,
)
