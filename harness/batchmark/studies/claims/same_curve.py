"""Whether two sides' validation loss goes the same way: the medians of paired differences, look by look.

One look that differs refutes, and all of them have to be inside the margin to confirm: every look's interval has its
share of the error either way (Bonferroni), which is more than confirming needs.

Source: Schuirmann 1987, doi 10.1007/BF01068419 (a whole interval inside a margin); Berger 1982, doi
10.1080/00401706.1982.10487790 (all of several).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.paired import difference
from batchmark.analysis.rules import level_for, within
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, together
from batchmark.studies.claims.losses import SAME, validation_loss
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.trainings import Followed

MOST_LOOKS = 20
"""More would share the error among neighbours that say the same."""


@dataclass(frozen=True)
class Apart:
    """How far two curves are apart."""

    answer: Answer
    """CONFIRMED: the same at every look. REFUTED: apart by more than the margin at one."""
    estimate: Estimate
    """Median of candidate minus reference, at the look that says most against their being the same."""
    examples: int
    """Trained on by that look."""
    looks: int


def looks_after(followed: Followed, examples: int) -> tuple[int, ...]:
    """Return at most `MOST_LOOKS` looks, evenly spread, from the first after more than `examples`; the last is in.

    Raises MissingPartError: there is none.
    """
    later = [index for index, done in enumerate(followed.examples) if done > examples]
    if not later:
        message = f"no look after {examples} examples; the last was after {max(followed.examples, default=0)}"
        raise MissingPartError(message)
    places = np.linspace(0, len(later) - 1, min(MOST_LOOKS, len(later)))
    return tuple(later[round(place)] for place in places)


def judge_same_curve(candidate: Followed, reference: Followed, *, after: int, conditions: int) -> Apart:
    """Judge two sides of the same seeds from `after` examples on, as one of `conditions` that hold together at 95 %.

    A training that diverged has an infinite loss from there on: where one side did, the difference is infinite, and has
    that rank; where both did, the seed says nothing at that look.

    Raises MissingPartError: looks aren't after equally many examples.
    """
    if candidate.examples != reference.examples:
        message = f"looks after {candidate.examples[:3]}… and {reference.examples[:3]}… examples are not of one curve"
        raise MissingPartError(message)
    looks = looks_after(reference, after)
    level = level_for(conditions * len(looks))
    ours, theirs = validation_loss(candidate), validation_loss(reference)
    found = [difference(ours[:, look], theirs[:, look], level=level) for look in looks]
    answers = [Answer(within(each, -SAME, SAME).value) for each in found]
    answer = together(answers)
    # Of those that made it so, the one that is furthest off.
    telling = [index for index, each in enumerate(answers) if each is answer]
    worst = max(telling, key=lambda index: _reach(found[index]))
    return Apart(answer, found[worst], reference.examples[looks[worst]], len(looks))


def largest_gap(candidate: Followed, reference: Followed, *, after: int) -> NDArray[np.float64]:
    """Return by seed the largest distance of two curves at any look after so many examples: noise included."""
    looks = [index for index, done in enumerate(reference.examples) if done > after]
    with np.errstate(invalid="ignore"):
        gaps: NDArray[np.float64] = np.abs(validation_loss(candidate) - validation_loss(reference))[:, looks]
    # At a look where both had diverged nothing is told apart.
    return np.asarray(np.nan_to_num(gaps, nan=0.0, posinf=np.inf).max(axis=1))


def _reach(estimate: Estimate) -> float:
    ends = [abs(end) for end in (estimate.low, estimate.high) if end is not None and not np.isnan(end)]
    return max(ends, default=np.inf)
