"""Claim 8: with a CNN on digits accuracy rises with batch size, and the kind of number does not matter."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from batchmark.analysis.intervals import median_interval
from batchmark.analysis.paired import per_doubling
from batchmark.analysis.rules import level_for, within
from batchmark.studies.claims.by_budget import Budget, ByBudget, Rate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.slopes import rises
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.claims.trained import curve, diverged, fresh_quality, trainings_of, tuning_notes
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import Results
from batchmark.trainings import Followed
from batchmark.workloads.mnist_cnn import MNIST_CNN

POWERS = (16, 64, 256, 1024)
TENS = (50, 100, 200, 1000)
SIZES = tuple(sorted((*POWERS, *TENS)))
SEEDS = 8
"""The fewest that have an interval at the level that six conditions need together."""
_WORST = 0.0
"""An accuracy that a diverged training counts with where a curve is drawn through it."""
_BY_BUDGET = ByBudget(
    workload=MNIST_CNN.name,
    examples=MNIST_CNN.examples,
    rate=0.01,
    reference=MNIST_CNN.reference_batch_size,
    epochs=MNIST_CNN.epochs,
    # Within 1.5 % of a whole number of epochs at each of the powers, and two of them at the smallest.
    updates=150,
    seeds=SEEDS,
    factors=(1 / 2, 1.0, 2.0, 4.0),
    tuning_seeds=2,
    # It goes seed by seed, and an evaluation costs as much as an epoch.
    epochs_per_look=MNIST_CNN.epochs,
    looks=1,
)
_SIZES = {Budget.EPOCHS: SIZES, Budget.UPDATES: POWERS}
_PARTS: dict[tuple[Budget, Rate], dict[int, Arm | Tuned]] = {
    (budget, rate): {size: _BY_BUDGET.part(size, budget, rate) for size in _SIZES[budget]}
    for budget in Budget
    for rate in (Rate.FIXED, Rate.TUNED)
}
_FAMILY = len(_PARTS) + len((Rate.FIXED, Rate.TUNED))


def judge(results: Results) -> Finding:
    """Judge the slope at each budget and rate, and the kinds of number at equal epochs."""
    level = level_for(_FAMILY)
    followed = {
        key: {size: trainings_of(results, part) for size, part in by_size.items()} for key, by_size in _PARTS.items()
    }
    rises = {key: _slope(key, by_size, level) for key, by_size in followed.items()}
    kinds = {
        rate: _kinds(rate, by_size, level) for (budget, rate), by_size in followed.items() if budget is Budget.EPOCHS
    }
    conditions = (*rises.values(), *kinds.values())
    every = [one for by_size in followed.values() for one in by_size.values()]
    return Finding(
        together([condition.answer for condition in conditions if condition.answer]),
        _sentence(rises, list(kinds.values())),
        conditions,
        seeds=min(len(one.seeds) for one in every),
        diverged=diverged(every),
        notes=(
            f"Radiuk trained on 60,000 digits; here are {MNIST_CNN.examples:,}, so fewer updates at each size.",
            f"At equal updates ({_BY_BUDGET.updates}, as nearly as whole epochs allow) only the powers are trained.",
            *_tuning(results),
        ),
        pictures=tuple(
            Picture(f"Accuracy, {budget}", "batch size", "accuracy on test digits", drawn, x_is_logarithmic=True)
            for budget in Budget
            if (
                drawn := tuple(
                    curve(rate, tuple(by_size), [fresh_quality(one) for one in by_size.values()])
                    for (where, rate), by_size in followed.items()
                    if where is budget
                )
            )
        ),
    )


def _slope(key: tuple[Budget, Rate], by_size: dict[int, Followed], level: float) -> Condition:
    sizes = tuple(by_size)
    slope = per_doubling(sizes, [fresh_quality(one) for one in by_size.values()], level=level)
    # What is less comes to less than the margin over all that is tried.
    matters = MNIST_CNN.quality_margin / float(np.log2(max(sizes) / min(sizes)))
    return Condition(f"accuracy per doubling, {key[0]}, {key[1]}", slope, answer=rises(slope, matters))


def _kinds(rate: Rate, by_size: dict[int, Followed], level: float) -> Condition:
    found = median_interval(tens_off_the_powers(by_size), level=level)
    margin = MNIST_CNN.quality_margin
    answer = Answer(within(found, -margin, margin).value)
    return Condition(
        f"accuracy at {in_a_row(TENS)} minus that of powers of two at the same place, {Budget.EPOCHS}, {rate}",
        found,
        answer=answer,
    )


def tens_off_the_powers(by_size: dict[int, Followed]) -> NDArray[np.float64]:
    """Return by seed how far the multiples of ten lie, in the mean, above a curve through the powers of two.

    A diverged training counts with the accuracy 0; a seed that diverged at a power and at a ten is left out.

    Source: Fritsch and Carlson 1980, doi 10.1137/0717021 (a monotone curve: it doesn't overshoot where accuracy falls
    steeply).
    """
    accuracy = {size: fresh_quality(one) for size, one in by_size.items()}
    powers, tens = (np.array([accuracy[size] for size in sizes]) for sizes in (POWERS, TENS))
    lost_both = np.isnan(powers).any(axis=0) & np.isnan(tens).any(axis=0)
    through = PchipInterpolator(np.log2(POWERS), np.nan_to_num(powers, nan=_WORST), axis=0)
    off: NDArray[np.float64] = (np.nan_to_num(tens, nan=_WORST) - through(np.log2(TENS))).mean(axis=0)
    return np.where(lost_both, np.nan, off)


def _sentence(rises: dict[tuple[Budget, Rate], Condition], kinds: list[Condition]) -> str:
    holds = [each for each in rises.values() if each.answer is Answer.CONFIRMED]
    slopes = in_a_row([f"{told(each.estimate, '+.4f')} ({_where(each)})" for each in rises.values()])
    own = rises[Budget.EPOCHS, Rate.FIXED]
    differences = in_a_row([f"{told(each.estimate, '+.4f')} ({_where(each).rpartition(', ')[2]})" for each in kinds])
    answers = {each.answer for each in kinds}
    kind = "is not shown to matter or not to"
    if answers == {Answer.CONFIRMED}:
        kind = f"makes no difference beyond ±{MNIST_CNN.quality_margin}"
    elif Answer.REFUTED in answers:
        kind = "matters"
    return (
        f"Accuracy rises with the batch size in {len(holds)} of {len(rises)} combinations of budget and learning rate, "
        f"per doubling by {slopes}; at P's own setting, {_where(own)}, that it rises is {own.answer}. "
        f"The kind of number {kind}: multiples of ten lie off the curve of the powers of two "
        f"by {differences}."
    )


def _where(condition: Condition) -> str:
    return ", ".join(condition.what.split(", ")[-2:])


def _tuning(results: Results) -> tuple[str, ...]:
    tuned = {
        str(budget): [part for part in by_size.values() if isinstance(part, Tuned)]
        for (budget, rate), by_size in _PARTS.items()
        if rate is Rate.TUNED
    }
    return tuning_notes(results, tuned)


CLAIM = Claim(
    number=8,
    who="P, citing Radiuk 2017",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332; Radiuk 2017, doi 10.1515/itms-2017-0003",
    sentence=(
        "On MNIST with a CNN, accuracy rises with the batch size; the kind of number, a power of two or a multiple of "
        "ten, does not matter."
    ),
    workload=MNIST_CNN.name,
    rule=(
        f"Over {SEEDS} seeds and the sizes {in_a_row(SIZES)}: the median slope of accuracy over log2 of the size, at "
        f"equal epochs ({MNIST_CNN.epochs}) and, of the powers of two, at equal updates ({_BY_BUDGET.updates}), at the "
        "fixed and at the tuned rate; and at equal epochs, at either rate, how far the multiples of ten lie off a "
        "curve through the powers of two. The six intervals hold together at 95 %. Confirmed: all four slopes lie "
        f"above 0, and both differences within ±{MNIST_CNN.quality_margin}. Refuted: a slope lies below 0, or, on "
        f"whichever side, within what comes to {MNIST_CNN.quality_margin} over all sizes, or a difference lies "
        "outside. Otherwise inconclusive."
    ),
    parts=tuple(dict.fromkeys(part for by_size in _PARTS.values() for part in by_size.values())),
    judge=judge,
    kind_of_network="convolutional",
)
