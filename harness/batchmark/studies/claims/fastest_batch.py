"""Claim 1: full batch is the fastest, batch size 1 the slowest, and not linear between."""

from collections.abc import Mapping, Sequence

import numpy as np

from batchmark.analysis.cost_curve import CostCurve, fit_cost_curve
from batchmark.analysis.intervals import median_interval, ratio_interval
from batchmark.analysis.rules import level_for
from batchmark.analysis.speedup import speedup
from batchmark.analysis.turns import turn_matrix
from batchmark.records import CellRecord, Estimate
from batchmark.studies.claims.blobs_arms import FULL_BATCH, SIZES
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Line, Picture, together
from batchmark.studies.claims.timed_cells import cells_of, turns_of
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.laboratory.parts import Timing
from batchmark.studies.laboratory.results import Results
from batchmark.studies.ruler.paper import EPOCHS, TABLE_1
from batchmark.workloads.blobs import BLOBS

SAME = 0.01
"""A difference in seconds that doesn't matter: 1 %."""
_HALFWAY = 256
"""Of P's sizes, the one halfway between 1 and full batch: a straight line would have its time in the middle."""
_TIMING = Timing(BLOBS.name, SIZES, turns=20)
_PAPERS_SECONDS = {row.batch_size: row.seconds for row in TABLE_1}
_PAPERS_RATIO = _PAPERS_SECONDS[1] / _PAPERS_SECONDS[FULL_BATCH]
_BEFORE_FULL = tuple(size for size in SIZES if size != FULL_BATCH)
_AFTER_ONE = tuple(size for size in SIZES if size not in (1, FULL_BATCH))
_FAMILY = len(_BEFORE_FULL) + len(_AFTER_ONE) + 1


def judge(results: Results) -> Finding:
    """Judge each size against full batch and against 1, and the time halfway against a straight line."""
    records = cells_of(results, _TIMING)
    level = level_for(_FAMILY)
    over_full = [_slower(records, size, FULL_BATCH, level) for size in _BEFORE_FULL]
    under_one = [_slower(records, 1, size, level) for size in _AFTER_ONE]
    bend, per_update = _bend(records, level), _per_update(records, level)
    conditions = (*over_full, *under_one, bend)
    curve = fit_cost_curve(list(records.values()))
    return Finding(
        together([condition.answer for condition in conditions if condition.answer]),
        _sentence(conditions, bend, per_update),
        (*conditions, *_overhead(curve), per_update),
        seeds=turns_of(records),
        notes=(*_papers_clock(), *_misfits(curve)),
        pictures=(_picture(records, curve),),
    )


def _slower(records: Mapping[int, CellRecord], slow: int, fast: int, level: float) -> Condition:
    found = speedup(records[slow], records[fast], level=level)
    return Condition(f"seconds an epoch at {slow} over at {fast}", found, "×", _is_above_one(found))


def _is_above_one(found: Estimate) -> Answer:
    if found.low is not None and found.low > 1:
        return Answer.CONFIRMED
    if (found.high is not None and found.high < 1) or found.lies_within(1 / (1 + SAME), 1 + SAME):
        return Answer.REFUTED
    return Answer.INCONCLUSIVE


def _bend(records: Mapping[int, CellRecord], level: float) -> Condition:
    """Return the time halfway, over that of a straight line from 1 to full batch, turn by turn."""
    one, halfway, full = turn_matrix([records[size] for size in (1, _HALFWAY, FULL_BATCH)])
    line = one + (full - one) * (_HALFWAY - 1) / (FULL_BATCH - 1)
    found = ratio_interval(np.log(halfway / line), level=level)
    within = (1 / (1 + SAME), 1 + SAME)
    answer = Answer.INCONCLUSIVE
    if found.lies_beyond(*within):
        answer = Answer.CONFIRMED
    elif found.lies_within(*within):
        answer = Answer.REFUTED
    what = f"seconds an epoch at {_HALFWAY} over those of a straight line from 1 to {FULL_BATCH}"
    return Condition(what, found, "×", answer)


def _per_update(records: Mapping[int, CellRecord], level: float) -> Condition:
    """Return what equal updates make of it: seconds of one update of full batch over one of batch size 1."""
    found = speedup(records[FULL_BATCH], records[1], level=level)
    times = records[1].steps_per_epoch / records[FULL_BATCH].steps_per_epoch
    low, high = (None if end is None else end * times for end in (found.low, found.high))
    per_update = Estimate(found.value * times, low, high, found.level, found.n)
    return Condition(f"seconds an update at {FULL_BATCH} over at 1", per_update, "×")


def _overhead(curve: CostCurve | None) -> tuple[Condition, ...]:
    if curve is None:
        return ()
    return (
        Condition("overhead of a step, of the curve overhead·⌈N/b⌉ + cost·N", curve.overhead, "s"),
        Condition("cost of an example, of the same curve", curve.cost, "s"),
    )


def _sentence(conditions: Sequence[Condition], bend: Condition, per_update: Condition) -> str:
    ratio = next(each for each in conditions if each.what == f"seconds an epoch at 1 over at {FULL_BATCH}").estimate
    order = [each for each in conditions if each is not bend and each.answer is not Answer.CONFIRMED]
    fastest = (
        f"the order is not shown to be the claimed one: {in_a_row([_told(each) for each in order])}"
        if order
        else "full batch takes the least time an epoch and batch size 1 the most"
    )
    return (
        f"By fit {fastest}. An epoch at 1 takes {told(ratio, '.1f', ' ×')} as long as one at full batch (P: "
        f"{_PAPERS_RATIO:.1f} ×); halfway between them it takes {told(bend.estimate, '.2f', ' ×')} what a straight "
        f"line would say. At equal updates full batch takes {told(per_update.estimate, '.2f', ' ×')} as long as batch "
        "size 1."
    )


def _told(condition: Condition) -> str:
    return f"{condition.what} is {told(condition.estimate, '.3f', ' ×')}"


def _papers_clock() -> tuple[str, ...]:
    return (
        (
            "P's seconds are of one run each, by one clock around the whole fit: tracing, printing and a validation "
            "after each epoch, at the training's batch size, are in them, and at batch size 1 validation has 500 "
            "steps as well. Here an epoch is a steady one, without them."
        ),
        (
            "At batch size 1 P's notebook trains at the rate 0.001, not 0.01 as its text may be read: that changes "
            "what is learned, not the time."
        ),
        (
            "In P's notebook three runs of 64 took 17.0, 21.3 and 17.7 s, and three of 256 took 20.9, 16.7 and 20.9 "
            "s: one run doesn't tell such neighbours apart."
        ),
    )


def _misfits(curve: CostCurve | None) -> tuple[str, ...]:
    if curve is None:
        return ("No cost curve: no turn has every batch size.",)
    if misfits := curve.misfits():
        return (f"The cost curve is off by more than 5 % at {in_a_row(misfits)}.",)
    return ("The cost curve is nowhere shown to be off by more than 5 %.",)


def _picture(records: Mapping[int, CellRecord], curve: CostCurve | None) -> Picture:
    measured = {size: median_interval(record.seconds_per_turn) for size, record in records.items()}
    sizes = tuple(float(size) for size in measured)
    values = tuple(each.value for each in measured.values())
    low = tuple(each.value if each.low is None else each.low for each in measured.values())
    high = tuple(each.value if each.high is None else each.high for each in measured.values())
    lines = [Line("measured, by fit", sizes, values, low, high)]
    if curve:
        fitted = tuple(curve.seconds_per_epoch(each.steps_per_epoch, each.examples) for each in records.values())
        lines.append(Line("overhead·⌈N/b⌉ + cost·N", sizes, fitted))
    papers = tuple(_PAPERS_SECONDS[size] / EPOCHS for size in records)
    lines.append(Line("P, with validation and all", sizes, papers))
    return Picture(
        "Time of an epoch", "batch size", "seconds", tuple(lines), x_is_logarithmic=True, y_is_logarithmic=True
    )


CLAIM = Claim(
    number=1,
    who="P",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332",
    sentence="Full batch is the fastest and batch size 1 the slowest (28.6 times), nonlinear between.",
    workload=BLOBS.name,
    rule=(
        f"Steady epochs of P's ten sizes by fit, interleaved over {_TIMING.turns} turns, compared turn by turn; "
        f"{_FAMILY} intervals hold together at 95 %. Confirmed: each other size takes longer than full batch, 1 takes "
        f"longer than each other, and the time at {_HALFWAY} is off a straight line from 1 to {FULL_BATCH} by more "
        "than 1 %. Refuted: one interval lies wholly on the other side, or includes no difference and lies within 1 % "
        "of it. Otherwise inconclusive. The 28.6 is of P's machine and clock: it is set beside, not judged."
    ),
    parts=(_TIMING,),
    judge=judge,
    kind_of_network="dense",
)
