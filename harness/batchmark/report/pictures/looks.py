"""What all pictures have in common: colours that colour-blind readers tell apart, sizes, titles, tick marks.

Source: Okabe and Ito 2008, Color Universal Design, for the colours; yellow is left out, it has no contrast on white.
"""

import math
from collections.abc import Mapping, Sequence

import altair as alt

from batchmark.written.byte_sizes import unit_of_bytes

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke")
GREY = "#595959"
WIDTH = 620
HEIGHT = 320
_PIXELS_A_CHARACTER = 7
_BETWEEN_LABELS = 8
# On an axis from 0, a range that is wider than this says nothing of its lower end.
_WIDE_RANGE = 30.0
_DECADES_WITH_DIGITS = 3e3
_ROOM = 1.25
_MOST_MARKS = 6
# Plain, as axes, scales and legends below are: Altair copies a chart at every step, its own objects with all that they
# might hold, and a page has hundreds of charts.
_CONFIG = {
    "title": {"fontSize": 16, "subtitleFontSize": 12, "subtitleColor": GREY, "subtitlePadding": 5},
    "axis": {"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal", "gridColor": "#e6e6e6"},
    "legend": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 260},
    "header": {"labelFontSize": 12, "titleFontSize": 13, "labelFontWeight": "bold"},
    "view": {"stroke": "#cccccc"},
}


Chart = alt.TopLevelMixin
"""What every picture is, for who needs not know what draws it."""


def styled(chart: alt.TopLevelMixin, title: str, subtitle: Sequence[str]) -> alt.TopLevelMixin:
    """Return `chart` with its title and what it rests on, readable at half its size too."""
    heading = {"text": title, "subtitle": list(subtitle), "anchor": "start", "offset": 12}
    # In its place: `properties` would copy all of it.
    for name, value in {"title": heading, "background": "white", "padding": 12, "config": _CONFIG}.items():
        chart[name] = value
    return chart


def batch_size_axis(sizes: Sequence[int], *, width: float = WIDTH) -> alt.X:
    """Return the horizontal axis of batch sizes: logarithmic, the measured sizes as its tick marks."""
    low, high = min(sizes), max(sizes)
    # What lies on the frame is cut in half.
    room = (high / low) ** 0.03 if high > low else 2.0
    scale = {"type": "log", "base": 2, "domain": [low / room, high * room], "nice": False}
    axis = {"values": tick_marks(sizes, width=width), "format": "d", "grid": False, "labelOverlap": False}
    return alt.X("batch_size:Q", scale=scale, axis={"title": "batch size", **axis})


def tick_marks(sizes: Sequence[int], *, width: float = WIDTH) -> list[int]:
    """Return those of `sizes` whose labels have room beside each other on `width` pixels of a logarithmic axis.

    The ends come first, then powers of two, then the others.
    """
    distinct = sorted(set(sizes))
    low, high = distinct[0], distinct[-1]
    scale = width / math.log(high / low) if high > low else 0.0
    powers = [size for size in distinct if size & (size - 1) == 0]
    shown: list[int] = []
    for size in dict.fromkeys([low, high, *powers, *distinct]):
        if all(_have_room(size, other, scale) for other in shown):
            shown.append(size)
    return sorted(shown)


def _have_room(size: int, other: int, scale: float) -> bool:
    characters = (len(str(size)) + len(str(other))) / 2
    return abs(math.log(size / other)) * scale >= characters * _PIXELS_A_CHARACTER + _BETWEEN_LABELS


def quantity_axis(bounds: Sequence[float], *, title: str, unit: str = "") -> tuple[alt.Scale, alt.Axis]:
    """Return the vertical scale and axis of numbers above 0: from 0, or logarithmic where they are of all sizes.

    Labels are scaled, with `unit` behind them: ``50 ms``, ``100 k``.
    """
    label = f"replace(format(datum.value, '~s'), /([^0-9.]?)$/, ' $1{unit}')"
    low, high = min(bounds), max(bounds)
    if high <= _WIDE_RANGE * low:
        return alt.Scale(zero=True), alt.Axis(title=title, tickCount=6, labelExpr=label)
    digits = (1, 2, 5) if high / low < _DECADES_WITH_DIGITS else (1,)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = [digit * 10.0**decade for decade in decades for digit in digits]
    domain = [low / _ROOM, high * _ROOM]
    shown = [mark for mark in marks if domain[0] <= mark <= domain[1]]
    scale = alt.Scale(type="log", domain=domain, nice=False)
    return scale, alt.Axis(title=title, values=shown, labelExpr=label)


def bytes_axis(values: Sequence[float], *, title: str) -> tuple[alt.Scale, alt.Axis]:
    """Return the vertical scale and axis of amounts of memory: from 0, in the binary unit of the largest."""
    size, unit = unit_of_bytes(max(values))
    top = max(values) / size
    nice = (factor * 10.0**power for power in range(-3, 6) for factor in (1, 2, 5))
    step = next(each for each in nice if top <= _MOST_MARKS * each)
    marks = [index * step * size for index in range(math.ceil(top / step) + 1)]
    label = f"format(datum.value / {size}, '~r') + ' {unit}'"
    return alt.Scale(domain=[0, marks[-1]], nice=False), alt.Axis(title=title, values=marks, labelExpr=label)


def hover(titles: Mapping[str, str]) -> list[alt.Tooltip]:
    """Return what is told of a row to who hovers over it: fields, by the names they have there."""
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]


def by_loop(loops: Sequence[str]) -> dict[str, alt.Color | alt.Shape]:
    """Return the encodings that tell loops apart: colour and shape, in one legend; none where there is one loop."""
    names = list(dict.fromkeys(loops))
    if len(names) == 1:
        return {}
    legend = {"title": "loop", "orient": "bottom", "columns": 3, "symbolSize": 90, "symbolStrokeWidth": 2}
    colours, shapes = ({"domain": names, "range": _first(each, names)} for each in (COLOURS, SHAPES))
    return {
        "color": alt.Color("loop:N", sort=names, scale=colours, legend=legend),
        "shape": alt.Shape("loop:N", sort=names, scale=shapes, legend=legend),
    }


def _first(values: Sequence[str], names: Sequence[str]) -> list[str]:
    return [values[index % len(values)] for index in range(len(names))]
