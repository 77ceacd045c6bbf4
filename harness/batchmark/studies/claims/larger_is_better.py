"""Claim 3: a larger batch gives a higher accuracy."""

from batchmark.analysis.paired import per_doubling
from batchmark.analysis.rules import level_for
from batchmark.studies.claims import blobs_arms
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Line, Picture, together
from batchmark.studies.claims.slopes import rises
from batchmark.studies.claims.told import told
from batchmark.studies.claims.trained import curve, diverged, fresh_quality, trainings_of, tuning_notes
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import Results
from batchmark.workloads.blobs import BLOBS

SIZES = (8, 32, 128, blobs_arms.FULL_BATCH)
MATTERS = round(BLOBS.quality_margin / 6, 4)
"""A slope that is less comes to less than the workload's margin over the six doublings from 8 to 500."""

_PARTS: dict[tuple[Budget, Rate], tuple[Arm | Tuned, ...]] = {
    (budget, rate): tuple(blobs_arms.BY_BUDGET.part(size, budget, rate) for size in SIZES)
    for budget in Budget
    for rate in Rate
}


def judge(results: Results) -> Finding:
    """Judge the slope over batch sizes at each budget and rate."""
    level = level_for(len(_PARTS))
    followed = {key: [trainings_of(results, part) for part in parts] for key, parts in _PARTS.items()}
    slopes: dict[tuple[Budget, Rate], Condition] = {}
    lines: dict[Budget, list[Line]] = {budget: [] for budget in Budget}
    for (budget, rate), trainings in followed.items():
        accuracies = [fresh_quality(each) for each in trainings]
        slope = per_doubling(SIZES, accuracies, level=level)
        what = f"accuracy per doubling, {budget}, {rate}"
        slopes[budget, rate] = Condition(what, slope, answer=rises(slope, MATTERS))
        lines[budget].append(curve(rate, SIZES, accuracies))
    each = {id(one): one for trainings in followed.values() for one in trainings}
    return Finding(
        together([condition.answer for condition in slopes.values() if condition.answer]),
        _sentence(slopes),
        tuple(slopes.values()),
        seeds=min(len(one.seeds) for one in each.values()),
        diverged=diverged(each.values()),
        notes=(
            *blobs_arms.CEILING_NOTE,
            *_tuning(results),
        ),
        pictures=tuple(
            Picture(
                f"Accuracy, {budget}", "batch size", "accuracy on fresh examples", tuple(drawn), x_is_logarithmic=True
            )
            for budget, drawn in lines.items()
        ),
    )


def _sentence(slopes: dict[tuple[Budget, Rate], Condition]) -> str:
    conditions, own = slopes.values(), slopes[Budget.EPOCHS, Rate.FIXED]
    by_value = sorted(conditions, key=lambda condition: condition.estimate.value)
    count = {answer: sum(condition.answer is answer for condition in conditions) for answer in Answer}
    ends = [
        f"{told(each.estimate, '+.4f')} ({each.what.removeprefix('accuracy per doubling, ')})"
        for each in (by_value[0], by_value[-1])
    ]
    return (
        f"Of {len(conditions)} combinations of budget and learning rate, accuracy rises with the batch size in "
        f"{count[Answer.CONFIRMED]}, doesn't by what would matter in {count[Answer.REFUTED]}, and is not settled in "
        f"{count[Answer.INCONCLUSIVE]}: from {ends[0]} to {ends[1]} per doubling, where {MATTERS} would matter. "
        f"At P's own setting, {Budget.EPOCHS}, {Rate.FIXED}, that it rises is {own.answer}: "
        f"{told(own.estimate, '+.4f')} per doubling."
    )


def _tuning(results: Results) -> tuple[str, ...]:
    tuned = {
        str(budget): [part for part in parts if isinstance(part, Tuned)]
        for (budget, rate), parts in _PARTS.items()
        if rate is Rate.TUNED
    }
    return tuning_notes(results, tuned)


CLAIM = Claim(
    number=3,
    who="P",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332",
    sentence="A larger batch gives a higher accuracy.",
    workload=BLOBS.name,
    rule=(
        f"The median over {blobs_arms.SEEDS} seeds of the slope of fresh accuracy over log2 of the batch sizes 8, 32, "
        "128 and 500, at equal epochs (200) and at equal updates (3,200), each at the fixed, the linear, the "
        "square-root and the tuned learning rate; the eight intervals hold together at 95 %. Confirmed: all eight lie "
        f"above 0. Refuted: one lies below 0, or, on whichever side, within ±{MATTERS}, which is less than would "
        "matter. Otherwise inconclusive."
    ),
    parts=tuple(dict.fromkeys(part for parts in _PARTS.values() for part in parts)),
    judge=judge,
    kind_of_network="dense",
)
