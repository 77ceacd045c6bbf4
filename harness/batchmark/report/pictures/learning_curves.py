"""Accuracy or loss epoch by epoch, over many seeds: a panel for each batch size, as the paper's Figs 4 to 9."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import altair as alt
import numpy as np

from batchmark.report.pictures.looks import COLOURS, styled
from batchmark.report.units import learning_rate
from batchmark.trainings import Curves, Trainings

_COLUMNS = 5
_WIDTH = 190
_HEIGHT = 150
_SHARES = (5, 50, 95)


class Learned(StrEnum):
    """What is drawn."""

    ACCURACY = "accuracy"
    LOSS = "loss"

    def curves(self, trainings: Trainings) -> dict[str, Curves]:
        """Return them by the data they are of."""
        if self is Learned.LOSS:
            return {"training": trainings.training_loss, "validation": trainings.validation_loss}
        return {"training": trainings.training_quality, "validation": trainings.validation_quality}

    def final(self, trainings: Trainings) -> tuple[float, ...]:
        """Return it after the last epoch, on the validation data, one value a seed."""
        return trainings.final_validation_loss if self is Learned.LOSS else trainings.final_validation_quality


_DOMAINS = {Learned.ACCURACY: [0.6, 0.9], Learned.LOSS: [0.3, 1.2]}


def draw_learning_curves(trainings: Sequence[Trainings], learned: Learned) -> alt.TopLevelMixin:
    """Return a panel for each of `trainings`: the median over seeds, and the range of nine in ten of them."""
    names = [panel_title(each) for each in trainings]
    values = [value for each in trainings for value in by_epoch(each, learned)]
    scale = alt.Scale(domain=_DOMAINS[learned])
    kinds = ["training", "validation"]
    colour = (
        alt.Color("data:N", sort=kinds)
        .scale(domain=kinds, range=list(COLOURS[:2]))
        .legend(alt.Legend(title=None, orient="bottom"))
    )
    x = alt.X("epoch:Q").scale(nice=False).axis(grid=False, tickCount=4)
    base = alt.Chart().encode(x=x, color=colour)
    y = alt.Y("middle:Q").scale(scale).axis(title=str(learned), tickCount=5)
    panel = alt.layer(
        base.mark_area(opacity=0.25, clip=True).encode(y=alt.Y("low:Q").scale(scale), y2="high:Q"),
        base.mark_line(strokeWidth=1.5, clip=True).encode(y=y, strokeDash=_dashes(kinds)),
    ).properties(width=_WIDTH, height=_HEIGHT)
    chart = panel.facet(
        facet=alt.Facet("panel:N", sort=names, header=alt.Header(title=None)),
        columns=_COLUMNS,
        data=alt.Data(values=values),
        spacing=12,
    )
    seeds = len(trainings[0].seeds)
    subtitle = [f"median of {seeds} seeds, and the range of nine in ten of them"]
    return styled(chart, f"{trainings[0].workload}: {learned} by epoch and batch size", subtitle)


def by_epoch(trainings: Trainings, learned: Learned) -> list[Mapping[str, Any]]:
    """Return a point for each epoch and kind of data: the median over seeds, the 5th and the 95th percentile.

    Seeds that diverged are left out from the epoch on at which they did.
    """
    found: list[Mapping[str, Any]] = []
    for data, curves in learned.curves(trainings).items():
        low, middle, high = np.nanpercentile(np.array(curves, dtype=float), _SHARES, axis=0)
        found += [
            {"panel": panel_title(trainings), "data": data, "epoch": epoch, **_finite(low=a, middle=b, high=c)}
            for epoch, (a, b, c) in enumerate(zip(low, middle, high, strict=True), start=1)
        ]
    return found


def panel_title(trainings: Trainings) -> str:
    """Return what stands above a panel."""
    return f"batch size {trainings.batch_size}, rate {learning_rate(trainings.learning_rate)}"


def _dashes(kinds: Sequence[str]) -> alt.StrokeDash:
    """Return what tells the two apart without colour."""
    return alt.StrokeDash("data:N", sort=list(kinds)).scale(domain=list(kinds), range=[[1, 0], [4, 2]])


def _finite(**values: float) -> dict[str, float | None]:
    """Return the values as JSON has them: it has no NaN."""
    return {name: round(float(value), 5) if np.isfinite(value) else None for name, value in values.items()}
