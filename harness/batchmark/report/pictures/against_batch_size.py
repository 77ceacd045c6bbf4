"""A quantity against batch size: every cell with its interval, and the fitted curve of each loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import altair as alt

from batchmark.records import CellRecord, Estimate
from batchmark.report.answer import say_answer
from batchmark.report.pictures.looks import quantity_axis, styled
from batchmark.report.pictures.points import Point, draw_points, reached
from batchmark.report.units import NOTHING, percent
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
    in_words: Callable[[Estimate], tuple[str, str]]
    """It and its interval, as people read them."""


def draw_against_batch_size(quantity: Height, summaries: Sequence[GroupSummary], where: str = "") -> alt.TopLevelMixin:
    """Return the chart of one workload's loops; `where` it was measured stands below the title."""
    drawn = points(quantity, summaries)
    loops = list(dict.fromkeys(summary.loop for summary in summaries))
    scale, axis = quantity_axis(reached(drawn), title=quantity.axis, unit=quantity.unit)
    chart = draw_points(drawn, loops, scale, axis, name=quantity.axis)
    title = f"{summaries[0].workload}: {quantity.name} by batch size"
    return styled(chart, title if len(loops) > 1 else f"{title}, {loops[0]}", _subtitle(summaries, where))


def points(quantity: Height, summaries: Sequence[GroupSummary]) -> list[Point]:
    """Return a point for each cell that is compared, in the summaries' order."""
    return [_point(quantity, summary, row) for summary in summaries for row in summary.rows if row.is_compared]


def _point(quantity: Height, summary: GroupSummary, row: Row) -> Point:
    record, seconds = row.record, row.seconds_per_epoch
    bounds = [] if seconds is None else [each for each in (seconds.low, seconds.high) if each is not None]
    around = sorted(quantity.of(record, bound) for bound in bounds)
    curve = summary.curve
    fitted = curve.seconds_per_epoch(record.steps_per_epoch, record.examples) if curve else None
    value = quantity.of(record, record.seconds_per_epoch)
    low, high = (around[0], around[-1]) if around else (None, None)
    told = quantity.in_words(Estimate(value, low, high, summary.level, record.turns))
    return Point(
        loop=summary.loop,
        batch_size=record.cell.batch_size,
        value=value,
        low=low,
        high=high,
        fitted=None if fitted is None else quantity.of(record, fitted),
        told=" ".join(each for each in told if each != NOTHING),
        n=record.turns,
    )


def _subtitle(summaries: Sequence[GroupSummary], where: str) -> list[str]:
    turns = [row.record.turns for summary in summaries for row in summary.rows if row.is_compared]
    number = str(min(turns)) if min(turns) == max(turns) else f"{min(turns)} to {max(turns)}"
    curve = "; dashed: the fitted overhead per step + cost per example" if any(s.curve for s in summaries) else ""
    how = f"median of {number} turns with its {percent(summaries[0].level)} interval{curve}"
    answers = [found for summary in summaries if (found := answer(summary))]
    told = say_answer(answers[0])[0].partition(": ")[2] if len(answers) == 1 == len(summaries) else ""
    return [line for line in (told.capitalize(), where, how) if line]
