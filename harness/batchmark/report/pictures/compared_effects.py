"""The effects of a comparison as a forest plot: each cell's interval against its tolerance, a panel for each metric."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from batchmark.comparison import ComparedCell, Comparison, Verdict
from batchmark.metrics import table
from batchmark.report import compared_cells as words
from batchmark.report.pictures.looks import COLOURS, GREY, hover, styled
from batchmark.report.pictures.rows import data_of
from batchmark.report.units import percent

MOST_ROWS = 60
"""Of a picture: those that need a reader first."""

_WIDTH = 440
_HEIGHT_OF_A_ROW = 24
_LABEL_PIXELS = 240
_ROOM = 0.08
# An interval that reaches this much farther than the tolerances and effects is cut off, and marked.
_FARTHEST = 6.0
_COLOURS = {
    Verdict.REGRESSED: COLOURS[1],
    Verdict.INCONCLUSIVE: GREY,
    Verdict.IMPROVED: COLOURS[2],
    Verdict.UNCHANGED: COLOURS[0],
}
_SHAPES = {
    Verdict.REGRESSED: "diamond",
    Verdict.INCONCLUSIVE: "square",
    Verdict.IMPROVED: "triangle-up",
    Verdict.UNCHANGED: "circle",
}


def drawn_cells(comparison: Comparison) -> list[ComparedCell]:
    """Return the cells that are drawn: judged ones with an effect, at most `MOST_ROWS` of them."""
    judged = [cell for cell in words.counted(comparison.cells) if cell.effect is not None]
    # What stands for many cells first.
    return sorted(judged, key=lambda cell: not cell.over)[:MOST_ROWS]


def draw_compared_effects(comparison: Comparison, title: str, where: Sequence[str] = ()) -> alt.TopLevelMixin | None:
    """Return the chart of what was judged; None where nothing that was has an effect."""
    cells = words.by_place(drawn_cells(comparison))
    if not cells:
        return None
    kinds = [verdict for verdict in words.VERDICTS if any(cell.verdict is verdict for cell in cells)]
    metrics = dict.fromkeys(cell.metric for cell in cells)
    one = len({cell.workload for cell in cells}) == 1
    panels = [_panel([cell for cell in cells if cell.metric == metric], kinds, one=one) for metric in metrics]
    return styled(alt.vconcat(*panels, spacing=18), title, [*where, how_to_read(comparison)])


def how_to_read(comparison: Comparison) -> str:
    """Return what the picture's marks mean."""
    level = percent(comparison.policy.confidence)
    return f"grey band: the tolerance; dashed: no effect; intervals hold together at {level}"


def rows(cells: Sequence[ComparedCell], domain: Sequence[float], *, one: bool) -> list[Mapping[str, Any]]:
    """Return a row for each cell of one metric; what reaches beyond `domain` is cut there, and marked."""
    found: list[Mapping[str, Any]] = []
    nothing = _nothing(cells[0])
    for cell in cells:
        low, high = cell.interval
        tolerance = cell.tolerance or 0.0
        value, interval = words.effect(cell)
        found.append(
            {
                "label": _label(cell, one=one),
                "workload": cell.workload,
                "metric": cell.metric,
                "loop": cell.loop or "",
                "batch_size": "all" if cell.batch_size is None else str(cell.batch_size),
                "verdict": str(cell.verdict),
                "effect": cell.effect,
                "low": None if low is None else max(low, domain[0]),
                "high": None if high is None else min(high, domain[1]),
                "goes_on_low": low is not None and low < domain[0],
                "goes_on_high": high is not None and high > domain[1],
                "least": max(nothing - tolerance, domain[0]),
                "most": min(nothing + tolerance, domain[1]),
                "told": f"{value} {interval}",
                "against": words.tolerance(cell),
                "n": f"{cell.restarts} restarts, {cell.rounds} rounds",
            }
        )
    return found


def _panel(cells: Sequence[ComparedCell], kinds: Sequence[Verdict], *, one: bool) -> alt.LayerChart:
    metric = table.named(cells[0].metric)
    domain = _domain(cells)
    drawn = rows(cells, domain, one=one)
    scale = alt.Scale(domain=domain, nice=False)
    names = [row["label"] for row in drawn]
    axis = alt.Axis(title=None, labelLimit=_LABEL_PIXELS, grid=True, tickBand="extent")
    base = alt.Chart(data_of(drawn)).encode(y=alt.Y("label:N", sort=names).axis(axis).scale(domain=names))
    said = hover({"label": "cell", "verdict": "verdict", "told": "effect", "against": "tolerance", "n": "n"})
    colour = _by_verdict(alt.Color, kinds, _COLOURS)
    what = "difference" if metric.is_difference else "candidate ÷ baseline"
    x = alt.X("effect:Q").scale(scale).axis(title=f"{metric.label}: {what}", tickCount=6, format="~g")
    nothing = alt.Chart(alt.Data(values=[{"at": _nothing(cells[0])}])).mark_rule(color=GREY, strokeDash=[3, 3])
    goes_on = [
        base.transform_filter(f"datum.goes_on_{end}")
        .mark_point(shape=f"triangle-{way}", filled=True, size=60, opacity=1, aria=False)
        .encode(x=alt.X(f"{end}:Q").scale(scale), color=colour)
        for end, way in (("low", "left"), ("high", "right"))
        if any(row[f"goes_on_{end}"] for row in drawn)
    ]
    return alt.layer(
        base.mark_bar(color="#d9d9d9", opacity=0.6, clip=True).encode(x=alt.X("least:Q").scale(scale), x2="most:Q"),
        nothing.encode(x=alt.X("at:Q").scale(scale)),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2, clip=True)
        .encode(x=alt.X("low:Q").scale(scale), x2="high:Q", color=colour, tooltip=said),
        *goes_on,
        base.mark_point(filled=True, size=60, opacity=1, clip=True).encode(
            x=x, color=colour, shape=_by_verdict(alt.Shape, kinds, _SHAPES), tooltip=said
        ),
    ).properties(width=_WIDTH, height=_HEIGHT_OF_A_ROW * len(drawn))


def _label(cell: ComparedCell, *, one: bool) -> str:
    workload, loop, size = words.place(cell)
    return ", ".join(
        [*([] if one else [workload]), *([loop] if cell.loop else []), size if cell.loop else f"at {size}"]
    )


def _nothing(cell: ComparedCell) -> float:
    return 0.0 if table.named(cell.metric).is_difference else 1.0


def _domain(cells: Sequence[ComparedCell]) -> list[float]:
    """Return the axis' ends: every effect and tolerance, and every interval that doesn't dwarf them."""
    nothing = _nothing(cells[0])
    reach = max(abs((cell.effect or nothing) - nothing) for cell in cells)
    reach = max(reach, *(cell.tolerance or 0.0 for cell in cells)) or 0.01
    bounds = [bound for cell in cells for bound in cell.interval if bound is not None and math.isfinite(bound)]
    ends = [nothing - reach, nothing + reach, *(b for b in bounds if abs(b - nothing) <= _FARTHEST * reach)]
    low, high = min(ends), max(ends)
    room = _ROOM * (high - low)
    return [low - room, high + room]


def _by_verdict(channel: Any, kinds: Sequence[Verdict], looks: Mapping[Verdict, str]) -> Any:  # noqa: ANN401  Altair
    scale = alt.Scale(domain=[str(kind) for kind in kinds], range=[looks[kind] for kind in kinds])
    legend = alt.Legend(title=None, orient="bottom", columns=len(kinds), symbolSize=90)
    return channel("verdict:N", sort=[str(kind) for kind in kinds], scale=scale, legend=legend)
