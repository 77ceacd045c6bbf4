"""Claims that were tested, read back from what `batchmark claims --json` wrote: what a page says of each."""

from dataclasses import dataclass

from batchmark.bounds import Count
from batchmark.files.stored_form import Form


@dataclass(frozen=True)
class StoredFinding:
    """What was found of a claim."""

    sentence: str
    seeds: Count
    """Or turns, where times were compared."""
    diverged: Count = 0


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


CLAIMS = Form(
    StoredClaims,
    key="batchmark_claims",
    version=1,
    name="tested claims",
    stored_by="tested claims are stored by batchmark claims all --json FILE",
    again="test them again",
)
"""Read alone: `batchmark.report.claims_json` writes more than this."""
