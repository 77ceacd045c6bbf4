"""Powers of two against their neighbours and round sizes nearby: a forest plot."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import altair as alt

from batchmark.analysis.power_of_two import TOLERANCE, Against
from batchmark.report.pictures.looks import COLOURS, GREY, by_loop, hover, styled
from batchmark.report.pictures.rows import data_of, layer_of
from batchmark.report.units import NOTHING, number_with_interval, percent
from batchmark.studies.sweep.summary import GroupSummary

_TITLES = {Against.NEIGHBOURS: "to its neighbours", Against.ROUND_SIZES: "to round sizes nearby"}
_WIDTH = 280
_HEIGHT_OF_A_ROW = 26
_HEIGHT_OF_A_LOOP = 16
# Beyond the farthest interval, as a share of its distance from 1.
_ROOM = 1.1


@dataclass(frozen=True)
class Ratio:
    """A contrast as it is drawn."""

    loop: str
    batch_size: str
    against: str
    ratio: float
    low: float | None
    high: float | None
    told: str
    """The ratio and its interval in words, for who hovers over it."""
    n: int
    """Turns behind it."""


def draw_contrasts(summaries: Sequence[GroupSummary], where: str = "") -> alt.TopLevelMixin | None:
    """Return each contrast of one workload's loops with its interval; None where the grid has none."""
    drawn = ratios(summaries)
    if not drawn:
        return None
    kinds = [title for title in _TITLES.values() if any(ratio.against == title for ratio in drawn)]
    loops = list(dict.fromkeys(ratio.loop for ratio in drawn))
    panels = [_panel(kind, drawn, loops, is_first=index == 0) for index, kind in enumerate(kinds)]
    title = f"{summaries[0].workload}: are powers of two faster?"
    level = percent(summaries[0].level)
    how = f"left of 1: faster; intervals hold together at {level}; grey band: ±{percent(TOLERANCE)}"
    subtitle = [line for line in (where, f"ratio of seconds, relative to the fitted curve; {how}") if line]
    return styled(alt.hconcat(*panels, spacing=24), title if len(loops) > 1 else f"{title} ({loops[0]})", subtitle)


def ratios(summaries: Sequence[GroupSummary]) -> list[Ratio]:
    """Return a row for each contrast, in the summaries' order."""
    return [
        Ratio(
            loop=summary.loop,
            batch_size=str(contrast.comparison.batch_size),
            against=_TITLES[contrast.comparison.against],
            ratio=contrast.ratio.value,
            low=contrast.ratio.low,
            high=contrast.ratio.high,
            told=" ".join(each for each in number_with_interval(contrast.ratio, decimals=3) if each != NOTHING),
            n=contrast.ratio.n,
        )
        for summary in summaries
        for contrast in summary.contrasts
    ]


def _panel(kind: str, drawn: Sequence[Ratio], loops: Sequence[str], *, is_first: bool) -> alt.LayerChart:
    own = [asdict(ratio) for ratio in drawn if ratio.against == kind]
    sizes = sorted({ratio.batch_size for ratio in drawn}, key=int)
    domain = _domain(drawn)
    height = max(_HEIGHT_OF_A_ROW, _HEIGHT_OF_A_LOOP * len(loops)) * len(sizes)
    scale = {"domain": domain, "nice": False}
    x = alt.X("ratio:Q", scale=scale, axis={"title": f"ratio {kind}", "format": "~g", "tickCount": 5})
    axis = {"title": "power of two", "grid": True, "tickBand": "extent"} if is_first else None
    y = alt.Y("batch_size:N", sort=sizes, axis=axis, scale={"domain": sizes})
    told_apart = by_loop(loops)
    plain = {} if told_apart else {"color": alt.value(COLOURS[0])}
    colour = plain or {key: value for key, value in told_apart.items() if key == "color"}
    said = hover({"loop": "loop", "batch_size": "power of two", "told": f"ratio {kind}", "n": "turns"})
    row = {"y": y, "tooltip": said, **({"yOffset": alt.YOffset("loop:N", sort=list(loops))} if told_apart else {})}
    data = data_of(own)
    return alt.layer(
        layer_of(
            {"type": "rect", "color": "#d9d9d9", "opacity": 0.6, "clip": True},
            {"x": alt.X("from:Q", scale=scale), "x2": alt.X2("to")},
            data=alt.Data(values=[{"from": 1 - TOLERANCE, "to": 1 + TOLERANCE}]),
        ),
        layer_of(
            {"type": "rule", "color": GREY, "strokeDash": [3, 3]},
            {"x": alt.X("one:Q", scale=scale)},
            data=alt.Data(values=[{"one": 1}]),
        ),
        layer_of(
            {"type": "rule", "strokeWidth": 2},
            {"x": alt.X("low:Q", scale=scale), "x2": alt.X2("high"), **row, **colour},
            only="low",
            data=data,
        ),
        layer_of(
            {"type": "point", "filled": True, "size": 55, "opacity": 1},
            {"x": x, **row, **plain, **told_apart},
            data=data,
        ),
        width=_WIDTH,
        height=height,
    )


def _domain(drawn: Sequence[Ratio]) -> list[float]:
    """Return the axis' ends: as far on either side of 1 as the farthest interval reaches, the tolerance at least."""
    bounds = [each for ratio in drawn for each in (ratio.ratio, ratio.low, ratio.high) if each is not None]
    reach = max(2 * TOLERANCE, *(abs(bound - 1) for bound in bounds)) * _ROOM
    return [1 - reach, 1 + reach]
