"""Seconds of a steady-state epoch: the rounds themselves."""

from batchmark.metrics.metric import ByRelease, Metric, Unit
from batchmark.metrics.reading import ByRound

METRIC = Metric(
    name="seconds_per_epoch",
    label="epoch",
    title="seconds per epoch",
    unit=Unit.SECONDS,
    reading=ByRound(lambda record: record.seconds_per_round),
    tolerance=0.01,
    # On a shared machine a stored run differs by 5 to 15 % from today's: an ordinary difference is one of 10 %.
    between_runs=0.10,
    by_release=ByRelease.LEADS,
)
