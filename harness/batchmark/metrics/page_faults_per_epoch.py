"""Page faults of the worker in an epoch, minor and major: memory that it has given back and takes again shows here."""

from contextlib import suppress
from statistics import fmean

from batchmark.metrics.metric import Effect, Metric, Unit
from batchmark.metrics.reading import Instrument, Meter, always

_METER: Meter | None = None
# Windows has no such module, and reads only what was measured elsewhere.
with suppress(ImportError):
    from resource import RUSAGE_SELF, getrusage

    def _page_faults() -> float:
        used = getrusage(RUSAGE_SELF)
        return used.ru_minflt + used.ru_majflt

    _METER = _page_faults

METRIC = Metric(
    name="page_faults_per_epoch",
    label="page faults per epoch",
    title="page faults per epoch, minor and major",
    unit=Unit.COUNT,
    reading=Instrument(always(_METER)),
    # Most epochs of a small model have none, which has no ratio; and the few that have some are what counts.
    effect=Effect.DIFFERENCE,
    summary=fmean,
)
