"""What a sweep has once of each cell, against batch size: peak memory, and the first epoch with its compilation."""

from collections.abc import Sequence

import altair as alt

from batchmark.report.pictures.looks import bytes_axis, quantity_axis, styled
from batchmark.report.pictures.points import Point, draw_points, reached
from batchmark.report.units import seconds, size_in_bytes
from batchmark.studies.sweep.summary import GroupSummary, Row


def draw_memory(summaries: Sequence[GroupSummary], where: str = "") -> alt.TopLevelMixin | None:
    """Return the peak memory of one workload's cells by loop: the GPU's where there is one; None if not measured."""
    on_device = any(row.record.peak_device_bytes is not None for summary in summaries for row in summary.rows)
    drawn = [
        _point(summary, row, peak, _fitted(summary, row, is_device=on_device), size_in_bytes(peak))
        for summary in summaries
        for row in summary.rows
        if (peak := row.record.peak_device_bytes if on_device else row.record.peak_host_bytes)
    ]
    if not drawn:
        return None
    scale, axis = bytes_axis(reached(drawn), title="peak memory")
    whose = "on the GPU" if on_device else "of the process"
    curve = "; dashed: the fitted base + bytes per example" if any(point.fitted for point in drawn) else ""
    how = f"one process a cell, which does nothing but train and evaluate it{curve}"
    return _styled(drawn, scale, axis, summaries, ("peak memory", f"peak memory {whose} by batch size", where, how))


def draw_first_epoch(summaries: Sequence[GroupSummary], where: str = "") -> alt.TopLevelMixin | None:
    """Return the first epoch of one workload's cells by loop, tracing and compilation in it; None if not measured."""
    drawn = [
        _point(summary, row, first, None, f"{seconds(first)}, of which {seconds(row.record.compile_seconds)} are extra")
        for summary in summaries
        for row in summary.rows
        if row.is_compared and (first := row.record.first_epoch_seconds) > 0
    ]
    if not drawn:
        return None
    scale, axis = quantity_axis(reached(drawn), title="seconds", unit="s")
    how = (
        "once a cell, so without an interval; extra is what it takes beyond a steady epoch: tracing, compiling, set-up"
    )
    return _styled(drawn, scale, axis, summaries, ("first epoch", "the first epoch by batch size", where, how))


def _point(summary: GroupSummary, row: Row, value: float, fitted: float | None, told: str) -> Point:
    return Point(summary.loop, row.record.cell.batch_size, float(value), None, None, fitted, told, 1)


def _fitted(summary: GroupSummary, row: Row, *, is_device: bool) -> float | None:
    curve = summary.memory
    if curve is None or curve.is_device is not is_device:
        return None
    return max(0.0, curve.base.value + curve.bytes_per_example.value * row.record.cell.batch_size)


def _styled(
    drawn: Sequence[Point],
    scale: alt.Scale,
    axis: alt.Axis,
    summaries: Sequence[GroupSummary],
    said: tuple[str, str, str, str],
) -> alt.TopLevelMixin:
    name, title, where, how = said
    loops = list(dict.fromkeys(point.loop for point in drawn))
    chart = draw_points(drawn, loops, scale, axis, name=name)
    title = f"{summaries[0].workload}: {title}"
    return styled(chart, title if len(loops) > 1 else f"{title}, {loops[0]}", [line for line in (where, how) if line])
