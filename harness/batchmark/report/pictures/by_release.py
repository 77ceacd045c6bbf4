"""What an epoch takes, release by release: a line for each loop and for a few of its batch sizes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import altair as alt

from batchmark.report.pictures.looks import COLOURS, HEIGHT, WIDTH, by_loop, hover, quantity_axis, styled
from batchmark.report.pictures.rows import data_of, layer_of
from batchmark.report.units import seconds as in_seconds


@dataclass(frozen=True)
class ReleasePoint:
    """A release's epoch, at one loop and batch size."""

    loop: str
    batch_size: int
    release: str
    released: str
    seconds: float
    """Per epoch: the median over all turns of all sessions."""
    sessions: int


def draw_by_release(points: Sequence[ReleasePoint], workload: str, where: str = "") -> alt.TopLevelMixin:
    """Return the chart of a workload's `points`, which stand in the order of releases."""
    rows = [asdict(point) | {"told": in_seconds(point.seconds), "line": _line(point)} for point in points]
    releases = list(dict.fromkeys(point.release for point in points))
    loops = list(dict.fromkeys(point.loop for point in points))
    scale, axis = quantity_axis([point.seconds for point in points], title="seconds per epoch", unit="s")
    told_apart = by_loop(loops)
    colour = {key: value for key, value in told_apart.items() if key == "color"} or {"color": alt.value(COLOURS[0])}
    x = alt.X("release:N", sort=releases, scale={"domain": releases}, axis={"title": None, "labelAngle": -35})
    y = alt.Y("seconds:Q", scale=scale.to_dict(), axis=axis.to_dict())
    titles = {"loop": "loop", "batch_size": "batch size", "release": "release", "released": "released"}
    said = hover({**titles, "told": "seconds per epoch", "sessions": "sessions"})
    last = [row for row in rows if row["release"] == releases[-1]]
    chart = alt.layer(
        layer_of(
            {"type": "line", "strokeWidth": 1.5, "opacity": 0.6},
            {"x": x, "y": y, "detail": alt.Detail("line:N"), **colour},
        ),
        layer_of(
            {"type": "point", "filled": True, "size": 42, "opacity": 0.9},
            {"x": x, "y": y, "tooltip": said, **colour, **told_apart},
        ),
        layer_of(
            {"type": "text", "align": "left", "dx": 7, "fontSize": 11},
            {"x": x, "y": y, "text": alt.Text("batch_size:N"), **colour},
            data=data_of(last),
        ),
        data=data_of(rows),
        width=WIDTH,
        height=HEIGHT,
    )
    how = "at the right the batch size; medians over all turns of a release: the table compares them turn by turn"
    title = f"{workload}: seconds per epoch, release by release"
    return styled(chart, title if len(loops) > 1 else f"{title}, {loops[0]}", [line for line in (where, how) if line])


def _line(point: ReleasePoint) -> str:
    return f"{point.loop} {point.batch_size}"
