"""A claim's conditions with their intervals: a forest plot, a panel for each unit."""

import json
import math
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import altair as alt

from batchmark.report.pictures.looks import COLOURS, GREY, styled
from batchmark.studies.claims.claim import Answer, Condition, Finding

_WIDTH = 380
_LABEL_CHARACTERS = 44
_HEIGHT_OF_A_LINE = 15
_BETWEEN_ROWS = 12
_LABEL_PIXELS = 340
_ROOM = 0.06
# Ratios that span more are drawn on a logarithmic axis.
_WIDE_RANGE = 3.0
_REPORTED = "reported"
_KINDS = (Answer.CONFIRMED.value, Answer.REFUTED.value, Answer.INCONCLUSIVE.value, _REPORTED)
_COLOURS = (COLOURS[0], COLOURS[1], GREY, COLOURS[3])
_SHAPES = ("circle", "diamond", "square", "triangle-up")
_RATIO = "×"


def draw_claim_forest(finding: Finding, title: str, subtitle: Sequence[str]) -> alt.TopLevelMixin | None:
    """Return the chart of what is judged, else of all conditions; None where nothing is a finite number."""
    judged = [each for each in finding.conditions if each.answer is not None]
    shown = [each for each in judged or finding.conditions if _reached([each])]
    if not shown:
        return None
    units = list(dict.fromkeys(each.unit for each in shown))
    kinds = [kind for kind in _KINDS if any(_kind(each) == kind for each in shown)]
    panels = [_panel(unit, [each for each in shown if each.unit == unit], kinds) for unit in units]
    return styled(alt.vconcat(*panels, spacing=18), title, subtitle)


def rows(conditions: Sequence[Condition], domain: Sequence[float]) -> list[Mapping[str, Any]]:
    """Return a row for each condition; an interval that reaches beyond `domain` is cut there, and marked.

    An effect that is infinite has no place, but its interval has.
    """
    found: list[Mapping[str, Any]] = []
    for at, condition in enumerate(conditions):
        estimate = condition.estimate
        low, high = (None if end is None or math.isnan(end) else end for end in (estimate.low, estimate.high))
        whole = low is not None and high is not None
        found.append(
            {
                "row": f"{at:03}",
                "label": fill(condition.what, _LABEL_CHARACTERS, break_long_words=False),
                "verdict": _kind(condition),
                "value": float(estimate.value) if math.isfinite(estimate.value) else None,
                "low": max(low, domain[0]) if whole and low is not None else None,
                "high": min(high, domain[1]) if whole and high is not None else None,
                "goes_on_low": whole and low is not None and low < domain[0],
                "goes_on_high": whole and high is not None and high > domain[1],
            }
        )
    return found


def _panel(unit: str, conditions: Sequence[Condition], kinds: Sequence[str]) -> alt.LayerChart:
    neutral = 1.0 if unit == _RATIO else 0.0
    is_logarithmic = _is_logarithmic(unit, conditions)
    domain = _domain(conditions, neutral, is_logarithmic=is_logarithmic)
    drawn = rows(conditions, domain)
    lines = max(row["label"].count("\n") + 1 for row in drawn)
    height = (lines * _HEIGHT_OF_A_LINE + _BETWEEN_ROWS) * len(drawn)
    scale = alt.Scale(domain=domain, nice=False, type="log" if is_logarithmic else "linear")
    names = {row["row"]: row["label"].split("\n") for row in drawn}
    axis = alt.Axis(
        title=None,
        labelExpr=f"({json.dumps(names)})[datum.value]",
        labelLimit=_LABEL_PIXELS,
        grid=True,
        tickBand="extent",
    )
    base = alt.Chart(alt.Data(values=drawn)).encode(y=alt.Y("row:N", sort=list(names)).axis(axis), color=_colour(kinds))
    title = {"": "effect", _RATIO: "ratio"}.get(unit, f"effect, {unit}")
    x = alt.X("value:Q").scale(scale).axis(title=title, tickCount=6, format="~g")
    line = alt.Chart(alt.Data(values=[{"at": neutral}])).mark_rule(color=GREY, strokeDash=[3, 3])
    goes_on = [
        base.transform_filter(f"datum.goes_on_{end}")
        .mark_point(shape=f"triangle-{way}", filled=True, size=60, opacity=1)
        .encode(x=alt.X(f"{end}:Q").scale(scale))
        for end, way in (("low", "left"), ("high", "right"))
    ]
    return alt.layer(
        line.encode(x=alt.X("at:Q").scale(scale)),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2, clip=True)
        .encode(x=alt.X("low:Q").scale(scale), x2="high:Q"),
        *goes_on,
        base.transform_filter("isValid(datum.value)")
        .mark_point(filled=True, size=60, opacity=1, clip=True)
        .encode(x=x, shape=_shape(kinds)),
    ).properties(width=_WIDTH, height=height)


def _is_logarithmic(unit: str, conditions: Sequence[Condition]) -> bool:
    reached = _reached(conditions)
    return unit == _RATIO and min(reached) > 0 and max(*reached, 1.0) > _WIDE_RANGE * min(*reached, 1.0)


def _reached(conditions: Sequence[Condition]) -> list[float]:
    numbers = [each for c in conditions for each in (c.estimate.value, c.estimate.low, c.estimate.high)]
    return [float(each) for each in numbers if each is not None and math.isfinite(each)]


def _domain(conditions: Sequence[Condition], neutral: float, *, is_logarithmic: bool) -> list[float]:
    """Return the axis' ends: all that is finite, and where there is no effect."""
    reached = [*_reached(conditions), neutral]
    low, high = min(reached), max(reached)
    if is_logarithmic:
        room = (high / low) ** _ROOM
        return [low / room, high * room]
    room = _ROOM * (high - low) or 1.0
    return [low - room, high + room]


def _kind(condition: Condition) -> str:
    return _REPORTED if condition.answer is None else condition.answer.value


def _colour(kinds: Sequence[str]) -> alt.Color:
    scale = alt.Scale(domain=list(kinds), range=[_COLOURS[_KINDS.index(kind)] for kind in kinds])
    return alt.Color("verdict:N", sort=list(kinds), scale=scale, legend=_legend())


def _shape(kinds: Sequence[str]) -> alt.Shape:
    """Return what tells verdicts apart without colour."""
    scale = alt.Scale(domain=list(kinds), range=[_SHAPES[_KINDS.index(kind)] for kind in kinds])
    return alt.Shape("verdict:N", sort=list(kinds), scale=scale, legend=_legend())


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="bottom", columns=len(_KINDS), symbolSize=90)
