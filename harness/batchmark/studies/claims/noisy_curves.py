"""Claim 5: small batches train noisily."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.rules import above, level_for
from batchmark.course import Course, constant
from batchmark.studies.claims.blobs_arms import BY_BUDGET, RATE, SEEDS, papers
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Line, Picture, together
from batchmark.studies.claims.either_way import median_either_way, ratio_either_way
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.claims.trained import diverged, fresh_quality, trainings_of, tuning_notes
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import Followed
from batchmark.workloads.blobs import BLOBS

SMALL = (2, 4, 8)
AGAINST = 256
BETWEEN = (16, 32, 64, 128)
"""Shown beside, at P's rate."""
LAST = 20
"""Looks: at equal epochs P's last 20 epochs."""
_UPDATES_PER_LOOK = 16
"""As many as the reference has in an epoch, so that equal updates have as many looks as equal epochs, about."""
_PAPERS = {2: 0.048, 4: 0.031, 8: 0.011, AGAINST: 0.0015}
"""P's own curves, one run each."""


def _looked_at_by_updates(size: int) -> Arm:
    """Return the fixed rate at equal updates, looked at as often, in updates, whatever the batch size."""
    arm = BY_BUDGET.arm(size, Budget.UPDATES, RATE)
    epochs, examples = arm.course.epochs, size * _UPDATES_PER_LOOK
    course: Course = constant(size, epochs=epochs, learning_rate=RATE)
    if examples < BLOBS.examples:
        return replace(arm, course=replace(course, examples_per_look=examples))
    per_epoch = -(-BLOBS.examples // size)
    return replace(arm, course=replace(course, epochs_per_look=_UPDATES_PER_LOOK // per_epoch))


def _by_size() -> dict[str, dict[int, Arm | Tuned]]:
    sizes = (*SMALL, AGAINST)
    tuned = {size: BY_BUDGET.part(size, Budget.EPOCHS, Rate.TUNED) for size in sizes}
    at_updates = {size: _looked_at_by_updates(size) for size in sizes}
    scaled = {
        size: replace(arm, course=_at(arm.course, BY_BUDGET.rate_at(size, Rate.SQUARE_ROOT)))
        for size, arm in at_updates.items()
    }
    return {
        f"{Budget.EPOCHS}, {Rate.FIXED}": {size: papers(size) for size in sizes},
        f"{Budget.EPOCHS}, {Rate.TUNED}": tuned,
        f"{Budget.UPDATES}, {Rate.FIXED}": dict(at_updates),
        f"{Budget.UPDATES}, {Rate.TUNED}": {size: BY_BUDGET.tuned(arm) for size, arm in scaled.items()},
    }


def _at(course: Course, rate: float) -> Course:
    return replace(course, phases=tuple(replace(phase, learning_rate=rate) for phase in course.phases))


_PARTS = _by_size()
_BESIDE = {size: papers(size) for size in BETWEEN}


def spread_at_the_end(followed: Followed) -> NDArray[np.float64]:
    """Return the standard deviation of the last looks' validation quality by seed; NaN where it diverged."""
    last = np.array([curve[-LAST:] for curve in followed.validation_quality], float)
    # The computed deviation of equal values isn't 0 to the last digit, and would make a ratio of nothing.
    spread = np.where(np.ptp(last, axis=1) == 0, 0.0, last.std(axis=1, ddof=1))
    return np.where(np.isfinite(spread) & np.isfinite(fresh_quality(followed)), spread, np.nan)


def judge(results: Results) -> Finding:
    """Judge the spread of each small size over that of 256, seed by seed."""
    followed = {
        where: {size: trainings_of(results, part) for size, part in by_size.items()}
        for where, by_size in _PARTS.items()
    }
    level = level_for(len(_PARTS) * len(SMALL))
    conditions = [_against(where, size, by_size, level) for where, by_size in followed.items() for size in SMALL]
    as_papers = next(iter(followed.values()))
    beside, missing = _beside(results)
    every = {id(one): one for by_size in followed.values() for one in by_size.values()}
    answers = [condition.answer for condition in conditions if condition.answer]
    return Finding(
        together(answers),
        _sentence(conditions),
        (*conditions, *(_spread(size, each) for size, each in sorted({**as_papers, **beside}.items()))),
        seeds=min(len(one.seeds) for one in every.values()),
        diverged=diverged(every.values()),
        notes=(
            "P's own curves, one run each, spread by "
            + in_a_row([f"{spread:g} at {size}" for size, spread in _PAPERS.items()])
            + ": "
            + in_a_row([f"{_PAPERS[size] / _PAPERS[AGAINST]:.0f}" for size in SMALL])
            + f" times that of {AGAINST}.",
            "The rate is part of it: a small batch at a rate tuned for it is judged beside one at P's.",
            "A training that diverged has no spread: it widens the interval both ways, and can settle nothing.",
            *missing,
            *_tuning(results),
        ),
        pictures=(_picture(as_papers),),
    )


def _against(where: str, size: int, by_size: Mapping[int, Followed], level: float) -> Condition:
    ours, theirs = (spread_at_the_end(by_size[each]) for each in (size, AGAINST))
    found = ratio_either_way(ours, theirs, level=level)
    what = f"spread of the last {LAST} looks' accuracy at {size} over at {AGAINST}, {where}"
    return Condition(what, found, "×", Answer(above(found, 1.0).value))


def _spread(size: int, followed: Followed) -> Condition:
    spread = median_either_way(spread_at_the_end(followed))
    return Condition(f"spread of P's last {LAST} epochs' accuracy at {size}", spread)


def _sentence(conditions: list[Condition]) -> str:
    rows: dict[str, list[str]] = {}
    for condition in conditions:
        where = ", ".join(condition.what.split(", ")[1:])
        rows.setdefault(where, []).append(told(condition.estimate, ".3g", " ×"))
    sizes = in_a_row(SMALL)
    first, *others = [f"{in_a_row(values)} ({where})" for where, values in rows.items()]
    return (
        f"The last {LAST} looks' validation accuracy at {sizes} spreads, against {AGAINST}, {first}; "
        + "; ".join(others)
        + "."
    )


def _beside(results: Results) -> tuple[dict[int, Followed], tuple[str, ...]]:
    found, missing = {}, []
    for size, part in _BESIDE.items():
        try:
            found[size] = trainings_of(results, part)
        except MissingPartError as error:
            missing.append(f"Not shown at {size}: {error}.")
    return found, tuple(missing)


def _picture(as_papers: Mapping[int, Followed]) -> Picture:
    """Return one training's curve a size, of the seed whose spread at the smallest size is the middle one."""
    spreads = spread_at_the_end(as_papers[SMALL[0]])
    ranked = [index for index in np.argsort(spreads) if np.isfinite(spreads[index])]
    seed = int(ranked[len(ranked) // 2]) if ranked else 0
    lines = tuple(
        Line(str(size), tuple(float(epoch + 1) for epoch in range(len(curve))), tuple(curve))
        for size, curve in ((size, one.validation_quality[seed]) for size, one in sorted(as_papers.items()))
        if np.all(np.isfinite(curve))
    )
    return Picture(f"One training a batch size, seed {seed}, as P drew them", "epoch", "validation accuracy", lines)


def _tuning(results: Results) -> tuple[str, ...]:
    tuned = {where: [part for part in by_size.values() if isinstance(part, Tuned)] for where, by_size in _PARTS.items()}
    return tuning_notes(
        results, {where.removesuffix(f", {Rate.TUNED}"): parts for where, parts in tuned.items() if parts}
    )


CLAIM = Claim(
    number=5,
    who="P",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332",
    sentence="Small batches (2, 4, 8) train noisily.",
    workload=BLOBS.name,
    rule=(
        f"Per seed, the standard deviation of the last {LAST} looks' validation accuracy at 2, 4 and 8 over that at "
        f"{AGAINST}, the median over {SEEDS} seeds: at equal epochs, a look each, and at equal updates, a look each "
        f"{_UPDATES_PER_LOOK}; at the fixed and at the tuned rate. The twelve intervals hold together at 95 %. "
        "A training that diverged has no spread, and widens them both ways. Confirmed: all lie above 1. Refuted: one "
        "lies below 1. Otherwise inconclusive."
    ),
    parts=tuple(dict.fromkeys([*(p for by_size in _PARTS.values() for p in by_size.values()), *_BESIDE.values()])),
    judge=judge,
    kind_of_network="dense",
)
