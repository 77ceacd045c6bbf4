"""Claim 2: 16, 32, 64 and 128 are the best "because TensorFlow is optimised for them"."""

from collections.abc import Mapping, Sequence

import numpy as np

from batchmark.analysis.intervals import ratio_interval
from batchmark.analysis.power_of_two import log_contrasts
from batchmark.analysis.rules import level_for
from batchmark.records import CellRecord, Estimate
from batchmark.studies.claims.blobs_arms import papers
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, together
from batchmark.studies.claims.equal import Equal, judge_equal
from batchmark.studies.claims.timed_cells import cells_of, turns_of
from batchmark.studies.claims.told import in_a_row, percent, told
from batchmark.studies.claims.trained import diverged, trainings_of
from batchmark.studies.laboratory.parts import Timing
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.workloads.blobs import BLOBS

POWERS = (16, 32, 64, 128)
MATTERS = 0.02
"""A gain in seconds that would make a size better: 2 %."""
_TIMING = Timing(BLOBS.name, tuple(power + beside for power in POWERS for beside in (-1, 0, 1)), turns=40)
_POWER, *_NEIGHBOURS = 32, 31, 33
_TRAINED = {size: papers(size) for size in (_POWER, *_NEIGHBOURS)}
_SAYS = {
    Answer.CONFIRMED: "differ from 32 by no more than the margin",
    Answer.INCONCLUSIVE: "are not shown to differ from 32, nor to be equal within the margin",
}


def judge(results: Results) -> Finding:
    """Judge the seconds of the four powers against their neighbours; accuracy stands beside."""
    records = cells_of(results, _TIMING)
    by_turn, on_curve = log_contrasts(list(records.values()))
    contrasts = np.array(list(by_turn.values()))
    pooled = ratio_interval(contrasts.mean(axis=0))
    answer = _is_faster(pooled)
    each = _each(records)
    accuracy, told_accuracy, seeds_diverged, missing = _accuracy(results)
    relative = "what the curve of steps and examples says" if on_curve else "its examples"
    what = f"seconds an epoch of {in_a_row(POWERS)} over their neighbours', relative to {relative}"
    return Finding(
        answer,
        _sentence(pooled, answer) + told_accuracy,
        (Condition(what, pooled, "×", answer), *each, *accuracy),
        seeds=turns_of(records),
        diverged=seeds_diverged,
        notes=(
            (
                "Measured by others on GPUs, one run each: minutes at 127, 128 and 129 of MobileNetV3 on a V100 9.80, "
                "9.78 and 9.92 (Raschka 2022). Multiples of 8 are what NVIDIA asked for with half precision, no "
                "longer required since cuBLAS 11."
            ),
            *missing,
        ),
    )


def _is_faster(ratio: Estimate) -> Answer:
    """Return whether powers are faster; a gain that is less than would matter is none."""
    if ratio.lies_within(1 - MATTERS, 1 + MATTERS) or (ratio.low is not None and ratio.low > 1):
        return Answer.REFUTED
    return Answer.CONFIRMED if ratio.high is not None and ratio.high < 1 else Answer.INCONCLUSIVE


def _each(records: Mapping[int, CellRecord]) -> tuple[Condition, ...]:
    """Return each power's own contrast, not judged; their intervals hold together."""
    by_turn, _ = log_contrasts(list(records.values()))
    level = level_for(len(by_turn))
    return tuple(
        Condition(
            f"seconds an epoch of {comparison.batch_size} over {in_a_row(comparison.others)}'s, relative to the same",
            ratio_interval(values, level=level),
            "×",
        )
        for comparison, values in by_turn.items()
    )


def _accuracy(results: Results) -> tuple[tuple[Condition, ...], str, int, tuple[str, ...]]:
    """Return accuracy at the neighbours of 32 against 32: conditions, a sentence, diverged trainings and notes."""
    try:
        trained = {size: trainings_of(results, arm) for size, arm in _TRAINED.items()}
    except MissingPartError as error:
        return (), "", 0, (f"Accuracy is not shown: {error}.",)
    found = [judge_equal(trained[size], trained[_POWER], BLOBS, family=len(_NEIGHBOURS)) for size in _NEIGHBOURS]
    conditions = tuple(
        Condition(f"accuracy at {size} minus at {_POWER}, P's rate and epochs", each.difference)
        for size, each in zip(_NEIGHBOURS, found, strict=True)
    )
    answer = together([each.answer for each in found])
    differences = in_a_row([told(each.difference, "+.4f") for each in found])
    says = f"{in_a_row(_NEIGHBOURS)} {_SAYS[answer]}" if answer in _SAYS else _apart(found)
    sentence = f" In accuracy {says}: {differences}, margin ±{BLOBS.quality_margin}."
    notes = (f"Accuracy: {found[0].unseen}.",) if answer is Answer.INCONCLUSIVE else ()
    return conditions, sentence, diverged(trained.values()), notes


def _apart(found: Sequence[Equal]) -> str:
    """Return which neighbours are apart from 32 by more than the margin, and whether they are worse or better."""
    apart = [
        f"{size} is {'better' if each.difference.value > 0 else 'worse'}"
        for size, each in zip(_NEIGHBOURS, found, strict=True)
        if each.answer is Answer.REFUTED
    ]
    return f"{in_a_row(apart)} than {_POWER} by more than the margin"


def _sentence(ratio: Estimate, answer: Answer) -> str:
    says = {
        Answer.CONFIRMED: f"are faster than their neighbours: an epoch takes {told(ratio, '.3f', ' ×')} as long",
        Answer.REFUTED: (
            f"are not faster than their neighbours by as much as {percent(MATTERS)}: an epoch takes "
            f"{told(ratio, '.3f', ' ×')} as long"
        ),
        Answer.INCONCLUSIVE: (
            f"may or may not be faster than their neighbours: an epoch takes {told(ratio, '.3f', ' ×')} as long, and "
            f"{percent(MATTERS)} would matter"
        ),
    }
    return f"By fit, {in_a_row(POWERS)} {says[answer]}, once steps and examples are accounted for."


CLAIM = Claim(
    number=2,
    who="P",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332",
    sentence='16, 32, 64 (128) are the best, "because TensorFlow is optimised for them".',
    workload=BLOBS.name,
    rule=(
        f"Seconds of steady epochs by fit at {in_a_row(POWERS)} over those of the size one below and one above, each "
        "relative to the cost curve of the same turn, and all four together: the median over "
        f"{_TIMING.turns} turns with its 95 % interval. Confirmed: it lies below 1, and not all within "
        f"{percent(MATTERS)} of it. Refuted: it lies above 1, or within ±{percent(MATTERS)}. Otherwise inconclusive. "
        "Accuracy of 31 and 33 against 32 is set beside: that TensorFlow is optimised for a size could not show in it."
    ),
    parts=(_TIMING, *_TRAINED.values()),
    judge=judge,
    kind_of_network="dense",
)
