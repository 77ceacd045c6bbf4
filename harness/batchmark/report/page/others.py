"""Calibrations, and tested claims with their curves, as parts of a page."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath

from batchmark.files.calibration import Calibration
from batchmark.files.claims import StoredClaim, StoredClaims, StoredCondition, StoredFinding
from batchmark.records import Estimate
from batchmark.report.calibration import columns_and_rows, say_calibration
from batchmark.report.environment import render_environment
from batchmark.report.page.answers import pictured
from batchmark.report.page.figures import figure_of
from batchmark.report.page.parts import Figure, Head, Part, Row, Table, Tags, Text
from batchmark.report.page.tables import table_of
from batchmark.report.pictures.claim_forest import draw_claim_forest
from batchmark.report.units import NOTHING
from batchmark.studies.claims.claim import Answer, Condition, Finding

_HEADS = (
    Head("claim"),
    *(Head(name, is_number=False) for name in ("verdict", "what is claimed", "what was found", "workload")),
    Head("n"),
)


def calibration_part(calibration: Calibration, name: str, *, anchor: str, machine: str) -> Part:
    """Return the noise of a machine."""
    found, wrong, *warnings = say_calibration(calibration)
    day = datetime.fromtimestamp(calibration.measured, UTC).date().isoformat()
    return Part(
        anchor=anchor,
        title=f"The noise of {machine}: {PurePath(name).name}",
        about=f"{name} · measured {day} · {render_environment(calibration.facts)}",
        lead=[wrong, *warnings],
        tables=[table_of("Noise by cell", columns_and_rows(calibration), notes=[found])],
        tags=Tags(machine=(machine,)),
    )


def claims_part(stored: StoredClaims, name: str, *, anchor: str, machine: str) -> Part:
    """Return what became of claims."""
    counts: dict[str, int] = {}
    for claim in stored.claims:
        counts[claim.verdict] = counts.get(claim.verdict, 0) + 1
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts.items())
    ended = [f"Not finished: {stored.stopped}."] if stored.stopped else []
    return Part(
        anchor=anchor,
        title=f"Claims on batch size: {PurePath(name).name}",
        about=f"{name} · {machine} · {render_environment(stored.environment)}",
        lead=[f"Of {len(stored.claims)} claims, {told}.", *ended],
        figures=[figure for claim in stored.claims if claim.finding for figure in _figures(claim, claim.finding)],
        are_tables_first=True,
        tables=[Table("Claims, as tested", _HEADS, [_claim(claim) for claim in stored.claims])],
        texts=[Text("Sources and rules", [f"{each.number}: {each.source}. {each.rule}" for each in stored.claims])],
        tags=Tags(machine=(machine,)),
    )


def _figures(claim: StoredClaim, finding: StoredFinding) -> list[Figure]:
    """Return the claim's curves; of one without, its conditions with their intervals."""
    caption = [f"{claim.verdict}: {claim.sentence}", f"{claim.workload}; n = {finding.seeds}"]
    file = f"claim-{claim.number}"
    if finding.pictures:
        named = [replace(each, title=f"Claim {claim.number}: {each.title}") for each in finding.pictures]
        return pictured(named, caption, file)
    conditions = tuple(map(_condition, finding.conditions))
    whole = Finding(_answer(claim.verdict) or Answer.INCONCLUSIVE, finding.sentence, conditions)
    chart = draw_claim_forest(whole, f"Claim {claim.number}: effects with their intervals", caption)
    if chart is None:
        return []
    columns = {field: field for field in ("label", "verdict", "value", "low", "high")}
    return [replace(figure_of(chart, file, {}, caption), columns=columns)]


def _condition(stored: StoredCondition) -> Condition:
    estimate = Estimate(stored.value, stored.low, stored.high, stored.level, stored.n)
    return Condition(stored.what, estimate, stored.unit or "", _answer(stored.verdict))


def _answer(verdict: str | None) -> Answer | None:
    return Answer(verdict) if verdict in set(Answer) else None


def _claim(claim: StoredClaim) -> Row:
    found = claim.finding.sentence if claim.finding else f"not tested: {claim.why_not_tested}"
    seeds = str(claim.finding.seeds) if claim.finding else NOTHING
    cells = (str(claim.number), claim.verdict, claim.sentence, found, claim.workload, seeds)
    return Row(cells, tags=Tags(workload=(claim.workload,)))
