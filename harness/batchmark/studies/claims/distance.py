"""Claim 17: larger batches move the weights further for the same examples."""

from collections.abc import Mapping, Sequence

import numpy as np

from batchmark.analysis.rules import above, level_for
from batchmark.course import DISTANCE
from batchmark.studies.claims import blobs_arms
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.either_way import as_factor, median_either_way, median_line, slopes
from batchmark.studies.claims.observed import observed
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.claims.trained import diverged
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import Followed
from batchmark.workloads.blobs import BLOBS

SIZES = (8, 32, 128, blobs_arms.FULL_BATCH)
_BY_BUDGET = blobs_arms.BY_BUDGET
_Key = tuple[Budget, Rate]


def _arm(size: int, budget: Budget, rate: Rate) -> Arm:
    return _BY_BUDGET.arm(size, budget, _BY_BUDGET.rate_at(size, rate))


def _by_size(budget: Budget, rate: Rate) -> dict[int, Arm]:
    return {size: _arm(size, budget, rate) for size in SIZES}


_JUDGED: dict[_Key, dict[int, Arm]] = {
    (Budget.EPOCHS, rate): _by_size(Budget.EPOCHS, rate) for rate in (Rate.FIXED, Rate.LINEAR)
}
_BESIDE: dict[_Key, dict[int, Arm]] = {
    (Budget.UPDATES, rate): _by_size(Budget.UPDATES, rate) for rate in (Rate.FIXED, Rate.LINEAR)
}


def judge(results: Results) -> Finding:
    """Judge by what factor the distance grows per doubling of the batch size, at equal examples."""
    level = level_for(len(_JUDGED))
    followed = {key: _trainings(results, by_size) for key, by_size in _JUDGED.items()}
    judged = [_growth(key, by_size, level, is_judged=True) for key, by_size in followed.items()]
    beside, missing = _beside(results)
    others = [_growth(key, by_size, level, is_judged=False) for key, by_size in beside.items()]
    every = {id(one): one for by_size in followed.values() for one in by_size.values()}.values()
    return Finding(
        together([each.answer for each in judged if each.answer]),
        _sentence(judged, others),
        (*judged, *others),
        seeds=min(len(one.seeds) for one in every),
        diverged=diverged(every),
        notes=(*_about(), *missing),
        pictures=(_final(followed | beside), _along(followed[Budget.EPOCHS, Rate.FIXED])),
    )


def _trainings(results: Results, by_size: Mapping[int, Arm]) -> dict[int, Followed]:
    return {size: results.of(arm) for size, arm in by_size.items()}


def _beside(results: Results) -> tuple[dict[_Key, dict[int, Followed]], tuple[str, ...]]:
    found, missing = {}, []
    for key, by_size in _BESIDE.items():
        try:
            found[key] = _trainings(results, by_size)
        except MissingPartError as error:
            missing.append(f"Not shown, {', '.join(key)}: {error}.")
    return found, tuple(missing)


def _growth(key: _Key, by_size: Mapping[int, Followed], level: float, *, is_judged: bool) -> Condition:
    with np.errstate(divide="ignore"):
        logs = [np.log(observed(one, DISTANCE)) for one in by_size.values()]
    found = as_factor(median_either_way(slopes(np.log2(tuple(by_size)).tolist(), logs), level=level))
    answer = Answer(above(found, 1.0).value) if is_judged else None
    return Condition(f"distance per doubling, {', '.join(key)}", found, "×", answer)


_WAYS = {
    Answer.CONFIRMED: "larger batches move the weights further",
    Answer.REFUTED: "larger batches move the weights less far",
    Answer.INCONCLUSIVE: "which batches move the weights further is not told",
}


def _sentence(judged: Sequence[Condition], others: Sequence[Condition]) -> str:
    ways = in_a_row(
        [
            f"at the {each.what.rpartition(', ')[2]} {_WAYS[each.answer or Answer.INCONCLUSIVE]}, "
            f"{told(each.estimate, '.3f', ' ×')} per doubling"
            for each in judged
        ]
    )
    sentence = f"For the same examples: {ways}"
    if others:
        beside = in_a_row([f"{told(each.estimate, '.3f', ' ×')} ({each.what.rpartition(', ')[2]})" for each in others])
        sentence += f"; for as many updates it is {beside} per doubling"
    return sentence + "."


def _about() -> tuple[str, ...]:
    return (
        (
            "Keskar et al. 2017 (openreview H1oyRlYgg) say the other way round: small batches move further from where "
            "they began."
        ),
        (
            "The distance is that between the ends, not the length of the way; a larger batch makes fewer updates for "
            "the same examples, in proportion."
        ),
        "A training that diverged has no distance: it widens the interval both ways.",
    )


def _final(followed: Mapping[_Key, Mapping[int, Followed]]) -> Picture:
    lines = tuple(
        median_line(
            ", ".join(key), tuple(by_size), [observed(one, DISTANCE) for one in by_size.values()], is_logarithmic=True
        )
        for key, by_size in followed.items()
    )
    return Picture(
        "Distance from the initial weights, in the end",
        "batch size",
        "Euclidean distance",
        lines,
        x_is_logarithmic=True,
        y_is_logarithmic=True,
    )


def _along(by_size: Mapping[int, Followed]) -> Picture:
    lines = tuple(
        median_line(
            str(size),
            one.examples,
            [observed(one, DISTANCE, look=look) for look in range(len(one.examples))],
            is_logarithmic=True,
        )
        for size, one in by_size.items()
    )
    return Picture(
        f"Distance from the initial weights, {Rate.FIXED}",
        "examples trained on",
        "Euclidean distance",
        lines,
        x_is_logarithmic=True,
        y_is_logarithmic=True,
    )


CLAIM = Claim(
    number=17,
    who="A",
    source="two popular articles on batch size, not named here",
    sentence="Larger batches move the weights further from where they began, for the same examples.",
    workload=BLOBS.name,
    rule=(
        f"Over {blobs_arms.SEEDS} seeds, the slope of the logarithm of the distance ‖w_T - w₀‖ over log2 of the batch "
        f"sizes {in_a_row(SIZES)}, its median as a factor per doubling: at equal epochs ({BLOBS.epochs}), which are "
        "the same examples, at the fixed rate and at one in proportion to the batch size. The two intervals hold "
        "together at 95 %. Confirmed: both lie above 1. Refuted: one lies below 1. Otherwise inconclusive. What equal "
        f"updates ({_BY_BUDGET.updates:,}) make of it is set beside, not judged: they are not the same examples."
    ),
    parts=tuple(dict.fromkeys(arm for by_size in (*_JUDGED.values(), *_BESIDE.values()) for arm in by_size.values())),
    judge=judge,
)
