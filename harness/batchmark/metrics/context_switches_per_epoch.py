"""Context switches of the worker in an epoch: it waited and gave its core away, or had it taken.

What else the machine does is in them, so they are measured, and not counted work.
"""

from contextlib import suppress
from statistics import fmean

from batchmark.metrics.metric import Effect, Metric, Unit
from batchmark.metrics.reading import Instrument, Meter, always

_METER: Meter | None = None
# Windows has no such module, and reads only what was measured elsewhere.
with suppress(ImportError):
    from resource import RUSAGE_SELF, getrusage

    def _context_switches() -> float:
        used = getrusage(RUSAGE_SELF)
        return used.ru_nvcsw + used.ru_nivcsw

    _METER = _context_switches

METRIC = Metric(
    name="context_switches_per_epoch",
    label="context switches per epoch",
    title="context switches per epoch, of all threads",
    unit=Unit.COUNT,
    reading=Instrument(always(_METER)),
    # Short epochs may have none, which has no ratio.
    effect=Effect.DIFFERENCE,
    summary=fmean,
)
