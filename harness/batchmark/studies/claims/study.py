"""Claims tested: the parts of all of them obtained once, and then each judged by its rule."""

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from batchmark.errors import StoredFileError, WorkerDiedError, why_stopped
from batchmark.progress import Progress, silent
from batchmark.studies.claims.claim import Answer, Claim, Finding
from batchmark.studies.laboratory.parts import Part
from batchmark.studies.laboratory.results import MissingPartError, Results

_STOPS = (KeyboardInterrupt, WorkerDiedError, StoredFileError, OSError)
"""What ends obtaining and leaves what is there: Ctrl-C, a worker that died, a full disk."""


class Obtains(Protocol):
    """What parts are obtained from: `batchmark.studies.laboratory.laboratory.Laboratory` is one."""

    @property
    def facts(self) -> Mapping[str, object]:
        """Where it obtains: versions, device, threads."""

    def obtain(self, parts: Sequence[Part], *, budget_seconds: float | None = None) -> Results:
        """Obtain parts, or those that a budget leaves time for."""


@dataclass(frozen=True)
class Outcome:
    """How one claim ended."""

    claim: Claim
    finding: Finding | None = None
    """None: it was not judged."""
    why: str = ""
    """Why it was not."""

    @property
    def answer(self) -> Answer:
        """The finding's, or that there is none."""
        return Answer.NOT_TESTED if self.finding is None else self.finding.answer

    @property
    def is_tested(self) -> bool:
        """Whether there is a verdict, whatever it is."""
        return self.answer is not Answer.NOT_TESTED


@dataclass(frozen=True)
class Outcomes:
    """How the claims ended that were asked for."""

    outcomes: tuple[Outcome, ...]
    facts: Mapping[str, object]
    """Where it was measured."""
    stopped: str | None = None
    """Why it ended before all was obtained and judged; None: it did not."""
    seconds: float = 0.0
    """What it took; of parts that were kept nothing."""

    @property
    def is_whole(self) -> bool:
        """Whether every claim has a verdict, and nothing was stopped."""
        return not self.stopped and all(outcome.is_tested for outcome in self.outcomes)


def run_claims(
    claims: Sequence[Claim],
    laboratory: Obtains,
    *,
    budget_seconds: float | None = None,
    progress: Progress = silent,
) -> Outcomes:
    """Obtain the parts of `claims`, in their order and each once, and judge every claim by what is there.

    A rule that fails ends no other: its claim is not tested, and says why.
    """
    began = time.monotonic()
    parts = tuple(dict.fromkeys(part for claim in claims for part in claim.parts))
    facts = dict(laboratory.facts)
    try:
        results = laboratory.obtain(parts, budget_seconds=budget_seconds)
    except _STOPS as error:
        why = why_stopped(error)
        results = Results({}, dict.fromkeys(parts, why), why)
    stopped = results.stopped
    outcomes: list[Outcome] = []
    interrupted: str | None = None
    for done, claim in enumerate(claims):
        progress(phase="judging", done=done, of=len(claims), detail=f"claim {claim.number}")
        try:
            outcomes.append(Outcome(claim, why=interrupted) if interrupted else _judged(claim, results))
        except KeyboardInterrupt as error:
            interrupted = why_stopped(error)
            stopped = stopped or interrupted
            outcomes.append(Outcome(claim, why=interrupted))
    return Outcomes(tuple(outcomes), facts, stopped, time.monotonic() - began)


def _judged(claim: Claim, results: Results) -> Outcome:
    try:
        return Outcome(claim, claim.judge(results))
    except MissingPartError as error:
        return Outcome(claim, why=str(error))
    except Exception as error:  # noqa: BLE001  whatever is wrong with one rule, the other claims have theirs
        return Outcome(claim, why=_named(claim, error))


def _named(claim: Claim, error: Exception) -> str:
    """Return what failed and where, in one line."""
    told = " ".join(f"{type(error).__name__}: {error}".split())
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"the rule of claim {claim.number} failed with {told} ({Path(last.filename).name}, line {last.lineno})"
