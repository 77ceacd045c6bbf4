"""A quantity against batch size: every cell with its interval, and the fitted curve of each loop."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import altair as alt

from batchmark.records import CellRecord
from batchmark.report.answer import say_answer
from batchmark.report.pictures.looks import (
    COLOURS,
    GREY,
    HEIGHT,
    WIDTH,
    batch_size_axis,
    by_loop,
    quantity_axis,
    styled,
)
from batchmark.report.units import percent
from batchmark.studies.sweep.answer import answer
from batchmark.studies.sweep.summary import GroupSummary, Row


@dataclass(frozen=True)
class Height:
    """What stands on the vertical axis."""

    name: str
    """In the title: ``seconds per epoch``."""
    axis: str
    """On the axis."""
    unit: str
    """Behind its numbers; may be empty."""
    of: Callable[[CellRecord, float], float]
    """It, of a cell whose epoch takes so many seconds."""


@dataclass(frozen=True)
class Point:
    """A cell as it is drawn."""

    loop: str
    batch_size: int
    value: float
    low: float | None
    high: float | None
    fitted: float | None
    """What the cost curve makes of it; None without one."""


def draw_against_batch_size(quantity: Height, summaries: Sequence[GroupSummary], where: str = "") -> alt.TopLevelMixin:
    """Return the chart of one workload's loops; `where` it was measured stands below the title."""
    drawn = points(quantity, summaries)
    loops = [summary.loop for summary in summaries]
    reached = [each for point in drawn for each in (point.low, point.high, point.value, point.fitted)]
    scale, axis = quantity_axis([each for each in reached if each is not None], title=quantity.axis, unit=quantity.unit)
    told_apart = by_loop(loops)
    colour = {key: value for key, value in told_apart.items() if key == "color"}
    dots, dashes = ({}, {}) if told_apart else ({"color": alt.value(each)} for each in (COLOURS[0], GREY))
    base = alt.Chart(alt.Data(values=[asdict(point) for point in drawn])).encode(
        x=batch_size_axis([point.batch_size for point in drawn]), **colour
    )
    chart = alt.layer(
        base.transform_filter("isValid(datum.fitted)")
        .mark_line(strokeWidth=1.5, opacity=0.7, strokeDash=[5, 3])
        .encode(y=alt.Y("fitted:Q").scale(scale), **dashes),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.5)
        .encode(y=alt.Y("low:Q").scale(scale), y2="high:Q", **dots),
        base.mark_point(filled=True, size=42, opacity=0.9).encode(
            y=alt.Y("value:Q").scale(scale).axis(axis), **dots, **told_apart
        ),
    ).properties(width=WIDTH, height=HEIGHT)
    title = f"{summaries[0].workload}: {quantity.name} by batch size"
    return styled(chart, title if told_apart else f"{title}, {loops[0]}", _subtitle(summaries, where))


def points(quantity: Height, summaries: Sequence[GroupSummary]) -> list[Point]:
    """Return a point for each cell that is compared, in the summaries' order."""
    return [_point(quantity, summary, row) for summary in summaries for row in summary.rows if row.is_compared]


def _point(quantity: Height, summary: GroupSummary, row: Row) -> Point:
    record, seconds = row.record, row.seconds_per_epoch
    bounds = [] if seconds is None else [each for each in (seconds.low, seconds.high) if each is not None]
    around = sorted(quantity.of(record, bound) for bound in bounds)
    curve = summary.curve
    fitted = curve.seconds_per_epoch(record.steps_per_epoch, record.examples) if curve else None
    return Point(
        loop=summary.loop,
        batch_size=record.cell.batch_size,
        value=quantity.of(record, record.seconds_per_epoch),
        low=around[0] if around else None,
        high=around[-1] if around else None,
        fitted=None if fitted is None else quantity.of(record, fitted),
    )


def _subtitle(summaries: Sequence[GroupSummary], where: str) -> list[str]:
    turns = [row.record.turns for summary in summaries for row in summary.rows if row.is_compared]
    number = str(min(turns)) if min(turns) == max(turns) else f"{min(turns)} to {max(turns)}"
    curve = "; dashed: the fitted overhead per step + cost per example" if any(s.curve for s in summaries) else ""
    how = f"median of {number} turns with its {percent(summaries[0].level)} interval{curve}"
    answers = [found for summary in summaries if (found := answer(summary))]
    told = say_answer(answers[0])[0].partition(": ")[2] if len(answers) == 1 == len(summaries) else ""
    return [line for line in (told.capitalize(), where, how) if line]
