"""Claims that were tested, read back from what `batchmark claims --json` wrote: what a page says of each."""

from dataclasses import dataclass

from batchmark.bounds import Count
from batchmark.curves import Picture
from batchmark.files.stored_form import Form


@dataclass(frozen=True)
class StoredCondition:
    """One number that a claim's rule judges, or that stands beside it."""

    what: str
    value: float
    low: float | None
    high: float | None
    level: float
    n: Count
    unit: str | None = None
    verdict: str | None = None
    """None: reported, not judged."""


@dataclass(frozen=True)
class StoredFinding:
    """What was found of a claim."""

    sentence: str
    seeds: Count
    """Or turns, where times were compared."""
    diverged: Count = 0
    conditions: tuple[StoredCondition, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class StoredClaim:
    """A claim, and what became of it."""

    number: Count
    verdict: str
    """``confirmed``, ``refuted``, ``inconclusive`` or ``not tested``."""
    who: str
    source: str
    sentence: str
    workload: str
    rule: str
    why_not_tested: str | None
    finding: StoredFinding | None


@dataclass(frozen=True)
class StoredClaims:
    """Claims that were tested in one go."""

    claims: tuple[StoredClaim, ...]
    environment: dict[str, object]
    stopped: str | None


def _flaw(stored: StoredClaims) -> str | None:
    """Return what no type tells: a curve that has not as many values as places."""
    pictures = [picture for claim in stored.claims if claim.finding for picture in claim.finding.pictures]
    broken = [line.name for picture in pictures for line in picture.lines if not line.is_whole]
    return f"the curve {broken[0]} has not as many values as places" if broken else None


CLAIMS = Form(
    StoredClaims,
    key="batchmark_claims",
    version=1,
    name="tested claims",
    stored_by="tested claims are stored by batchmark claims all --json FILE",
    again="test them again",
    infinities=True,
    flaw=_flaw,
)
"""Read alone: `batchmark.report.claims_json` writes more than this."""
