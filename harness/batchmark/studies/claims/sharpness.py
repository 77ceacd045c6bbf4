"""Claim 15: large batches end in sharper minima, and generalise worse."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from batchmark.analysis.paired import difference, worst_if_diverged
from batchmark.analysis.rules import above, below, level_for
from batchmark.course import TRAINING_LOSS
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.digits_arms import (
    BOXES,
    BY_BUDGET,
    LARGE,
    MARGIN,
    SEEDS,
    SMALL,
    part,
    sharpness_of,
)
from batchmark.studies.claims.either_way import median_either_way, median_line, ratio_either_way
from batchmark.studies.claims.observed import observed
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.claims.trained import diverged, fresh_quality, trainings_of, tuning_notes
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import Results
from batchmark.trainings import Followed
from batchmark.workloads.digits_mlp import DIGITS_MLP

_Key = tuple[Budget, Rate]
_PARTS: dict[_Key, dict[int, Arm | Tuned]] = {
    (budget, rate): {size: part(size, budget, rate) for size in (SMALL, LARGE)}
    for budget, rate in product(Budget, (Rate.FIXED, Rate.TUNED))
}
_WORSE_AT = Budget.UPDATES
"""The budget at which accuracy is judged: in equal epochs at a fixed rate a large batch may only be undertrained."""
_FAMILY = len(_PARTS) * len(BOXES) + sum(budget is _WORSE_AT for budget, _ in _PARTS)


def judge(results: Results) -> Finding:
    """Judge the ratio of sharpness, box by box, at each budget and rate, and accuracy at equal updates."""
    level = level_for(_FAMILY)
    followed = {
        key: {size: trainings_of(results, each) for size, each in by_size.items()} for key, by_size in _PARTS.items()
    }
    sharper = [_sharper(key, by_size, box, level) for key, by_size in followed.items() for box in BOXES]
    worse = {key: _worse(key, by_size, level) for key, by_size in followed.items()}
    losses = [_losses(key, by_size, level) for key, by_size in followed.items()]
    generalised = {key: _generalised(key, by_size, level) for key, by_size in followed.items()}
    every = {id(one): one for by_size in followed.values() for one in by_size.values()}.values()
    return Finding(
        together([each.answer for each in (*sharper, *worse.values()) if each.answer]),
        _sentence(sharper, worse, generalised),
        (*sharper, *worse.values(), *generalised.values(), *losses),
        seeds=min(len(one.seeds) for one in every),
        diverged=diverged(every),
        notes=(*_about(), *_tuning(results)),
        pictures=tuple(_picture(followed, box) for box in BOXES),
    )


def _sharper(key: _Key, by_size: Mapping[int, Followed], box: float, level: float) -> Condition:
    ours, theirs = (observed(by_size[size], sharpness_of(box)) for size in (LARGE, SMALL))
    found = ratio_either_way(ours, theirs, level=level)
    answer = Answer(above(found, 1.0).value)
    return Condition(f"sharpness at {LARGE} over at {SMALL}, box {box:g}, {_told(key)}", found, "×", answer)


def _worse(key: _Key, by_size: Mapping[int, Followed], level: float) -> Condition:
    ours, theirs = (worst_if_diverged(fresh_quality(by_size[size]), higher_is_better=True) for size in (LARGE, SMALL))
    found = difference(ours, theirs, level=level)
    # On whichever side of 0: a gap that is known to be so small is none.
    is_none = found.lies_within(-MARGIN, MARGIN)
    answer = Answer.REFUTED if is_none else Answer(below(found, 0.0).value)
    is_judged = key[0] is _WORSE_AT
    what = f"test accuracy at {LARGE} minus at {SMALL}, {_told(key)}"
    return Condition(what, found, answer=answer if is_judged else None)


def _generalised(key: _Key, by_size: Mapping[int, Followed], level: float) -> Condition:
    """Return how much more of its loss on training examples the large batch loses on test examples."""
    ours, theirs = (
        np.array(by_size[size].fresh_loss, float) - observed(by_size[size], TRAINING_LOSS) for size in (LARGE, SMALL)
    )
    found = median_either_way(ours - theirs, level=level)
    return Condition(f"test loss minus training loss at {LARGE} minus at {SMALL}, {_told(key)}", found, "nats")


def _losses(key: _Key, by_size: Mapping[int, Followed], level: float) -> Condition:
    ours, theirs = (observed(by_size[size], TRAINING_LOSS) for size in (LARGE, SMALL))
    found = ratio_either_way(ours, theirs, level=level)
    return Condition(f"training loss in the end at {LARGE} over at {SMALL}, {_told(key)}", found, "×")


def _told(key: _Key) -> str:
    return ", ".join(key)


def _sentence(
    sharper: Sequence[Condition], worse: Mapping[_Key, Condition], generalised: Mapping[_Key, Condition]
) -> str:
    judged = [each for (budget, _), each in worse.items() if budget is _WORSE_AT]
    others = [each for (budget, _), each in worse.items() if budget is not _WORSE_AT]
    return (
        f"Against {SMALL}, {LARGE} ends sharper in {_confirmed(sharper)} and flatter in {_refuted(sharper)} of "
        f"{len(sharper)} combinations of box, budget and learning rate, {_ends(sharper, '.3g', ' ×')}; at {_WORSE_AT} "
        f"it is worse on test digits at {_confirmed(judged)} of {len(judged)} rates, and not worse, or not by as much "
        f"as {MARGIN}, at {_refuted(judged)}, {_ends(judged, '+.4f')}. At {Budget.EPOCHS}, where it may only be "
        f"undertrained and accuracy isn't judged, the difference lies {_ends(others, '+.4f')}. Its test loss minus "
        f"training loss, less that at {SMALL}, lies {_ends(list(generalised.values()), '+.4f')} nats."
    )


def _confirmed(conditions: Sequence[Condition]) -> int:
    return sum(each.answer is Answer.CONFIRMED for each in conditions)


def _refuted(conditions: Sequence[Condition]) -> int:
    return sum(each.answer is Answer.REFUTED for each in conditions)


def _ends(conditions: Sequence[Condition], form: str, unit: str = "") -> str:
    ordered = sorted(conditions, key=lambda each: each.estimate.value)
    ends = [f"{told(each.estimate, form, unit)} ({each.what.partition(', ')[2]})" for each in (ordered[0], ordered[-1])]
    return f"from {ends[0]} to {ends[1]}"


def _about() -> tuple[str, ...]:
    steps = DIGITS_MLP.epochs * -(-DIGITS_MLP.examples // LARGE)
    return (
        (
            f"At equal epochs {LARGE} makes {steps} updates, {SMALL} {BY_BUDGET.updates}: what ends so early need not "
            "be at a minimum, and then sharpness says how steep the loss is, not how curved. The ratio of training "
            "losses says where that is so. At equal updates they have had the same number of steps."
        ),
        (
            "Keskar et al. trained by Adam too, until the training loss was near 0, and called a tenth of the "
            f"training set large; {LARGE} is half of this one."
        ),
        (
            "Sharpness is what a search in the box finds: a lower bound of the maximum. A network whose layers are "
            "scaled up and down computes the same and has another sharpness (Dinh et al. 2017, arXiv 1703.04933)."
        ),
        "A training that diverged has no sharpness: it widens the interval both ways, and is the worst of accuracies.",
        "Rates are tuned on other seeds, and on the same test digits as those that accuracy is judged on.",
    )


def _picture(followed: Mapping[_Key, Mapping[int, Followed]], box: float) -> Picture:
    lines = tuple(
        median_line(
            _told(key),
            (SMALL, LARGE),
            [observed(by_size[size], sharpness_of(box)) for size in (SMALL, LARGE)],
            is_logarithmic=True,
        )
        for key, by_size in followed.items()
    )
    return Picture(
        f"Sharpness in the end, box {box:g}",
        "batch size",
        "rise of the loss in the box, % of 1 + loss",
        lines,
        x_is_logarithmic=True,
        y_is_logarithmic=True,
    )


def _tuning(results: Results) -> tuple[str, ...]:
    tuned = {
        str(budget): [each for each in by_size.values() if isinstance(each, Tuned)]
        for (budget, rate), by_size in _PARTS.items()
        if rate is Rate.TUNED
    }
    return tuning_notes(results, tuned)


CLAIM = Claim(
    number=15,
    who="A, citing Keskar et al. 2017",
    source="Keskar et al. 2017, openreview H1oyRlYgg (arXiv 1609.04836), metric 2.1",
    sentence="Large batches end in sharper minima and generalise worse.",
    workload=DIGITS_MLP.name,
    rule=(
        f"Over {SEEDS} paired seeds of batch sizes {SMALL} and {LARGE}, at equal epochs ({DIGITS_MLP.epochs}) and at "
        f"equal updates ({BY_BUDGET.updates}), at the fixed and at the tuned rate: the median ratio of the sharpness "
        f"in the end, {LARGE} over {SMALL}, in the boxes {in_a_row([f'{box:g}' for box in BOXES])}, and the median "
        f"difference in test accuracy at {_WORSE_AT}. The {_FAMILY} intervals hold together at 95 %. Confirmed: all "
        "ratios lie above 1, and all differences below 0. Refuted: a ratio lies below 1, or a difference above 0, or "
        f"within ±{MARGIN} on whichever side of it. Otherwise inconclusive. Accuracy at {Budget.EPOCHS}, where the "
        "large batch may only be undertrained, and test loss minus training loss stand beside, not judged."
    ),
    parts=tuple(dict.fromkeys(each for by_size in _PARTS.values() for each in by_size.values())),
    judge=judge,
)
