"""A claim's curves with their intervals: learning curves, losses, sharpness, noise scale by whatever they go with."""

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import altair as alt

from batchmark.report.pictures.looks import COLOURS, HEIGHT, SHAPES, WIDTH, batch_size_axis, styled
from batchmark.studies.claims.claim import Line, Picture

_DASHES = ([1, 0], [6, 3], [2, 2])
_LEGEND_COLUMNS = 3
_ROOM = 0.04
_LEAST_IN_FULL = 1e-4
# More are a curve, and not places.
_MOST_POINTS = 25


def draw_claim_curves(picture: Picture, title: str, subtitle: Sequence[str]) -> alt.TopLevelMixin | None:
    """Return the chart of a picture; None where it has no point that can be drawn."""
    drawn = points(picture)
    known = [each for each in drawn if each["y"] is not None]
    if not known:
        return None
    names = list(dict.fromkeys(line.name for line in picture.lines))
    scale = _scale(picture, known)
    base = alt.Chart(alt.Data(values=drawn)).encode(x=_x(picture, known), color=_colour(names))
    y = alt.Y("y:Q").scale(scale).axis(title=picture.y, tickCount=6)
    within = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    interval = {"y": alt.Y("low:Q").scale(scale), "y2": "high:Q"}
    line = base.mark_line(strokeWidth=1.8, clip=True).encode(y=y, strokeDash=_dash(names), order="at:Q")
    if max(len(line.x) for line in picture.lines) > _MOST_POINTS:
        layers = [within.mark_area(opacity=0.2, clip=True).encode(**interval), line]
    else:
        shape = alt.Shape("line:N", sort=names).scale(domain=names, range=_cycled(SHAPES, names)).legend(_legend())
        dots = base.mark_point(filled=True, size=45, opacity=1, clip=True).encode(y=y, shape=shape)
        layers = [within.mark_rule(strokeWidth=1.4, opacity=0.8, clip=True).encode(**interval), line, dots]
    return styled(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title, subtitle)


def points(picture: Picture) -> list[Mapping[str, Any]]:
    """Return every point of every line; what isn't a number, or has no place on a logarithmic axis, is None.

    An interval that reaches to infinity reaches as far as the picture does.
    """
    finite = [each for line in picture.lines for each in (*line.y, *line.low, *line.high) if math.isfinite(each)]
    shown = [each for each in finite if each > 0 or not picture.y_is_logarithmic]
    ends = (min(shown), max(shown)) if shown else (0.0, 1.0)
    return [
        point
        for line in picture.lines
        for at, point in enumerate(_points(line, picture, ends))
        if point["x"] is not None and point.update(at=at) is None
    ]


def _points(line: Line, picture: Picture, ends: tuple[float, float]) -> list[dict[str, Any]]:
    without: tuple[float, ...] = (math.nan,) * len(line.x)
    rows = zip(line.x, line.y, line.low or without, line.high or without, strict=True)
    return [
        {
            "line": line.name,
            "batch_size": x,
            "x": _drawn(x, is_logarithmic=picture.x_is_logarithmic),
            "y": _drawn(y, is_logarithmic=picture.y_is_logarithmic),
            "low": _end(low, ends, is_logarithmic=picture.y_is_logarithmic),
            "high": _end(high, ends, is_logarithmic=picture.y_is_logarithmic),
        }
        for x, y, low, high in rows
    ]


def _drawn(value: float, *, is_logarithmic: bool) -> float | None:
    return float(value) if math.isfinite(value) and (value > 0 or not is_logarithmic) else None


def _end(value: float, ends: tuple[float, float], *, is_logarithmic: bool) -> float | None:
    if math.isnan(value):
        return None
    within = min(max(value, ends[0]), ends[1])
    return _drawn(within, is_logarithmic=is_logarithmic)


def _x(picture: Picture, known: Sequence[Mapping[str, Any]]) -> alt.X:
    places = [each["x"] for each in known]
    if picture.x_is_logarithmic and picture.x == "batch size" and all(place == int(place) for place in places):
        return batch_size_axis([int(place) for place in places])
    if picture.x_is_logarithmic:
        room = (max(places) / min(places)) ** _ROOM if max(places) > min(places) else 2.0
        scale = alt.Scale(type="log", domain=[min(places) / room, max(places) * room], nice=False)
    else:
        scale = alt.Scale(zero=False, nice=False, padding=8)
    # "100m" is no number of seconds that people read.
    form = "~g" if picture.x_is_logarithmic and _LEAST_IN_FULL <= min(places) < 1 else "~s"
    return alt.X("x:Q").scale(scale).axis(title=picture.x, grid=False, tickCount=8, format=form)


def _scale(picture: Picture, known: Sequence[Mapping[str, Any]]) -> alt.Scale:
    reached = [each for each in chain.from_iterable((p["y"], p["low"], p["high"]) for p in known) if each is not None]
    low, high = min(reached), max(reached)
    if picture.y_is_logarithmic:
        room = (high / low) ** _ROOM if high > low else 2.0
        return alt.Scale(type="log", domain=[low / room, high * room], nice=False)
    room = _ROOM * (high - low) or _ROOM * abs(high) or 1.0
    return alt.Scale(domain=[low - room, high + room], zero=False, nice=False)


def _colour(names: Sequence[str]) -> alt.Color:
    scale = alt.Scale(domain=names, range=_cycled(COLOURS, names))
    return alt.Color("line:N", sort=list(names), scale=scale, legend=_legend())


def _dash(names: Sequence[str]) -> alt.StrokeDash:
    """Return what tells apart lines beyond the colours."""
    dashes = [_DASHES[index // len(COLOURS) % len(_DASHES)] for index in range(len(names))]
    return alt.StrokeDash("line:N", sort=list(names)).scale(domain=list(names), range=dashes).legend(_legend())


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="bottom", columns=_LEGEND_COLUMNS, symbolSize=90, symbolOpacity=1)


def _cycled(values: Sequence[str], names: Sequence[str]) -> list[str]:
    return [values[index % len(values)] for index in range(len(names))]
