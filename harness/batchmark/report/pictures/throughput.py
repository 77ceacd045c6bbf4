"""Throughput against batch size."""

from collections.abc import Sequence

import altair as alt

from batchmark.report.pictures.against_batch_size import Height, draw_against_batch_size
from batchmark.report.units import number_with_interval
from batchmark.studies.sweep.summary import GroupSummary

THROUGHPUT = Height(
    name="throughput",
    axis="examples per second",
    of=lambda record, seconds: record.examples / seconds,
    unit="",
    in_words=number_with_interval,
)


def draw_throughput(summaries: Sequence[GroupSummary], where: str = "") -> alt.TopLevelMixin:
    """Return examples per second of one workload's cells, by loop."""
    return draw_against_batch_size(THROUGHPUT, summaries, where)
