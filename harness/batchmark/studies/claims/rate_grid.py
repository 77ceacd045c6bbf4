"""Claim 11: a learning rate of .01 is best at 32 and .08 at all other sizes; and: .01 is scaled linearly from 32."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from batchmark.analysis.paired import difference, per_doubling
from batchmark.analysis.rules import below, level_for, within
from batchmark.records import Estimate
from batchmark.studies.claims.blobs_arms import FULL_BATCH, REFERENCE, SEEDS
from batchmark.studies.claims.blobs_grid import RATES, arm
from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.losses import MATTERS, diverged, fresh_loss, median_line
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import Followed
from batchmark.workloads.blobs import BLOBS

SIZES = (8, REFERENCE, 128, FULL_BATCH)
OTHERS = tuple(size for size in SIZES if size != REFERENCE)
AT_REFERENCE, AT_OTHERS = 0.01, 0.08
LINEAR = (0.75, 1.25)
"""Doublings of the best rate per doubling of the size that are called linear."""
_FAMILY = len(SIZES) * (len(RATES) - 1) + 1
_RATES_BESIDE = (AT_REFERENCE, AT_OTHERS)
"""At equal updates, where full batch takes 3,200 epochs a rate."""
_PARTS = {size: {rate: arm(size, rate) for rate in RATES} for size in SIZES}
_BESIDE = {size: {rate: arm(size, rate, Budget.UPDATES) for rate in _RATES_BESIDE} for size in OTHERS}
_MOST_AT_EDGE = 0.1
"""Where more seeds have their best rate at the edge of what was tried, how it follows the size is not known."""
_Trainings = Mapping[int, Mapping[float, Followed]]


def judge(results: Results) -> Finding:
    """Judge each claimed rate against all others of its size, and how the best rate follows the size."""
    followed = {size: {rate: results.of(part) for rate, part in by_rate.items()} for size, by_rate in _PARTS.items()}
    at_reference = _is_best(REFERENCE, AT_REFERENCE, followed)
    at_others = [_is_best(size, AT_OTHERS, followed) for size in OTHERS]
    follows = _follows(followed, str(Budget.EPOCHS))
    linear = [_is_best(size, _nearest(size), followed, is_judged=False) for size in OTHERS]
    at_updates, missing = _beside(results, followed)
    one_rate, linear_rule = _judged_together(at_reference, *at_others), _judged_together(at_reference, follows)
    every = [each for by_rate in followed.values() for each in by_rate.values()]
    return Finding(
        either(one_rate, linear_rule),
        _sentence((one_rate, linear_rule), (at_reference, *at_others), follows, followed),
        (at_reference, *at_others, follows, *linear, *at_updates),
        seeds=min(len(each.seeds) for each in every),
        diverged=diverged(every),
        notes=(
            f"Lowest median loss, {Budget.EPOCHS}: {_lowest_told(followed)}.",
            f"The linear rule's rates, each the nearest of the grid, stand beside: {_linear_told()}.",
            *missing,
        ),
        pictures=(_picture(followed),),
    )


def _judged_together(*conditions: Condition) -> Answer:
    return together([each.answer or Answer.INCONCLUSIVE for each in conditions])


def either(one: Answer, other: Answer) -> Answer:
    """Return what a claim comes to that makes two statements which can't both hold: one that holds is all it can have.

    Both are refuted: so is the claim.
    """
    if Answer.CONFIRMED in (one, other):
        return Answer.CONFIRMED
    return Answer.REFUTED if one is other is Answer.REFUTED else Answer.INCONCLUSIVE


def _is_best(size: int, rate: float, followed: _Trainings, *, is_judged: bool = True) -> Condition:
    """Hold a rate against each other one: of those that say most against it, the one that says it most strongly."""
    losses = {each: fresh_loss(one) for each, one in followed[size].items()}
    level = level_for(_FAMILY)
    rivals = {each: difference(losses[rate], losses[each], level=level) for each in losses if each != rate}
    # Where both diverged at every seed, neither is the better one.
    rivals = {each: found for each, found in rivals.items() if found.n}
    if not rivals:
        nothing = Estimate(math.inf, None, None, level, 0)
        return Condition(f"loss of {rate:g} minus another's at {size}", nothing, answer=Answer.INCONCLUSIVE)
    answers = {each: Answer(below(found, MATTERS).value) for each, found in rivals.items()}
    answer = together(list(answers.values()))
    telling = [each for each in rivals if answers[each] is answer]
    closest = max(telling, key=lambda each: (rivals[each].value, each))
    what = f"loss of {rate:g} minus that of {closest:g} at {size}"
    return Condition(what, rivals[closest], "nats", answer if is_judged else None)


def _follows(followed: _Trainings, where: str, *, is_judged: bool = True) -> Condition:
    """Return the doublings of the best rate per doubling of the size: the slope over sizes, seed by seed."""
    best = [_best_by_seed(by_rate) for by_rate in followed.values()]
    found = per_doubling(tuple(followed), best, level=level_for(_FAMILY))
    what = f"doublings of the best rate per doubling of the size, {where}"
    if not is_judged:
        return Condition(what, found)
    is_known = max(_share_at_edge(by_rate) for by_rate in followed.values()) <= _MOST_AT_EDGE
    answer = Answer(within(found, *LINEAR).value) if is_known else Answer.INCONCLUSIVE
    return Condition(what, found, answer=answer)


def _share_at_edge(by_rate: Mapping[float, Followed]) -> float:
    best = _best_by_seed(by_rate)
    return float(np.mean(np.isin(best, np.log2([min(by_rate), max(by_rate)]))))


def _best_by_seed(by_rate: Mapping[float, Followed]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return log2 of each seed's best rate; NaN where it diverged at every rate."""
    losses = np.array([fresh_loss(one) for one in by_rate.values()])
    best = np.log2(np.array(list(by_rate)))[losses.argmin(axis=0)]
    return np.where(np.isinf(losses).all(axis=0), np.nan, best)


def _lowest(by_rate: Mapping[float, Followed]) -> float | None:
    """Return the rate with the lowest median loss; None where most trainings diverged at every rate."""
    medians = {rate: float(np.median(fresh_loss(one))) for rate, one in by_rate.items()}
    lowest = min(medians, key=lambda rate: medians[rate])
    return lowest if math.isfinite(medians[lowest]) else None


def _lowest_told(followed: _Trainings) -> str:
    lowest = {size: _lowest(by_rate) for size, by_rate in followed.items()}
    edges = [size for size, rate in lowest.items() if rate in (RATES[0], RATES[-1])]
    edge = f"; the edge of what was tried at {in_a_row(edges)}" if edges else ""
    rates = [f"{'no rate' if rate is None else format(rate, 'g')} at {size}" for size, rate in lowest.items()]
    return in_a_row(rates) + edge


def _nearest(size: int) -> float:
    """Return the rate of the grid that is nearest to the linear rule's."""
    linear = AT_REFERENCE * size / REFERENCE
    return min(RATES, key=lambda rate: abs(math.log(rate / linear)))


def _linear_told() -> str:
    return in_a_row([f"{_nearest(size):g} at {size}" for size in OTHERS])


def _sentence(
    statements: tuple[Answer, Answer], best: Sequence[Condition], follows: Condition, followed: _Trainings
) -> str:
    one_rate, linear = statements
    rates = ((AT_REFERENCE, REFERENCE), *((AT_OTHERS, size) for size in OTHERS))
    first = [_told_best(each, rate, size) for each, (rate, size) in zip(best, rates, strict=True)]
    holds = {
        Answer.CONFIRMED: "one does",
        Answer.REFUTED: "neither does",
        Answer.INCONCLUSIVE: "it is not settled whether one does",
    }[either(one_rate, linear)]
    doublings = (
        f": the best rate changes by {told(follows.estimate, '.2f')} doublings per doubling"
        if follows.estimate.n
        else ""
    )
    return (
        f"Of two statements that can't both hold, {holds}. "
        f"{AT_REFERENCE:g} at {REFERENCE} and {AT_OTHERS:g} at all others is {one_rate}: {'; '.join(first)}. A rate in "
        f"proportion to the size is {linear}{doublings}; the lowest losses are at {_lowest_told(followed)}."
    )


def _told_best(condition: Condition, rate: float, size: int) -> str:
    verb = {
        Answer.CONFIRMED: "none is better than",
        Answer.REFUTED: "another is better than",
        Answer.INCONCLUSIVE: "it is not settled whether another is better than",
    }[condition.answer or Answer.INCONCLUSIVE]
    found = told(condition.estimate, "+.4f") if condition.estimate.n else "at all rates all trainings diverged"
    return f"at {size} {verb} {rate:g} ({condition.what}: {found})"


def _beside(results: Results, at_epochs: _Trainings) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    """Return how the best rate follows the size where all sizes have the same updates, if that is there."""
    try:
        others = {size: {rate: results.of(part) for rate, part in by.items()} for size, by in _BESIDE.items()}
    except MissingPartError as error:
        return (), (f"Not shown at {Budget.UPDATES}: {error}.",)
    # At the reference both budgets are the same trainings.
    followed = {size: others.get(size, at_epochs[size]) for size in SIZES}
    follows = _follows(followed, str(Budget.UPDATES), is_judged=False)
    return (follows,), (f"Lowest median loss, {Budget.UPDATES}: {_lowest_told(followed)}.",)


def _picture(followed: _Trainings) -> Picture:
    lines = tuple(
        median_line(str(size), tuple(by_rate), [fresh_loss(one) for one in by_rate.values()])
        for size, by_rate in followed.items()
    )
    title = f"Loss by learning rate and batch size, {Budget.EPOCHS}"
    return Picture(title, "learning rate", "nats, on fresh examples", lines, x_is_logarithmic=True)


CLAIM = Claim(
    number=11,
    who="A",
    source="two popular articles on batch size, not named here",
    sentence=(
        "A learning rate of 0.01 is best at batch size 32, and 0.08 at all others. And: from 0.01 at 32 the rate is "
        "scaled in proportion to the batch size."
    ),
    workload=BLOBS.name,
    rule=(
        f"The sizes {in_a_row(SIZES)} at {len(RATES)} rates from {RATES[0]:g} to {RATES[-1]:g}, {Budget.EPOCHS}, "
        f"{SEEDS} paired seeds. A rate is best if its loss on fresh examples exceeds that of no other rate by "
        f"{MATTERS} nats, in the median over seeds. The two statements can't both hold, and each is judged. One: "
        f"{AT_REFERENCE:g} is best at {REFERENCE}, and {AT_OTHERS:g} at the others; it is refuted if another rate is "
        f"better by more than {MATTERS}. The other: {AT_REFERENCE:g} is best at {REFERENCE}, and each seed's best rate "
        f"doubles {LINEAR[0]} to {LINEAR[1]} times per doubling of the size; it is refuted if another rate is better "
        "at the former by so much, or the doublings lie outside, which is not known where over "
        f"{_MOST_AT_EDGE:.0%} of seeds have theirs at the edge of the grid. All intervals hold together at 95 %. "
        "Confirmed: one of the two is. Refuted: both are. Otherwise inconclusive."
    ),
    parts=tuple(part for grids in (_PARTS, _BESIDE) for by_rate in grids.values() for part in by_rate.values()),
    judge=judge,
    kind_of_network="",
)
