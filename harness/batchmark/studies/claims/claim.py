"""What a claim is: a sentence of a source, the parts that settle it, the rule, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from batchmark.curves import Line, Picture
from batchmark.records import Estimate
from batchmark.studies.laboratory.parts import Part
from batchmark.studies.laboratory.results import Results

__all__ = ["Answer", "Claim", "Condition", "Finding", "Line", "Picture", "together"]


class Answer(StrEnum):
    """How a claim ends."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    NOT_TESTED = "not tested"
    """Parts that it needs are missing."""


@dataclass(frozen=True)
class Condition:
    """One number that the rule judges, or that stands beside it."""

    what: str
    """As ``accuracy per doubling, equal epochs, fixed rate``."""
    estimate: Estimate
    """Its interval is at the level that the claim's conditions need together."""
    unit: str = ""
    """``×`` for a ratio, ``s``, ``nats``, or empty."""
    answer: Answer | None = None
    """None: reported, not judged."""


@dataclass(frozen=True)
class Finding:
    """What was found of a claim."""

    answer: Answer
    sentence: str
    """What holds, in one plain sentence with its numbers."""
    conditions: tuple[Condition, ...]
    seeds: int = 0
    """The pairs of seeds, or the turns, behind the conditions."""
    diverged: int = 0
    """Trainings that diverged, of all that were judged: shown, and counted as the worst."""
    notes: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A module of `batchmark.studies.claims` has one, called `CLAIM`."""

    number: int
    who: str
    """As ``P`` or ``A, citing Smith et al. 2018``."""
    source: str
    """With its identifier."""
    sentence: str
    """What is claimed."""
    workload: str
    rule: str
    """In words, before the data: what confirms it, what refutes it."""
    parts: tuple[Part, ...]
    """The experiment."""
    judge: Callable[[Results], Finding]
    """Pure. Raises MissingPartError."""
    kind_of_network: str = ""
    """``dense``, ``convolutional``, ``recurrent`` or ``language model``, where P concludes on it."""


def together(answers: Sequence[Answer]) -> Answer:
    """Return what a claim comes to that needs every one of its conditions."""
    if Answer.REFUTED in answers:
        return Answer.REFUTED
    return Answer.CONFIRMED if set(answers) == {Answer.CONFIRMED} else Answer.INCONCLUSIVE
