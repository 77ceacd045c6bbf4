"""Loss and accuracy after the last epoch by batch size, over many seeds, beside the paper's runs: its Fig. 10."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from batchmark.report.pictures.learning_curves import Learned
from batchmark.report.pictures.looks import COLOURS, styled
from batchmark.studies.ruler.paper import PaperRow
from batchmark.trainings import Trainings

_WIDTH = 360
_HEIGHT = 260
_SHARES = (5, 25, 50, 75, 95)


def draw_final_quality(rows: Sequence[tuple[PaperRow, Trainings]]) -> alt.TopLevelMixin:
    """Return a panel for the loss and one for the accuracy: quartiles over seeds, and nine in ten of them."""
    panels = [_panel(rows, learned) for learned in (Learned.LOSS, Learned.ACCURACY)]
    seeds = len(rows[0][1].seeds)
    how = "box from quartile to quartile, line over nine in ten; cross: the paper's run"
    subtitle = [f"{seeds} seeds a batch size: {how}"]
    title = f"{rows[0][1].workload}: validation loss and accuracy after the last epoch"
    return styled(alt.hconcat(*panels, spacing=30), title, subtitle)


def by_batch_size(rows: Sequence[tuple[PaperRow, Trainings]], learned: Learned) -> list[Mapping[str, Any]]:
    """Return a row for each batch size: percentiles over the seeds that did not diverge, and the paper's value."""
    found: list[Mapping[str, Any]] = []
    for paper, trainings in rows:
        finals = np.array(learned.final(trainings), dtype=float)
        finite = finals[np.isfinite(finals)]
        shares = [round(float(each), 5) for each in np.percentile(finite, _SHARES)] if finite.size else [None] * 5
        theirs = paper.validation_loss if learned is Learned.LOSS else paper.validation_accuracy
        names = ("low", "first", "middle", "third", "high")
        found.append({"batch_size": str(paper.batch_size), "paper": theirs, **dict(zip(names, shares, strict=True))})
    return found


def _panel(rows: Sequence[tuple[PaperRow, Trainings]], learned: Learned) -> alt.LayerChart:
    sizes = [str(paper.batch_size) for paper, _ in rows]
    scale = alt.Scale(zero=False)
    x = alt.X("batch_size:N", sort=sizes).axis(title="batch size", labelAngle=0)
    y = alt.Y("middle:Q").scale(scale).axis(title=f"validation {learned}", tickCount=6)
    base = alt.Chart(alt.Data(values=by_batch_size(rows, learned))).encode(x=x)
    measured = base.transform_filter("isValid(datum.middle)")
    ours, theirs = COLOURS[0], COLOURS[1]
    return alt.layer(
        measured.mark_rule(color=ours).encode(y=alt.Y("low:Q").scale(scale), y2="high:Q"),
        measured.mark_bar(color=ours, opacity=0.35, width=18).encode(y=alt.Y("first:Q").scale(scale), y2="third:Q"),
        measured.mark_tick(color=ours, thickness=2, width=18).encode(y=y),
        base.mark_point(shape="cross", angle=45, filled=True, size=70, color=theirs, opacity=1).encode(
            y=alt.Y("paper:Q").scale(scale)
        ),
    ).properties(width=_WIDTH, height=_HEIGHT)
