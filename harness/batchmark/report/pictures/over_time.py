"""What an epoch takes, run by run, against time: a line for each loop, and a mark where versions change."""

import altair as alt

from batchmark.report.pictures.looks import COLOURS, GREY, HEIGHT, WIDTH, by_loop, styled
from batchmark.report.pictures.rows import data_of, layer_of
from batchmark.studies.stored.history import History

_IN_UNIT = "datum.seconds < 1 ? format(1000 * datum.seconds, '.3~r') + ' ms' : format(datum.seconds, '.3~r') + ' s'"
_ROOM = 0.05
_LEAST_ROOM = 0.01
_MOST_NAMED = 6
"""Changes of versions whose names have room above the picture."""


def draw_over_time(history: History, where: str = "") -> alt.TopLevelMixin:
    """Return the chart of a workload on a machine, relative to the median over its runs."""
    rows = [
        {
            "loop": line.way,
            "stored": f"{point.when:%Y-%m-%dT%H:%M:%S}Z",
            "relative": point.relative,
            "low": point.low if point.runs > 1 else None,
            "high": point.high if point.runs > 1 else None,
            "seconds": point.seconds,
            "sizes": len(line.sizes),
            "runs": point.runs,
            "versions": point.versions,
            "file": point.name,
        }
        for line in history.lines
        for point in line.points
    ]
    changes = changes_of(history)
    loops = [line.way for line in history.lines]
    told_apart = by_loop(loops)
    colour = {key: value for key, value in told_apart.items() if key == "color"} or {"color": alt.value(COLOURS[0])}
    scale = {"domain": _domain(history), "nice": False}
    axis = {"title": "seconds per epoch ÷ their median", "format": "~g", "tickCount": 6}
    x = alt.X("stored:T", axis={"title": "stored", "grid": False}, scale={"type": "utc"})
    y = alt.Y("relative:Q", scale=scale, axis=axis)
    said = _said(is_thinned=history.is_thinned)
    rules = layer_of(
        {"type": "rule", "color": GREY, "strokeDash": [3, 3]},
        {"x": x, "tooltip": [_told("versions", "versions from here")]},
        data=data_of(changes),
    )
    names = layer_of(
        {"type": "text", "align": "left", "baseline": "top", "dx": 3, "fontSize": 11, "color": GREY},
        {"x": x, "y": alt.Y(value=2), "text": alt.Text("versions:N")},
        data=data_of(changes),
    )
    data = data_of(rows)
    ranges = layer_of(
        {"type": "rule", "strokeWidth": 1.5, "opacity": 0.45},
        {"x": x, "y": alt.Y("low:Q", scale=scale), "y2": alt.Y2("high"), **colour},
        only="low",
        data=data,
    )
    course = layer_of({"type": "line", "strokeWidth": 1.5, "opacity": 0.6}, {"x": x, "y": y, **colour}, data=data)
    marks = layer_of(
        {"type": "point", "filled": True, "size": 36, "opacity": 0.9},
        {"x": x, "y": y, "tooltip": said, **colour, **told_apart},
        data=data,
        # Here and not among the rows: thousands of texts would be a good part of a page.
        transform=[{"calculate": _IN_UNIT, "as": "told"}],
    )
    chart = alt.layer(
        *([rules] if changes else []),
        *([names] if 0 < len(changes) <= _MOST_NAMED else []),
        *([ranges] if history.is_thinned else []),
        course,
        marks,
        width=WIDTH,
        height=HEIGHT,
    )
    title = f"{history.workload}: seconds per epoch, run by run"
    subtitle = [line for line in (where, how_to_read(history)) if line]
    return styled(chart, title if len(loops) > 1 else f"{title}, {loops[0]}", subtitle)


def how_to_read(history: History) -> str:
    """Return what a point is."""
    sizes = sorted({len(line.sizes) for line in history.lines})
    told = " or ".join(f"{each} batch size{'' if each == 1 else 's'}" for each in sizes)
    point = "a point is some days' runs, their median and their range" if history.is_thinned else "a point is a run"
    return f"{point}: the geometric mean over {told}, relative to the median over all runs; dashed: other versions"


def changes_of(history: History) -> list[dict[str, str]]:
    """Return when versions changed, with those from then on, of the loop that tells of most."""
    found: list[list[dict[str, str]]] = []
    for line in history.lines:
        before = line.points[0].versions
        own: list[dict[str, str]] = []
        for point in line.points:
            if point.versions != before:
                own.append({"stored": f"{point.first:%Y-%m-%dT%H:%M:%S}Z", "versions": point.versions})
            before = point.versions
        found.append(own)
    return max(found, key=len)


def _said(*, is_thinned: bool) -> list[dict[str, object]]:
    relative: dict[str, object] = {"field": "relative", "type": "quantitative", "format": ".3f", "title": "÷ median"}
    when: dict[str, object] = {"field": "stored", "type": "temporal", "format": "%Y-%m-%d %H:%M", "title": "stored"}
    last = "last file" if is_thinned else "file"
    runs = [_told("runs", "runs")] if is_thinned else []
    return [
        _told("loop", "loop"),
        when,
        relative,
        _told("told", "seconds per epoch"),
        *runs,
        _told("sizes", "batch sizes"),
        _told("versions", "versions"),
        _told("file", last),
    ]


def _told(field: str, title: str) -> dict[str, object]:
    return {"field": field, "type": "nominal", "title": title}


def _domain(history: History) -> list[float]:
    bounds = [bound for line in history.lines for point in line.points for bound in (point.low, point.high)]
    low, high = min(bounds), max(bounds)
    room = max(_ROOM * (high - low), _LEAST_ROOM)
    return [low - room, high + room]
