"""Calibrations and tested claims as parts of a page."""

from datetime import UTC, datetime
from pathlib import PurePath

from batchmark.files.calibration import Calibration
from batchmark.files.claims import StoredClaim, StoredClaims
from batchmark.report.calibration import columns_and_rows, say_calibration
from batchmark.report.environment import render_environment
from batchmark.report.page.parts import Head, Part, Row, Table, Tags, Text
from batchmark.report.page.tables import table_of
from batchmark.report.units import NOTHING

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
        tables=[Table("Claims, as tested", _HEADS, [_claim(claim) for claim in stored.claims])],
        texts=[Text("Sources and rules", [f"{each.number}: {each.source}. {each.rule}" for each in stored.claims])],
        tags=Tags(machine=(machine,)),
    )


def _claim(claim: StoredClaim) -> Row:
    found = claim.finding.sentence if claim.finding else f"not tested: {claim.why_not_tested}"
    seeds = str(claim.finding.seeds) if claim.finding else NOTHING
    cells = (str(claim.number), claim.verdict, claim.sentence, found, claim.workload, seeds)
    return Row(cells, tags=Tags(workload=(claim.workload,)))
