"""Claim 16: the gap of large batches comes from too few updates; training longer closes it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from batchmark.analysis.paired import difference, worst_if_diverged
from batchmark.analysis.rules import above, below, level_for
from batchmark.analysis.verdict import seeds_needed
from batchmark.course import constant
from batchmark.records import Estimate
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Line, Picture, together
from batchmark.studies.claims.digits_arms import BY_BUDGET, LARGE, MARGIN, RATE, SEEDS, SMALL, part
from batchmark.studies.claims.either_way import median_either_way
from batchmark.studies.claims.equal import judge_equal
from batchmark.studies.claims.told import told
from batchmark.studies.claims.trained import curve, diverged, fresh_quality, trainings_of
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import Followed
from batchmark.workloads.digits_mlp import DIGITS_MLP

_TIMES = 4
"""Epochs of the small batch that is trained longer too, over the others'."""
_SMALL = part(SMALL, Budget.EPOCHS, Rate.FIXED)
_SHORT = part(LARGE, Budget.EPOCHS, Rate.FIXED)
_LONGER = {
    Rate.FIXED: part(LARGE, Budget.UPDATES, Rate.FIXED),
    Rate.SQUARE_ROOT: BY_BUDGET.part(LARGE, Budget.UPDATES, Rate.SQUARE_ROOT),
}
_SHORT_AT_SQUARE_ROOT = BY_BUDGET.part(LARGE, Budget.EPOCHS, Rate.SQUARE_ROOT)
_SMALL_LONGER = Arm(
    DIGITS_MLP.name,
    constant(SMALL, epochs=_TIMES * DIGITS_MLP.epochs, learning_rate=RATE, epochs_per_look=_TIMES),
    SEEDS,
)
_TUNED = {size: part(size, Budget.EPOCHS, Rate.TUNED) for size in (SMALL, LARGE)}
_BESIDE: dict[str, tuple[Arm | Tuned, Arm | Tuned]] = {
    f"at {LARGE} minus at {SMALL}, {Budget.EPOCHS}, {Rate.SQUARE_ROOT}": (_SHORT_AT_SQUARE_ROOT, _SMALL),
    f"at {LARGE} minus at {SMALL}, {Budget.EPOCHS}, {Rate.TUNED}": (_TUNED[LARGE], _TUNED[SMALL]),
    f"at {SMALL} for {_TIMES} times the epochs minus at {SMALL}": (_SMALL_LONGER, _SMALL),
}
"""Shown, and not judged."""
_FAMILY = 1 + len(_LONGER)


def judge(results: Results) -> Finding:
    """Judge whether there is a gap at equal epochs, and whether equal updates leave one that matters."""
    level = level_for(_FAMILY)
    small, short = trainings_of(results, _SMALL), trainings_of(results, _SHORT)
    longer = {rate: trainings_of(results, each) for rate, each in _LONGER.items()}
    gap = _gap(short, small, level)
    left = {rate: _left(rate, each, small, level) for rate, each in longer.items()}
    beside, missing = _beside(results, level)
    # Without a gap there is nothing to close, and so nothing that stays open.
    is_open = gap.answer is Answer.CONFIRMED
    shares = [_share(rate, each, short, small, level) for rate, each in longer.items()] if is_open else []
    return Finding(
        together([each.answer for each in left.values() if each.answer]) if is_open else Answer.INCONCLUSIVE,
        _sentence(gap, left),
        (gap, *left.values(), *shares, *beside),
        seeds=len(small.seeds),
        diverged=diverged([small, short, *longer.values()]),
        notes=(*_about(), *_seeds_needed(left), *_stuck(longer, small), *missing),
        pictures=_pictures(small, short, longer),
    )


def _minus(candidate: Followed, reference: Followed, level: float) -> Estimate:
    ours, theirs = (worst_if_diverged(fresh_quality(one), higher_is_better=True) for one in (candidate, reference))
    return difference(ours, theirs, level=level)


def _gap(short: Followed, small: Followed, level: float) -> Condition:
    found = _minus(short, small, level)
    is_there = Answer(below(found, -MARGIN).value) is Answer.CONFIRMED
    answer = Answer.CONFIRMED if is_there else Answer.INCONCLUSIVE
    return Condition(f"accuracy at {LARGE} minus at {SMALL}, {Budget.EPOCHS}, {Rate.FIXED}", found, answer=answer)


def _left(rate: Rate, longer: Followed, small: Followed, level: float) -> Condition:
    found = _minus(longer, small, level)
    answer = Answer(above(found, -MARGIN).value)
    return Condition(f"accuracy at {LARGE} minus at {SMALL}, {Budget.UPDATES}, {rate}", found, answer=answer)


def _share(rate: Rate, longer: Followed, short: Followed, small: Followed, level: float) -> Condition:
    begun, reached, aim = (fresh_quality(one) for one in (short, longer, small))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (reached - begun) / (aim - begun)
    share = median_either_way(np.where(np.isfinite(found), found, np.nan), level=level)
    return Condition(f"share of the gap that {Budget.UPDATES} close, {rate}", share)


def _beside(results: Results, level: float) -> tuple[list[Condition], tuple[str, ...]]:
    found, missing = [], []
    for what, (candidate, reference) in _BESIDE.items():
        try:
            estimate = _minus(trainings_of(results, candidate), trainings_of(results, reference), level)
        except MissingPartError as error:
            missing.append(f"Not shown, accuracy {what}: {error}.")
        else:
            found.append(Condition(f"accuracy {what}", estimate))
    return found, tuple(missing)


def _sentence(gap: Condition, left: dict[Rate, Condition]) -> str:
    remaining = " and ".join(f"{told(each.estimate, '+.4f')} ({rate})" for rate, each in left.items())
    if gap.answer is not Answer.CONFIRMED:
        is_none = gap.estimate.low is not None and gap.estimate.low > -MARGIN
        shown = "is not worse" if is_none else "may or may not be worse"
        so = "so there is no gap to close" if is_none else "whether there is a gap to close is open"
        return (
            f"At {DIGITS_MLP.epochs} epochs each, {LARGE} {shown} than {SMALL} by more than {MARGIN}: "
            f"{told(gap.estimate, '+.4f')}; {so}. At as many updates it is {remaining}."
        )
    answers = {each.answer for each in left.values()}
    closed = "is not shown to be closed, or not to be"
    if answers == {Answer.CONFIRMED}:
        closed = f"is closed to within {MARGIN}"
    elif Answer.REFUTED in answers:
        closed = f"stays wider than {MARGIN} at one rate at least"
    return (
        f"At {DIGITS_MLP.epochs} epochs each, the accuracy at {LARGE} is {told(gap.estimate, '+.4f')} off that at "
        f"{SMALL}; at as many updates the gap {closed}: {remaining}."
    )


def _about() -> tuple[str, ...]:
    epochs = BY_BUDGET.epochs_of_updates(LARGE)
    return (
        (
            f"As many updates are {epochs} epochs of {LARGE}, and {DIGITS_MLP.epochs} of {SMALL}: "
            f"{epochs / DIGITS_MLP.epochs:.0f} times the examples. That it closes the gap doesn't say that it is "
            "worth them, nor that the small batch, trained longer, would not be better still: that is shown beside."
        ),
        "Closed is one-sided: a large batch that ends better than the small one has closed the gap as well.",
        (
            "Hoffer et al. trained convolutions by SGD, with batch statistics of their own; here is Adam, rate "
            f"{RATE}, on a dense network without any."
        ),
    )


def _seeds_needed(left: dict[Rate, Condition]) -> tuple[str, ...]:
    notes = []
    for rate, each in left.items():
        if each.answer is Answer.INCONCLUSIVE:
            needed = seeds_needed(_over_the_bound(each.estimate), margin=0.0)
            about = (
                "more seeds alone may not settle it" if needed is None else f"about {needed:,} seeds would settle it"
            )
            notes.append(f"Not settled at the {rate}: {about}.")
    return tuple(notes)


def _over_the_bound(estimate: Estimate) -> Estimate:
    """Return how far above -MARGIN it lies: the rule has no other bound."""
    low, high = (None if end is None else end + MARGIN for end in (estimate.low, estimate.high))
    return replace(estimate, value=estimate.value + MARGIN, low=low, high=high)


def _stuck(longer: dict[Rate, Followed], small: Followed) -> tuple[str, ...]:
    """Return what the median doesn't see: seeds that get stuck, of which so few seeds say little."""
    found = {rate: judge_equal(each, small, DIGITS_MLP, family=len(longer)) for rate, each in longer.items()}
    open_ones = {rate: each for rate, each in found.items() if each.answer is not Answer.CONFIRMED}
    return tuple(
        f"Of the mean over all seeds, which stuck ones would lower and a median doesn't see, at the {rate}: "
        f"{told(each.difference, '+.4f')}; {each.unseen}"
        + (f"; about {each.seeds_needed:,} seeds would show that it is equal too" if each.seeds_needed else "")
        + "."
        for rate, each in open_ones.items()
    )


def _pictures(small: Followed, short: Followed, longer: dict[Rate, Followed]) -> tuple[Picture, ...]:
    named = {
        f"{SMALL}": small,
        f"{LARGE}, {Budget.EPOCHS}": short,
        **{f"{LARGE}, {Budget.UPDATES}, {rate}": one for rate, one in longer.items()},
    }
    quality = "validation accuracy"
    return (
        Picture(
            "Learning curves by updates",
            "updates",
            quality,
            tuple(_curve(name, one, one.steps) for name, one in named.items()),
            x_is_logarithmic=True,
        ),
        Picture(
            "Learning curves by examples",
            "examples trained on",
            quality,
            tuple(_curve(name, one, one.examples) for name, one in named.items()),
            x_is_logarithmic=True,
        ),
    )


def _curve(name: str, followed: Followed, places: Sequence[int]) -> Line:
    return curve(name, places, list(np.array(followed.validation_quality, float).T))


CLAIM = Claim(
    number=16,
    who="A, citing Hoffer et al. 2017",
    source="Hoffer, Hubara, Soudry 2017, arXiv 1705.08741",
    sentence="The large batch's gap comes from too few updates: training longer closes it.",
    workload=DIGITS_MLP.name,
    rule=(
        f"Over {SEEDS} paired seeds, the median difference in test accuracy, {LARGE} minus {SMALL} at its "
        f"{DIGITS_MLP.epochs} epochs and rate {RATE}: of {LARGE} at as many epochs and the same rate, which is the "
        f"gap, and at as many updates ({BY_BUDGET.updates}) at the same rate and at the rate times "
        f"√({LARGE}/{SMALL}). The {_FAMILY} intervals hold together at 95 %. Confirmed: the gap is wider than "
        f"{MARGIN}, and both differences at as many updates lie above -{MARGIN}. Refuted: one of these lies below it. "
        "Without such a gap, and otherwise, inconclusive."
    ),
    parts=tuple(
        dict.fromkeys([_SMALL, _SHORT, *_LONGER.values(), *(each for pair in _BESIDE.values() for each in pair)])
    ),
    judge=judge,
)
