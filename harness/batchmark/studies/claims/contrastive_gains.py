"""Claim 21: contrastive learning gains more from larger batches and more epochs than supervised learning does."""

from collections.abc import Callable, Sequence

from batchmark.analysis.rules import above, level_for
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.contrastive_arms import (
    BESIDE,
    CONTRASTIVE,
    FEW,
    FIRST_SEED,
    LARGE,
    MANY,
    MIDDLE,
    NEEDED,
    RANDOM,
    RATE_AT_MIDDLE,
    SEEDS,
    SMALL,
    SUPERVISED,
    Accuracies,
    LargerBatch,
    MoreEpochs,
    Rate,
    accuracies,
    arm,
    log_odds,
)
from batchmark.studies.claims.either_way import median_either_way
from batchmark.studies.claims.told import told
from batchmark.studies.claims.trained import curve, diverged
from batchmark.studies.laboratory.results import MissingPartError, Results

_Change = LargerBatch | MoreEpochs
_Gain = Callable[[Accuracies, Accuracies], Accuracies]
_JUDGED: tuple[_Change, ...] = (*(LargerBatch(FEW, rate) for rate in Rate), MoreEpochs(MIDDLE, Rate.FIXED))
_ENDS: tuple[_Change, ...] = tuple(MoreEpochs(size, rate) for size in (SMALL, LARGE) for rate in Rate)
_SHOWN: tuple[_Change, ...] = (*(LargerBatch(MANY, rate) for rate in Rate), *_ENDS)
_OF_PROBE: tuple[_Change, ...] = (*(LargerBatch(FEW, rate) for rate in Rate), *_ENDS)
_LEVEL = level_for(len(_JUDGED))


def judge(results: Results) -> Finding:
    """Judge what contrast gains more than labels do, from a larger batch at each rate and from more epochs."""
    judged = [_judged(results, change) for change in _JUDGED]
    answers = [each.answer or Answer.INCONCLUSIVE for each in judged]
    in_accuracy = [
        Condition(f"{change}: gain by contrast minus gain by labels", _more(results, change, _gain))
        for change in (*_JUDGED, *_SHOWN)
    ]
    by_itself = [_by_itself(results, change, each) for change in _JUDGED for each in (CONTRASTIVE, SUPERVISED)]
    of_probe, missing = _of_probe(results)
    return Finding(
        together(answers),
        _sentence(together(answers), judged, in_accuracy[: len(_JUDGED)]),
        (*judged, *in_accuracy, *by_itself, *of_probe),
        seeds=SEEDS,
        diverged=diverged(results.of(each) for each in NEEDED),
        notes=(_ceiling(results), *_NOTES, *missing),
        pictures=tuple(_picture(results, rate) for rate in Rate),
    )


def _judged(results: Results, change: _Change) -> Condition:
    found = _more(results, change, _gain_in_log_odds)
    what = f"log-odds of {change}: gain by contrast minus gain by labels"
    return Condition(what, found, answer=Answer(above(found, 0.0).value))


def _more(results: Results, change: _Change, gain: _Gain) -> Estimate:
    """Return the median over seeds of the gain by contrast minus the gain by labels."""
    contrastive, supervised = (gain(*change.ends(results, each)) for each in (CONTRASTIVE, SUPERVISED))
    return median_either_way(contrastive - supervised, level=_LEVEL)


def _gain(before: Accuracies, after: Accuracies) -> Accuracies:
    return after - before


def _gain_in_log_odds(before: Accuracies, after: Accuracies) -> Accuracies:
    return log_odds(after) - log_odds(before)


def _by_itself(results: Results, change: _Change, workload: str) -> Condition:
    gains = _gain(*change.ends(results, workload))
    return Condition(f"{change}, {workload}", median_either_way(gains, level=_LEVEL))


def _of_probe(results: Results) -> tuple[Sequence[Condition], tuple[str, ...]]:
    """Return what the probe gains on an encoder that isn't trained, and why that is missing."""
    try:
        return [_by_itself(results, change, RANDOM) for change in _OF_PROBE], ()
    except MissingPartError as error:
        return (), (f"Not shown, what the probe gains by itself: {error}.",)


def _sentence(answer: Answer, judged: Sequence[Condition], in_accuracy: Sequence[Condition]) -> str:
    does = {
        Answer.CONFIRMED: "gains more than by labels from larger batches and from more epochs",
        Answer.REFUTED: "gains less than by labels from larger batches or from more epochs",
    }.get(answer, "is not shown to gain more than by labels from both, nor less from either")
    return (
        f"Training by contrast {does}: its gain in log-odds of accuracy minus that by labels is {_in_a_row(judged)}; "
        f"in accuracy itself, which isn't judged, {_in_a_row(in_accuracy)}."
    )


def _in_a_row(conditions: Sequence[Condition]) -> str:
    *batches, epochs = (told(each.estimate, "+.3f") for each in conditions)
    by_batches = " and ".join(f"{gained} ({rate})" for gained, rate in zip(batches, Rate, strict=True))
    return f"{by_batches} from {SMALL} to {LARGE}, and {epochs} from {FEW} to {MANY} epochs"


def _ceiling(results: Results) -> str:
    reached = [
        told(median_either_way(accuracies(results.of(arm(each, MIDDLE, Rate.FIXED)), MANY)), ".3f")
        for each in (CONTRASTIVE, SUPERVISED)
    ]
    return (
        f"At {MIDDLE}, after {MANY} epochs, the accuracy by contrast is {reached[0]}, and by labels {reached[1]}: "
        "whichever is nearer to 1 has less left to gain, which a difference of accuracies doesn't allow for, and one "
        "of log-odds does."
    )


_NOTES = (
    (
        "At equal epochs a larger batch makes fewer updates, in both ways of training: a gain may lie below 0. The "
        "rates are not tuned: what holds at one of them only is not held for shown."
    ),
    "A training that diverged has no gain: it widens the interval both ways, and so can neither confirm nor refute.",
    "The source trained ResNet-50 on ImageNet at batch sizes of 256 to 8192; here is a small dense encoder.",
)


def _picture(results: Results, rate: Rate) -> Picture:
    sizes = (SMALL, MIDDLE, LARGE)
    lines = [
        curve(
            f"{workload}, {epochs} epochs",
            sizes,
            [accuracies(results.of(arm(workload, size, rate)), epochs) for size in sizes],
        )
        for workload in (CONTRASTIVE, SUPERVISED)
        for epochs in (FEW, MANY)
    ]
    title = f"Accuracy of the probe, {rate}"
    return Picture(title, "batch size", "accuracy on test digits", tuple(lines), x_is_logarithmic=True)


CLAIM = Claim(
    number=21,
    who="A",
    source="Chen, Kornblith, Norouzi, Hinton 2020, arXiv 2002.05709, abstract and figure 9",
    sentence="Contrastive learning gains more from larger batches and more epochs than supervised learning does.",
    workload=CONTRASTIVE,
    rule=(
        f"One encoder, trained by contrast and by labels, and read by the same linear probe: {SEEDS} seeds from "
        f"{FIRST_SEED} on, which nobody had seen when the rule was stated, each with the same initial weights and "
        "orders in all. A gain is a difference in the log-odds of the probe's test "
        "accuracy, so that whichever is nearer to 1 isn't held to have less to gain: "
        f"{LARGE} minus {SMALL} after {FEW} epochs, where the source sees most of it, at the rate {RATE_AT_MIDDLE:g} "
        f"and at that times √(batch size / {MIDDLE}); and {MANY} epochs minus {FEW} at {MIDDLE}. Judged is the median "
        f"over seeds of the gain by contrast minus the gain by labels: {len(_JUDGED)} numbers, whose intervals hold "
        "together at 95 %, wherever a training that diverged would lie. Confirmed: all lie above 0. Refuted: one lies "
        "below 0. Otherwise inconclusive. Differences in accuracy, and what a probe gains on an encoder that isn't "
        "trained, are shown beside, not judged."
    ),
    parts=(*NEEDED, *BESIDE),
    judge=judge,
)
