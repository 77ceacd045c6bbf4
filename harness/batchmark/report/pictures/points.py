"""Cells drawn against their batch size: points with their intervals, and what a fit makes of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import altair as alt

from batchmark.report.pictures.looks import COLOURS, GREY, HEIGHT, WIDTH, batch_size_axis, by_loop, hover
from batchmark.report.pictures.rows import data_of, layer_of


@dataclass(frozen=True)
class Point:
    """A cell as it is drawn."""

    loop: str
    batch_size: int
    value: float
    low: float | None
    high: float | None
    fitted: float | None
    """What a fitted curve makes of it; None without one."""
    told: str
    """The value and its interval in words, for who hovers over it."""
    n: int
    """What is behind it: turns, or processes."""


def reached(drawn: Sequence[Point]) -> list[float]:
    """Return every number that has to have room on the vertical axis."""
    numbers = [each for point in drawn for each in (point.low, point.high, point.value, point.fitted)]
    return [each for each in numbers if each is not None]


def draw_points(
    drawn: Sequence[Point], loops: Sequence[str], scale: alt.Scale, axis: alt.Axis, *, name: str
) -> alt.LayerChart:
    """Return the curve, the intervals and the points of cells; `name` is what their value is called."""
    told_apart = by_loop(loops)
    colour = {key: value for key, value in told_apart.items() if key == "color"}
    dots, dashes = (colour, colour) if told_apart else ({"color": alt.value(each)} for each in (COLOURS[0], GREY))
    x, plain = batch_size_axis([point.batch_size for point in drawn]), scale.to_dict()
    said = hover({"loop": "loop", "batch_size": "batch size", "told": name, "n": "n"})
    curve = layer_of(
        {"type": "line", "strokeWidth": 1.5, "opacity": 0.7, "strokeDash": [5, 3]},
        {"x": x, "y": alt.Y("fitted:Q", scale=plain), **dashes},
        only="fitted",
    )
    intervals = layer_of(
        {"type": "rule", "strokeWidth": 1.5},
        {"x": x, "y": alt.Y("low:Q", scale=plain), "y2": alt.Y2("high"), "tooltip": said, **dots},
        only="low",
    )
    marks = layer_of(
        {"type": "point", "filled": True, "size": 42, "opacity": 0.9},
        {"x": x, "y": alt.Y("value:Q", scale=plain, axis=axis.to_dict()), "tooltip": said, **dots, **told_apart},
    )
    return alt.layer(
        *([curve] if any(point.fitted is not None for point in drawn) else []),
        *([intervals] if any(point.low is not None for point in drawn) else []),
        marks,
        data=data_of(asdict(point) for point in drawn),
        width=WIDTH,
        height=HEIGHT,
    )
