"""The pictures of claims: the curves of each, and of a claim without curves its conditions as a forest plot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import altair as alt

from batchmark.report.claims_summary import say_basis, say_where
from batchmark.report.effects import say_levels
from batchmark.report.pictures.claim_curves import draw_claim_curves
from batchmark.report.pictures.claim_forest import draw_claim_forest
from batchmark.report.pictures.extra import make_folder
from batchmark.report.pictures.written import write_picture
from batchmark.studies.claims.claim import Finding
from batchmark.studies.claims.study import Outcome, Outcomes

_CHARACTERS = 96


@dataclass(frozen=True)
class Drawn:
    """A picture of a claim, as files."""

    claim: int
    title: str
    paths: tuple[Path, ...]
    """SVG, then PNG."""


def draw_claims(outcomes: Outcomes, folder: Path) -> list[Drawn]:
    """Draw what was found into `folder`, made if it is missing: ``claim-3.svg``, or ``claim-3-1.svg`` of several.

    Raises BatchmarkError: the folder can't be made or written into.
    """
    make_folder(folder)
    where = say_where(outcomes.facts)
    drawn = []
    for outcome in outcomes.outcomes:
        charts = list(_charts(outcome, where))
        for index, (title, chart) in enumerate(charts, start=1):
            name = f"claim-{outcome.claim.number}" + (f"-{index}" if len(charts) > 1 else "")
            drawn.append(Drawn(outcome.claim.number, title, tuple(write_picture(chart, folder, name))))
    return drawn


def _charts(outcome: Outcome, where: str) -> Iterator[tuple[str, alt.TopLevelMixin]]:
    """Yield each chart with its title: the claim's own, else the forest plot; none where nothing can be drawn."""
    finding, number = outcome.finding, outcome.claim.number
    if finding is None:
        return
    subtitle = _subtitle(outcome, finding, where)
    for picture in finding.pictures:
        title = f"Claim {number}: {picture.title}"
        if (chart := draw_claim_curves(picture, title, subtitle)) is not None:
            yield title, chart
    title = f"Claim {number}: effects with their intervals"
    levels = say_levels(finding.conditions)
    how = [*subtitle, *([f"intervals: {levels}; dashed: no effect"] if levels else [])]
    if not finding.pictures and (chart := draw_claim_forest(finding, title, how)) is not None:
        yield title, chart


def _subtitle(outcome: Outcome, finding: Finding, where: str) -> Sequence[str]:
    said = f"{outcome.answer}: {outcome.claim.sentence}"
    basis = "; ".join(filter(None, (outcome.claim.workload, say_basis(finding))))
    return [line for text in (said, basis, where) for line in wrap(text, _CHARACTERS)]
