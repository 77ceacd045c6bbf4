"""Seconds of the very first epoch, with tracing, compilation and set-up in it."""

import math

from batchmark.metrics.metric import ByRelease, Metric, Unit
from batchmark.metrics.reading import OnceAProcess
from batchmark.records import CellRecord


def _seconds(record: CellRecord) -> float | None:
    return record.first_epoch_seconds if math.isfinite(record.first_epoch_seconds) else None


METRIC = Metric(
    name="first_epoch_seconds",
    label="first epoch",
    title="seconds of the first epoch, compilation included",
    unit=Unit.SECONDS,
    reading=OnceAProcess(_seconds),
    # One value a run, with whatever else compiled or read a disk meanwhile.
    between_runs=0.20,
    by_release=ByRelease.JUDGED,
    column="first\nepoch, ×",
)
