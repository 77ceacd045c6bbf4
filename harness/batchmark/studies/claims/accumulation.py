"""Claim 19: gradient accumulation over k batches of b equals one batch of k·b."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.paired import difference, worst_if_diverged
from batchmark.analysis.rules import below, level_for, within
from batchmark.analysis.speedup import speedup
from batchmark.course import DISTANCE, PROJECTIONS, Instrument, constant
from batchmark.records import CellRecord, Estimate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.either_way import median_either_way, median_line
from batchmark.studies.claims.observed import END, observed
from batchmark.studies.claims.settled import ALONE, settled
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.claims.trained import diverged, fresh_quality
from batchmark.studies.laboratory.parts import Arm, Timing
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import ALL_AT_ONCE, Followed
from batchmark.workloads.digits_mlp import DIGITS_MLP
from batchmark.workloads.mnist_cnn import ACCUMULATED, MNIST_CNN, MNIST_CNN_ACCUMULATED

TIMES = 4
SMALL = 16
LARGE = TIMES * SMALL
SMALL_OF_WHOLE = 50
LARGE_OF_WHOLE = TIMES * SMALL_OF_WHOLE
"""It divides the training set: no batch is left over at the end of an epoch."""
SEEDS, SEEDS_OF_WHOLE = 16, 8
ROUNDING = 1e-3
"""So small a share of the distance that the weights have moved is as good as none."""
MARGIN = DIGITS_MLP.quality_margin
_PROJECTIONS = 64
_LOOKED_AT = (Instrument(DISTANCE), Instrument(PROJECTIONS, batches=_PROJECTIONS))
_FIRST = DIGITS_MLP.examples // LARGE * LARGE
"""Examples of the first epoch that make whole large batches."""


def _arm(size: int, seeds: int, *, is_accumulated: bool = False, first: int | None = None) -> Arm:
    course = constant(size, epochs=DIGITS_MLP.epochs, learning_rate=DIGITS_MLP.learning_rate)
    return Arm(
        DIGITS_MLP.name,
        replace(course, examples_per_look=first),
        seeds,
        settings=(("gradient_accumulation_steps", float(TIMES)),) if is_accumulated else (),
        instruments=_LOOKED_AT,
    )


_LARGE = _arm(LARGE, SEEDS, first=_FIRST)
_ACCUMULATED = _arm(SMALL, SEEDS, is_accumulated=True, first=_FIRST)
_PLAIN = _arm(SMALL, SEEDS, first=_FIRST)
"""Shown beside: what it is like not to be equal."""
_LARGE_OF_WHOLE = _arm(LARGE_OF_WHOLE, SEEDS_OF_WHOLE)
_ACCUMULATED_OF_WHOLE = _arm(SMALL_OF_WHOLE, SEEDS_OF_WHOLE, is_accumulated=True)
_BEGINNING, _EPOCH = 0, 1
"""Looks of the arms with a batch that is left over."""
_PAIR, _PAIR_OF_WHOLE = f"{TIMES} × {SMALL} from {LARGE}", f"{TIMES} × {SMALL_OF_WHOLE} from {LARGE_OF_WHOLE}"
_FAMILY = 3
_TIMED_SMALL = 128
_TIMED_LARGE = ACCUMULATED * _TIMED_SMALL
_TIMING = Timing(
    MNIST_CNN.name,
    (_TIMED_SMALL, _TIMED_LARGE),
    turns=12,
    memory=True,
    beside=((MNIST_CNN_ACCUMULATED.name, _TIMED_SMALL),),
)
"""Of a network whose batch shows in its memory."""


def judge(results: Results) -> Finding:
    """Judge how far the weights lie apart while both had the same batches, and the accuracy in the end."""
    large, accumulated = results.of(_LARGE), results.of(_ACCUMULATED)
    large_of_whole, accumulated_of_whole = results.of(_LARGE_OF_WHOLE), results.of(_ACCUMULATED_OF_WHOLE)
    whole = accumulated_of_whole, large_of_whole
    pair = accumulated, large
    beginning = _judged_apart(_PAIR, f"after {_FIRST} examples", *pair, look=_BEGINNING)
    epoch = _judged_apart(_PAIR_OF_WHOLE, "after an epoch", *whole, look=0)
    quality = _quality(accumulated, large)
    beside = (
        _apart(_PAIR, "after an epoch", *pair, look=_EPOCH),
        _apart(_PAIR, "in the end", *pair, look=END),
        _apart(_PAIR_OF_WHOLE, "in the end", *whole, look=END),
    )
    plain, missing = _plain(results, large)
    costs, untimed = _costs(results)
    judged = (beginning, epoch, quality)
    return Finding(
        together([each.answer for each in judged if each.answer]),
        _sentence(beginning, epoch, quality, beside[1], costs),
        (*judged, *beside, *plain, *costs),
        seeds=min(len(each.seeds) for each in (*pair, *whole)),
        diverged=diverged([*pair, *whole]),
        notes=(*_about(), *_methods(accumulated), *missing, *untimed),
        pictures=(_picture(pair, whole),),
    )


def apart(ours: Followed, theirs: Followed, *, look: int) -> NDArray[np.float64]:
    """Return by seed how far two trainings' weights lie apart, as a share of what the second's have moved.

    The mean squared difference of projections on random directions estimates the squared distance.

    Source: Johnson, Lindenstrauss 1984, doi 10.1090/conm/026/737400 (`batchmark.training.observing.weights`).
    """
    names = [f"{PROJECTIONS}/{number}" for number in range(_PROJECTIONS)]
    squares = [(observed(ours, name, look=look) - observed(theirs, name, look=look)) ** 2 for name in names]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.sqrt(np.mean(squares, axis=0)) / observed(theirs, DISTANCE, look=look)
    return np.where(np.isfinite(share), share, np.nan)


def _apart(pair: str, when: str, ours: Followed, theirs: Followed, *, look: int) -> Condition:
    shares = apart(ours, theirs, look=look)
    return Condition(_what(pair, when), median_either_way(shares, level=level_for(_FAMILY)))


def _judged_apart(pair: str, when: str, ours: Followed, theirs: Followed, *, look: int) -> Condition:
    shares = apart(ours, theirs, look=look)
    found, answer = settled(
        lambda level: median_either_way(shares, level=level),
        lambda estimate: Answer(below(estimate, ROUNDING).value),
        family=_FAMILY,
    )
    return Condition(_what(pair, when), found, answer=answer)


def _what(pair: str, when: str) -> str:
    return f"distance of {pair}, over the distance moved, {when}"


def _quality(accumulated: Followed, large: Followed) -> Condition:
    ours, theirs = (worst_if_diverged(fresh_quality(one), higher_is_better=True) for one in (accumulated, large))
    found, answer = settled(
        lambda level: difference(ours, theirs, level=level),
        lambda estimate: Answer(within(estimate, -MARGIN, MARGIN).value),
        family=_FAMILY,
    )
    return Condition(f"accuracy of {TIMES} × {SMALL} minus that of {LARGE}, in the end", found, answer=answer)


def _plain(results: Results, large: Followed) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    pair = f"{SMALL}, not accumulated, from {LARGE}"
    try:
        plain = results.of(_PLAIN)
    except MissingPartError as error:
        return (), (f"Not shown, distance of {pair}: {error}.",)
    return (_apart(pair, f"after {_FIRST} examples", plain, large, look=_BEGINNING),), ()


def _costs(results: Results) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    """Return what an epoch takes in time and memory, accumulated, over the large and over the small batch."""
    what = f"of {ACCUMULATED} × {_TIMED_SMALL}, {MNIST_CNN.name}, over"
    try:
        records = {
            (each.cell.workload, each.cell.batch_size): each
            for each in results.of_timing(_TIMING).records
            if each.is_comparable
        }
    except MissingPartError as error:
        return (), (f"Not shown, time and memory {what} those of {_TIMED_LARGE}: {error}.",)
    accumulated = records.get((MNIST_CNN_ACCUMULATED.name, _TIMED_SMALL))
    found, missing = [], []
    for size in (_TIMED_LARGE, _TIMED_SMALL):
        other = records.get((MNIST_CNN.name, size))
        if accumulated is None or other is None:
            missing.append(f"Not shown, time and memory {what} those of {size}: not all were measured.")
            continue
        found.append(Condition(f"seconds of an epoch {what} those of {size}", speedup(accumulated, other), "×"))
        peaks = _peaks(accumulated, other)
        if peaks is None:
            missing.append(f"Not shown, peak memory {what} that of {size}: it is not known.")
            continue
        whose, ratio = peaks
        found.append(Condition(f"peak memory of {whose} {what} that of {size}", ratio, "×"))
    return tuple(found), tuple(missing)


def _peaks(ours: CellRecord, theirs: CellRecord) -> tuple[str, Estimate] | None:
    """Return whose peak memory is known of both, and the ratio of the two; None: nobody's."""
    pairs = {
        "the GPU": (ours.peak_device_bytes, theirs.peak_device_bytes),
        "the process, framework and data included,": (ours.peak_host_bytes, theirs.peak_host_bytes),
    }
    for whose, (one, other) in pairs.items():
        if one and other:
            return whose, Estimate(one / other, None, None, ALONE, 1)
    return None


def _sentence(
    beginning: Condition, epoch: Condition, quality: Condition, end: Condition, costs: Sequence[Condition]
) -> str:
    first, second = told(beginning.estimate, ".2g"), told(epoch.estimate, ".2g")
    return (
        f"While both have had the same examples in whole batches, the weights of {TIMES} × {SMALL} and {LARGE} lie "
        f"apart by {first} of the distance moved, and those of {TIMES} × {SMALL_OF_WHOLE} and {LARGE_OF_WHOLE}, which "
        f"leave none over, by {second} after an epoch. What {TIMES} × {SMALL} leaves over goes into the next epoch's "
        f"first batch: in the end the weights are {told(end.estimate, '.2g')} apart, and accuracy differs by "
        f"{told(quality.estimate, '+.4f')}.{_costs_told(costs)}"
    )


def _costs_told(costs: Sequence[Condition]) -> str:
    if not costs:
        return ""
    each = in_a_row([f"{cost.what}: {told(cost.estimate, '.2f', ' ×')}" for cost in costs])
    return f" What it costs, beside: {each}."


def _about() -> tuple[str, ...]:
    left = DIGITS_MLP.examples - _FIRST
    return (
        (
            f"Of {DIGITS_MLP.examples:,} examples {left} are left over after {_FIRST}: {LARGE} makes one small batch "
            f"of them, while Keras carries their {-(-left // SMALL)} gradients into the next epoch, the last of only "
            f"{left % SMALL} examples with the weight of a whole batch. So the two part after the first epoch, unless "
            "the batches come out even."
        ),
        (
            "Equal is meant of models without batch statistics, and of a loss that is a mean over the batch; "
            "digits-mlp is one. The optimizer is Adam, which takes the average of the accumulated gradients."
        ),
        (
            "Equal is meant of what is trained, not of what it costs, which is shown beside and not judged: "
            f"accumulation makes as many passes as the small batch does, and an update for every {TIMES}. Of an epoch "
            f"of {MNIST_CNN.name}, {-(-MNIST_CNN.examples // _TIMED_SMALL)} small batches, that makes "
            f"{-(-MNIST_CNN.examples // _TIMED_SMALL) // ACCUMULATED} updates, and some carried over."
        ),
    )


def _methods(accumulated: Followed) -> tuple[str, ...]:
    if accumulated.method == ALL_AT_ONCE:
        return ()
    return (f"Accumulated trainings were done {accumulated.method}; that rounds otherwise than all at once.",)


def _picture(pair: tuple[Followed, Followed], whole: tuple[Followed, Followed]) -> Picture:
    lines = tuple(
        median_line(
            name,
            both[1].examples,
            [apart(*both, look=look) for look in range(len(both[1].examples))],
            is_logarithmic=True,
        )
        for name, both in ((_PAIR, pair), (_PAIR_OF_WHOLE, whole))
    )
    return Picture(
        "How far accumulation comes from the large batch",
        "examples trained on",
        "distance over the distance moved",
        lines,
        x_is_logarithmic=True,
        y_is_logarithmic=True,
    )


CLAIM = Claim(
    number=19,
    who="A",
    source="two popular articles on batch size, not named here",
    sentence="Gradient accumulation over k batches of b equals a batch of k·b.",
    workload=DIGITS_MLP.name,
    rule=(
        f"Paired seeds, {TIMES} × {SMALL} against {LARGE} ({SEEDS}) and {TIMES} × {SMALL_OF_WHOLE} against "
        f"{LARGE_OF_WHOLE} ({SEEDS_OF_WHOLE}): the median distance between the two sides' weights over the distance "
        f"that the large batch has moved them, of the first after {_FIRST} examples, which make whole large batches, "
        "and of the second after an epoch; and the median difference in accuracy in the end, of the first. Confirmed: "
        f"both distances lie below {ROUNDING:g}, which is rounding, and the difference within ±{MARGIN}, at 95 % "
        "each. Refuted: a distance lies above, or the difference outside, at 95 % for all three together. Otherwise "
        f"inconclusive. Beside, not judged: seconds of an epoch and peak memory of {ACCUMULATED} × {_TIMED_SMALL} over "
        f"those of {_TIMED_LARGE} and of {_TIMED_SMALL}, on {MNIST_CNN.name}, in the same turns."
    ),
    parts=(_LARGE, _ACCUMULATED, _LARGE_OF_WHOLE, _ACCUMULATED_OF_WHOLE, _PLAIN, _TIMING),
    judge=judge,
)
