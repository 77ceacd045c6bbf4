"""Seconds per epoch against batch size."""

from collections.abc import Sequence

import altair as alt

from batchmark.report.pictures.against_batch_size import Height, draw_against_batch_size
from batchmark.report.units import seconds_with_interval
from batchmark.studies.sweep.summary import GroupSummary

SECONDS_PER_EPOCH = Height(
    name="seconds per epoch",
    axis="seconds per epoch",
    of=lambda _, seconds: seconds,
    unit="s",
    in_words=seconds_with_interval,
)


def draw_seconds_per_epoch(summaries: Sequence[GroupSummary], where: str = "") -> alt.TopLevelMixin:
    """Return the seconds of an epoch of one workload's cells, by loop."""
    return draw_against_batch_size(SECONDS_PER_EPOCH, summaries, where)
